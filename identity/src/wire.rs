//! One user on one line: `sparekey.user/1`, the standard claim names of OpenID Connect Core 5.1, flat,
//! `null` for what is not known. `users export` and `/api/me` speak it.

use serde::{Deserialize, Serialize};

use crate::{Claims, Field, Status, Timestamp, User, UserId};

/// One user. Field order is the order on the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserLine {
    pub schema: String,
    pub id: UserId,
    pub status: Status,
    pub email: Option<String>,
    pub email_verified: Option<bool>,
    pub name: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub preferred_username: Option<String>,
    pub picture: Option<String>,
    pub phone_number: Option<String>,
    pub phone_number_verified: Option<bool>,
    pub locale: Option<String>,
    pub zoneinfo: Option<String>,
    pub identities: Vec<IdentityLine>,
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    #[serde(with = "micros")]
    pub updated_at: Timestamp,
    #[serde(with = "micros::option")]
    pub last_login_at: Option<Timestamp>,
    pub login_count: u64,
}

/// One identity of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityLine {
    pub provider: String,
    pub issuer: String,
    pub subject: String,
    #[serde(with = "micros")]
    pub first_seen_at: Timestamp,
    #[serde(with = "micros")]
    pub last_seen_at: Timestamp,
    /// All claims as received. Left out of whatever reaches a browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<Claims>,
}

impl UserLine {
    /// The name of the format.
    pub const SCHEMA: &'static str = "sparekey.user/1";

    /// For an operator: with all claims.
    pub fn full(user: &User) -> Self {
        Self::of(user, true)
    }

    /// For a browser: without claims.
    pub fn public(user: &User) -> Self {
        Self::of(user, false)
    }

    fn of(user: &User, with_claims: bool) -> Self {
        let profile = user.profile();
        let text = |field| profile.get(&field).and_then(|shown| shown.fact.value.text().map(str::to_owned));
        let flag = |field| profile.get(&field).and_then(|shown| shown.fact.value.flag());
        Self {
            schema: Self::SCHEMA.to_owned(),
            id: user.id,
            status: user.status,
            email: text(Field::Email),
            email_verified: flag(Field::EmailVerified),
            name: text(Field::Name),
            given_name: text(Field::GivenName),
            family_name: text(Field::FamilyName),
            preferred_username: text(Field::PreferredUsername),
            picture: text(Field::Picture),
            phone_number: text(Field::PhoneNumber),
            phone_number_verified: flag(Field::PhoneNumberVerified),
            locale: text(Field::Locale),
            zoneinfo: text(Field::Zoneinfo),
            identities: user
                .identities
                .iter()
                .map(|one| IdentityLine {
                    provider: one.provider.clone(),
                    issuer: one.issuer.clone(),
                    subject: one.subject.clone(),
                    first_seen_at: one.first_seen_at,
                    last_seen_at: one.last_seen_at,
                    claims: with_claims.then(|| one.claims.clone()),
                })
                .collect(),
            created_at: user.created_at,
            updated_at: user.updated_at,
            last_login_at: user.last_login_at,
            login_count: user.login_count,
        }
    }
}

/// RFC 3339 with `Z`, fractions only where there are any.
mod micros {
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
        DateTime::deserialize(from)
    }

    pub(super) mod option {
        use super::*;

        pub(in super::super) fn serialize<S: Serializer>(
            at: &Option<DateTime<Utc>>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            match at {
                Some(at) => super::serialize(at, to),
                None => to.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<DateTime<Utc>>, D::Error> {
            Option::deserialize(from)
        }
    }
}
