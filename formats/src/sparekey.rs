//! One user on one line: `sparekey.user/1`, the standard claim names of OpenID Connect Core 5.1, flat,
//! `null` for what is not known. `users export` and `/api/me` speak it.

use serde::{Deserialize, Serialize};

use identity::{Claims, Field, Standing, Status, Timestamp, User, UserId, Value};

mod about;
mod elsewhere;
mod user;

pub use about::{ChangeLine, HoldLine, SessionLine};
pub use elsewhere::{AccountLine, MessageLine, OperatorLine, SaidLine};
pub use user::LineError;

/// One user. Field order is the order on the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the claim or the member of its name")]
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
#[allow(missing_docs, reason = "each is the claim or the member of its name")]
pub struct IdentityLine {
    pub provider: String,
    pub issuer: String,
    pub subject: String,
    pub standing: Standing,
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
        Self::new(user, true)
    }

    /// For a browser: without claims.
    pub fn public(user: &User) -> Self {
        Self::new(user, false)
    }

    /// A value of the profile.
    pub fn value(&self, field: Field) -> Option<Value> {
        let text = |text: &Option<String>| text.clone().map(Value::Text);
        let flag = |flag: Option<bool>| flag.map(Value::Flag);
        match field {
            Field::Email => text(&self.email),
            Field::EmailVerified => flag(self.email_verified),
            Field::Name => text(&self.name),
            Field::GivenName => text(&self.given_name),
            Field::FamilyName => text(&self.family_name),
            Field::PreferredUsername => text(&self.preferred_username),
            Field::Picture => text(&self.picture),
            Field::PhoneNumber => text(&self.phone_number),
            Field::PhoneNumberVerified => flag(self.phone_number_verified),
            Field::Locale => text(&self.locale),
            Field::Zoneinfo => text(&self.zoneinfo),
        }
    }

    fn new(user: &User, with_claims: bool) -> Self {
        let profile = user.profile();
        let text = |field| profile.get(&field).and_then(|shown| shown.value.text().map(str::to_owned));
        let flag = |field| profile.get(&field).and_then(|shown| shown.value.flag());
        Self {
            schema: Self::SCHEMA.to_owned(),
            id: user.id,
            status: user.status(),
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
                    standing: one.standing,
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

/// A time as all our lines have it: RFC 3339 with `Z`, fractions only where there are any.
pub fn rfc3339(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

mod micros {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::rfc3339(*at))
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use identity::merge::merge;
    use identity::{Extent, Observation, Origin, Source};

    fn at(text: &str) -> Timestamp {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn origin(time: &str, source: Source) -> Origin {
        Origin { at: at(time), received_at: at(time), source, actor: None, run: None }
    }

    fn ada(received_at: &str, source: Source) -> User {
        let claims = json!({
            "email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace",
            "given_name": "Ada", "family_name": "Lovelace"
        });
        let observation = Observation {
            provider: "main".into(),
            issuer: "https://acme.kinde.com".into(),
            subject: "kp_1".into(),
            origin: origin(received_at, source),
            extent: Extent::Partial,
            claims: claims.as_object().unwrap().clone(),
            standing: None,
        };
        merge(None, &observation, UserId(Uuid::from_u128(0x0198f))).user
    }

    /// The line of the product's description, cut where the claims stand.
    const HEAD: &str = concat!(
        r#"{"schema":"sparekey.user/1","id":"00000000-0000-0000-0000-00000000198f","status":"active","#,
        r#""email":"ada@example.com","email_verified":true,"name":"Ada Lovelace","given_name":"Ada","#,
        r#""family_name":"Lovelace","preferred_username":null,"picture":null,"phone_number":null,"#,
        r#""phone_number_verified":null,"locale":null,"zoneinfo":null,"identities":[{"provider":"main","#,
        r#""issuer":"https://acme.kinde.com","subject":"kp_1","standing":"present","first_seen_at":"2026-11-21T10:00:00Z","#,
        r#""last_seen_at":"2026-11-21T10:00:00Z""#,
    );
    const CLAIMS: &str = concat!(
        r#","claims":{"email":"ada@example.com","email_verified":true,"family_name":"Lovelace","#,
        r#""given_name":"Ada","name":"Ada Lovelace"}"#,
    );
    const TAIL: &str = concat!(
        r#"}],"created_at":"2026-11-21T10:00:00Z","updated_at":"2026-11-21T10:00:00Z","#,
        r#""last_login_at":"2026-11-21T10:00:00Z","login_count":1}"#,
    );

    #[test]
    fn a_user_is_the_line_that_the_description_promises() {
        let line =
            serde_json::to_string(&UserLine::full(&ada("2026-11-21T10:00:00Z", Source::Login))).unwrap();
        assert_eq!(line, format!("{HEAD}{CLAIMS}{TAIL}"));
    }

    #[test]
    fn no_claims_reach_a_browser() {
        let line =
            serde_json::to_string(&UserLine::public(&ada("2026-11-21T10:00:00Z", Source::Login))).unwrap();
        assert_eq!(line, format!("{HEAD}{TAIL}"));
    }

    #[test]
    fn a_line_is_read_back_as_it_was() {
        for (at, source) in
            [("2026-11-21T10:00:00.000001Z", Source::Login), ("2026-11-21T10:00:00Z", Source::Import)]
        {
            for line in [UserLine::full(&ada(at, source)), UserLine::public(&ada(at, source))] {
                let text = serde_json::to_string(&line).unwrap();
                assert_eq!(serde_json::from_str::<UserLine>(&text).unwrap(), line);
            }
        }
    }

    #[test]
    fn a_user_who_never_logged_in_says_so_with_null() {
        let line = json!(UserLine::public(&ada("2026-11-21T10:00:00Z", Source::Import)));
        assert_eq!((&line["last_login_at"], &line["login_count"]), (&json!(null), &json!(0)));
    }

    #[test]
    fn times_end_in_z_and_have_fractions_only_where_there_are_any() {
        for (said, shown) in [
            ("2026-11-21T11:00:00+01:00", "2026-11-21T10:00:00Z"),
            ("2026-11-21T10:00:00.5Z", "2026-11-21T10:00:00.500Z"),
            ("2026-11-21T10:00:00.000001Z", "2026-11-21T10:00:00.000001Z"),
        ] {
            let line = json!(UserLine::public(&ada(said, Source::Login)));
            for time in [&line["created_at"], &line["last_login_at"], &line["identities"][0]["first_seen_at"]]
            {
                assert_eq!(time, shown);
            }
        }
    }

    #[test]
    fn every_field_of_the_profile_is_on_the_line_and_nothing_is_escaped_away() {
        let said: Claims = Field::ALL
            .iter()
            .map(|field| (field.to_string(), field.vouches_for().map_or(json!(field), |_| json!(true))))
            .collect();
        let mut user = ada("2026-11-21T10:00:00Z", Source::Login);
        let observation = Observation {
            provider: "main".into(),
            issuer: "https://acme.kinde.com".into(),
            subject: "kp_1".into(),
            origin: origin("2026-11-21T10:00:00Z", Source::Webhook),
            extent: Extent::Partial,
            claims: said.clone(),
            standing: Some(Standing::Deleted),
        };
        user = merge(Some(&user), &observation, user.id).user;
        let line = json!(UserLine::full(&user));
        for (name, value) in said {
            assert_eq!(line[&name], value);
        }
        assert_eq!(line["status"], "tombstone");
    }
}
