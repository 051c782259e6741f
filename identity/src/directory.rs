//! Everything that finds or changes users but the journey itself: one method for each act, whoever asks for it.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::change::{Actor, Change, Origin};
use crate::history::{self, Seen};
use crate::import::{self, TakenIn};
use crate::{
    Digest, Ends, LoginError, Observation, Session, Sessions, Status, StoreError, Tickets, User, UserId,
    Users, Whom, World, Write, Written, acts, merge,
};

/// The stores of one database.
#[derive(Clone)]
pub struct Stores {
    /// Users, identities and changes.
    pub users: Arc<dyn Users>,
    /// Sessions.
    pub sessions: Arc<dyn Sessions>,
    /// What can be used once.
    pub tickets: Arc<dyn Tickets>,
}

/// The users, and what may be done with them. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    stores: Stores,
    world: Arc<dyn World>,
}

impl Directory {
    /// The directory of one database.
    pub fn new(stores: Stores, world: Arc<dyn World>) -> Self {
        Self { stores, world }
    }

    /// The user with this id.
    ///
    /// # Errors
    /// The database's: see [`Users::write`]; so all methods.
    pub async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.stores.users.find(id).await
    }

    /// The user whom this identity belongs to, compared byte for byte.
    ///
    /// # Errors
    /// The database's.
    pub async fn find_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        self.stores.users.find_by_identity(issuer, subject).await
    }

    /// At most `limit` users after the given one, in the order of their ids.
    ///
    /// # Errors
    /// The database's.
    pub async fn page(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        self.stores.users.page(after, limit).await
    }

    /// What a user's newest writes changed, newest write first; at most `limit` writes.
    ///
    /// # Errors
    /// The database's.
    pub async fn changes(&self, id: UserId, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.stores.users.changes(id, None, limit).await
    }

    /// What a reader of the profile saw change, newest first, by the newest `limit` writes.
    ///
    /// # Errors
    /// The database's.
    pub async fn history(&self, user: &User, limit: u32) -> Result<Vec<Seen>, StoreError> {
        let changes = self.stores.users.changes(user.id, None, limit).await?;
        // What was written since the user was read is not part of what was read.
        let known: Vec<Change> =
            changes.into_iter().filter(|change| change.version <= user.version).collect();
        Ok(history::seen(user, &known))
    }

    /// The sessions of a user that are alive, the one used last first, without tokens.
    ///
    /// # Errors
    /// The database's.
    pub async fn sessions(&self, user: UserId, idle: TimeDelta) -> Result<Vec<Session>, StoreError> {
        let now = self.world.now();
        let mut sessions = self.stores.sessions.list(user, now).await?;
        sessions.retain(|one| now - one.last_used_at < idle);
        Ok(sessions)
    }

    /// Merges what somebody said about an identity. Where nobody owns it, a new user starts.
    ///
    /// # Errors
    /// The database's.
    #[tracing::instrument(skip_all, fields(provider = observation.provider))]
    pub async fn hear(&self, observation: &Observation) -> Result<Written, StoreError> {
        let fresh = self.world.new_id();
        let whom = Whom::identity(&observation.issuer, &observation.subject);
        let decide = |user: Option<&User>| merge::record(user, observation, fresh, None);
        self.stores.users.write(whom, &decide).await
    }

    /// What [`Directory::hear`] would keep; writes nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn would_hear(&self, observation: &Observation) -> Result<Write, StoreError> {
        let user = self.find_by_identity(&observation.issuer, &observation.subject).await?;
        Ok(merge::merge(user.as_ref(), observation, self.world.new_id()))
    }

    /// Takes in a user as another database had them, with id, identities and times. Who is here already stays as they
    /// are, and nobody's identity is taken from them.
    ///
    /// # Errors
    /// The database's.
    #[tracing::instrument(skip_all, fields(user = %given.id))]
    pub async fn take_in(&self, given: &User, origin: &Origin) -> Result<TakenIn, StoreError> {
        if let Some(found) = self.is_in_the_way(given).await? {
            return Ok(found);
        }
        let decide = |user: Option<&User>| import::take_in(user, given, origin);
        match self.stores.users.write(Whom::id(given.id), &decide).await {
            Ok(Written::Left(Some(user))) => Ok(import::compare(&user, given)),
            Ok(_) => Ok(TakenIn::New),
            // An identity that somebody else wrote meanwhile keeps the database from taking it.
            Err(error) => self.is_in_the_way(given).await?.ok_or(error),
        }
    }

    /// What [`Directory::take_in`] would do; writes nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn would_take_in(&self, given: &User) -> Result<TakenIn, StoreError> {
        Ok(self.is_in_the_way(given).await?.unwrap_or(TakenIn::New))
    }

    async fn is_in_the_way(&self, given: &User) -> Result<Option<TakenIn>, StoreError> {
        for (at, one) in given.identities.iter().enumerate() {
            let owner = self.find_by_identity(&one.issuer, &one.subject).await?;
            if let Some(owner) = owner.filter(|owner| owner.id != given.id) {
                return Ok(Some(TakenIn::IdentityTaken(at + 1, owner.id)));
            }
        }
        Ok(self.find(given.id).await?.map(|user| import::compare(&user, given)))
    }

    /// Shuts a user out, and ends their sessions, or lets them in again: the user as they are then; none where there
    /// is no such user.
    ///
    /// # Errors
    /// The database's.
    #[tracing::instrument(skip_all, fields(user = %id))]
    pub async fn set_disabled(
        &self,
        id: UserId,
        to: bool,
        reason: Option<&str>,
        actor: Option<Actor>,
    ) -> Result<Option<User>, StoreError> {
        let origin = Origin::of_operator(actor, self.world.now());
        let decide = |user: Option<&User>| acts::set_disabled(user, to, reason, &origin);
        let written = self.stores.users.write(Whom::id(id), &decide).await?;
        match to {
            true => tracing::info!("user disabled"),
            false => tracing::info!("user enabled"),
        }
        Ok(written.into_user())
    }

    /// Takes an identity away from its user, with the sessions that began by it.
    ///
    /// # Errors
    /// `identity_last` where it is the last one; the database's.
    #[tracing::instrument(skip_all, fields(user = %id))]
    pub async fn unlink(
        &self,
        id: UserId,
        issuer: &str,
        subject: &str,
        actor: Option<Actor>,
    ) -> Result<Option<User>, LoginError> {
        let origin = Origin::of_operator(actor, self.world.now());
        let decide = |user: Option<&User>| acts::unlink(user, issuer, subject, &origin);
        match self.stores.users.write(Whom::id(id), &decide).await? {
            Written::Refused(code) => Err(code.into()),
            written => Ok(written.into_user()),
        }
    }

    /// Forgets a user: record, identities, history, sessions; whether there was one. Another act than shutting out:
    /// the next log-in starts a new user.
    ///
    /// # Errors
    /// The database's.
    #[tracing::instrument(skip_all, fields(user = %id))]
    pub async fn erase(&self, id: UserId) -> Result<bool, StoreError> {
        let written = self.stores.users.write(Whom::id(id), &acts::erase).await?;
        Ok(matches!(written, Written::Erased(_)))
    }

    /// Ends one session of a user, named by its digest; whether there was one.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_session(&self, user: UserId, session: &Digest) -> Result<bool, StoreError> {
        let now = self.world.now();
        let theirs = self.stores.sessions.list(user, now).await?.iter().any(|one| one.id.matches(session));
        Ok(theirs && self.stores.sessions.end(&Ends::One(*session)).await? > 0)
    }

    /// Ends the sessions of a user, but `except`; how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_sessions(&self, user: UserId, except: Option<Digest>) -> Result<u64, StoreError> {
        self.stores.sessions.end(&Ends::OfUser { user, except }).await
    }

    /// Forgets what has expired: tickets, and sessions past their end or idle for as long.
    ///
    /// # Errors
    /// The database's.
    pub async fn sweep(&self, idle: TimeDelta) -> Result<(), StoreError> {
        let now = self.world.now();
        self.stores.sessions.sweep(now, now - idle).await?;
        self.stores.tickets.sweep(now).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// The database's.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.stores.users.ping().await
    }
}

impl Written {
    /// The user as they are now; none where there is none.
    pub fn into_user(self) -> Option<User> {
        match self {
            Written::Left(user) => user,
            Written::Kept(write) => Some(write.user),
            Written::Erased(_) | Written::Refused(_) => None,
        }
    }
}

/// Whether a user may enter by this identity: the operator let them, and its provider has them.
pub(crate) fn may_enter(user: &User, issuer: &str, subject: &str) -> bool {
    let present = |one: &crate::Identity| one.standing == crate::Standing::Present;
    user.status() == Status::Active && user.identity(issuer, subject).is_some_and(present)
}
