//! Accounts as their providers call them, and whose they are. Most accounts need no entry: where the reference is the
//! subject, (issuer, reference) is the identity. An entry stands for a SCIM client's user, for an account that waits
//! for its first log-in because its reference is another claim, and for one that is kept as one with another account.
//! The port is written as obligations; every adapter passes the contract in `server/tests/store`.

mod said;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Claims, StoreError, Timestamp};

pub use said::Said;
pub(crate) use said::keep;

/// The id of an entry: a UUIDv7, which is also its SCIM id, and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(pub Uuid);

impl std::fmt::Display for EntryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// One account of a provider, by its reference there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its own id.
    pub id: EntryId,
    /// The provider's name in the settings.
    pub provider: String,
    /// The account's id at the provider, byte for byte; once per provider.
    pub reference: String,
    /// The (issuer, subject) that it belongs to; none where nobody is known by its reference.
    pub identity: Option<(String, String)>,
    /// Whether its client says nothing of that identity before a log-in or the operator says whose it is: it changed
    /// the reference.
    pub awaits_login: bool,
    /// What was said while it waited, the oldest first.
    pub waiting: Vec<Said>,
    /// The user as a SCIM client sent it; none where none did.
    pub resource: Option<Claims>,
    /// Its SCIM user name, folded to small letters: once per provider. None where there is none, or it is gone.
    pub name: Option<String>,
    /// The reference of the account that the provider keeps as one with this one.
    pub one_with: Option<String>,
    /// Whether the provider took it away. Its reference stays its own: who is back has the same id.
    pub is_gone: bool,
    /// When it was first heard of.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each write.
    pub version: i64,
}

impl Entry {
    /// An entry of which nothing is known yet.
    pub fn new(id: EntryId, provider: &str, reference: &str, now: Timestamp) -> Self {
        Self {
            id,
            provider: provider.to_owned(),
            reference: reference.to_owned(),
            identity: None,
            awaits_login: false,
            waiting: Vec::new(),
            resource: None,
            name: None,
            one_with: None,
            is_gone: false,
            created_at: now,
            updated_at: now,
            version: 0,
        }
    }

    /// The entry one version on.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: self.updated_at.max(now), ..self.clone() }
    }

    /// The same, belonging to this identity: nothing waits any more.
    #[must_use]
    pub fn of(self, issuer: &str, subject: &str) -> Self {
        let identity = Some((issuer.to_owned(), subject.to_owned()));
        Self { identity, awaits_login: false, waiting: Vec::new(), ..self }
    }

    /// Whether it is there, and nobody's before a log-in or the operator says whose: as [`EntryCounts::waiting`] counts.
    pub fn waits(&self) -> bool {
        let is_nobodys = self.identity.is_none() && self.one_with.is_none();
        !self.is_gone && (is_nobodys || self.awaits_login)
    }

    /// The newest text of a claim of what was said while it waited.
    pub fn said(&self, claim: &str) -> Option<String> {
        self.waiting.iter().rev().find_map(|said| said.claims.get(claim)?.as_str()).map(str::to_owned)
    }

    /// Whether it is this identity's.
    pub fn is_of(&self, issuer: &str, subject: &str) -> bool {
        self.identity.as_ref().is_some_and(|(i, s)| i == issuer && s == subject)
    }
}

/// How many entries of a provider there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntryCounts {
    /// Users that a SCIM client keeps here.
    pub resources: u64,
    /// Accounts that are there and wait for a log-in.
    pub waiting: u64,
}

/// The store of provider entries.
#[async_trait]
pub trait Entries: Send + Sync {
    /// The entry with this id.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the database does not answer within two seconds,
    /// [`StoreError::Unreadable`] where it holds what we did not write; so all methods.
    async fn find(&self, id: EntryId) -> Result<Option<Entry>, StoreError>;

    /// The entry of this reference, compared byte for byte.
    ///
    /// # Errors
    /// The database's.
    async fn find_by_reference(&self, provider: &str, reference: &str) -> Result<Option<Entry>, StoreError>;

    /// The entry of this user name, in small letters.
    ///
    /// # Errors
    /// The database's.
    async fn find_by_name(&self, provider: &str, name: &str) -> Result<Option<Entry>, StoreError>;

    /// The entries of an identity, the oldest first: usually none or one.
    ///
    /// # Errors
    /// The database's.
    async fn of_identity(&self, issuer: &str, subject: &str) -> Result<Vec<Entry>, StoreError>;

    /// The entries of accounts that their provider keeps as one with this one, the oldest first: usually none.
    ///
    /// # Errors
    /// The database's.
    async fn one_with(&self, provider: &str, reference: &str) -> Result<Vec<Entry>, StoreError>;

    /// Keeps an entry, if what is there is what was read: none, or this version of it. False where somebody else wrote
    /// it meanwhile, or has its reference or its name: read again. True also where it had been kept and the database's
    /// answer was lost. When it returns true, the entry survives `kill -9`.
    ///
    /// # Errors
    /// The database's.
    async fn put(&self, before: Option<&Entry>, entry: &Entry) -> Result<bool, StoreError>;

    /// As [`Entries::put`] over what was read, where the entry takes the reference of another one, which goes: both in
    /// one step. On a database without such steps whoever reads either next finishes it, or takes it back.
    ///
    /// # Errors
    /// The database's.
    async fn put_instead(&self, before: &Entry, entry: &Entry, other: &Entry) -> Result<bool, StoreError>;

    /// At most `limit` entries after the given one in the order of their ids, of one provider or of all; fewer mean
    /// that there are no more.
    ///
    /// # Errors
    /// The database's.
    async fn page(
        &self,
        provider: Option<&str>,
        after: Option<EntryId>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError>;

    /// How many there are of a provider.
    ///
    /// # Errors
    /// The database's.
    async fn count(&self, provider: &str) -> Result<EntryCounts, StoreError>;
}

/// How often a change is tried that others are faster with.
pub(crate) const TRIES: usize = 50;

/// Reads the entry of a reference, asks what becomes of it, and keeps that: the entry as it is then. `decide` says none
/// where it stays as it is; it is asked again whenever somebody else wrote meanwhile.
pub(crate) async fn change(
    entries: &dyn Entries,
    provider: &str,
    reference: &str,
    decide: impl Fn(Option<&Entry>) -> Option<Entry>,
) -> Result<Option<Entry>, StoreError> {
    for _ in 0..TRIES {
        let before = entries.find_by_reference(provider, reference).await?;
        match decide(before.as_ref()) {
            None => return Ok(before),
            Some(entry) if entries.put(before.as_ref(), &entry).await? => return Ok(Some(entry)),
            Some(_) => {}
        }
    }
    Err(StoreError::unavailable("an entry stayed contended"))
}

/// Whether a text can be a reference: 1 to 255 bytes, no NUL.
pub(crate) fn is_reference(text: &str) -> bool {
    (1..=255).contains(&text.len()) && !text.contains('\0')
}
