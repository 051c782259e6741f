//! What every adapter keeps of an attempt and a session in one piece: JSON, the secret part sealed.

use identity::{
    Attempt, Device, Digest, Identity, Secret, Session, StoreError, Taken, Timestamp, Tokens, UserId,
};
use serde::{Deserialize, Serialize};

use crate::sealed::{Place, Seal};

const ATTEMPT: &str = "attempt";
const TOKENS: &str = "tokens";

/// An attempt but for its keys and its end.
#[derive(Deserialize, Serialize)]
struct AttemptRecord {
    provider: String,
    issuer: String,
    nonce: String,
    verifier: String,
    return_to: String,
    max_age: Option<u64>,
    acr_values: Vec<String>,
    link: Option<UserId>,
    created_at: Timestamp,
}

/// What of a session is never asked for by itself.
#[derive(Deserialize, Serialize)]
pub(super) struct Details {
    pub(super) provider: String,
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) sid: Option<String>,
    pub(super) auth_time: Option<Timestamp>,
    pub(super) acr: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) address: Option<String>,
}

impl Details {
    pub(super) fn of(session: &Session) -> Self {
        let session = session.clone();
        Self {
            provider: session.provider,
            issuer: session.issuer,
            subject: session.subject,
            sid: session.sid,
            auth_time: session.auth_time,
            acr: session.acr,
            user_agent: session.device.user_agent,
            address: session.device.address,
        }
    }

    pub(super) fn device(&self) -> Device {
        Device { user_agent: self.user_agent.clone(), address: self.address.clone() }
    }
}

/// An attempt, sealed.
pub(super) fn seal_attempt(seal: &Seal, attempt: &Attempt) -> Result<Vec<u8>, StoreError> {
    let record = AttemptRecord {
        provider: attempt.provider.clone(),
        issuer: attempt.issuer.clone(),
        nonce: attempt.nonce.expose().to_owned(),
        verifier: attempt.verifier.expose().to_owned(),
        return_to: attempt.return_to.clone(),
        max_age: attempt.max_age,
        acr_values: attempt.acr_values.clone(),
        link: attempt.link,
        created_at: attempt.created_at,
    };
    let place = Place { purpose: ATTEMPT, row: &attempt.state.0 };
    seal.close(place, &to_json(&record)?).map_err(StoreError::unavailable)
}

/// The attempt; none where it was sealed under a secret that is lost.
pub(super) fn open_attempt(
    seal: &Seal,
    state: Digest,
    browser: Digest,
    expires_at: Timestamp,
    sealed: &[u8],
) -> Option<Attempt> {
    let plain = seal.open(Place { purpose: ATTEMPT, row: &state.0 }, sealed)?;
    let record: AttemptRecord = serde_json::from_slice(&plain).ok()?;
    Some(Attempt {
        state,
        browser,
        provider: record.provider,
        issuer: record.issuer,
        nonce: Secret::parse(&record.nonce)?,
        verifier: Secret::parse(&record.verifier)?,
        return_to: record.return_to,
        max_age: record.max_age,
        acr_values: record.acr_values,
        link: record.link,
        created_at: record.created_at,
        expires_at,
    })
}

/// What became of an attempt that `me` tried to sign: whose name stands there has it.
pub(super) fn taken<T: PartialEq>(attempt: Option<Attempt>, taker: Option<T>, me: T) -> Taken {
    let Some(attempt) = attempt else { return Taken::Unknown };
    match taker {
        Some(taker) if taker == me => Taken::Attempt(attempt.into()),
        Some(_) => Taken::Used { return_to: attempt.return_to },
        None => Taken::Expired { return_to: attempt.return_to },
    }
}

/// Tokens, sealed.
pub(super) fn seal_tokens(seal: &Seal, id: &Digest, tokens: &Tokens) -> Result<Vec<u8>, StoreError> {
    seal.close(Place { purpose: TOKENS, row: &id.0 }, &to_json(tokens)?).map_err(StoreError::unavailable)
}

/// The tokens. Sealed under a secret that is lost, they count as none: the session lives on without them.
pub(super) fn open_tokens(seal: &Seal, id: &Digest, generation: i64, sealed: &[u8]) -> Tokens {
    let plain = seal.open(Place { purpose: TOKENS, row: &id.0 }, sealed);
    let tokens = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
    Tokens { generation, ..tokens.unwrap_or_default() }
}

/// The order of a user's identities: who was seen first.
pub(super) fn in_order(identities: &mut [Identity]) {
    let place = |one: &Identity| (one.first_seen_at, one.issuer.clone(), one.subject.clone());
    if identities.len() > 1 {
        identities.sort_by_cached_key(place);
    }
}

/// JSON of one of our own types, as text.
pub(super) fn to_text(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::unreadable)
}

fn to_json(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(StoreError::unreadable)
}
