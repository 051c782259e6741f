//! The application's own person, and what each of their providers said. No storage, no HTTP.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::observation::{Claims, Source};

/// A point in time, UTC, to the microsecond (what every database here keeps).
pub type Timestamp = DateTime<Utc>;

/// Our own id of a user: a UUIDv7, so that ids sort by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub Uuid);

impl std::fmt::Display for UserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether a user may enter.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// May log in.
    Active,
    /// Shut out by the operator: refused at log-in, out at the next request.
    Disabled,
    /// Deleted by the provider: kept, no access; a verified log-in revives it.
    Tombstone,
}

/// A field of a user that can change. The claims carry the names of OpenID Connect Core 5.1.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    Email,
    EmailVerified,
    Name,
    GivenName,
    FamilyName,
    PreferredUsername,
    Picture,
    PhoneNumber,
    PhoneNumberVerified,
    Locale,
    Zoneinfo,
    /// Ours, not a claim: see [`Status`].
    Status,
}

impl Field {
    /// The fields that a provider states, in the order in which they are shown.
    pub const CLAIMS: [Field; 11] = [
        Field::Email,
        Field::EmailVerified,
        Field::Name,
        Field::GivenName,
        Field::FamilyName,
        Field::PreferredUsername,
        Field::Picture,
        Field::PhoneNumber,
        Field::PhoneNumberVerified,
        Field::Locale,
        Field::Zoneinfo,
    ];

    /// The claim's name.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// For a flag, the field it vouches for: `email_verified` belongs to the e-mail it came with.
    pub fn vouches_for(self) -> Option<Field> {
        match self {
            Field::EmailVerified => Some(Field::Email),
            Field::PhoneNumberVerified => Some(Field::PhoneNumber),
            _ => None,
        }
    }
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Text(String),
}

impl Value {
    /// The text, unless it is a flag.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            Value::Flag(_) => None,
        }
    }

    /// The flag, unless it is a text.
    pub fn flag(&self) -> Option<bool> {
        match self {
            Value::Flag(flag) => Some(*flag),
            Value::Text(_) => None,
        }
    }
}

/// One value as one source stated it at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub value: Value,
    /// When the source said so, the last time.
    pub at: Timestamp,
    pub source: Source,
}

/// One (issuer, subject) and what its provider last said of it. The pair is compared byte for byte.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// The provider's name in the settings when it was last seen.
    pub provider: String,
    pub issuer: String,
    pub subject: String,
    pub facts: BTreeMap<Field, Fact>,
    /// All claims as received, so that a field that nobody mapped is not lost. Never tokens.
    pub claims: Claims,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub last_login_at: Option<Timestamp>,
    /// The time of the newest observation merged.
    pub observed_at: Timestamp,
}

/// The application's own person. The profile is not stored: it follows from the identities.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub id: UserId,
    pub status: Status,
    pub identities: Vec<Identity>,
    pub created_at: Timestamp,
    /// When a field last changed.
    pub updated_at: Timestamp,
    pub last_login_at: Option<Timestamp>,
    pub login_count: u64,
    /// Grows by one with each write; the store updates only the version it read.
    pub version: i64,
}

/// A value of the profile and the identity that it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    pub identity: &'a Identity,
    pub fact: &'a Fact,
}

/// What a user shows: at most one value a field.
pub type Profile<'a> = BTreeMap<Field, Shown<'a>>;

impl User {
    /// The profile of the identity that logged in last; the others fill only what it lacks.
    /// A `…_verified` flag comes from where its value came from, never from elsewhere.
    pub fn profile(&self) -> Profile<'_> {
        let mut identities: Vec<&Identity> = self.identities.iter().collect();
        identities.sort_by_key(|one| std::cmp::Reverse((one.last_login_at, one.first_seen_at)));
        let mut profile = Profile::new();
        for identity in identities {
            for (field, fact) in &identity.facts {
                let vouched = field.vouches_for().and_then(|of| profile.get(&of));
                let elsewhere = vouched.is_some_and(|shown| !std::ptr::eq(shown.identity, identity));
                if !elsewhere {
                    profile.entry(*field).or_insert(Shown { identity, fact });
                }
            }
        }
        profile
    }

    /// A text of the profile.
    pub fn text(&self, field: Field) -> Option<String> {
        self.profile().get(&field).and_then(|shown| shown.fact.value.text().map(str::to_owned))
    }

    /// The identity with this key.
    pub fn identity(&self, issuer: &str, subject: &str) -> Option<&Identity> {
        self.identities.iter().find(|one| one.issuer == issuer && one.subject == subject)
    }
}

/// One field of one user going from one value to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub field: Field,
    pub from: Option<Value>,
    pub to: Option<Value>,
    /// When the source said so.
    pub at: Timestamp,
    pub source: Source,
    /// The provider's name; none where the operator acted.
    pub provider: Option<String>,
    /// The version of the user that this change made.
    pub version: i64,
}
