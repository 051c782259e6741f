//! The store of users, written as obligations. Every adapter passes the contract in `server/tests/store`.

use async_trait::async_trait;

use crate::{Change, Observation, Status, StoreError, Timestamp, User, UserId};

/// What [`Users::record`] did.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub user: User,
    pub changes: Vec<Change>,
    /// Whether this was the first that we heard of the identity.
    pub is_new: bool,
}

/// The store of users.
#[async_trait]
pub trait Users: Send + Sync {
    /// Merges an observation by [`merge`](crate::merge::merge) and keeps user, identity and changes in one
    /// atomic step. When it returns, all of it survives `kill -9`.
    ///
    /// - (issuer, subject) is compared byte for byte; there is at most one user for it, however many
    ///   observations race, and no racer sees an error.
    /// - A log-in counts once, also where the database's answer was lost and it had to be asked again.
    /// - `fresh` is the id of the user if a new one starts.
    /// - With `link`, an unknown identity joins that user. Where it is another user's:
    ///   [`StoreError::IdentityTaken`], and nothing is written.
    async fn record(
        &self,
        observation: &Observation,
        fresh: UserId,
        link: Option<UserId>,
    ) -> Result<Recorded, StoreError>;

    /// The user with this id.
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The user whom this identity belongs to, compared byte for byte.
    async fn find_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError>;

    /// Sets the status, with its change; none where there is no such user.
    async fn set_status(
        &self,
        id: UserId,
        status: Status,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError>;

    /// The newest changes of a user first, at most `limit`.
    async fn changes(&self, id: UserId, limit: u32) -> Result<Vec<Change>, StoreError>;

    /// At most `limit` users after the given one in the order of their ids, which never changes: all users
    /// by pages, each exactly once, in bounded memory, whatever is written meanwhile.
    async fn page(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError>;

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;
}
