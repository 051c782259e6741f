//! The store of what is short-lived: attempts, sessions, logout-token ids, refresh leases; as obligations.

use async_trait::async_trait;

use crate::{Access, Attempt, Digest, Session, StoreError, Timestamp, Tokens, User, UserId};

/// What became of an attempt to take an attempt.
#[derive(Debug)]
pub enum Taken {
    /// Ours now; nobody else gets it.
    Attempt(Box<Attempt>),
    /// Taken before; where it was going.
    Used { return_to: String },
    /// Too old; where it was going.
    Expired { return_to: String },
    /// Nothing of this browser answers to this state.
    Unknown,
}

/// Who refreshes a session's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// The caller.
    Mine,
    /// Somebody else did: the tokens are of another generation by now, or the session is gone. Read again. Or
    /// somebody else has been at it for too long to wait: then the session is as it was.
    Theirs,
}

/// The store of attempts, sessions, logout-token ids and refresh leases.
///
/// Secrets within attempts and all tokens are encrypted at rest; ids and states are kept as digests.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Keeps an attempt until it expires.
    async fn remember(&self, attempt: &Attempt) -> Result<(), StoreError>;

    /// Takes an attempt: of two callers at once, one gets it. Another browser's attempt is
    /// [`Taken::Unknown`] and stays usable.
    async fn take(&self, state: &Digest, browser: &Digest, now: Timestamp) -> Result<Taken, StoreError>;

    /// Starts a session. When it returns, the session survives `kill -9`.
    async fn start(&self, session: &Session) -> Result<(), StoreError>;

    /// The session and its user, whatever their state: one query in SQL. The claims of the user's identities
    /// come back empty, for this is asked at every request and they may be large; [`Users::find`] has them.
    ///
    /// [`Users::find`]: crate::Users::find
    async fn find(&self, id: &Digest) -> Result<Option<(Session, User)>, StoreError>;

    /// Notes that a session was used.
    async fn touch(&self, id: &Digest, now: Timestamp) -> Result<(), StoreError>;

    /// Ends a session, and says whether there was one.
    async fn end(&self, id: &Digest) -> Result<bool, StoreError>;

    /// Ends the sessions of a user, but `except`; how many.
    async fn end_of_user(&self, user: UserId, except: Option<&Digest>) -> Result<u64, StoreError>;

    /// Ends what a logout token names: with a `sid` only that session of the provider, else all of the
    /// subject's; how many. At least one of the two is given.
    async fn end_at_provider(
        &self,
        issuer: &str,
        subject: Option<&str>,
        sid: Option<&str>,
    ) -> Result<u64, StoreError>;

    /// The sessions of a user that have not expired, the one used last first.
    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// Notes the id of a logout token until it expires; false where another call noted it before.
    async fn spend(&self, issuer: &str, jti: &str, expires_at: Timestamp) -> Result<bool, StoreError>;

    /// Takes the right to refresh a session's tokens until `until`: of all callers, in all processes, one
    /// gets it. Whoever comes while it is held waits until it is given back or runs out, but no longer than a
    /// visitor would: then it is theirs, and the session is as it was.
    async fn lease(&self, id: &Digest, generation: i64, until: Timestamp) -> Result<Lease, StoreError>;

    /// Writes tokens of a higher generation and gives the lease back.
    async fn renew(&self, id: &Digest, tokens: &Tokens, access: &Access) -> Result<(), StoreError>;

    /// Forgets attempts and logout-token ids that have expired, and sessions that ended by themselves:
    /// past `expires_at`, or not used since `idle_since`.
    async fn sweep(&self, now: Timestamp, idle_since: Timestamp) -> Result<(), StoreError>;
}
