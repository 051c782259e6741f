//! What every adapter keeps in one piece: the details of a session, the changes of one write.

use identity::{
    Actor, Change, Device, Digest, Identity, IdentityName, MessageId, Origin, Removal, Removals, RunId,
    Session, StoreError, Taken, Ticket, Timestamp, Tokens, UserId, What, WrittenChanges,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::sealed::{Context, Seal};

const MESSAGE: &str = "message";
const TOKENS: &str = "tokens";
const SHELF: &str = "shelf";

/// What of a session is never asked for by itself.
#[derive(Deserialize, Serialize)]
pub(crate) struct Details {
    pub(crate) provider: String,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) sid: Option<String>,
    pub(crate) auth_time: Option<Timestamp>,
    pub(crate) is_reauthentication: bool,
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
            is_reauthentication: session.is_reauthentication,
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
        let is_unmapped = are_unmapped(whats.iter().copied());
        rows.push(ChangesRow {
            version: first.version,
            ordinal: rows.len() as i64,
            identity: first.identity.clone(),
            whats: to_text(&whats)?,
            is_unmapped,
            origin: first.origin.clone(),
        });
    }
    Ok(rows)
}

impl TryFrom<&WrittenChanges> for ChangesRow {
    type Error = StoreError;

    fn try_from(one: &WrittenChanges) -> Result<Self, StoreError> {
        Ok(Self {
            version: one.version,
            ordinal: one.ordinal,
            identity: one.identity.clone(),
            whats: to_text(&one.whats)?,
            is_unmapped: are_unmapped(&one.whats),
            origin: one.origin.clone(),
        })
    }
}

impl ChangesRow {
    /// As a backup has it.
    pub(crate) fn written(self, user: UserId) -> Result<WrittenChanges, StoreError> {
        let Self { version, ordinal, identity, origin, .. } = self;
        Ok(WrittenChanges { user, version, ordinal, identity, whats: json(&self.whats)?, origin })
    }

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

/// Whether they are only of claims that no field is read from.
fn are_unmapped<'a>(whats: impl IntoIterator<Item = &'a What>) -> bool {
    whats.into_iter().all(|what| matches!(what, What::Claims { .. }))
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

/// What taking a ticket came to, by the name that stands on it.
pub(crate) fn taken<Name: PartialEq>(read: Option<(Ticket, Option<Name>)>, me: Name) -> Taken {
    match read {
        None => Taken::Unknown,
        Some((ticket, Some(taker))) if taker == me => Taken::Ours(ticket),
        Some((ticket, Some(_))) => Taken::Used(ticket),
        Some((ticket, None)) => Taken::Expired(ticket),
    }
}

/// What looking at a ticket came to.
pub(crate) fn looked_at<Name>(read: Option<(Ticket, Option<Name>)>, now: Timestamp) -> Taken {
    match read {
        None => Taken::Unknown,
        Some((ticket, Some(_))) => Taken::Used(ticket),
        Some((ticket, None)) if ticket.expires_at <= now => Taken::Expired(ticket),
        Some((ticket, None)) => Taken::Ours(ticket),
    }
}

/// What was received of a message, sealed.
pub(crate) fn seal_message(seal: &Seal, id: MessageId, content: &[u8]) -> Result<Vec<u8>, StoreError> {
    let context = Context { purpose: MESSAGE, row: id.0.as_bytes() };
    seal.close(context, content).map_err(StoreError::unavailable)
}

/// What was received of a message; none where it was sealed under a secret that is lost.
pub(crate) fn open_message(seal: &Seal, id: MessageId, sealed: &[u8]) -> Option<Vec<u8>> {
    seal.open(Context { purpose: MESSAGE, row: id.0.as_bytes() }, sealed)
}

/// Removals as text: a list of digests and times.
pub(crate) fn removals_text(removals: &Removals) -> Result<String, StoreError> {
    let entries: Vec<(String, Timestamp)> =
        removals.all.iter().map(|one| (one.identity.to_text(), one.at)).collect();
    to_text(&entries)
}

/// Removals as they were written.
pub(crate) fn removals(entries: &str, version: i64) -> Result<Removals, StoreError> {
    let entries: Vec<(String, Timestamp)> = json(entries)?;
    let one = |(identity, at): (String, Timestamp)| {
        let identity = Digest::parse(&identity).ok_or_else(|| StoreError::unreadable("no digest"))?;
        Ok(Removal { identity, at })
    };
    Ok(Removals { all: entries.into_iter().map(one).collect::<Result<_, StoreError>>()?, version })
}

/// A sheet of what a run read, sealed for its place.
pub(crate) fn seal_sheet(
    seal: &Seal,
    run: RunId,
    number: u64,
    content: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let context = Context { purpose: SHELF, row: &sheet_row(run, number) };
    seal.close(context, content).map_err(StoreError::unavailable)
}

/// The sheet of which this was sealed.
pub(crate) fn open_sheet(seal: &Seal, run: RunId, number: u64, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let content = seal.open(Context { purpose: SHELF, row: &sheet_row(run, number) }, sealed);
    content.ok_or_else(|| StoreError::unreadable("what a run read was sealed under another SESSION_SECRET"))
}

/// The number of a sheet as databases keep it.
pub(crate) fn sheet_number(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(StoreError::unreadable)
}

fn sheet_row(run: RunId, number: u64) -> Vec<u8> {
    [&run.0.as_bytes()[..], &number.to_be_bytes()].concat()
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
