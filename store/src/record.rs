//! What every adapter keeps in one piece: the details of a session, the changes of one write.

use identity::{
    Actor, Change, Device, Digest, Identity, IdentityName, Origin, RunId, Session, StoreError, Ticket,
    Timestamp, Tokens, What,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::sealed::{Context, Seal};

const TOKENS: &str = "tokens";

/// What of a session is never asked for by itself.
#[derive(Deserialize, Serialize)]
pub(crate) struct Details {
    pub(crate) provider: String,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) sid: Option<String>,
    pub(crate) auth_time: Option<Timestamp>,
    pub(crate) acr: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) address: Option<String>,
}

impl From<&Session> for Details {
    fn from(session: &Session) -> Self {
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
}

impl Details {
    pub(crate) fn device(&self) -> Device {
        Device { user_agent: self.user_agent.clone(), address: self.address.clone() }
    }
}

/// The changes that one write made to one identity, or to the user itself: one row.
#[derive(Clone, Debug)]
pub(crate) struct ChangesRow {
    pub(crate) version: i64,
    pub(crate) ordinal: i64,
    pub(crate) identity: Option<IdentityName>,
    /// JSON of a list of [`What`].
    pub(crate) whats: String,
    /// Whether they are only of claims that no field is read from: the first to go where there are too many.
    pub(crate) is_unmapped: bool,
    pub(crate) origin: Origin,
}

/// The rows of one write's changes.
pub(crate) fn changes_rows(changes: &[Change]) -> Result<Vec<ChangesRow>, StoreError> {
    let mut rows = Vec::new();
    for of_one in changes.chunk_by(|one, other| one.identity == other.identity) {
        let [first, ..] = of_one else { continue };
        let whats: Vec<&What> = of_one.iter().map(|change| &change.what).collect();
        rows.push(ChangesRow {
            version: first.version,
            ordinal: rows.len() as i64,
            identity: first.identity.clone(),
            whats: to_text(&whats)?,
            is_unmapped: whats.iter().all(|what| matches!(what, What::Claims { .. })),
            origin: first.origin.clone(),
        });
    }
    Ok(rows)
}

impl ChangesRow {
    /// The changes of this row.
    pub(crate) fn changes(self) -> Result<Vec<Change>, StoreError> {
        let whats: Vec<What> = json(&self.whats)?;
        let change = |what| Change {
            version: self.version,
            identity: self.identity.clone(),
            what,
            origin: self.origin.clone(),
        };
        Ok(whats.into_iter().map(change).collect())
    }
}

/// The parts of an origin as they are stored.
pub(crate) fn origin(
    at: Timestamp,
    received_at: Timestamp,
    source: &str,
    actor: Option<&str>,
    run: Option<uuid::Uuid>,
) -> Result<Origin, StoreError> {
    Ok(Origin {
        at,
        received_at,
        source: source.parse().map_err(StoreError::unreadable)?,
        actor: actor.map(str::parse::<Actor>).transpose().map_err(StoreError::unreadable)?,
        run: run.map(RunId),
    })
}

/// The content of a ticket, sealed.
pub(crate) fn seal_ticket(seal: &Seal, ticket: &Ticket) -> Result<Vec<u8>, StoreError> {
    // What is empty gives nothing away, and needs no secret.
    if ticket.content.is_empty() {
        return Ok(Vec::new());
    }
    let context = Context { purpose: ticket.kind.into(), row: &ticket.key.0 };
    seal.close(context, &ticket.content).map_err(StoreError::unavailable)
}

/// The ticket of which this was sealed; none where it was sealed under a secret that is lost.
pub(crate) fn open_ticket(seal: &Seal, sealed: &[u8], ticket: Ticket) -> Option<Ticket> {
    if sealed.is_empty() {
        return Some(ticket);
    }
    let content = seal.open(Context { purpose: ticket.kind.into(), row: &ticket.key.0 }, sealed)?;
    Some(Ticket { content, ..ticket })
}

/// Tokens, sealed.
pub(crate) fn seal_tokens(seal: &Seal, id: &Digest, tokens: &Tokens) -> Result<Vec<u8>, StoreError> {
    let plain = serde_json::to_vec(tokens).map_err(StoreError::unreadable)?;
    seal.close(Context { purpose: TOKENS, row: &id.0 }, &plain).map_err(StoreError::unavailable)
}

/// The tokens. Sealed under a secret that is lost, they count as none: the session lives on without them.
pub(crate) fn open_tokens(seal: &Seal, id: &Digest, generation: i64, sealed: &[u8]) -> Tokens {
    let plain = seal.open(Context { purpose: TOKENS, row: &id.0 }, sealed);
    let tokens = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
    Tokens { generation, ..tokens.unwrap_or_default() }
}

/// The order of a user's identities: who was seen first.
pub(crate) fn in_order(identities: &mut [Identity]) {
    let place = |one: &Identity| (one.first_seen_at, one.issuer.clone(), one.subject.clone());
    if identities.len() > 1 {
        identities.sort_by_cached_key(place);
    }
}

/// A digest as it was stored.
pub(crate) fn digest(bytes: Vec<u8>) -> Result<Digest, StoreError> {
    Ok(Digest(bytes.try_into().map_err(|_| StoreError::unreadable("a digest is 32 bytes"))?))
}

/// JSON of one of our own types, as text.
pub(crate) fn to_text(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::unreadable)
}

/// One of our own types, from its JSON.
pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(StoreError::unreadable)
}
