//! Clerk's Backend API.

use async_trait::async_trait;
use identity::{Account, AccountPage, Claims, Next};
use serde_json::Value as Json;

use super::caller::{Caller, unexpected};
use super::list::{List, found, number, offset, page};
use crate::cache::Problem;

/// Users a page, the most there are.
const PAGE: u64 = 500;

pub(super) struct Clerk;

#[async_trait]
impl List for Clerk {
    async fn count(&self, caller: &Caller) -> Result<Option<u64>, Problem> {
        let count = caller.get(caller.url(&["users", "count"], &[])?).await?;
        number(count.get("total_count")).map(Some).ok_or_else(|| unexpected("its count is no number"))
    }

    async fn page(&self, caller: &Caller, cursor: Option<&str>) -> Result<AccountPage, Problem> {
        let first = offset(cursor)?;
        let (from, most) = (first.to_string(), PAGE.to_string());
        // The oldest first: whoever comes meanwhile shifts no page.
        let query = [("limit", &*most), ("offset", &*from), ("order_by", "+created_at")];
        let answer = caller.get(caller.url(&["users"], &query)?).await?;
        let Json::Array(records) = &answer else { return Err(unexpected("its answer is no list")) };
        let next = match records.len() as u64 {
            read if read < PAGE => Next::End(None),
            read => Next::Page((first + read).to_string()),
        };
        Ok(page(caller, records, None, next))
    }

    async fn by_id(&self, caller: &Caller, reference: &str, _: &Claims) -> Result<Option<Account>, Problem> {
        let record = caller.find_record(caller.url(&["users", reference], &[])?).await?;
        found(caller, record.as_ref(), None)
    }
}
