//! A provider's list of users: how one is asked, and how what its answers have in common is read.

use async_trait::async_trait;
use formats::accounts::{NoAccount, account};
use identity::{Account, AccountPage, Claims, Code, Next};
use serde_json::Value as Json;

use super::caller::{Caller, unexpected};
use crate::cache::Problem;

/// How one interface is asked.
#[async_trait]
pub(super) trait List: Send + Sync {
    async fn count(&self, caller: &Caller) -> Result<Option<u64>, Problem>;
    async fn page(&self, caller: &Caller, cursor: Option<&str>) -> Result<AccountPage, Problem>;
    async fn by_id(
        &self,
        caller: &Caller,
        reference: &str,
        known: &Claims,
    ) -> Result<Option<Account>, Problem>;
}

/// A page of these records.
pub(super) fn page(caller: &Caller, records: &[Json], reference: Option<&str>, next: Next) -> AccountPage {
    let mut page = AccountPage::of(next);
    for (number, record) in (1..).zip(records) {
        match one(caller, record, reference) {
            Ok(account) => page.accounts.push(account),
            Err(NoAccount::NoPerson) => page.others += 1,
            Err(NoAccount::Unreadable) => page.unreadable.push(number),
        }
    }
    page
}

/// The account of one record.
pub(super) fn one(caller: &Caller, record: &Json, reference: Option<&str>) -> Result<Account, NoAccount> {
    let record = record.as_object().ok_or(NoAccount::Unreadable)?;
    let heard = account(caller.settings.interface, record, reference, caller.world.now())?;
    // A part of its id was read lossily: it may be anybody's.
    if heard.reference.contains(char::REPLACEMENT_CHARACTER) {
        return Err(NoAccount::Unreadable);
    }
    Ok(Account {
        reference: heard.reference,
        claims: heard.claims,
        extent: heard.extent,
        standing: heard.standing,
        linked: heard.linked,
    })
}

/// The account that was asked for, in an answer of its own. A machine's is none of ours.
pub(super) fn found(
    caller: &Caller,
    record: Option<&Json>,
    reference: Option<&str>,
) -> Result<Option<Account>, Problem> {
    let Some(record) = record else { return Ok(None) };
    match one(caller, record, reference) {
        Ok(account) => Ok(Some(account)),
        Err(_) => Err(unexpected("its answer is no person's account")),
    }
}

/// Where a list goes on is known only from the page that cannot be had.
pub(super) fn too_large() -> Problem {
    Problem {
        code: Code::AnswerTooLarge,
        sentence: "the admin interface: one record of its list is larger than 8 MiB".to_owned(),
    }
}

/// The list at a member of an answer.
pub(super) fn list<'a>(answer: &'a Json, member: &str) -> Result<&'a [Json], Problem> {
    match answer.get(member) {
        Some(Json::Array(records)) => Ok(records),
        // Where there is nobody.
        Some(Json::Null) => Ok(&[]),
        _ => Err(unexpected(&format!("its answer has no list {member}"))),
    }
}

/// A number, also as text.
pub(super) fn number(value: Option<&Json>) -> Option<u64> {
    match value? {
        Json::Number(number) => number.as_u64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The offset that a cursor is; the beginning without one.
pub(super) fn offset(cursor: Option<&str>) -> Result<u64, Problem> {
    cursor.unwrap_or("0").parse().map_err(|_| unexpected("the cursor is none of its"))
}

/// What follows where `total` are known: the page behind the `read` records from `from` on, if there is one.
pub(super) fn after(from: u64, read: usize, total: u64) -> Next {
    let to = from + read as u64;
    match read > 0 && to < total {
        true => Next::Page(to.to_string()),
        false => Next::End(None),
    }
}
