//! What the download of one's own data says beside the user's line: changes, sessions and holds. Of whoever did something
//! it says whether that was oneself or the operators, never who of them.

use std::borrow::Cow;

use identity::{Actor, Change, Claims, Hold, Holds, RunId, Session, Source, Timestamp, User, UserId, What};
use serde::Serialize;

use super::micros;

/// One change, with all that was before and is since.
#[derive(Serialize)]
#[allow(missing_docs, reason = "each is what the change has of that name")]
pub struct ChangeLine<'a> {
    pub version: i64,
    /// None of the three where the user itself changed.
    pub provider: Option<&'a str>,
    pub issuer: Option<&'a str>,
    pub subject: Option<&'a str>,
    pub what: Cow<'a, What>,
    #[serde(with = "micros")]
    pub at: Timestamp,
    #[serde(with = "micros")]
    pub received_at: Timestamp,
    pub source: Source,
    /// `you` or `operator`; null for a provider.
    pub by: Option<&'static str>,
    pub run: Option<RunId>,
}

impl<'a> ChangeLine<'a> {
    /// The line, for the person `own`.
    pub fn new(change: &'a Change, own: UserId) -> Self {
        let Change { version, identity, what, origin } = change;
        let by = |actor: &Actor| if *actor == Actor::User(own) { "you" } else { "operator" };
        Self {
            version: *version,
            provider: identity.as_ref().map(|name| &*name.provider),
            issuer: identity.as_ref().map(|name| &*name.issuer),
            subject: identity.as_ref().map(|name| &*name.subject),
            what: nameless(what),
            at: origin.at,
            received_at: origin.received_at,
            source: origin.source,
            by: origin.actor.as_ref().map(by),
            run: origin.run,
        }
    }
}

/// One session, without its tokens.
#[derive(Serialize)]
#[allow(missing_docs, reason = "each is what the session has of that name")]
pub struct SessionLine<'a> {
    /// Whether it is the one that asks.
    pub is_this: bool,
    pub provider: &'a str,
    pub issuer: &'a str,
    pub subject: &'a str,
    pub sid: Option<&'a str>,
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    #[serde(with = "micros")]
    pub last_used_at: Timestamp,
    #[serde(with = "micros")]
    pub expires_at: Timestamp,
    #[serde(with = "micros::option")]
    pub auth_time: Option<Timestamp>,
    pub acr: Option<&'a str>,
    pub user_agent: Option<&'a str>,
    pub address: Option<&'a str>,
    /// Claims of its access token, where that is a JWT.
    pub access_token_claims: &'a Claims,
    /// Claims of its ID token that permissions and organisations are read from.
    pub id_token_claims: &'a Claims,
}

impl<'a> SessionLine<'a> {
    /// The line of a session; `is_this` where it is the one that asks.
    pub fn new(session: &'a Session, is_this: bool) -> Self {
        Self {
            is_this,
            provider: &session.provider,
            issuer: &session.issuer,
            subject: &session.subject,
            sid: session.sid.as_deref(),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
            auth_time: session.auth_time,
            acr: session.acr.as_deref(),
            user_agent: session.device.user_agent.as_deref(),
            address: session.device.address.as_deref(),
            access_token_claims: &session.access.access_token,
            id_token_claims: &session.access.id_token,
        }
    }
}

/// What the operators keep of an identity, whatever its provider says.
#[derive(Serialize)]
#[allow(missing_docs, reason = "each is what the hold has of that name")]
pub struct HoldLine<'a> {
    pub provider: &'a str,
    pub issuer: &'a str,
    pub subject: &'a str,
    /// The name of a field, or `standing`.
    pub held: String,
    #[serde(with = "micros")]
    pub at: Timestamp,
}

impl<'a> HoldLine<'a> {
    /// All that is held of a user.
    pub fn of(user: &'a User) -> Vec<Self> {
        let of_identity = |one: &'a identity::Identity| {
            one.holds.iter().map(|(held, hold)| Self {
                provider: &one.provider,
                issuer: &one.issuer,
                subject: &one.subject,
                held: held.to_string(),
                at: hold.at,
            })
        };
        user.identities.iter().flat_map(of_identity).collect()
    }
}

/// The same, without who set a hold.
fn nameless(what: &What) -> Cow<'_, What> {
    let hold = |hold: &Option<Hold>| hold.clone().map(|hold| Hold { actor: None, ..hold });
    let holds = |holds: &Holds| {
        holds.iter().map(|(held, hold)| (*held, Hold { actor: None, ..hold.clone() })).collect()
    };
    match what {
        What::Held { held, from, to } => {
            Cow::Owned(What::Held { held: *held, from: hold(from), to: hold(to) })
        }
        What::Unlinked(one) if !one.holds.is_empty() => {
            let mut one = one.clone();
            one.holds = holds(&one.holds);
            Cow::Owned(What::Unlinked(one))
        }
        what => Cow::Borrowed(what),
    }
}
