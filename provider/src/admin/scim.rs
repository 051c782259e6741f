//! Any SCIM server (RFC 7644 3.4.2): pages by index, and a total.

use async_trait::async_trait;
use identity::{Account, AccountPage, Claims, Next};
use serde_json::Value as Json;

use super::caller::{Caller, fitting, unexpected};
use super::list::{List, found, list, number, page};
use crate::cache::Problem;

/// Users a page; a server may give fewer.
const PAGE: u64 = 100;

pub(super) struct Scim;

#[async_trait]
impl List for Scim {
    async fn count(&self, caller: &Caller) -> Result<Option<u64>, Problem> {
        let query = [("startIndex", "1"), ("count", "1")];
        let answer = caller.get(caller.url(&["Users"], &query)?).await?;
        Ok(number(answer.get("totalResults")))
    }

    async fn page(&self, caller: &Caller, cursor: Option<&str>) -> Result<AccountPage, Problem> {
        let from = cursor.unwrap_or("1");
        let start: u64 = from.parse().map_err(|_| unexpected("the cursor is none of its"))?;
        let read = fitting(PAGE, |most| async move {
            let query = [("startIndex", from), ("count", &*most.to_string())];
            caller.get(caller.url(&["Users"], &query)?).await
        });
        let subject = caller.settings.scim_subject.as_deref();
        let Some(answer) = read.await? else {
            // Whoever is too large by themselves is passed over.
            return Ok(page(caller, &[Json::Null], subject, Next::Page((start + 1).to_string())));
        };
        let total = number(answer.get("totalResults"));
        let total = total.ok_or_else(|| unexpected("its answer has no totalResults"))?;
        let records = match total {
            // Then there need be none (RFC 7644 3.4.2).
            0 if answer.get("Resources").is_none() => &[],
            _ => list(&answer, "Resources")?,
        };
        let next = start + records.len() as u64;
        let next = match records.is_empty() || next > total {
            true => Next::End(None),
            false => Next::Page(next.to_string()),
        };
        Ok(page(caller, records, subject, next))
    }

    async fn by_id(&self, caller: &Caller, reference: &str, _: &Claims) -> Result<Option<Account>, Problem> {
        let subject = caller.settings.scim_subject.as_deref();
        let Some(attribute) = subject else {
            let record = caller.find_record(caller.url(&["Users", reference], &[])?).await?;
            return found(caller, record.as_ref(), None);
        };
        let filter = format!("{attribute} eq {}", Json::String(reference.to_owned()));
        let answer = caller.get(caller.url(&["Users"], &[("filter", &*filter)])?).await?;
        let total = number(answer.get("totalResults"));
        match total {
            Some(0) => Ok(None),
            Some(1) => found(caller, list(&answer, "Resources")?.first(), subject),
            _ => Err(unexpected("it finds several accounts where one was asked for")),
        }
    }
}
