//! Everything that finds or changes users but the journey itself: one method for each act, whoever asks for it.

mod about;
mod aliases;
mod emails;
mod forget;
mod holds;
mod link;
mod operator;
mod pushed;
mod resource;
mod runs;
mod undo;
mod undo_turn;

pub use undo::{UndoAsked, UndoneUser, Which};
pub use undo_turn::{RunUndone, UndoTurn};

use std::sync::Arc;

use chrono::TimeDelta;

use crate::change::Change;
use crate::history::{self, HistoryPage, Seen};
use crate::import::{self, TakenIn};
use crate::link_rules::erased_names;
use crate::origin::{Actor, Origin};
use crate::search::{Figures, Hits, Query, When};
pub use link::EntryLinked;
pub use operator::{Deed, Operator, Verdict};
pub use pushed::{Pushed, PushedTo};
pub use resource::{Provisioned, Sent};

use crate::{
    Decision, Digest, Ends, ErasedName, LoginError, Observation, Session, Source, Status, StoreError, Stores,
    Timestamp, User, UserId, Walk, Whom, World, Write, Written, acts, archive, merge, shelf,
};

/// How many writes are read at once.
const WRITES: u32 = 200;
/// How many writes of a user a page of their history looks back over.
const LOOKED_BACK: usize = 1_000;

/// The users, and what may be done with them. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    pub(crate) stores: Arc<Stores>,
    pub(crate) world: Arc<dyn World>,
}

impl Directory {
    /// The directory of one database.
    pub fn new(stores: impl Into<Arc<Stores>>, world: Arc<dyn World>) -> Self {
        Self { stores: stores.into(), world }
    }

    /// The user with this id.
    ///
    /// # Errors
    /// The database's: see [`Users::write`](crate::Users::write); so all methods.
    pub async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.stores.users.find(id).await?.filter(|user| !user.is_withdrawn))
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

    /// A page of the list of users; `idle` is how long a session that nobody uses counts as signed in.
    ///
    /// # Errors
    /// The database's.
    pub async fn search(&self, query: &Query, idle: TimeDelta) -> Result<Hits, StoreError> {
        self.stores.search.search(query, When { now: self.world.now(), idle }).await
    }

    /// All users who meet what is asked, each once, whatever happens to them meanwhile.
    ///
    /// # Errors
    /// The database's.
    pub async fn walk(&self, query: &Query, idle: TimeDelta) -> Result<Box<dyn Walk>, StoreError> {
        self.stores.search.walk(query, When { now: self.world.now(), idle }).await
    }

    /// The figures of all users; none while they are first counted.
    ///
    /// # Errors
    /// The database's.
    pub async fn figures(&self) -> Result<Option<Figures>, StoreError> {
        self.stores.search.figures(self.world.now()).await
    }

    /// Takes in some of the users that were there before there was a search, and says how many; none when all are in.
    ///
    /// # Errors
    /// The database's.
    pub async fn fill_search(&self) -> Result<Option<u64>, StoreError> {
        self.stores.search.fill().await
    }

    /// What a user's newest writes changed, newest write first; at most `limit` writes.
    ///
    /// # Errors
    /// The database's.
    pub async fn changes(&self, id: UserId, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.stores.users.changes(id, None, limit).await
    }

    /// What a user's writes before this version changed, newest write first; at most `limit` writes.
    ///
    /// # Errors
    /// The database's.
    pub async fn changes_before(
        &self,
        id: UserId,
        version: i64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        self.stores.users.changes(id, Some(version), limit).await
    }

    /// What a reader of the profile saw change by writes before a version, newest first: at least so many, where there
    /// are. Writes of claims that no field is read from, which move with each log-in, are not read for it; how a user was
    /// follows from all that changed since, so it is looked back so far and no further.
    ///
    /// # Errors
    /// The database's.
    pub async fn history_page(
        &self,
        user: &User,
        before: Option<i64>,
        at_least: usize,
    ) -> Result<HistoryPage, StoreError> {
        let (mut then, mut page) = (user.clone(), HistoryPage::default());
        // What was written since the user was read is not part of what was read.
        let mut version = user.version.saturating_add(1);
        let mut looked_at = 0;
        loop {
            let changes = self.stores.users.mapped_changes(user.id, Some(version), WRITES).await?;
            let Some(last) = changes.last() else { return Ok(page) };
            if looked_at >= LOOKED_BACK {
                page.is_cut = true;
                return Ok(page);
            }
            version = last.version;
            for write in changes.chunk_by(|one, other| one.version == other.version) {
                looked_at += 1;
                let seen = history::back(&mut then, write);
                let is_asked = |one: &Seen| before.is_none_or(|before| one.version < before);
                if !seen.first().is_some_and(is_asked) {
                    continue;
                }
                if page.seen.len() >= at_least {
                    page.older = page.seen.last().map(|one| one.version);
                    return Ok(page);
                }
                page.seen.extend(seen);
            }
        }
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

    /// Merges what somebody said about an identity. Where nobody owns it, a new user starts; but whoever was erased comes
    /// back by a log-in of their own only, and by nothing that is said of them: then nothing is written.
    ///
    /// # Errors
    /// The database's.
    #[tracing::instrument(skip_all, fields(provider = observation.provider))]
    pub async fn hear(&self, observation: &Observation) -> Result<Written, StoreError> {
        self.merge_or_start(observation, true).await
    }

    /// Merges an observation into the owner of its identity. Where there is none, a new user starts if that may be, and
    /// the person was not erased.
    pub(crate) async fn merge_or_start(
        &self,
        observation: &Observation,
        may_start: bool,
    ) -> Result<Written, StoreError> {
        let fresh = self.world.new_id();
        let whom = Whom::identity(&observation.issuer, &observation.subject);
        let known = |user: Option<&User>| match user {
            Some(_) => merge::merge_news(user, observation, fresh, None),
            None => Decision::Leave,
        };
        // First whether there is a user, then whether there was one: an erasure in between is seen.
        let written = self.stores.users.write(whom, &known).await?;
        if !matches!(written, Written::Left(None)) {
            return Ok(written);
        }
        let joins = self.stores.of_another_name(&observation.issuer, &observation.subject).await?;
        if !may_start || (joins.is_none() && self.was_erased(observation).await?) {
            return Ok(written);
        }
        let decide = |user: Option<&User>| merge::merge_news(user, observation, fresh, joins);
        self.stores.users.write(Whom { id: joins, ..whom }, &decide).await
    }

    /// Whether whom an observation is about was erased, and has not logged in since: nothing but a log-in starts a user
    /// of theirs again. To be asked where no user was found.
    ///
    /// # Errors
    /// The database's.
    pub async fn was_erased(&self, observation: &Observation) -> Result<bool, StoreError> {
        if observation.origin.source == Source::Login {
            return Ok(false);
        }
        let Observation { issuer, subject, claims, .. } = observation;
        Ok(self.stores.erased_at(issuer, subject, claims).await?.is_some())
    }

    /// What [`Directory::hear`] would keep, if anything; writes nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn would_hear(&self, observation: &Observation) -> Result<Option<Write>, StoreError> {
        let user = self.owner(&observation.issuer, &observation.subject).await?;
        if user.is_none() && self.was_erased(observation).await? {
            return Ok(None);
        }
        Ok(Some(merge::merge(user.as_ref(), observation, self.world.new_id())))
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
        let Some(given) = &self.without_the_erased(given).await? else { return Ok(TakenIn::Erased) };
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
        match self.is_in_the_way(given).await? {
            Some(found) => Ok(found),
            None => Ok(self.without_the_erased(given).await?.map_or(TakenIn::Erased, |_| TakenIn::New)),
        }
    }

    /// A user as another database had them, without the identities that were first seen before they were erased here;
    /// none where the user was, or nothing is left of them.
    ///
    /// # Errors
    /// The database's.
    pub async fn without_the_erased(&self, given: &User) -> Result<Option<User>, StoreError> {
        let user = vec![ErasedName::User(given.id)];
        let at = self.stores.erasures.erased_at(&user).await?;
        let mut known = vec![(user, at)];
        let aliases = self.stores.aliases().await?;
        for one in &given.identities {
            let names = erased_names(&aliases, &one.issuer, &one.subject, &one.claims);
            let at = self.stores.erasures.erased_at(&names).await?;
            known.push((names, at));
        }
        let erased_at =
            |asked: &[ErasedName]| known.iter().find(|(names, _)| names == asked).and_then(|(_, at)| *at);
        Ok(archive::without_the_erased(given.clone(), &aliases, erased_at))
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
        let now = self.world.now();
        let entries = self.forget_elsewhere(id).await?;
        let aliases = self.stores.aliases().await?;
        let decide = |user: Option<&User>| acts::erase(user, &entries, &aliases, now, None);
        let written = self.stores.users.write(Whom::id(id), &decide).await?;
        let is_erased = matches!(written, Written::Erased(_));
        if is_erased {
            self.follow_an_erasure().await;
        }
        Ok(is_erased)
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

    /// Ends the sessions that began by this identity and before then; how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_sessions_of_identity(
        &self,
        issuer: &str,
        subject: &str,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let Some(user) = self.find_by_identity(issuer, subject).await? else { return Ok(0) };
        let mut ended = 0;
        for one in self.stores.sessions.list(user.id, self.world.now()).await? {
            if (one.issuer.as_str(), one.subject.as_str()) == (issuer, subject) && one.created_at <= before {
                ended += self.stores.sessions.end(&Ends::One(one.id)).await?;
            }
        }
        Ok(ended)
    }

    /// Forgets what has expired: tickets, what scans read and nobody approved, and sessions past their end or idle for
    /// as long.
    ///
    /// # Errors
    /// The database's.
    pub async fn sweep(&self, idle: TimeDelta) -> Result<(), StoreError> {
        let now = self.world.now();
        self.stores.sessions.sweep(now, now - idle).await?;
        self.stores.shelf.sweep_shelf(now - shelf::KEPT).await?;
        self.stores.link_rules.sweep_rules(now).await?;
        self.end_broken_off_runs().await?;
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
