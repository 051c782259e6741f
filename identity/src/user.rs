//! The application's own person, and what each of their providers said. No storage, no HTTP.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Text(String),
}

/// By hand: serde's own way tries one variant after the other on a copy, ten times at each signed-in request.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FlagOrText)
    }
}

struct FlagOrText;

impl Visitor<'_> for FlagOrText {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a flag or a text")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn second(seconds: i64) -> Timestamp {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn identity(
        subject: &str,
        first_seen: i64,
        last_login: Option<i64>,
        facts: &[(Field, &str)],
    ) -> Identity {
        let fact = |value| Fact { value, at: second(1), source: Source::Login };
        let facts = facts.iter().map(|(field, text)| (*field, fact(Value::Text((*text).into()))));
        Identity {
            provider: "main".into(),
            issuer: "https://one.example".into(),
            subject: subject.into(),
            facts: facts.collect(),
            claims: Claims::new(),
            first_seen_at: second(first_seen),
            last_seen_at: second(9),
            last_login_at: last_login.map(second),
            observed_at: second(1),
        }
    }

    fn user(identities: Vec<Identity>) -> User {
        User {
            id: UserId(Uuid::from_u128(1)),
            status: Status::Active,
            identities,
            created_at: second(1),
            updated_at: second(1),
            last_login_at: None,
            login_count: 0,
            version: 1,
        }
    }

    /// Whose name shows, in either order of the list.
    fn in_front(one: Identity, other: Identity) -> String {
        let names = [user(vec![one.clone(), other.clone()]), user(vec![other, one])];
        let [first, second] = names.map(|user| user.text(Field::Name).unwrap());
        assert_eq!(first, second);
        first
    }

    fn named(name: &str, first_seen: i64, last_login: Option<i64>) -> Identity {
        identity(name, first_seen, last_login, &[(Field::Name, name)])
    }

    #[test]
    fn the_identity_that_logged_in_last_is_in_front() {
        assert_eq!(in_front(named("a", 1, Some(3)), named("b", 2, Some(4))), "b");
        assert_eq!(in_front(named("a", 1, Some(4)), named("b", 2, Some(3))), "a");
    }

    #[test]
    fn one_that_logged_in_is_before_one_that_never_did_and_then_the_younger() {
        assert_eq!(in_front(named("a", 1, Some(1)), named("b", 2, None)), "a");
        assert_eq!(in_front(named("a", 1, None), named("b", 2, None)), "b");
    }

    #[test]
    fn the_identities_behind_fill_only_what_is_lacking() {
        let front = identity("a", 1, Some(5), &[(Field::Name, "a")]);
        let middle = identity("b", 1, Some(4), &[(Field::Name, "b"), (Field::Locale, "b")]);
        let last = identity("c", 1, None, &[(Field::Locale, "c"), (Field::Picture, "c")]);
        let user = user(vec![last, front, middle]);
        let shown: Vec<_> =
            user.profile().into_iter().map(|(field, one)| (field, &*one.identity.subject)).collect();
        assert_eq!(shown, [(Field::Name, "a"), (Field::Picture, "c"), (Field::Locale, "b")]);
    }

    #[test]
    fn a_flag_of_another_identity_does_not_fill_in() {
        let with_flag = |subject: &str, login, email: &str| {
            let mut one = identity(subject, 1, Some(login), &[(Field::Email, email)]);
            let flag = Fact { value: Value::Flag(true), at: second(1), source: Source::Login };
            one.facts.insert(Field::EmailVerified, flag);
            one
        };
        let bare = identity("a", 1, Some(5), &[(Field::Email, "a@one.example")]);
        let both = user(vec![bare, with_flag("b", 4, "a@one.example")]);
        assert!(!both.profile().contains_key(&Field::EmailVerified));
        let both = user(vec![named("a", 1, Some(5)), with_flag("b", 4, "b@one.example")]);
        assert_eq!(both.profile()[&Field::EmailVerified].identity.subject, "b");
    }

    #[test]
    fn an_identity_is_found_by_issuer_and_subject_byte_for_byte() {
        let user = user(vec![named("ada", 1, None)]);
        assert!(user.identity("https://one.example", "ada").is_some());
        for (issuer, subject) in
            [("https://one.example", "Ada"), ("https://one.example/", "ada"), ("https://one.example", "ada ")]
        {
            assert!(user.identity(issuer, subject).is_none());
        }
    }

    #[test]
    fn a_text_is_no_flag_and_a_flag_no_text() {
        let (text, flag) = (Value::Text("true".into()), Value::Flag(true));
        assert_eq!((text.text(), text.flag()), (Some("true"), None));
        assert_eq!((flag.text(), flag.flag()), (None, Some(true)));
        assert_eq!(Value::Flag(false).flag(), Some(false));
        assert_eq!((json!(text), json!(flag)), (json!("true"), json!(true)));
        assert_eq!(serde_json::from_value::<Value>(json!("true")).unwrap(), text);
        assert_eq!(user(vec![named("ada", 1, None)]).text(Field::Email), None);
    }

    #[test]
    fn fields_have_the_names_of_their_claims_and_are_read_back() {
        let names = [
            "email",
            "email_verified",
            "name",
            "given_name",
            "family_name",
            "preferred_username",
            "picture",
            "phone_number",
            "phone_number_verified",
            "locale",
            "zoneinfo",
        ];
        assert_eq!(Field::CLAIMS.map(Field::as_str), names);
        for field in Field::CLAIMS.into_iter().chain([Field::Status]) {
            assert_eq!(field.as_str().parse(), Ok(field));
            assert_eq!(json!(field), json!(field.as_str()));
        }
    }

    #[test]
    fn two_flags_vouch_for_what_stands_before_them() {
        assert_eq!(Field::EmailVerified.vouches_for(), Some(Field::Email));
        assert_eq!(Field::PhoneNumberVerified.vouches_for(), Some(Field::PhoneNumber));
        assert_eq!(Field::CLAIMS.into_iter().filter(|field| field.vouches_for().is_some()).count(), 2);
    }

    #[test]
    fn a_status_is_the_same_word_everywhere() {
        for (status, word) in
            [(Status::Active, "active"), (Status::Disabled, "disabled"), (Status::Tombstone, "tombstone")]
        {
            assert_eq!((status.to_string(), json!(status)), (word.to_owned(), json!(word)));
            assert_eq!(word.parse(), Ok(status));
        }
    }

    #[test]
    fn an_id_shows_as_a_uuid() {
        let id = UserId(Uuid::from_u128(1));
        assert_eq!(id.to_string(), "00000000-0000-0000-0000-000000000001");
        assert_eq!(json!(id), json!(id.to_string()));
    }

    #[test]
    fn a_value_is_written_as_what_it_is_and_read_back() {
        for (value, written) in [
            (Value::Flag(true), "true"),
            (Value::Text("true".into()), "\"true\""),
            (Value::Text("\n".into()), r#""\n""#),
        ] {
            assert_eq!(serde_json::to_string(&value).unwrap(), written);
            assert_eq!(serde_json::from_str::<Value>(written).unwrap(), value);
        }
        for odd in ["1", "null", "[]", "{}"] {
            let refused = serde_json::from_str::<Value>(odd).unwrap_err().to_string();
            assert!(refused.contains("expected a flag or a text"), "{refused}");
        }
    }
}
