//! Accounts as a provider's admin interface lists them: each interface says where its facts stand and of which claims
//! it speaks at all, for of those silence means that there is none.

mod authentik;
mod zitadel;

use identity::{Claims, Standing, Timestamp};
use serde_json::Value as Json;

use crate::Heard;
use crate::files::import::{Format, Options, Place, Source, Unfit, source_of, without_secrets};
use crate::heard::full;
use crate::webhook::{OF_AUTH0, clerk_user, linked_accounts, workos_user};

/// What changes with each log-in and says nothing of the person: kept, it would be all of a history.
const COUNTERS: [&str; 11] = [
    "failed_sign_ins",
    "last_ip",
    "last_login",
    "last_password_reset",
    "last_signed_in",
    "last_updated",
    "lastLogin",
    "lastUpdated",
    "logins_count",
    "total_sign_ins",
    "updated_at",
];

/// The claims of Entra; it does not verify addresses, nor has it pictures in its list.
const OF_ENTRA: [&str; 7] =
    ["email", "name", "given_name", "family_name", "preferred_username", "phone_number", "locale"];
/// Okta's `name` in tokens is made of the others where there is no display name, so its absence says nothing.
const OF_OKTA: [&str; 4] = ["email", "given_name", "family_name", "preferred_username"];

/// An admin interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Interface {
    /// `UserRepresentation` of the Admin REST API.
    Keycloak,
    /// Users of the Management API, or of an export job.
    Auth0,
    /// Users of the Management API.
    Kinde,
    /// Users of the Core API.
    Okta,
    /// Users of Microsoft Graph.
    Entra,
    /// Users of the User Service v2.
    Zitadel,
    /// Users of the API v3.
    Authentik,
    /// Users of the Backend API.
    Clerk,
    /// Users of the user management.
    #[strum(serialize = "workos")]
    WorkOs,
    /// The resource `User` (RFC 7643).
    Scim,
}

/// What a record of a list is instead of a person's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAccount {
    /// A service's or a machine's account.
    NoPerson,
    /// Something that has no id, or none that can be kept.
    Unreadable,
}

impl Interface {
    /// Where the account's own id stands.
    pub fn id(self) -> &'static str {
        match self {
            Self::Auth0 => "user_id",
            Self::Zitadel => "userId",
            Self::Authentik => "uid",
            Self::Keycloak
            | Self::Kinde
            | Self::Okta
            | Self::Entra
            | Self::Clerk
            | Self::WorkOs
            | Self::Scim => "id",
        }
    }

    /// Where the facts of its records stand; none where its webhooks carry the same records.
    fn source(self) -> Option<&'static Source> {
        Some(match self {
            Self::Clerk | Self::WorkOs => return None,
            Self::Keycloak => source_of(Format::Keycloak),
            Self::Auth0 => source_of(Format::Auth0),
            Self::Kinde => source_of(Format::Kinde),
            Self::Okta => source_of(Format::Okta),
            Self::Entra => source_of(Format::Entra),
            Self::Scim => source_of(Format::Scim),
            Self::Zitadel => &zitadel::SOURCE,
            Self::Authentik => &authentik::SOURCE,
        })
    }

    /// Claims of which it speaks even where a record leaves them out, beside those of its source.
    fn speaks_of(self) -> &'static [&'static str] {
        match self {
            Self::Auth0 => &OF_AUTH0,
            Self::Entra => &OF_ENTRA,
            Self::Okta => &OF_OKTA,
            _ => &[],
        }
    }
}

/// Reads one record of a list. `reference` is the member that names the account, by default the interface's own id.
///
/// # Errors
/// It is no person's account, or has no id.
pub fn account(
    of: Interface,
    record: &Claims,
    reference: Option<&str>,
    now: Timestamp,
) -> Result<Heard, NoAccount> {
    let Some(source) = of.source() else { return as_pushed(of, record) };
    let options = Options { subject: Some(reference.unwrap_or(of.id()).to_owned()), now };
    let place = Place::Line(0);
    let raw = without_secrets(record.clone());
    let read = source.person(raw, None, place, &options).map_err(|unfit| match unfit {
        Unfit::NoPerson => NoAccount::NoPerson,
        Unfit::Wrong(_) => NoAccount::Unreadable,
    })?;
    let reference = read.subject.ok_or(NoAccount::Unreadable)?;
    let linked = match of {
        Interface::Auth0 => linked_accounts(record, &reference),
        _ => Vec::new(),
    };
    let mut claims = read.claims;
    claims.retain(|name, _| !COUNTERS.contains(&name.as_str()));
    if of == Interface::Entra {
        claims.insert("oid".to_owned(), Json::String(reference.clone()));
    }
    let spoken = match read.extent {
        identity::Extent::Full(claims) => claims,
        identity::Extent::Partial => Default::default(),
    };
    let extent = full(spoken.into_iter().chain(of.speaks_of().iter().map(|&name| name.to_owned())));
    // Whoever is listed is there.
    let standing = read.standing.or(Some(Standing::Present));
    Ok(Heard { reference, claims, extent, standing, linked, at: None })
}

/// A record as its provider's webhooks carry it too.
fn as_pushed(of: Interface, record: &Claims) -> Result<Heard, NoAccount> {
    let read = match of {
        Interface::Clerk => clerk_user(record),
        _ => workos_user(record),
    };
    let mut heard = read.ok_or(NoAccount::Unreadable)?;
    heard.claims.retain(|name, _| !COUNTERS.contains(&name.as_str()));
    heard.standing = heard.standing.or(Some(Standing::Present));
    Ok(heard)
}

#[cfg(test)]
mod tests;
