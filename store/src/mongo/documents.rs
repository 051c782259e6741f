//! The documents, and the users, changes and sessions they stand for.
//!
//! Claims and facts are JSON text: a claim may have any name, a key of a document may not.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use identity::{
    Change, Digest, Field, Identity, Session, Source, Status, StoreError, Timestamp, User, UserId, Value,
};
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Uuid};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::key::key;
use crate::record::{Details, in_order, open_tokens, seal_tokens, to_text};
use crate::sealed::Seal;

/// A time as text of one width, so that it sorts: BSON's own ends at milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time(pub(super) Timestamp);

/// A user with identities. `profile` follows from them; it is here for operators.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct UserDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    status: Status,
    profile: BTreeMap<Field, Value>,
    identities: Vec<IdentityDocument>,
    created_at: Time,
    updated_at: Time,
    last_login_at: Option<Time>,
    login_count: i64,
    version: i64,
    /// The changes of the newest write that made some: the next write moves them to their own collection.
    #[serde(default)]
    pub(super) pending_changes: Vec<ChangeDocument>,
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
    first_seen_at: Time,
    last_seen_at: Time,
    last_login_at: Option<Time>,
    observed_at: Time,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct ChangeDocument {
    user_id: Uuid,
    version: i64,
    field: Field,
    old_value: Option<Value>,
    new_value: Option<Value>,
    at: Time,
    source: Source,
    provider: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct AttemptDocument {
    #[serde(rename = "_id")]
    pub(super) state: Binary,
    pub(super) browser: Binary,
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
    tokens: Binary,
    pub(super) generation: i64,
    pub(super) leased_by: Option<Uuid>,
    leased_until: Option<Time>,
    created_at: Time,
    last_used_at: Time,
    expires_at: Time,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct LogoutTokenDocument {
    #[serde(rename = "_id")]
    pub(super) key: Binary,
    pub(super) spent_by: Uuid,
    pub(super) expires_at: Time,
}

impl UserDocument {
    pub(super) fn of(user: &User, changes: &[Change]) -> Result<Self, StoreError> {
        let profile = user.profile().into_iter().map(|(field, shown)| (field, shown.fact.value.clone()));
        Ok(Self {
            id: uuid(user.id),
            status: user.status,
            profile: profile.collect(),
            identities: user.identities.iter().map(IdentityDocument::of).collect::<Result<_, _>>()?,
            created_at: Time(user.created_at),
            updated_at: Time(user.updated_at),
            last_login_at: user.last_login_at.map(Time),
            login_count: user.login_count.try_into().unwrap_or(i64::MAX),
            version: user.version,
            pending_changes: changes.iter().map(|change| ChangeDocument::of(user.id, change)).collect(),
        })
    }

    pub(super) fn user(self) -> Result<User, StoreError> {
        let mut identities: Vec<Identity> =
            self.identities.into_iter().map(IdentityDocument::identity).collect::<Result<_, _>>()?;
        in_order(&mut identities);
        Ok(User {
            id: user_id(self.id),
            status: self.status,
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
    fn of(identity: &Identity) -> Result<Self, StoreError> {
        Ok(Self {
            key: bytes(key(&identity.issuer, &identity.subject)),
            provider: identity.provider.clone(),
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            facts: to_text(&identity.facts)?,
            claims: Some(to_text(&identity.claims)?),
            first_seen_at: Time(identity.first_seen_at),
            last_seen_at: Time(identity.last_seen_at),
            last_login_at: identity.last_login_at.map(Time),
            observed_at: Time(identity.observed_at),
        })
    }

    fn identity(self) -> Result<Identity, StoreError> {
        Ok(Identity {
            provider: self.provider,
            issuer: self.issuer,
            subject: self.subject,
            facts: json(&self.facts)?,
            claims: self.claims.map(|claims| json(&claims)).transpose()?.unwrap_or_default(),
            first_seen_at: self.first_seen_at.0,
            last_seen_at: self.last_seen_at.0,
            last_login_at: self.last_login_at.map(|time| time.0),
            observed_at: self.observed_at.0,
        })
    }
}

impl ChangeDocument {
    fn of(user: UserId, change: &Change) -> Self {
        Self {
            user_id: uuid(user),
            version: change.version,
            field: change.field,
            old_value: change.from.clone(),
            new_value: change.to.clone(),
            at: Time(change.at),
            source: change.source,
            provider: change.provider.clone(),
        }
    }

    pub(super) fn change(self) -> Change {
        Change {
            field: self.field,
            from: self.old_value,
            to: self.new_value,
            at: self.at.0,
            source: self.source,
            provider: self.provider,
            version: self.version,
        }
    }
}

impl SessionDocument {
    pub(super) fn of(seal: &Seal, session: &Session) -> Result<Self, StoreError> {
        let Session { id, issuer, subject, sid, tokens, .. } = session;
        Ok(Self {
            id: bytes(id.0),
            user_id: uuid(session.user),
            subject_key: bytes(key(issuer, subject)),
            sid_key: sid.as_ref().map(|sid| bytes(key(issuer, sid))),
            details: to_text(&Details::of(session))?,
            access: to_text(&session.access)?,
            tokens: bytes(seal_tokens(seal, id, tokens)?),
            generation: tokens.generation,
            leased_by: None,
            leased_until: None,
            created_at: Time(session.created_at),
            last_used_at: Time(session.last_used_at),
            expires_at: Time(session.expires_at),
        })
    }

    pub(super) fn session(self, seal: &Seal) -> Result<Session, StoreError> {
        let id = self.id.bytes.try_into();
        let id = Digest(id.map_err(|_| StoreError::unreadable("a digest is 32 bytes"))?);
        let details: Details = json(&self.details)?;
        Ok(Session {
            id,
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
            acr: details.acr,
            tokens: open_tokens(seal, &id, self.generation, &self.tokens.bytes),
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

pub(super) fn user_id(uuid: Uuid) -> UserId {
    UserId(uuid::Uuid::from_bytes(uuid.bytes()))
}

pub(super) fn bytes(bytes: impl Into<Vec<u8>>) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: bytes.into() }
}

fn json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(StoreError::unreadable)
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
