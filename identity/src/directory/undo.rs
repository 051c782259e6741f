//! Undoing, person by person: what is picked, what would become of it, and doing it.

use uuid::Uuid;

use crate::change::{Change, What};
use crate::hold::Held;
use crate::origin::Origin;
use crate::runs::{ChangesOf, Made, Run, RunKind, RunState};
use crate::undo::{Terms, Undone, Why, undo};
use crate::{
    Actor, Decision, Directory, Identity, IdentityName, Source, StoreError, Timestamp, User, UserId, Whom,
    Written,
};

/// What is to be undone.
#[derive(Clone, Debug, PartialEq)]
pub struct UndoAsked {
    /// Which changes.
    pub which: Which,
    /// Of this user alone.
    pub user: Option<UserId>,
    /// Of this provider's identities alone.
    pub provider: Option<String>,
    /// From this source alone.
    pub source: Option<Source>,
    /// How it is meant.
    pub terms: Terms,
}

/// Which changes are undone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Which {
    /// Those of a run, or received within a time.
    Made(Made),
    /// Those of the user's last write that changed something.
    Last,
    /// The last one of this field, or of the standing.
    LastOf(Held),
}

/// A user, and what an undo makes of them.
#[derive(Clone, Debug)]
pub struct UndoneUser {
    /// The user as they were before it.
    pub user: User,
    /// What it makes of them.
    pub undone: Undone,
}

/// Writes of a user read at a time.
const PAGE: u32 = 200;
/// Users read at a time.
const PEOPLE: u32 = 200;
/// How often a user who is written meanwhile is looked at again.
const TRIES: u32 = 50;

impl Directory {
    /// The next users of whom something is to be undone, after the given one; none where there are no more.
    ///
    /// # Errors
    /// The database's.
    pub async fn to_undo(
        &self,
        asked: &UndoAsked,
        after: Option<UserId>,
    ) -> Result<Option<Vec<UserId>>, StoreError> {
        let people = match (asked.user, asked.which) {
            (Some(user), _) => Some(user).filter(|_| after.is_none()).into_iter().collect(),
            (None, Which::Made(which)) => {
                let made = self.stores.runs.made(which, after, PEOPLE).await?;
                made.into_iter().map(|one| one.user).collect()
            }
            (None, Which::Last | Which::LastOf(_)) => Vec::new(),
        };
        Ok((!people.is_empty()).then_some(people))
    }

    /// What would become of a user; none where there is none. Writes nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn would_undo(
        &self,
        id: UserId,
        asked: &UndoAsked,
        actor: Option<Actor>,
    ) -> Result<Option<UndoneUser>, StoreError> {
        let origin = Origin::of_operator(actor, self.world.now());
        self.judge(id, asked, &origin).await
    }

    /// Takes back what is asked of a user, in one write that is part of this run; none where there is no such user.
    ///
    /// # Errors
    /// The database's.
    pub async fn undo(
        &self,
        id: UserId,
        asked: &UndoAsked,
        run: &Run,
    ) -> Result<Option<UndoneUser>, StoreError> {
        for _ in 0..TRIES {
            let origin =
                Origin { run: Some(run.id), ..Origin::of_operator(run.actor.clone(), self.world.now()) };
            let Some(judged) = self.judge(id, asked, &origin).await? else { return Ok(None) };
            let Some(write) = &judged.undone.write else { return Ok(Some(judged)) };
            // Judged was the history up to this version; whoever wrote since is looked at again.
            let decide = |now: Option<&User>| match now.is_some_and(|now| now.version == judged.user.version)
            {
                true => Decision::from(write.clone()),
                false => Decision::Leave,
            };
            if let Written::Kept(_) = self.stores.users.write(Whom::id(id), &decide).await? {
                return Ok(Some(judged));
            }
        }
        Err(StoreError::unavailable("the user was written again and again"))
    }

    /// Notes that a run was taken back as a whole, unless it goes on; where it was an undo itself, what that took back is
    /// done again.
    ///
    /// # Errors
    /// The database's.
    pub async fn taken_back(&self, about: &Run) -> Result<(), StoreError> {
        if !about.state.is_over() {
            return Ok(());
        }
        self.set_undone(about).await?;
        if let (RunKind::Undo, Some(first)) = (about.kind, about.about)
            && let Some(first) = self.run(first).await?
            && first.state == RunState::Undone
        {
            self.advance_run(&first, RunState::Done, first.counts.clone()).await?;
        }
        Ok(())
    }

    /// Notes of a run that it is undone; the addresses that a switch let lead to somebody lead nowhere then, and neither
    /// do its invitations.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_undone(&self, about: &Run) -> Result<(), StoreError> {
        self.advance_run(about, RunState::Undone, about.counts.clone()).await?;
        if about.kind == RunKind::Switch {
            self.forget_emails_of(about.id).await?;
        }
        Ok(())
    }

    async fn judge(
        &self,
        id: UserId,
        asked: &UndoAsked,
        origin: &Origin,
    ) -> Result<Option<UndoneUser>, StoreError> {
        let Some(user) = self.stores.users.find(id).await? else { return Ok(None) };
        let (history, picked) = self.history_of(&user, asked).await?;
        let mut stay = Vec::new();
        for change in history.iter().filter(|change| picked.has(change)) {
            if let What::Unlinked(one) = &change.what
                && let Some(why) = self.why_not(id, one).await?
            {
                stay.push((IdentityName::from(&**one), why));
            }
        }
        let why_not = |one: &Identity| {
            stay.iter().find(|(name, _)| one.is(&name.issuer, &name.subject)).map(|(_, why)| *why)
        };
        let undone = undo(&user, &history, &|change| picked.has(change), &why_not, asked.terms, origin);
        Ok(Some(UndoneUser { user, undone }))
    }

    /// Why an identity that left this user cannot come back; none where it can.
    async fn why_not(&self, user: UserId, identity: &Identity) -> Result<Option<Why>, StoreError> {
        if let Some(owner) = self.find_by_identity(&identity.issuer, &identity.subject).await? {
            return Ok((owner.id != user).then_some(Why::Taken));
        }
        let erased = self.stores.erased_at(&identity.issuer, &identity.subject, &identity.claims).await?;
        Ok(erased.filter(|at| *at >= identity.first_seen_at).map(|_| Why::Erased))
    }

    /// The changes of a user down to the oldest that is picked, and what is picked of them.
    async fn history_of<'a>(
        &self,
        user: &User,
        asked: &'a UndoAsked,
    ) -> Result<(Vec<Change>, Picked<'a>), StoreError> {
        let mut picked = Picked { asked, last: None };
        let floor = match asked.which {
            Which::Made(which) => self.oldest(user.id, which).await?,
            Which::Last | Which::LastOf(_) => None,
        };
        let (mut history, mut before) = (Vec::new(), Some(user.version.saturating_add(1)));
        loop {
            let page = self.stores.users.changes(user.id, before, PAGE).await?;
            if picked.last.is_none() {
                picked.last = page.iter().find(|change| picked.could_be_last(change)).map(Last::from);
            }
            let oldest = page.last().map(|change| change.version);
            history.extend(page);
            let is_enough = match asked.which {
                Which::Made(_) => floor.is_none_or(|floor| oldest.is_none_or(|oldest| oldest <= floor)),
                Which::Last | Which::LastOf(_) => picked.last.is_some(),
            };
            if is_enough || oldest.is_none() {
                return Ok((history, picked));
            }
            before = oldest;
        }
    }

    /// The version of the user's oldest change that was made so.
    async fn oldest(&self, user: UserId, which: Made) -> Result<Option<i64>, StoreError> {
        let before = user.0.as_u128().checked_sub(1).map(|id| UserId(Uuid::from_u128(id)));
        let made = self.stores.runs.made(which, before, 1).await?;
        let of_user = |one: ChangesOf| (one.user == user).then_some(one.changes);
        let changes = made.into_iter().find_map(of_user).unwrap_or_default();
        Ok(changes.first().map(|change| change.version))
    }
}

/// The write, and of it the identity, that is the last.
struct Last {
    version: i64,
    identity: Option<IdentityName>,
}

impl From<&Change> for Last {
    fn from(change: &Change) -> Self {
        Self { version: change.version, identity: change.identity.clone() }
    }
}

/// Which of a user's changes are undone.
struct Picked<'a> {
    asked: &'a UndoAsked,
    last: Option<Last>,
}

impl Picked<'_> {
    fn has(&self, change: &Change) -> bool {
        let is_of_last = |last: &Last| last.version == change.version;
        let is_asked = match self.asked.which {
            Which::Made(Made::ByRun(run)) => change.origin.run == Some(run),
            Which::Made(Made::Between(from, to)) => is_within(change.origin.received_at, from, to),
            Which::Last => self.last.as_ref().is_some_and(is_of_last),
            Which::LastOf(held) => {
                let is_same = |last: &Last| is_of_last(last) && last.identity == change.identity;
                self.last.as_ref().is_some_and(is_same) && speaks_of(change, held)
            }
        };
        is_asked && self.may_be_asked(change)
    }

    fn could_be_last(&self, change: &Change) -> bool {
        let is_one = match self.asked.which {
            Which::LastOf(held) => speaks_of(change, held),
            Which::Last => !matches!(change.what, What::CameForward { .. }),
            Which::Made(_) => false,
        };
        is_one && self.may_be_asked(change)
    }

    fn may_be_asked(&self, change: &Change) -> bool {
        let provider = change.identity.as_ref().map(|name| name.provider.as_str());
        self.asked.provider.as_deref().is_none_or(|asked| provider == Some(asked))
            && self.asked.source.is_none_or(|source| change.origin.source == source)
    }
}

fn is_within(at: Timestamp, from: Timestamp, to: Timestamp) -> bool {
    from <= at && at <= to
}

/// A value and the flag that vouches for it are undone together.
fn speaks_of(change: &Change, held: Held) -> bool {
    match (&change.what, held) {
        (What::Fact { field, .. }, Held::Field(of)) => {
            *field == of || field.vouches_for() == Some(of) || of.vouches_for() == Some(*field)
        }
        (What::Standing { .. }, Held::Standing) => true,
        _ => false,
    }
}
