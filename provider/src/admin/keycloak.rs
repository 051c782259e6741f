//! Keycloak's Admin REST API. The list is sorted by user name, so that a rename shifts its pages: the count tells.

use async_trait::async_trait;
use identity::{Account, AccountPage, Claims, Next};
use serde_json::Value as Json;

use super::caller::{Caller, fitting, unexpected};
use super::list::{List, found, number, offset, page};
use crate::cache::Problem;

/// Users a page.
const PAGE: u64 = 200;

pub(super) struct Keycloak;

#[async_trait]
impl List for Keycloak {
    async fn count(&self, caller: &Caller) -> Result<Option<u64>, Problem> {
        let count = caller.get(caller.url(&["users", "count"], &[])?).await?;
        number(Some(&count)).map(Some).ok_or_else(|| unexpected("its count is no number"))
    }

    async fn page(&self, caller: &Caller, cursor: Option<&str>) -> Result<AccountPage, Problem> {
        let first = offset(cursor)?;
        let read = fitting(PAGE, |most| async move { Ok((most, part(caller, first, most).await?)) }).await?;
        // Whoever is too large by themselves is passed over.
        let (most, records) = read.unwrap_or((1, vec![Json::Null]));
        let next = match records.len() as u64 {
            read if read < most => Next::End(None),
            read => Next::Page((first + read).to_string()),
        };
        Ok(page(caller, &records, None, next))
    }

    async fn by_id(&self, caller: &Caller, reference: &str, _: &Claims) -> Result<Option<Account>, Problem> {
        let record = caller.find_record(caller.url(&["users", reference], &[])?).await?;
        found(caller, record.as_ref(), None)
    }
}

async fn part(caller: &Caller, first: u64, most: u64) -> Result<Vec<Json>, Problem> {
    let (first, most) = (first.to_string(), most.to_string());
    let query = [("first", &*first), ("max", &*most), ("briefRepresentation", "false")];
    match caller.get(caller.url(&["users"], &query)?).await? {
        Json::Array(records) => Ok(records),
        _ => Err(unexpected("its answer is no list")),
    }
}
