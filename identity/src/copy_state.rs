//! How true the copy is: for each provider what is known of it, how old that is, and what waits for somebody. Shown by
//! the studio, `sparekey check`, the log and the metrics alike.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;

use crate::{
    Census, MessageCount, MessageState, Run, RunId, RunKind, RunState, RunsAsked, Standing, StoreError,
    Stores, Timestamp, World,
};

/// Runs that are read at a time.
const PAGE: u32 = 50;
/// How long the state is kept at least.
const SHORTEST: TimeDelta = TimeDelta::seconds(5);
/// Of the time that counting took, how much passes before it is counted again.
const FACTOR: i32 = 20;

/// The state of the copy at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyState {
    /// When it was looked at.
    pub at: Timestamp,
    /// Each provider that is set or of which there is anything, by its name.
    pub providers: Vec<ProviderState>,
    /// What this process sees of the backups; none where it makes none.
    pub backups: Option<BackupState>,
}

/// What is known of the backups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackupState {
    /// The last one that was restored to try it: its file, and when that was.
    pub proved: Option<(String, Timestamp)>,
}

/// Looks at the backups.
pub type LookAtBackups = dyn Fn() -> BackupState + Send + Sync;

/// What is known of one provider's part of the copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderState {
    /// Its name in the settings.
    pub provider: String,
    /// Identities that are present.
    pub present: u64,
    /// Identities that are blocked there.
    pub blocked: u64,
    /// Identities that are gone there.
    pub deleted: u64,
    /// Of the present ones, when that one was last spoken of that nobody has spoken of for the longest time.
    pub oldest: Option<Timestamp>,
    /// The newest scan, whatever became of it.
    pub last_scan: Option<Run>,
    /// As of when the copy is what the last list said that was applied.
    pub scanned_at: Option<Timestamp>,
    /// Scans that the guard holds.
    pub held_scans: u64,
    /// When the newest message of the last 30 days came.
    pub last_message_at: Option<Timestamp>,
    /// Messages that are not done yet.
    pub waiting: u64,
    /// Messages that nobody understands.
    pub quarantined: u64,
    /// Messages and requests that the guard holds.
    pub held: u64,
    /// Accounts whose people we do not know yet: they wait for their first log-in.
    pub unknown: u64,
}

impl ProviderState {
    /// Whether somebody should look: something is held, or not understood.
    pub fn needs_a_look(&self) -> bool {
        self.held_scans + self.held + self.quarantined > 0
    }

    fn count(&mut self, census: &Census) {
        match census.standing {
            Standing::Present => {
                self.present += census.count;
                self.oldest = Some(self.oldest.map_or(census.oldest, |known| known.min(census.oldest)));
            }
            Standing::Blocked => self.blocked += census.count,
            Standing::Deleted => self.deleted += census.count,
        }
    }

    fn count_messages(&mut self, counted: &MessageCount) {
        self.last_message_at = self.last_message_at.max(Some(counted.last_received_at));
        match counted.state {
            MessageState::Waiting => self.waiting += counted.count,
            MessageState::Quarantined => self.quarantined += counted.count,
            MessageState::Held => self.held += counted.count,
            MessageState::Processed | MessageState::Ignored | MessageState::Dropped => {}
        }
    }
}

/// Whoever looks at the state of the copy. Cheap to clone; what one counted the others have for a while, the longer the
/// longer it took.
#[derive(Clone)]
pub struct CopyWatch {
    stores: Arc<Stores>,
    world: Arc<dyn World>,
    providers: Arc<[String]>,
    backups: Option<Arc<LookAtBackups>>,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    state: Option<CopyState>,
    until: Timestamp,
    /// Whether somebody counts now.
    is_counting: bool,
}

impl CopyWatch {
    /// Of one database, and the providers that are set.
    pub fn new(stores: impl Into<Arc<Stores>>, world: Arc<dyn World>, providers: Vec<String>) -> Self {
        let (stores, providers) = (stores.into(), providers.into());
        Self { stores, world, providers, backups: None, kept: Arc::default() }
    }

    /// The same, of backups too.
    #[must_use]
    pub fn with_backups(self, look: Arc<LookAtBackups>) -> Self {
        Self { backups: Some(look), ..self }
    }

    /// The state of the copy. While somebody else counts, the one before it, where there is one.
    ///
    /// # Errors
    /// The database's.
    pub async fn state(&self) -> Result<CopyState, StoreError> {
        let begun_at = self.world.now();
        {
            let mut kept = self.kept();
            if let Some(state) = &kept.state
                && (kept.is_counting || begun_at < kept.until)
            {
                return Ok(state.clone());
            }
            kept.is_counting = true;
        }
        let _counting = Counting(self.kept.clone());
        let state = self.look(begun_at).await?;
        let done_at = self.world.now();
        let mut kept = self.kept();
        kept.until = done_at + ((done_at - begun_at) * FACTOR).max(SHORTEST);
        kept.state = Some(state.clone());
        Ok(state)
    }

    /// Whether the database takes a write now: the state may be of before.
    pub async fn is_up(&self) -> bool {
        self.stores.users.ping().await.is_ok()
    }

    /// The state as somebody saw it last.
    pub fn last_seen(&self) -> Option<CopyState> {
        self.kept().state.clone()
    }

    async fn look(&self, at: Timestamp) -> Result<CopyState, StoreError> {
        let census = self.stores.census.census().await?;
        let messages = self.stores.messages.counts().await?;
        let of_census = census.iter().map(|one| one.provider.as_str());
        let of_messages = messages.iter().map(|one| one.provider.as_str());
        let set = self.providers.iter().map(String::as_str);
        let names: BTreeSet<&str> = set.chain(of_census).chain(of_messages).collect();
        let mut providers = Vec::new();
        for name in names {
            let mut state = ProviderState { provider: name.to_owned(), ..ProviderState::default() };
            census.iter().filter(|one| one.provider == name).for_each(|one| state.count(one));
            messages.iter().filter(|one| one.provider == name).for_each(|one| state.count_messages(one));
            state.last_scan = self.scans(name, None, None, 1).await?.pop();
            state.scanned_at = self.scanned_at(name).await?;
            state.held_scans = self.held_scans(name).await?;
            state.unknown = self.stores.entries.count(name).await?.waiting;
            providers.push(state);
        }
        let backups = self.backups.as_ref().map(|look| look());
        Ok(CopyState { at, providers, backups })
    }

    /// The newest scans of a provider, of all or in one state, before this one.
    async fn scans(
        &self,
        provider: &str,
        state: Option<RunState>,
        before: Option<RunId>,
        limit: u32,
    ) -> Result<Vec<Run>, StoreError> {
        let (kind, provider) = (Some(RunKind::Scan), Some(provider.to_owned()));
        self.stores.runs.runs(&RunsAsked { kind, provider, state, before }, limit).await
    }

    /// When the newest list began that was applied.
    async fn scanned_at(&self, provider: &str) -> Result<Option<Timestamp>, StoreError> {
        let done = self.scans(provider, Some(RunState::Done), None, 1).await?;
        let approved = self.scans(provider, Some(RunState::Approved), None, PAGE).await?;
        // One that was approved may not be applied to its end.
        let approved = approved.iter().find(|run| run.finished_at.is_some());
        Ok(done.first().into_iter().chain(approved).map(|run| run.started_at).max())
    }

    async fn held_scans(&self, provider: &str) -> Result<u64, StoreError> {
        let (mut count, mut before) = (0, None);
        loop {
            let held = self.scans(provider, Some(RunState::Held), before, PAGE).await?;
            count += held.len() as u64;
            before = held.last().map(|run| run.id);
            if held.len() < PAGE as usize {
                return Ok(count);
            }
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody counts until this is dropped, however that comes about.
struct Counting(Arc<Mutex<Kept>>);

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_counting = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn what_is_held_or_not_understood_needs_a_look() {
        assert!(!ProviderState::default().needs_a_look());
        for state in [
            ProviderState { held_scans: 1, ..ProviderState::default() },
            ProviderState { held: 1, ..ProviderState::default() },
            ProviderState { quarantined: 1, ..ProviderState::default() },
        ] {
            assert!(state.needs_a_look(), "{state:?}");
        }
    }

    #[test]
    fn the_oldest_fact_is_of_somebody_who_is_present() {
        let mut state = ProviderState::default();
        let census =
            |standing, count, oldest| Census { provider: "main".into(), standing, count, oldest: at(oldest) };
        state.count(&census(Standing::Deleted, 2, 1));
        assert_eq!(state.oldest, None);
        state.count(&census(Standing::Present, 3, 5));
        state.count(&census(Standing::Blocked, 1, 2));
        assert_eq!((state.present, state.blocked, state.deleted, state.oldest), (3, 1, 2, Some(at(5))));
    }
}
