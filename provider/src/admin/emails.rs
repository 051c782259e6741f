//! How many accounts have an e-mail address.

use formats::accounts::Interface;
use identity::ProviderError;
use serde_json::{Value as Json, json};

use super::AdminInterface;
use super::caller::Caller;
use super::place::records;
use super::zitadel;
use crate::cache::Problem;

impl AdminInterface {
    /// How many accounts have this address, whatever its letters of ASCII.
    ///
    /// # Errors
    /// As `identity::Accounts::count`.
    pub async fn count_of_email(&self, email: &str) -> Result<u64, ProviderError> {
        count(&self.caller, email).await.map_err(|problem| problem.at(&self.provider))
    }
}

async fn count(caller: &Caller, email: &str) -> Result<u64, Problem> {
    let users = |query: &[(&str, &str)]| caller.url(&["users"], query);
    let answer = match caller.settings.interface {
        Interface::Keycloak => {
            let query = [("email", email), ("exact", "true"), ("briefRepresentation", "false")];
            caller.get(users(&query)?).await?
        }
        // Auth0 compares letters as they are, and keeps them small.
        Interface::Auth0 => {
            caller.get(caller.url(&["users-by-email"], &[("email", &email.to_lowercase())])?).await?
        }
        Interface::Okta => {
            let quoted = email.replace('\\', "\\\\").replace('"', "\\\"");
            caller.get(users(&[("filter", &format!("profile.email eq \"{quoted}\""))])?).await?
        }
        Interface::Clerk => caller.get(users(&[("email_address", email)])?).await?,
        Interface::Kinde | Interface::WorkOs => caller.get(users(&[("email", email)])?).await?,
        Interface::Zitadel => {
            let query = json!({
                "emailAddress": email, "method": "TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE",
            });
            let body = json!({ "queries": [{ "emailQuery": query }] });
            caller.post(caller.url(&zitadel::path(caller, ""), &[])?, body).await?
        }
        Interface::Entra | Interface::Authentik | Interface::Scim => {
            return Err(super::caller::unexpected("it cannot be asked for an e-mail address"));
        }
    };
    let listed = match answer.get("result") {
        Some(Json::Array(records)) => records.clone(),
        _ if caller.settings.interface == Interface::Zitadel => Vec::new(),
        _ => records(&answer),
    };
    let has_it = |record: &&Json| {
        let account = super::list::one(caller, record, None).ok();
        let theirs = account
            .and_then(|account| account.claims.get("email").and_then(|it| it.as_str().map(str::to_owned)));
        theirs.is_some_and(|theirs| theirs.eq_ignore_ascii_case(email))
    };
    Ok(listed.iter().filter(has_it).count() as u64)
}
