//! What stays of whoever was erased: that somebody who went by these names was, and when. Kept as HMACs, so that no
//! backup, scan, message or file brings them back, and nobody reads who it was. Written as obligations.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Digest, EntryId, LogLine, StoreError, Timestamp, UserId};

/// A name that a person goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErasedName {
    /// Our own id.
    User(UserId),
    /// The digest of an issuer and a subject.
    Identity(Digest),
    /// The digest of an issuer and what it calls the account in its admin interface, webhooks and SCIM.
    Reference(Digest),
}

/// How a user is forgotten. In the same step go the entries, and the messages about the references among the names.
#[derive(Clone, Debug)]
pub struct Erase {
    /// What must never come back by itself.
    pub names: Vec<ErasedName>,
    /// The user's accounts as their providers call them.
    pub entries: Vec<EntryId>,
    /// When.
    pub at: Timestamp,
    /// The line of the operators' log that is written in the same step.
    pub log: Option<LogLine>,
}

/// One entry of the ledger of erasures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The HMAC-SHA256 of a name.
    pub hmac: Digest,
    /// The name of the key by which it was made.
    pub key: String,
    /// When the person was erased, the last time.
    pub at: Timestamp,
}

/// A key of the ledger, made once by the database that first erased somebody; whoever takes in another's backup takes
/// its keys too.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureKey {
    /// The beginning of its SHA-256: names it and tells nothing.
    pub name: String,
    /// The key.
    pub key: Digest,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Erase {
    /// The digests of the references among the names.
    pub fn references(&self) -> Vec<Digest> {
        let of = |name: &ErasedName| match name {
            ErasedName::Reference(digest) => Some(*digest),
            ErasedName::User(_) | ErasedName::Identity(_) => None,
        };
        self.names.iter().filter_map(of).collect()
    }
}

impl std::fmt::Debug for ErasureKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ErasureKey({})", self.name)
    }
}

impl ErasedName {
    /// Claims that are the reference at some provider where the subject is not: Entra's `oid`.
    pub(crate) const REFERENCES: [&str; 1] = ["oid"];

    /// An identity's.
    pub fn identity(issuer: &str, subject: &str) -> Self {
        Self::Identity(Digest::of_pair(issuer, subject))
    }

    /// An account's, as its provider calls it in its admin interface.
    pub fn reference(issuer: &str, reference: &str) -> Self {
        Self::Reference(Digest::of_pair(issuer, reference))
    }

    /// All names of whoever has this identity.
    pub fn of(issuer: &str, subject: &str, claims: &crate::Claims) -> Vec<Self> {
        let references = Self::REFERENCES.iter().filter_map(|name| claims.get(*name)?.as_str());
        let references = std::iter::once(subject).chain(references);
        let references = references.map(|reference| Self::reference(issuer, reference));
        std::iter::once(Self::identity(issuer, subject)).chain(references).collect()
    }

    /// What the HMAC is taken of.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::User(id) => [b"user\0".as_slice(), id.0.as_bytes()].concat(),
            Self::Identity(digest) => [b"identity\0".as_slice(), &digest.0].concat(),
            Self::Reference(digest) => [b"reference\0".as_slice(), &digest.0].concat(),
        }
    }
}

/// The ledger of erasures. Entries are written with the erasure itself: see [`Users::write`](crate::Users::write).
///
/// # Errors
/// All of it: [`StoreError::Unavailable`] where the database does not answer within two seconds,
/// [`StoreError::Unreadable`] where it holds what we did not write.
#[async_trait]
pub trait Erasures: Send + Sync {
    /// When somebody who went by one of these names was erased, the last time; none where nobody was. Whoever finds no
    /// user and then asks here is told, also of an erasure that ended a moment ago.
    async fn erased_at(&self, names: &[ErasedName]) -> Result<Option<Timestamp>, StoreError>;

    /// The keys that are known here, the oldest first.
    async fn erasure_keys(&self) -> Result<Vec<ErasureKey>, StoreError>;

    /// At most `limit` entries after the one with this HMAC, in the order of the HMACs: all of them by pages. Fewer than
    /// `limit` means that there are no more.
    async fn erasures(&self, after: Option<Digest>, limit: u32) -> Result<Vec<Erasure>, StoreError>;

    /// Adds what another ledger knows: both know all of it then. Of one HMAC the later time stays.
    async fn take_in_erasures(&self, keys: &[ErasureKey], entries: &[Erasure]) -> Result<(), StoreError>;
}

/// Where the ledger is kept besides the database, for the day when that is lost.
#[async_trait]
pub trait LedgerCopy: Send + Sync {
    /// Brings it up to date: somebody was erased. The database knows, so what fails here is left to the next time.
    async fn follow(&self);
}
