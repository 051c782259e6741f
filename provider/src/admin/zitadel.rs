//! ZITADEL's User Service v2. Only people are asked for, so that its total is theirs.

use async_trait::async_trait;
use identity::{Account, AccountPage, Claims, Next};
use serde_json::{Value as Json, json};

use super::caller::{Caller, fitting, unexpected};
use super::list::{List, after, found, list, number, offset, page};
use crate::cache::Problem;

/// Users a page.
const PAGE: u64 = 500;

pub(super) struct Zitadel;

#[async_trait]
impl List for Zitadel {
    async fn count(&self, caller: &Caller) -> Result<Option<u64>, Problem> {
        Ok(Some(total(&ask(caller, 0, 1).await?)?))
    }

    async fn page(&self, caller: &Caller, cursor: Option<&str>) -> Result<AccountPage, Problem> {
        let from = offset(cursor)?;
        let Some(answer) = fitting(PAGE, |most| ask(caller, from, most)).await? else {
            // Whoever is too large by themselves is passed over.
            return Ok(page(caller, &[Json::Null], None, Next::Page((from + 1).to_string())));
        };
        // Protocol Buffers leave out what is empty.
        let records = if answer.get("result").is_some() { list(&answer, "result")? } else { &[] };
        Ok(page(caller, records, None, after(from, records.len(), total(&answer)?)))
    }

    async fn by_id(&self, caller: &Caller, reference: &str, _: &Claims) -> Result<Option<Account>, Problem> {
        let answer = caller.find(caller.url(&path(caller, reference), &[])?).await?;
        let Some(answer) = answer else { return Ok(None) };
        let answer = caller.records(&answer)?;
        let user = answer.get("user").ok_or_else(|| unexpected("its answer has no user"))?;
        found(caller, Some(user), None)
    }
}

/// The base is the instance, or its `/v2`.
pub(super) fn path<'a>(caller: &Caller, user: &'a str) -> Vec<&'a str> {
    let is_versioned = caller.settings.url.path().trim_end_matches('/').ends_with("/v2");
    let version = if is_versioned { &[][..] } else { &["v2"] };
    version.iter().copied().chain(["users"]).chain((!user.is_empty()).then_some(user)).collect()
}

async fn ask(caller: &Caller, offset: u64, limit: u64) -> Result<Json, Problem> {
    let body = json!({
        "query": { "offset": offset.to_string(), "limit": limit, "asc": true },
        "sortingColumn": "USER_FIELD_NAME_CREATION_DATE",
        "queries": [{ "typeQuery": { "type": "TYPE_HUMAN" } }],
    });
    caller.post(caller.url(&path(caller, ""), &[])?, body).await
}

fn total(answer: &Json) -> Result<u64, Problem> {
    let details = answer.get("details").ok_or_else(|| unexpected("its answer has no details"))?;
    Ok(number(details.get("totalResult")).unwrap_or_default())
}
