//! All of the copy: taken out as of one moment, and put into an empty database. What a backup and a restore are made
//! of. Written as obligations.

mod forgotten;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    Entry, Erasure, ErasureKey, IdentityName, LinkRule, LogLine, Message, Origin, Run, StoreError, User,
    UserId, What,
};

pub use forgotten::Forgotten;
pub(crate) use forgotten::without_the_erased;

/// One thing of the copy, as a backup carries it. Sessions, tokens, attempts, leases and cursors are none of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Record {
    /// A user with identities, facts, claims and holds.
    User(Box<User>),
    /// What one write changed of one identity, or of the user itself.
    Changes(Box<WrittenChanges>),
    /// One piece of work.
    Run(Run),
    /// An account as its provider calls it.
    Entry(Box<Entry>),
    /// What an operator did.
    Log(LogLine),
    /// What the operator has arranged for identities that are nobody's yet.
    LinkRule(LinkRule),
    /// A message that waits, is quarantined or held, with what was received.
    Message(Box<Message>),
    /// A key of the ledger of erasures.
    ErasureKey(ErasureKey),
    /// An entry of it.
    Erasure(Erasure),
}

impl Record {
    /// Its kind, as one word.
    pub fn kind(&self) -> &'static str {
        self.into()
    }
}

/// What one write changed of one identity, or of the user itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrittenChanges {
    /// Whose.
    pub user: UserId,
    /// The version of the user that the write made.
    pub version: i64,
    /// Its place among what that write changed.
    pub ordinal: i64,
    /// None where the user itself changed.
    pub identity: Option<IdentityName>,
    /// What changed, from what to what.
    pub whats: Vec<What>,
    /// Who said so, and when.
    pub origin: Origin,
}

/// The whole of one database.
///
/// # Errors
/// All of it: [`StoreError::Unavailable`] where the database does not answer, [`StoreError::Unreadable`] where it holds
/// what we did not write. Nobody waits for these: no time limit but the connection's.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Begins to read everything.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError>;

    /// Whether there is no user, no entry, no change and no line of the operators' log.
    async fn is_empty(&self) -> Result<bool, StoreError>;

    /// Writes records that are not there yet; whoever writes changes has written their users. Where it fails, some may
    /// have been written.
    async fn put(&self, records: &[Record]) -> Result<(), StoreError>;

    /// Takes away all there is, but the ledger of erasures.
    async fn clear(&self) -> Result<(), StoreError>;
}

/// Everything, while it is read.
#[async_trait]
pub trait Snapshot: Send {
    /// Whether all of it is as it was at one moment.
    fn is_of_one_moment(&self) -> bool;

    /// The next records: users, changes, runs, entries, the operators' log, link rules, open messages, the ledger's keys and its
    /// entries, each in the order of their keys. None are left where none come. A message that was sealed under a
    /// secret that is lost comes without content.
    async fn next(&mut self) -> Result<Vec<Record>, StoreError>;
}
