//! The store of sessions, written as obligations. A session starts, and sessions end, also with a write of their
//! user: see [`Users::write`](crate::Users::write).

use async_trait::async_trait;

use crate::{Access, Digest, Ends, Session, StoreError, Timestamp, Tokens, User, UserId};

/// Who refreshes a session's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// The caller.
    Mine,
    /// Somebody else did: the tokens are of another generation by now, or the session is gone. Read again. Or
    /// somebody else has been at it for too long to wait: then the session is as it was.
    Theirs,
}

/// The store of sessions. Tokens are encrypted at rest; ids are kept as digests.
///
/// # Errors
/// All of it: [`StoreError::Unavailable`] where the database does not answer within two seconds,
/// [`StoreError::Unreadable`] where it holds what we did not write.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The session and its user, whatever their state: one query in SQL. What is large and seldom needed comes back
    /// empty, for this is asked at every request: the tokens (see [`Sessions::tokens`]) and the claims of the user's
    /// identities ([`Users::find`](crate::Users::find) has them).
    async fn find(&self, id: &Digest) -> Result<Option<(Session, User)>, StoreError>;

    /// The tokens of a session; none where it is gone. Sealed under a secret that is lost, they count as empty.
    async fn tokens(&self, id: &Digest) -> Result<Option<Tokens>, StoreError>;

    /// Notes that a session was used. May be lost with the power.
    async fn touch(&self, id: &Digest, now: Timestamp) -> Result<(), StoreError>;

    /// Ends sessions; how many.
    async fn end(&self, which: &Ends) -> Result<u64, StoreError>;

    /// Ends what a logout token names: with a `sid` that session of the provider, and those of the subject whose
    /// log-in named no `sid`; without one all of the subject's; how many. At least one of the two is given.
    async fn end_at_provider(
        &self,
        issuer: &str,
        subject: Option<&str>,
        sid: Option<&str>,
    ) -> Result<u64, StoreError>;

    /// The sessions of a user that have not expired, the one used last first, without tokens.
    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// At most `limit` of the sessions that were started from the first time to the second, both included, after the
    /// given one in the order of their ids; without tokens.
    async fn started(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<Digest>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError>;

    /// Takes the right to refresh a session's tokens until `until`: of all callers, in all processes, one
    /// gets it. Whoever comes while it is held waits until it is given back or runs out, but no longer than a
    /// visitor would: then it is theirs, and the session is as it was.
    async fn lease(
        &self,
        id: &Digest,
        generation: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Lease, StoreError>;

    /// Writes tokens of a higher generation and gives the lease back.
    async fn renew(&self, id: &Digest, tokens: &Tokens, access: &Access) -> Result<(), StoreError>;

    /// Forgets sessions that ended by themselves: past `expires_at`, or not used since `idle_since`.
    async fn sweep(&self, now: Timestamp, idle_since: Timestamp) -> Result<(), StoreError>;
}
