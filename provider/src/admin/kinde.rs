//! Kinde's Management API. It does not say how many there are, nor in its list whether an address was verified: that is
//! asked of one person, who is read by id, and not of everybody, for each call is metered.

use async_trait::async_trait;
use identity::{Account, AccountPage, Claims, Next};
use serde_json::Value as Json;

use super::caller::{Caller, fitting};
use super::list::{List, found, list, page, too_large};
use crate::cache::Problem;

/// Users a page, the most there are.
const PAGE: u64 = 500;

pub(super) struct Kinde;

#[async_trait]
impl List for Kinde {
    async fn count(&self, _: &Caller) -> Result<Option<u64>, Problem> {
        Ok(None)
    }

    async fn page(&self, caller: &Caller, cursor: Option<&str>) -> Result<AccountPage, Problem> {
        let read = fitting(PAGE, |most| async move {
            let most = most.to_string();
            let query =
                [("page_size", &*most)].into_iter().chain(cursor.map(|cursor| ("next_token", cursor)));
            caller.get(caller.url(&["users"], &query.collect::<Vec<_>>())?).await
        });
        let answer = read.await?.ok_or_else(too_large)?;
        let next = answer.get("next_token").and_then(Json::as_str).filter(|token| !token.is_empty());
        let next = next.map_or(Next::End(None), |token| Next::Page(token.to_owned()));
        Ok(page(caller, list(&answer, "users")?, None, next))
    }

    async fn by_id(&self, caller: &Caller, reference: &str, _: &Claims) -> Result<Option<Account>, Problem> {
        let url = caller.url(&["user"], &[("id", reference)])?;
        let Some(mut record) = caller.find_record(url).await? else { return Ok(None) };
        if let Some(is_verified) = is_verified(caller, reference, &record).await {
            record["email_verified"] = is_verified.into();
        }
        found(caller, Some(&record), None)
    }
}

/// Whether the person's address was verified; none where Kinde does not say, or does not let us ask
/// (`read:user_identities`).
async fn is_verified(caller: &Caller, reference: &str, record: &Json) -> Option<bool> {
    let email = record.get("preferred_email").or_else(|| record.get("email"))?.as_str()?;
    let url = caller.url(&["users", reference, "identities"], &[]).ok()?;
    let answer = caller.get(url).await.ok()?;
    confirmed(&answer, email)
}

fn confirmed(answer: &Json, email: &str) -> Option<bool> {
    let identities = answer.get("identities").and_then(Json::as_array)?;
    let is_it =
        |one: &&Json| one["type"] == "email" && one["name"].as_str().or(one["email"].as_str()) == Some(email);
    identities.iter().find(is_it)?.get("is_confirmed")?.as_bool()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::confirmed;

    #[test]
    fn an_address_is_verified_where_the_identity_of_it_says_so() {
        let answer = json!({"code": "OK", "has_more": false, "identities": [
            {"type": "username", "name": "ada@example.com", "is_confirmed": true},
            {"type": "email", "name": "ada@example.com", "email": "ada@example.com", "is_confirmed": false},
            {"type": "email", "name": "other@example.com", "is_confirmed": true},
        ]});
        assert_eq!(confirmed(&answer, "ada@example.com"), Some(false));
        assert_eq!(confirmed(&answer, "other@example.com"), Some(true));
        assert_eq!(confirmed(&answer, "third@example.com"), None);
        assert_eq!(confirmed(&json!({"errors": []}), "ada@example.com"), None);
    }
}
