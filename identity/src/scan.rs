//! A scan: a provider's list is read onto the shelf, compared with the copy, judged, and only then applied. Nothing is
//! written to any user before the guard has spoken, a dry run is the same computation without the end, and an approval
//! applies exactly the sheets that were judged. Whoever is killed on the way is followed from the last sheet.

mod apply;
mod approve;
mod compare;
mod course;
mod forget;
mod incomplete;
mod judge;
mod leaving;
mod read;
mod report;
mod sheet;
mod tally;

use std::sync::Arc;

use chrono::TimeDelta;

use crate::{
    Accounts, Actor, Digest, Directory, MissingLimit, ProviderError, Run, RunId, RunKind, RunState,
    RunsAsked, StoreError, Stores, Timestamp, World,
};

pub use course::Course;
pub use incomplete::Incomplete;
pub use leaving::{Leaving, Listed, Place};
pub use report::Report;

use judge::Verdict;
use sheet::{Sheet, Sheets};
use tally::Tally;

/// How long whoever scans may be silent before somebody else goes on.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Runs that are looked at for the last one that was applied.
const LOOKED_AT: u32 = 50;

/// The provider that is scanned.
#[derive(Clone, Debug)]
pub struct Scanned {
    /// Its name in the settings.
    pub provider: String,
    /// Its issuer.
    pub issuer: String,
    /// The claim that is the reference.
    pub reference: String,
    /// The guard.
    pub limit: MissingLimit,
}

/// What is told on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Pages are read.
    Reading,
    /// Who is missing is looked for in the copy.
    Comparing,
    /// Who is missing is asked for, one by one.
    Asking,
    /// What was read is written.
    Applying,
}

/// Whoever looks on: how many accounts of how many.
pub type Watch<'a> = dyn Fn(Stage, u64, Option<u64>) + Send + Sync + 'a;

/// Why a scan came to no end.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The provider does not answer, or not as it should.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The database does not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One scan of a provider at a time.
    #[error(
        "another process scans this provider; it goes on, or its turn ends 60 seconds after it was killed"
    )]
    Busy,
    /// Ours was too silent.
    #[error("another process has taken this scan over, because nothing was heard of this one for 60 seconds")]
    TakenOver,
    /// There is nothing that could be approved.
    #[error("{0}")]
    NotApproved(&'static str),
}

/// A scan of one provider.
pub struct Scan {
    stores: Stores,
    directory: Directory,
    world: Arc<dyn World>,
    about: Scanned,
    holder: Digest,
}

impl Scan {
    /// Reads and writes nothing yet.
    pub fn new(stores: Stores, world: Arc<dyn World>, about: Scanned) -> Self {
        let directory = Directory::new(stores.clone(), world.clone());
        let holder = world.secret().digest();
        Self { stores, directory, world, about, holder }
    }

    /// What a scan would do; writes nothing.
    ///
    /// # Errors
    /// The provider's and the database's.
    pub async fn dry_run(&self, list: &dyn Accounts, watch: &Watch<'_>) -> Result<Report, ScanError> {
        let started_at = self.world.now();
        let mut sheets = Sheets::none();
        let (tally, verdict) = self.judged(list, &mut sheets, started_at, watch).await?;
        Ok(Report::new(None, &self.about.provider, state_of(&verdict), &tally, verdict.incomplete()))
    }

    /// Scans, or goes on with a scan that broke off.
    ///
    /// # Errors
    /// The provider's, upon which the run has failed; the database's; [`ScanError::Busy`] while another process is at
    /// it.
    pub async fn run(
        &self,
        list: &dyn Accounts,
        actor: Option<Actor>,
        watch: &Watch<'_>,
    ) -> Result<Report, ScanError> {
        self.take_turn().await?;
        let done = self.in_turn(list, actor, watch).await;
        self.give_turn_back(done).await
    }

    /// Says that whoever scans is alive. Called every few seconds while a scan runs; false where it is ours no more.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_turn(&self) -> Result<bool, StoreError> {
        self.stores.tickets.renew(&self.job(), &self.holder, self.world.now() + LEASE).await
    }

    /// When the next scan is due that nobody asked for, `every` so long after the last one began; at once where one
    /// broke off or there was none. After one that failed it is tried again after a quarter of an hour.
    ///
    /// # Errors
    /// The database's.
    pub async fn due_at(&self, every: TimeDelta) -> Result<Timestamp, StoreError> {
        let last = self.runs(1).await?.into_iter().next();
        Ok(match last {
            None => self.world.now(),
            Some(run) => match run.state {
                RunState::Running => self.world.now(),
                RunState::Failed => run.started_at + every.min(TimeDelta::minutes(15)),
                _ => run.started_at + every,
            },
        })
    }

    async fn in_turn(
        &self,
        list: &dyn Accounts,
        actor: Option<Actor>,
        watch: &Watch<'_>,
    ) -> Result<Report, ScanError> {
        let runs = self.runs(LOOKED_AT).await?;
        let broken_off = |run: &&Run| matches!(run.state, RunState::Running | RunState::Approved);
        for run in runs.iter().filter(broken_off) {
            let mut sheets = self.sheets(run);
            match sheets.verdict().await {
                Ok(Some((tally, verdict))) => {
                    let is_same = sheets.list().await? == Some(list.list());
                    let report = self.applied(run.clone(), &sheets, tally, verdict, watch).await?;
                    if is_same {
                        return Ok(report);
                    }
                    continue;
                }
                Err(StoreError::Unreadable(_)) => {
                    tracing::warn!(run = %run.id.0, "what a scan read cannot be opened under SESSION_SECRET: it is given up");
                    self.fail(run.clone()).await?;
                    continue;
                }
                verdict => drop(verdict?),
            }
            if run.state != RunState::Running {
                continue;
            }
            match sheets.list().await? {
                Some(other) if other != list.list() => {
                    tracing::info!(run = %run.id.0, "a scan of another list broke off: it is given up");
                    self.fail(run.clone()).await?;
                    continue;
                }
                Some(_) => {}
                None => sheets.begin(&self.began(list, self.since(list, &runs).await?)).await?,
            }
            tracing::info!(run = %run.id.0, "going on with a scan that broke off");
            return self.whole(list, run.clone(), sheets, watch).await;
        }
        let run = self.new_run(actor);
        self.stores.runs.start(&run).await?;
        let mut sheets = self.sheets(&run);
        sheets.begin(&self.began(list, self.since(list, &runs).await?)).await?;
        self.whole(list, run, sheets, watch).await
    }

    /// Reads the list to its end, judges it and applies it.
    async fn whole(
        &self,
        list: &dyn Accounts,
        run: Run,
        mut sheets: Sheets<'_>,
        watch: &Watch<'_>,
    ) -> Result<Report, ScanError> {
        let judged = self.judged(list, &mut sheets, run.started_at, watch).await;
        let (tally, verdict) = match judged {
            Ok(judged) => judged,
            Err(error) => {
                if let ScanError::Provider(_) = error {
                    self.fail(run).await?;
                }
                return Err(error);
            }
        };
        sheets.judge(&tally, &verdict).await?;
        self.applied(run, &sheets, tally, verdict, watch).await
    }

    async fn fail(&self, run: Run) -> Result<(), StoreError> {
        let (from, finished_at) = (run.state, Some(self.world.now()));
        let failed = Run { state: RunState::Failed, finished_at, ..run };
        self.stores.runs.advance(&failed, from, None).await?;
        self.stores.shelf.clear_shelf(failed.id).await
    }

    /// What follows from the verdict.
    async fn applied(
        &self,
        mut run: Run,
        sheets: &Sheets<'_>,
        tally: Tally,
        verdict: Verdict,
        watch: &Watch<'_>,
    ) -> Result<Report, ScanError> {
        let from = run.state;
        run.counts = tally.counts();
        let is_approved = from == RunState::Approved;
        let state = if is_approved { RunState::Approved } else { state_of(&verdict) };
        if is_approved || state == RunState::Done {
            self.apply(&run, sheets, &verdict, watch).await?;
            self.supersede(run.id).await?;
            sheets.close(&verdict).await?;
        }
        if tally.unreadable > 0 {
            tracing::warn!(
                run = %run.id.0, records = tally.unreadable, first = tally.unreadable_at.first(),
                "records of the list could not be read and were passed over"
            );
        }
        run.state = state;
        run.finished_at = (state != RunState::Held).then(|| self.world.now());
        self.stores.runs.advance(&run, from, None).await?;
        match state {
            RunState::Held => tracing::warn!(
                run = %run.id.0, gone = tally.gone, blocked = tally.blocked, present = verdict.present,
                "scan held: too many people would go away; look at them, then `sparekey scan approve`"
            ),
            RunState::Incomplete => tracing::warn!(
                run = %run.id.0, reason = verdict.incomplete().map_or("", Incomplete::sentence),
                "scan incomplete: nothing was written"
            ),
            _ => {
                tracing::info!(run = %run.id.0, seen = tally.seen, new = tally.new, changed = tally.changed, "scan applied")
            }
        }
        Ok(Report::new(Some(run.id), &self.about.provider, state, &tally, verdict.incomplete()))
    }

    /// What is held from before this run would bring back an older list than the one that was applied.
    async fn supersede(&self, by: RunId) -> Result<(), StoreError> {
        let asked = RunsAsked {
            kind: Some(RunKind::Scan),
            provider: Some(self.about.provider.clone()),
            state: Some(RunState::Held),
            before: Some(by),
        };
        loop {
            let held = self.stores.runs.runs(&asked, LOOKED_AT).await?;
            for run in &held {
                let finished_at = Some(self.world.now());
                let over = Run { state: RunState::Superseded, finished_at, ..run.clone() };
                if self.stores.runs.advance(&over, RunState::Held, None).await? {
                    self.stores.shelf.clear_shelf(run.id).await?;
                }
            }
            if held.len() < LOOKED_AT as usize {
                return Ok(());
            }
        }
    }

    /// The cursor from which this list says only what has changed: that of the last run that was applied, if that was of
    /// the same list and was not taken back. After a list that was incomplete the next one is whole.
    async fn since(&self, list: &dyn Accounts, runs: &[Run]) -> Result<Option<String>, StoreError> {
        let mut applied = runs.iter().filter(|run| {
            let of_a_list = [RunState::Done, RunState::Approved, RunState::Undone, RunState::Incomplete];
            of_a_list.contains(&run.state)
        });
        match applied.next() {
            Some(run) if matches!(run.state, RunState::Done | RunState::Approved) => {
                self.sheets(run).since(&list.list()).await
            }
            _ => Ok(None),
        }
    }

    /// The newest scans of this provider.
    async fn runs(&self, limit: u32) -> Result<Vec<Run>, StoreError> {
        let provider = Some(self.about.provider.clone());
        let asked = RunsAsked { kind: Some(RunKind::Scan), provider, ..RunsAsked::default() };
        self.stores.runs.runs(&asked, limit).await
    }

    fn new_run(&self, actor: Option<Actor>) -> Run {
        Run {
            id: RunId(self.world.new_id().0),
            kind: RunKind::Scan,
            provider: Some(self.about.provider.clone()),
            actor,
            about: None,
            state: RunState::Running,
            counts: Default::default(),
            started_at: self.world.now(),
            finished_at: None,
        }
    }

    fn began(&self, list: &dyn Accounts, since: Option<String>) -> Sheet {
        let Scanned { issuer, reference, .. } = self.about.clone();
        Sheet::Began { list: list.list(), issuer, reference: Some(reference), since }
    }

    fn sheets(&self, run: &Run) -> Sheets<'_> {
        Sheets::of(run.id, &*self.stores.shelf, &*self.world)
    }

    fn job(&self) -> Digest {
        Digest::of_pair("scan", &self.about.provider)
    }

    async fn take_turn(&self) -> Result<(), ScanError> {
        let now = self.world.now();
        match self.stores.tickets.lease(&self.job(), &self.holder, now, now + LEASE).await? {
            true => Ok(()),
            false => Err(ScanError::Busy),
        }
    }

    async fn still_ours(&self) -> Result<(), ScanError> {
        match self.keep_turn().await? {
            true => Ok(()),
            false => Err(ScanError::TakenOver),
        }
    }

    async fn give_turn_back<T>(&self, done: Result<T, ScanError>) -> Result<T, ScanError> {
        let given = self.stores.tickets.release(&self.job(), &self.holder).await;
        let done = done?;
        given?;
        Ok(done)
    }
}

fn state_of(verdict: &Verdict) -> RunState {
    match verdict {
        Verdict { incomplete: Some(_), .. } => RunState::Incomplete,
        Verdict { is_held: true, .. } => RunState::Held,
        _ => RunState::Done,
    }
}
