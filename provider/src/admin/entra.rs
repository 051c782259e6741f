//! Microsoft Graph's delta query. The first list is whole; the next ones say what has changed and who was removed.
//! Graph may send an empty page with others behind it, and an account twice; a list has no total.

use async_trait::async_trait;
use identity::{Account, AccountPage, Claims, Extent, Next, Standing};
use reqwest::Method;
use serde_json::Value as Json;

use super::caller::{Caller, ok, question, unexpected};
use super::list::{List, found, list, page};
use crate::cache::Problem;

/// What is asked for: only that is said.
const SELECT: &str = "id,accountEnabled,displayName,givenName,surname,mail,userPrincipalName,mobilePhone,\
                      preferredLanguage,userType,createdDateTime";
/// Empty pages in a row that may be passed over.
const MOST_EMPTY: u32 = 1000;

pub(super) struct Entra;

#[async_trait]
impl List for Entra {
    async fn count(&self, _: &Caller) -> Result<Option<u64>, Problem> {
        Ok(None)
    }

    async fn page(&self, caller: &Caller, cursor: Option<&str>) -> Result<AccountPage, Problem> {
        let mut url = match cursor {
            Some(link) => caller.own(link)?,
            None => caller.url(&["users", "delta"], &[("$select", SELECT)])?,
        };
        for _ in 0..MOST_EMPTY {
            let answer = caller.ask(question(Method::GET, url, None)).await?;
            // The token of a list is good for a week or so.
            if answer.status == 410 && cursor.is_some() {
                return Ok(AccountPage::of(Next::Expired));
            }
            let answer = caller.records(&ok(answer)?)?;
            let link = |name: &str| answer.get(name).and_then(Json::as_str).map(str::to_owned);
            let records = list(&answer, "value")?;
            url = match (link("@odata.nextLink"), link("@odata.deltaLink")) {
                (Some(next), _) if records.is_empty() => caller.own(&next)?,
                (Some(next), _) => return Ok(read(caller, records, Next::Page(next))),
                (None, Some(since)) => return Ok(read(caller, records, Next::End(Some(since)))),
                (None, None) => {
                    return Err(unexpected("its answer says neither how it goes on nor that it ends"));
                }
            };
        }
        Err(unexpected("it sends nothing but empty pages"))
    }

    /// One who was deleted is not found there, though they can be restored for 30 days.
    async fn by_id(&self, caller: &Caller, reference: &str, _: &Claims) -> Result<Option<Account>, Problem> {
        let record = caller.find_record(caller.url(&["users", reference], &[("$select", SELECT)])?).await?;
        found(caller, record.as_ref(), None)
    }
}

/// Those who were removed are gone, whether for good or for 30 days.
fn read(caller: &Caller, records: &[Json], next: Next) -> AccountPage {
    let (removed, others): (Vec<&Json>, Vec<&Json>) =
        records.iter().partition(|record| record.get("@removed").is_some());
    let others: Vec<Json> = others.into_iter().cloned().collect();
    let mut page = page(caller, &others, None, next);
    let ids = removed.into_iter().filter_map(|record| record.get("id")?.as_str());
    page.accounts.extend(ids.map(|id| Account {
        reference: id.to_owned(),
        claims: Claims::new(),
        extent: Extent::Partial,
        standing: Some(Standing::Deleted),
        linked: Vec::new(),
    }));
    page
}
