//! Making accounts at an admin interface: all at once where it takes our ids so (Keycloak's partial import, tried with
//! 26.7.3), else one after the other. Each bears our id, so that it is found again and nobody else's is taken for it.

mod kinds;

use async_trait::async_trait;
use formats::accounts::Interface;
use formats::files::export::{chosen_subject, our_id};
use identity::{NewAccount, Placed, Placement, ProviderError, UserId};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::AdminInterface;
use super::caller::{Caller, json as body, ok, question, unexpected};
use crate::cache::Problem;
use kinds::{answered_id, candidates, creation, removal};

pub(super) use kinds::records;

impl AdminInterface {
    /// Whether it takes the ids of accounts from us, and we may give them: at Keycloak that is `manage-realm`.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn takes_ids(&self) -> Result<bool, ProviderError> {
        match self.interface() {
            Interface::Auth0 | Interface::Zitadel => Ok(true),
            Interface::Keycloak => {
                let nobody = place_all(&self.caller, &[]).await;
                match nobody {
                    Err(problem) if problem.code == identity::Code::ClientRefused => Ok(false),
                    other => other.map(|_| true).map_err(|problem| problem.at(&self.provider)),
                }
            }
            _ => Ok(false),
        }
    }

    /// Whether it makes accounts for us at all.
    pub fn makes_accounts(&self) -> bool {
        !matches!(self.interface(), Interface::Entra | Interface::Authentik | Interface::Scim)
    }
}

#[async_trait]
impl Placement for AdminInterface {
    async fn place(&self, accounts: &[NewAccount], by_our_ids: bool) -> Result<Vec<Placed>, ProviderError> {
        let placed = match by_our_ids && self.interface() == Interface::Keycloak {
            true => place_all(&self.caller, accounts).await,
            false => one_by_one(&self.caller, accounts).await,
        };
        placed.map_err(|problem| problem.at(&self.provider))
    }

    async fn remove(&self, reference: &str, user: UserId) -> Result<bool, ProviderError> {
        let removed = remove(&self.caller, reference, user).await;
        removed.map_err(|problem| problem.at(&self.provider))
    }
}

/// One transaction: what the interface cannot take fails all of it, and is looked for by halves.
async fn place_all(caller: &Caller, accounts: &[NewAccount]) -> Result<Vec<Placed>, Problem> {
    let users: Vec<&Json> = accounts.iter().map(|account| &account.body).collect();
    let import = json!({ "ifResourceExists": "SKIP", "users": users });
    let answer =
        caller.ask(question(Method::POST, caller.url(&["partialImport"], &[])?, Some(import))).await?;
    match (answer.status, accounts) {
        (400 | 409 | 500, [_]) => Ok(vec![Placed::Refused]),
        (400 | 409 | 500, [_, ..]) => {
            let (first, second) = accounts.split_at(accounts.len() / 2);
            let mut placed = Box::pin(place_all(caller, first)).await?;
            placed.extend(Box::pin(place_all(caller, second)).await?);
            Ok(placed)
        }
        _ => {
            let answer = body(&ok(answer)?)?;
            let mut placed = Vec::new();
            for account in accounts {
                placed.push(placed_as(caller, account.user, &answer).await?);
            }
            Ok(placed)
        }
    }
}

/// An account that was skipped is told by the id of whoever has its name: that is ours only where it is our id.
async fn placed_as(caller: &Caller, user: UserId, answer: &Json) -> Result<Placed, Problem> {
    let id = user.to_string();
    let added =
        answer["results"].as_array().into_iter().flatten().any(|result| {
            result["resourceType"] == "USER" && result["action"] == "ADDED" && result["id"] == *id
        });
    match added || caller.find(caller.url(&["users", &id], &[])?).await?.is_some() {
        true => Ok(Placed::There(id)),
        false => Ok(Placed::Conflict),
    }
}

async fn one_by_one(caller: &Caller, accounts: &[NewAccount]) -> Result<Vec<Placed>, Problem> {
    let mut placed = Vec::new();
    for account in accounts {
        placed.push(place_one(caller, account).await?);
    }
    Ok(placed)
}

/// Makes an account; whoever was killed after that finds it again by our id.
async fn place_one(caller: &Caller, account: &NewAccount) -> Result<Placed, Problem> {
    let of = caller.settings.interface;
    let (url, request) = creation(caller, account)?;
    let answer = caller.ask(question(Method::POST, url, Some(request))).await?;
    if let 400 | 409 | 422 = answer.status {
        return found_again(caller, account, answer.status == 409).await;
    }
    let answer = ok(answer)?;
    // Kinde says so of one that was there.
    let is_new = body(&answer).map_or(true, |answer| answer["created"] != false);
    let id = answered_id(of, &answer).ok_or_else(|| unexpected("it does not say the id of the account"))?;
    if !is_new {
        return found_again(caller, account, true).await;
    }
    if of == Interface::Keycloak && !is_marked(caller, &id, account.user).await? {
        remove_at(caller, &id).await?;
        return Err(unexpected(
            "the realm's user profile drops the attribute sparekey_user: declare it, or allow unmanaged attributes",
        ));
    }
    Ok(Placed::There(id))
}

/// What keeps an account from being made: itself, made before, or somebody else's.
async fn found_again(caller: &Caller, account: &NewAccount, is_conflict: bool) -> Result<Placed, Problem> {
    let of = caller.settings.interface;
    let mut others = is_conflict;
    for url in candidates(caller, account)? {
        let Some(answer) = caller.find(url).await? else { continue };
        for record in records(&body(&answer)?) {
            let reference = record.get(of.id()).and_then(Json::as_str).unwrap_or_default();
            match record.as_object().and_then(|record| our_id(of, reference, record)) {
                Some(user) if user == account.user => return Ok(Placed::There(reference.to_owned())),
                _ => others = true,
            }
        }
    }
    Ok(if others { Placed::Conflict } else { Placed::Refused })
}

async fn is_marked(caller: &Caller, reference: &str, user: UserId) -> Result<bool, Problem> {
    let of = caller.settings.interface;
    let Some(answer) = caller.find(kinds::one(caller, reference)?).await? else { return Ok(false) };
    let record = records(&body(&answer)?).first().and_then(|record| record.as_object().cloned());
    Ok(record.and_then(|record| our_id(of, reference, &record)) == Some(user))
}

/// Takes an account away that bears our id of this user.
async fn remove(caller: &Caller, reference: &str, user: UserId) -> Result<bool, Problem> {
    let is_chosen = chosen_subject(caller.settings.interface, user).as_deref() == Some(reference);
    match is_chosen || is_marked(caller, reference, user).await? {
        true => remove_at(caller, reference).await,
        false => Ok(false),
    }
}

async fn remove_at(caller: &Caller, reference: &str) -> Result<bool, Problem> {
    // Okta's first one deactivates, and its second one deletes.
    let times = if caller.settings.interface == Interface::Okta { 2 } else { 1 };
    let mut was_there = false;
    for _ in 0..times {
        let answer = caller.ask(question(Method::DELETE, removal(caller, reference)?, None)).await?;
        match caller.if_there(answer)? {
            None => break,
            Some(_) => was_there = true,
        }
    }
    Ok(was_there)
}
