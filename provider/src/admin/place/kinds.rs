//! How an account is made, looked for and taken away at each interface.

use formats::accounts::Interface;
use formats::files::export::chosen_subject;
use identity::NewAccount;
use serde_json::{Value as Json, json};
use url::Url;

use super::super::caller::{Caller, json as body};
use super::super::zitadel;
use crate::cache::Problem;
use crate::http::Answer;

/// Where an account is made, and by what.
pub(super) fn creation(caller: &Caller, account: &NewAccount) -> Result<(Url, Json), Problem> {
    let mut request = account.body.clone();
    let url = match caller.settings.interface {
        Interface::Kinde => caller.url(&["user"], &[])?,
        // Without a password it sends an address by which they set one.
        Interface::Okta => caller.url(&["users"], &[("activate", "true")])?,
        Interface::Zitadel => caller.url(&zitadel::path(caller, "human"), &[])?,
        Interface::Auth0 => {
            // It makes nobody without one; nobody ever hears this.
            request["password"] = json!(format!("{}aA1!", caller.world.secret().expose()));
            caller.url(&["users"], &[])?
        }
        Interface::Keycloak => {
            // It has an id of its own, and the roles of the realm by itself.
            for member in ["id", "realmRoles", "clientRoles"] {
                request.as_object_mut().and_then(|account| account.remove(member));
            }
            caller.url(&["users"], &[])?
        }
        _ => caller.url(&["users"], &[])?,
    };
    Ok((url, request))
}

/// The id of the account that was made.
pub(super) fn answered_id(of: Interface, answer: &Answer) -> Option<String> {
    if of == Interface::Keycloak {
        return answer.location.as_deref()?.rsplit('/').next().map(str::to_owned);
    }
    let id = body(answer).ok()?.get(of.id())?.as_str().map(str::to_owned);
    id.filter(|id| !id.is_empty())
}

/// Where the account is listed, if it is there, or whoever has its names.
pub(super) fn candidates(caller: &Caller, account: &NewAccount) -> Result<Vec<Url>, Problem> {
    let of = caller.settings.interface;
    let named = |kind: &str| account.names.iter().find_map(|name| name.strip_prefix(kind));
    let (username, email) = (named("username "), named("email "));
    let mut urls = Vec::new();
    if let Some(subject) = chosen_subject(of, account.user).filter(|_| of != Interface::Keycloak) {
        urls.push(one(caller, &subject)?);
        return Ok(urls);
    }
    match of {
        Interface::Keycloak => {
            for (name, value) in [("username", username), ("email", email)] {
                if let Some(value) = value {
                    let query = [(name, value), ("exact", "true"), ("briefRepresentation", "false")];
                    urls.push(caller.url(&["users"], &query)?);
                }
            }
        }
        Interface::Kinde => {
            for (name, value) in [("email", email), ("username", username)] {
                urls.extend(value.map(|value| caller.url(&["users"], &[(name, value)])).transpose()?);
            }
        }
        Interface::Okta => {
            urls.extend(username.map(|login| caller.url(&["users", login], &[])).transpose()?);
        }
        Interface::Clerk => {
            urls.push(caller.url(&["users"], &[("external_id", &account.user.to_string())])?);
            urls.extend(email.map(|email| caller.url(&["users"], &[("email_address", email)])).transpose()?);
        }
        Interface::WorkOs => {
            urls.extend(email.map(|email| caller.url(&["users"], &[("email", email)])).transpose()?);
        }
        _ => {}
    }
    Ok(urls)
}

/// The records of an answer: a list, or a list at the member that the interface uses, or one.
pub(in crate::admin) fn records(answer: &Json) -> Vec<Json> {
    let listed = [answer, &answer["users"], &answer["data"]].into_iter().find_map(Json::as_array);
    match (listed, answer.get("user")) {
        (Some(records), _) => records.clone(),
        (None, Some(user)) => vec![user.clone()],
        // Where there is nobody.
        (None, None) if answer.get("users").is_some() => Vec::new(),
        (None, None) => vec![answer.clone()],
    }
}

/// One account.
pub(super) fn one(caller: &Caller, reference: &str) -> Result<Url, Problem> {
    match caller.settings.interface {
        Interface::Kinde => caller.url(&["user"], &[("id", reference)]),
        Interface::Zitadel => caller.url(&zitadel::path(caller, reference), &[]),
        _ => caller.url(&["users", reference], &[]),
    }
}

/// Where an account is taken away.
pub(super) fn removal(caller: &Caller, reference: &str) -> Result<Url, Problem> {
    match caller.settings.interface {
        Interface::Kinde => caller.url(&["user"], &[("id", reference), ("is_delete_profile", "true")]),
        _ => one(caller, reference),
    }
}
