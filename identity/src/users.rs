//! The store of users, written as obligations. Every adapter passes the contract in `server/tests/store`.

use async_trait::async_trait;

use crate::{Change, Decision, StoreError, User, UserId, Written};

/// Whom a write is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whom<'a> {
    /// The owner of this (issuer, subject), compared byte for byte.
    pub identity: Option<(&'a str, &'a str)>,
    /// Where there is no owner, or none was asked for: the user with this id.
    pub id: Option<UserId>,
}

impl<'a> Whom<'a> {
    /// The user with this id.
    pub fn id(id: UserId) -> Self {
        Self { identity: None, id: Some(id) }
    }

    /// The owner of this identity.
    pub fn identity(issuer: &'a str, subject: &'a str) -> Self {
        Self { identity: Some((issuer, subject)), id: None }
    }
}

/// What becomes of the user that was read. It is asked again whenever somebody else wrote meanwhile, so it is a
/// pure function of the user alone.
pub type Decide<'a> = dyn Fn(Option<&User>) -> Decision + Send + Sync + 'a;

/// The store of users.
#[async_trait]
pub trait Users: Send + Sync {
    /// Reads a user, asks what becomes of it, and keeps that in one atomic step: user, identities, changes, and
    /// the sessions that start and end with it. When it returns, all of it survives `kill -9`.
    ///
    /// - A write is kept only if the user is still the version that was read; otherwise `decide` is asked again.
    ///   However many race, each of their decisions is taken on what stands then, and no racer sees an error.
    /// - (issuer, subject) is compared byte for byte, and is one user's only, however many writers race.
    /// - What is kept is kept once, also where the database's answer was lost and it had to be asked again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the database does not answer within two seconds or stayed contended for
    /// as long; [`StoreError::Unreadable`] where it holds what we did not write, or a name has a NUL.
    async fn write(&self, whom: Whom<'_>, decide: &Decide<'_>) -> Result<Written, StoreError>;

    /// The user with this id.
    ///
    /// # Errors
    /// As [`Users::write`].
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The user whom this identity belongs to, compared byte for byte.
    ///
    /// # Errors
    /// As [`Users::write`].
    async fn find_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError>;

    /// The changes of a user's newest writes, newest first, from `before` that version on; at most `limit`
    /// writes, each whole. Of one write they come in the order in which they were made.
    ///
    /// # Errors
    /// As [`Users::write`].
    async fn changes(&self, id: UserId, before: Option<i64>, limit: u32) -> Result<Vec<Change>, StoreError>;

    /// As [`Users::changes`], without those that are of nothing but claims which no field is read from.
    ///
    /// # Errors
    /// As [`Users::write`].
    async fn mapped_changes(
        &self,
        id: UserId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError>;

    /// At most `limit` users after the given one in the order of their ids, which never changes: all users
    /// by pages, each exactly once, in bounded memory, whatever is written meanwhile. Fewer than `limit` means
    /// that there are no more.
    ///
    /// # Errors
    /// As [`Users::write`].
    async fn page(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError>;

    /// Whether the database answers.
    ///
    /// # Errors
    /// As [`Users::write`].
    async fn ping(&self) -> Result<(), StoreError>;
}
