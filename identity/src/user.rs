//! The application's own person, and what each of their providers said. No storage, no HTTP.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::claims::{Claims, Source};
use crate::field::{Field, Value};
use crate::hold::{Held, Holds};
use crate::ids::{Timestamp, UserId};

/// Whether a user may enter; derived, see [`User::status`].
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
    /// Has identities, and no provider has any of them any more: kept, no access; a verified log-in revives it.
    Tombstone,
}

/// What an identity's provider says of the account there.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
pub enum Standing {
    /// It is there, and may be used.
    #[default]
    Present,
    /// Disabled or suspended there.
    Blocked,
    /// Gone there. Only a log-in, or a list that has it again, ends this.
    Deleted,
}

/// What one source stated of a field at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// None where a full observation said that there is none: whatever was stated before stays away.
    pub value: Option<Value>,
    /// When the source said so, the last time.
    pub at: Timestamp,
    /// Who said so.
    pub source: Source,
}

/// The facts of one identity.
pub type Facts = BTreeMap<Field, Fact>;

/// One (issuer, subject) and what its provider last said of it. The pair is compared byte for byte.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The provider's name in the settings when it was last seen.
    pub provider: String,
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// What was read of the claims.
    pub facts: Facts,
    /// All claims as received, so that a field that nobody mapped is not lost. Never tokens.
    pub claims: Claims,
    /// The claims, there or cleared, that were last stated at another time than `observed_at`.
    pub claim_times: BTreeMap<String, Timestamp>,
    /// What its provider says of the account.
    pub standing: Standing,
    /// When the standing was stated, the last time; 1970 where nobody has.
    pub standing_at: Timestamp,
    /// When we first heard of it.
    pub first_seen_at: Timestamp,
    /// When we last heard of it.
    pub last_seen_at: Timestamp,
    /// When somebody last logged in by it.
    pub last_login_at: Option<Timestamp>,
    /// The time of the newest observation merged.
    pub observed_at: Timestamp,
    /// What the operator keeps as it is. Left out where a viewer is looked up.
    #[serde(default, skip_serializing_if = "Holds::is_empty")]
    pub holds: Holds,
}

impl Identity {
    /// Whether it is this pair.
    pub fn is(&self, issuer: &str, subject: &str) -> bool {
        self.issuer == issuer && self.subject == subject
    }

    /// Whether this stays as it is, whatever the provider says. A flag is never held without what it vouches for, or it
    /// would vouch for the next value.
    pub fn keeps(&self, what: Held) -> bool {
        let flag = match what {
            Held::Field(field) => field.vouched_by().map(Held::Field),
            Held::Standing => None,
        };
        self.holds.contains_key(&what) || flag.is_some_and(|flag| self.holds.contains_key(&flag))
    }

    /// Whether the profile asks the other one first.
    pub(crate) fn is_behind(&self, other: &Identity) -> bool {
        self.rank() < other.rank()
    }

    fn rank(&self) -> (Option<Timestamp>, Timestamp, &str, &str) {
        (self.last_login_at, self.first_seen_at, &self.issuer, &self.subject)
    }
}

/// The application's own person. Neither the profile nor the status is stored: they follow from the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Our own id.
    pub id: UserId,
    /// Whether the operator shut the user out.
    pub is_disabled: bool,
    /// Whether an undo took the user away. They have no identities then, and whoever reads all users does not see
    /// them; undoing the undo brings them back.
    pub is_withdrawn: bool,
    /// In the order in which they were first seen. For a while, after an import, there may be none.
    pub identities: Vec<Identity>,
    /// When the user was first heard of.
    pub created_at: Timestamp,
    /// When something of the user last changed.
    pub updated_at: Timestamp,
    /// The last log-in, by any identity.
    pub last_login_at: Option<Timestamp>,
    /// Log-ins so far.
    pub login_count: u64,
    /// Grows by one with each write; the store updates only the version it read.
    pub version: i64,
}

/// A value of the profile, and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Whose it is.
    pub identity: &'a Identity,
    /// What is shown.
    pub value: &'a Value,
    /// When it was stated.
    pub at: Timestamp,
    /// Who stated it.
    pub source: Source,
}

/// What a user shows: at most one value a field.
pub type Profile<'a> = BTreeMap<Field, Shown<'a>>;

impl User {
    /// A user of whom nothing is known yet.
    pub fn new(id: UserId, now: Timestamp) -> Self {
        Self {
            id,
            is_disabled: false,
            is_withdrawn: false,
            identities: Vec::new(),
            created_at: now,
            updated_at: now,
            last_login_at: None,
            login_count: 0,
            version: 0,
        }
    }

    /// Whether the user may enter. Who is both disabled here and gone there shows as disabled.
    pub fn status(&self) -> Status {
        let gone = |one: &Identity| one.standing != Standing::Present;
        match self {
            User { is_disabled: true, .. } => Status::Disabled,
            User { identities, .. } if !identities.is_empty() && identities.iter().all(gone) => {
                Status::Tombstone
            }
            _ => Status::Active,
        }
    }

    /// The profile of the identity that logged in last; the others fill only what it lacks.
    /// A `…_verified` flag comes from where its value came from, never from elsewhere.
    pub fn profile(&self) -> Profile<'_> {
        let mut profile = Profile::new();
        for identity in self.ranked() {
            for (field, fact) in &identity.facts {
                let Some(value) = &fact.value else { continue };
                let vouched = field.vouches_for().and_then(|of| profile.get(&of));
                let elsewhere = vouched.is_some_and(|shown| !std::ptr::eq(shown.identity, identity));
                if !elsewhere {
                    let shown = Shown { identity, value, at: fact.at, source: fact.source };
                    profile.entry(*field).or_insert(shown);
                }
            }
        }
        profile
    }

    /// The identities in the order in which the profile asks them: who logged in last stands in front.
    pub fn ranked(&self) -> impl Iterator<Item = &Identity> {
        let mut identities: Vec<&Identity> = self.identities.iter().collect();
        identities.sort_by_key(|one| std::cmp::Reverse(one.rank()));
        identities.into_iter()
    }

    /// A text of the profile.
    pub fn text(&self, field: Field) -> Option<String> {
        Some(self.profile().get(&field)?.value.text()?.to_owned())
    }

    /// The identity of this (issuer, subject), compared byte for byte.
    pub fn identity(&self, issuer: &str, subject: &str) -> Option<&Identity> {
        self.identities.iter().find(|one| one.is(issuer, subject))
    }

    pub(crate) fn identity_mut(&mut self, issuer: &str, subject: &str) -> Option<&mut Identity> {
        self.identities.iter_mut().find(|one| one.is(issuer, subject))
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;
    use uuid::Uuid;

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
        let fact = |value| Fact { value: Some(value), at: second(1), source: Source::Login };
        let facts = facts.iter().map(|(field, text)| (*field, fact(Value::Text((*text).into()))));
        Identity {
            provider: "main".into(),
            issuer: "https://one.example".into(),
            subject: subject.into(),
            facts: facts.collect(),
            claims: Claims::new(),
            claim_times: BTreeMap::new(),
            standing: Standing::Present,
            standing_at: second(1),
            first_seen_at: second(first_seen),
            last_seen_at: second(9),
            last_login_at: last_login.map(second),
            observed_at: second(1),
            holds: Holds::new(),
        }
    }

    fn user(identities: Vec<Identity>) -> User {
        User {
            id: UserId(Uuid::from_u128(1)),
            is_disabled: false,
            is_withdrawn: false,
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
            let flag = Fact { value: Some(Value::Flag(true)), at: second(1), source: Source::Login };
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
    fn a_status_is_the_same_word_everywhere() {
        for (status, word) in
            [(Status::Active, "active"), (Status::Disabled, "disabled"), (Status::Tombstone, "tombstone")]
        {
            assert_eq!((status.to_string(), json!(status)), (word.to_owned(), json!(word)));
            assert_eq!(word.parse(), Ok(status));
        }
    }

    #[test]
    fn a_tombstone_has_identities_and_none_of_them_is_present() {
        let with = |standings: &[Standing], is_disabled| {
            let one = |standing: &Standing| Identity { standing: *standing, ..named("a", 1, None) };
            User { is_disabled, ..user(standings.iter().map(one).collect()) }.status()
        };
        use Standing::{Blocked, Deleted, Present};
        assert_eq!(with(&[], false), Status::Active);
        for some in [&[Present][..], &[Deleted, Present], &[Present, Blocked]] {
            assert_eq!(with(some, false), Status::Active);
            assert_eq!(with(some, true), Status::Disabled);
        }
        for none in [&[Deleted][..], &[Blocked], &[Blocked, Deleted]] {
            assert_eq!(with(none, false), Status::Tombstone);
            assert_eq!(with(none, true), Status::Disabled);
        }
    }

    #[test]
    fn a_cleared_field_shows_what_an_identity_behind_states() {
        let mut front = identity("a", 1, Some(5), &[(Field::Name, "a")]);
        front.facts.insert(Field::Name, Fact { value: None, at: second(2), source: Source::Scan });
        let user = user(vec![front, named("b", 1, None)]);
        assert_eq!(user.text(Field::Name).as_deref(), Some("b"));
        assert_eq!(user.ranked().next().unwrap().subject, "a");
    }
}
