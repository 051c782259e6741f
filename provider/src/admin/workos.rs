//! WorkOS' user management.

use async_trait::async_trait;
use identity::{Account, AccountPage, Claims, Next};
use serde_json::Value as Json;

use super::caller::Caller;
use super::list::{List, found, list, page};
use crate::cache::Problem;

/// Users a page, the most there are.
const PAGE: &str = "100";

pub(super) struct WorkOs;

#[async_trait]
impl List for WorkOs {
    async fn count(&self, _: &Caller) -> Result<Option<u64>, Problem> {
        Ok(None)
    }

    async fn page(&self, caller: &Caller, cursor: Option<&str>) -> Result<AccountPage, Problem> {
        let query: Vec<_> = [("limit", PAGE), ("order", "asc")]
            .into_iter()
            .chain(cursor.map(|cursor| ("after", cursor)))
            .collect();
        let answer = caller.get(caller.url(&["users"], &query)?).await?;
        let next = answer.pointer("/list_metadata/after").and_then(Json::as_str).filter(|at| !at.is_empty());
        let next = next.map_or(Next::End(None), |after| Next::Page(after.to_owned()));
        Ok(page(caller, list(&answer, "data")?, None, next))
    }

    async fn by_id(&self, caller: &Caller, reference: &str, _: &Claims) -> Result<Option<Account>, Problem> {
        let record = caller.find_record(caller.url(&["users", reference], &[])?).await?;
        found(caller, record.as_ref(), None)
    }
}
