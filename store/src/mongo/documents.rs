//! The documents, and the users, changes and sessions they stand for.
//!
//! Claims and facts are JSON text: a claim may have any name, a key of a document may not.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use identity::{
    Act, Counts, Digest, Erasure, ErasureKey, Field, Identity, IdentityName, LogLine, Run, RunId, RunKind,
    RunState, Session, Source, Standing, Status, StoreError, TicketKind, Timestamp, Tokens, User, UserId,
    Value,
};
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Uuid};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::index::{IndexDocument, indexed};
use crate::encoding::{ChangesRow, Details, digest, in_order, json, origin, seal_tokens, to_text};
use crate::sealed::Seal;

/// A time as text of one width, so that it sorts: BSON's own ends at milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time(pub(super) Timestamp);

/// A user with identities. `status` and `profile` follow from the rest; they are here for operators.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct UserDocument {
    #[serde(rename = "_id")]
    pub(super) id: Uuid,
    status: Status,
    is_disabled: bool,
    #[serde(default)]
    is_withdrawn: bool,
    profile: BTreeMap<Field, Value>,
    identities: Vec<IdentityDocument>,
    created_at: Time,
    updated_at: Time,
    last_login_at: Option<Time>,
    login_count: i64,
    version: i64,
    /// What lists are sorted and filtered by; none where the user was there before there was a search.
    #[serde(default)]
    pub(super) index: Option<IndexDocument>,
    /// Whether what the user is found by is still to be written.
    #[serde(default)]
    pub(super) terms_due: bool,
    /// The changes of the newest write that made some: the next write moves them to their own collection.
    #[serde(default)]
    pub(super) pending: Vec<ChangesDocument>,
    /// The line of the operators' log that the newest write carried, until it is moved to its own collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) log: Option<LogDocument>,
}

/// What stands in the place of a user who is being erased: nothing of the person.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Stub {
    #[serde(rename = "_id")]
    pub(super) id: Uuid,
    pub(super) version: i64,
    pub(super) erasing: bool,
    /// What the ledger is to keep.
    #[serde(default)]
    pub(super) erased: Vec<ErasureDocument>,
    /// The entries that go.
    #[serde(default)]
    pub(super) entries: Vec<Uuid>,
    /// The digests of the references about which messages go.
    #[serde(default)]
    pub(super) references: Vec<Binary>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) log: Option<LogDocument>,
}

/// A line of the operators' log.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct LogDocument {
    #[serde(rename = "_id")]
    pub(super) id: Uuid,
    at: Time,
    actor: String,
    act: Act,
    user_id: Option<Uuid>,
    reason: Option<String>,
    detail: Option<String>,
    request: Option<String>,
}

/// An entry of the ledger of erasures.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct ErasureDocument {
    #[serde(rename = "_id")]
    pub(super) hmac: Binary,
    key: String,
    pub(super) at: Time,
}

/// A key of that ledger.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct ErasureKeyDocument {
    #[serde(rename = "_id")]
    name: String,
    key: Binary,
    created_at: Time,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct IdentityDocument {
    key: Binary,
    provider: String,
    issuer: String,
    subject: String,
    facts: String,
    /// Left out for a viewer.
    claims: Option<String>,
    claim_times: Option<String>,
    standing: Standing,
    standing_at: Time,
    first_seen_at: Time,
    last_seen_at: Time,
    last_login_at: Option<Time>,
    observed_at: Time,
    /// JSON text; left out for a viewer.
    holds: Option<String>,
}

/// What one write changed of one identity, or of the user itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct ChangesDocument {
    pub(super) user_id: Uuid,
    pub(super) version: i64,
    pub(super) ordinal: i64,
    identity: Option<NameDocument>,
    whats: String,
    pub(super) is_unmapped: bool,
    at: Time,
    pub(super) received_at: Time,
    source: Source,
    actor: Option<String>,
    /// Left out where there is none, so that the index of pending ones holds runs alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<Uuid>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct NameDocument {
    provider: String,
    issuer: String,
    subject: String,
}

/// One piece of work.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct RunDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    kind: RunKind,
    provider: Option<String>,
    actor: Option<String>,
    about: Option<Uuid>,
    pub(super) state: RunState,
    /// JSON, as in SQL.
    pub(super) counts: String,
    started_at: Time,
    pub(super) finished_at: Option<Time>,
    /// The line of the operators' log that moving it on carried, until it is moved to its own collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log: Option<LogDocument>,
}

/// The key of a ticket.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct TicketKey {
    kind: String,
    key: Binary,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct TicketDocument {
    #[serde(rename = "_id")]
    pub(super) key: TicketKey,
    pub(super) holder: Option<Binary>,
    pub(super) sealed: Binary,
    pub(super) taken_by: Option<Uuid>,
    pub(super) expires_at: Time,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct SessionDocument {
    #[serde(rename = "_id")]
    id: Binary,
    pub(super) user_id: Uuid,
    subject_key: Binary,
    sid_key: Option<Binary>,
    details: String,
    access: String,
    /// Left out for a viewer.
    pub(super) tokens: Option<Binary>,
    pub(super) generation: i64,
    refresh_at: Option<Time>,
    pub(super) leased_by: Option<Uuid>,
    leased_until: Option<Time>,
    created_at: Time,
    last_used_at: Time,
    expires_at: Time,
}

impl UserDocument {
    /// A user's document in the place of what it was.
    pub(super) fn new(
        before: Option<&User>,
        user: &User,
        changes: Vec<ChangesRow>,
        log: Option<&LogLine>,
    ) -> Result<Self, StoreError> {
        let (index, terms_due) = indexed(before, user);
        let profile = user.profile().into_iter().map(|(field, shown)| (field, shown.value.clone()));
        Ok(Self {
            id: uuid(user.id),
            status: user.status(),
            is_disabled: user.is_disabled,
            is_withdrawn: user.is_withdrawn,
            profile: profile.collect(),
            identities: user.identities.iter().map(IdentityDocument::new).collect::<Result<_, _>>()?,
            created_at: Time(user.created_at),
            updated_at: Time(user.updated_at),
            last_login_at: user.last_login_at.map(Time),
            login_count: user.login_count.try_into().unwrap_or(i64::MAX),
            version: user.version,
            index,
            terms_due,
            pending: changes.into_iter().map(|row| ChangesDocument::new(user.id, row)).collect(),
            log: log.map(LogDocument::from),
        })
    }

    pub(super) fn user(self) -> Result<User, StoreError> {
        let mut identities: Vec<Identity> =
            self.identities.into_iter().map(IdentityDocument::identity).collect::<Result<_, _>>()?;
        in_order(&mut identities);
        Ok(User {
            id: user_id(self.id),
            is_disabled: self.is_disabled,
            is_withdrawn: self.is_withdrawn,
            identities,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
            last_login_at: self.last_login_at.map(|time| time.0),
            login_count: self.login_count.try_into().map_err(StoreError::unreadable)?,
            version: self.version,
        })
    }
}

impl IdentityDocument {
    fn new(identity: &Identity) -> Result<Self, StoreError> {
        Ok(Self {
            key: bytes(Digest::of_pair(&identity.issuer, &identity.subject).0),
            provider: identity.provider.clone(),
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            facts: to_text(&identity.facts)?,
            claims: Some(to_text(&identity.claims)?),
            claim_times: Some(to_text(&identity.claim_times)?),
            standing: identity.standing,
            standing_at: Time(identity.standing_at),
            first_seen_at: Time(identity.first_seen_at),
            last_seen_at: Time(identity.last_seen_at),
            last_login_at: identity.last_login_at.map(Time),
            observed_at: Time(identity.observed_at),
            holds: Some(to_text(&identity.holds)?),
        })
    }

    fn identity(self) -> Result<Identity, StoreError> {
        Ok(Identity {
            provider: self.provider,
            issuer: self.issuer,
            subject: self.subject,
            facts: json(&self.facts)?,
            claims: self.claims.map(|claims| json(&claims)).transpose()?.unwrap_or_default(),
            claim_times: self.claim_times.map(|times| json(&times)).transpose()?.unwrap_or_default(),
            standing: self.standing,
            standing_at: self.standing_at.0,
            first_seen_at: self.first_seen_at.0,
            last_seen_at: self.last_seen_at.0,
            last_login_at: self.last_login_at.map(|time| time.0),
            observed_at: self.observed_at.0,
            holds: self.holds.map(|holds| json(&holds)).transpose()?.unwrap_or_default(),
        })
    }
}

impl From<&LogLine> for LogDocument {
    fn from(line: &LogLine) -> Self {
        let line = line.clone();
        Self {
            id: Uuid::from_bytes(line.id.into_bytes()),
            at: Time(line.at),
            actor: line.actor.to_string(),
            act: line.act,
            user_id: line.user.map(uuid),
            reason: line.reason,
            detail: line.detail,
            request: line.request,
        }
    }
}

impl LogDocument {
    pub(super) fn line(self) -> Result<LogLine, StoreError> {
        Ok(LogLine {
            id: uuid::Uuid::from_bytes(self.id.bytes()),
            at: self.at.0,
            actor: self.actor.parse().map_err(StoreError::unreadable)?,
            act: self.act,
            user: self.user_id.map(user_id),
            reason: self.reason,
            detail: self.detail,
            request: self.request,
        })
    }
}

impl From<&Erasure> for ErasureDocument {
    fn from(entry: &Erasure) -> Self {
        Self { hmac: bytes(entry.hmac.0), key: entry.key.clone(), at: Time(entry.at) }
    }
}

impl ErasureDocument {
    pub(super) fn entry(self) -> Result<Erasure, StoreError> {
        Ok(Erasure { hmac: digest(self.hmac.bytes)?, key: self.key, at: self.at.0 })
    }
}

impl From<&ErasureKey> for ErasureKeyDocument {
    fn from(key: &ErasureKey) -> Self {
        Self { name: key.name.clone(), key: bytes(key.key.0), created_at: Time(key.created_at) }
    }
}

impl ErasureKeyDocument {
    pub(super) fn key(self) -> Result<ErasureKey, StoreError> {
        Ok(ErasureKey { name: self.name, key: digest(self.key.bytes)?, created_at: self.created_at.0 })
    }
}

impl ChangesDocument {
    pub(super) fn new(user: UserId, row: ChangesRow) -> Self {
        let ChangesRow { version, ordinal, identity, whats, is_unmapped, origin } = row;
        let name = |IdentityName { provider, issuer, subject }| NameDocument { provider, issuer, subject };
        Self {
            user_id: uuid(user),
            version,
            ordinal,
            identity: identity.map(name),
            whats,
            is_unmapped,
            at: Time(origin.at),
            received_at: Time(origin.received_at),
            source: origin.source,
            actor: origin.actor.map(|actor| actor.to_string()),
            run: origin.run.map(|run| Uuid::from_bytes(run.0.into_bytes())),
        }
    }

    pub(super) fn row(self) -> Result<ChangesRow, StoreError> {
        let name = |NameDocument { provider, issuer, subject }| IdentityName { provider, issuer, subject };
        let run = self.run.map(|run| uuid::Uuid::from_bytes(run.bytes()));
        let source: &str = self.source.into();
        Ok(ChangesRow {
            version: self.version,
            ordinal: self.ordinal,
            identity: self.identity.map(name),
            whats: self.whats,
            is_unmapped: self.is_unmapped,
            origin: origin(self.at.0, self.received_at.0, source, self.actor.as_deref(), run)?,
        })
    }
}

impl RunDocument {
    pub(super) fn new(run: &Run) -> Result<Self, StoreError> {
        Ok(Self {
            id: run_id(run.id),
            kind: run.kind,
            provider: run.provider.clone(),
            actor: run.actor.as_ref().map(ToString::to_string),
            about: run.about.map(run_id),
            state: run.state,
            counts: to_text(&run.counts)?,
            started_at: Time(run.started_at),
            finished_at: run.finished_at.map(Time),
            log: None,
        })
    }

    pub(super) fn run(self) -> Result<Run, StoreError> {
        let id = |id: Uuid| RunId(uuid::Uuid::from_bytes(id.bytes()));
        let counts: Counts = json(&self.counts)?;
        Ok(Run {
            id: id(self.id),
            kind: self.kind,
            provider: self.provider,
            actor: self.actor.map(|actor| actor.parse()).transpose().map_err(StoreError::unreadable)?,
            about: self.about.map(id),
            state: self.state,
            counts,
            started_at: self.started_at.0,
            finished_at: self.finished_at.map(|time| time.0),
        })
    }
}

impl TicketKey {
    pub(super) fn new(kind: TicketKind, key: &Digest) -> Self {
        Self { kind: kind.to_string(), key: bytes(key.0) }
    }
}

impl From<TicketKey> for Bson {
    fn from(key: TicketKey) -> Self {
        Bson::Document(mongodb::bson::doc! { "kind": key.kind, "key": key.key })
    }
}

impl SessionDocument {
    pub(super) fn new(seal: &Seal, session: &Session) -> Result<Self, StoreError> {
        let Session { id, issuer, subject, sid, tokens, .. } = session;
        Ok(Self {
            id: bytes(id.0),
            user_id: uuid(session.user),
            subject_key: bytes(Digest::of_pair(issuer, subject).0),
            sid_key: sid.as_ref().map(|sid| bytes(Digest::of_pair(issuer, sid).0)),
            details: to_text(&Details::from(session))?,
            access: to_text(&session.access)?,
            tokens: Some(bytes(seal_tokens(seal, id, tokens)?)),
            generation: tokens.generation,
            refresh_at: session.refresh_at.map(Time),
            leased_by: None,
            leased_until: None,
            created_at: Time(session.created_at),
            last_used_at: Time(session.last_used_at),
            expires_at: Time(session.expires_at),
        })
    }

    /// Without tokens.
    pub(super) fn session(self) -> Result<Session, StoreError> {
        let details: Details = json(&self.details)?;
        Ok(Session {
            id: digest(self.id.bytes)?,
            user: user_id(self.user_id),
            device: details.device(),
            provider: details.provider,
            issuer: details.issuer,
            subject: details.subject,
            sid: details.sid,
            created_at: self.created_at.0,
            last_used_at: self.last_used_at.0,
            expires_at: self.expires_at.0,
            auth_time: details.auth_time,
            is_reauthentication: details.is_reauthentication,
            acr: details.acr,
            refresh_at: self.refresh_at.map(|time| time.0),
            tokens: Tokens { generation: self.generation, ..Tokens::default() },
            access: json(&self.access)?,
        })
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0.format("%Y-%m-%dT%H:%M:%S%.6fZ"))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        DateTime::<Utc>::deserialize(from).map(Self)
    }
}

impl From<Time> for Bson {
    fn from(time: Time) -> Self {
        Bson::String(time.0.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
    }
}

/// Our id of a user as BSON has it; binary, so that it sorts by age.
pub(super) fn uuid(user: UserId) -> Uuid {
    Uuid::from_bytes(user.0.into_bytes())
}

/// As [`uuid`], of a run.
pub(super) fn run_id(run: RunId) -> Uuid {
    Uuid::from_bytes(run.0.into_bytes())
}

pub(super) fn user_id(uuid: Uuid) -> UserId {
    UserId(uuid::Uuid::from_bytes(uuid.bytes()))
}

pub(super) fn bytes(bytes: impl Into<Vec<u8>>) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: bytes.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sort_as_their_text() {
        let texts = ["2026-11-21T10:00:00Z", "2026-11-21T10:00:00.000001Z", "2026-11-21T10:00:00.1Z"];
        let times = texts.map(|text| Time(text.parse().unwrap()));
        let written = times.map(|time| Bson::from(time).as_str().unwrap().to_owned());
        assert!(written.is_sorted());
        assert!(written.iter().all(|text| text.len() == "2026-11-21T10:00:00.000001Z".len()));
    }
}
