//! Runs, as those who do, show and undo them ask for them.

use chrono::TimeDelta;

use crate::runs::{ChangesOf, Counts, Made, Run, RunKind, RunState, RunsAsked};
use crate::{Act, Digest, Directory, Operator, RunId, StoreError, UserId};

/// How long whoever does a run may be silent before it counts as broken off.
const SILENT: TimeDelta = TimeDelta::seconds(60);
/// What nobody goes on with who was not there before.
const MAY_FAIL: [RunKind; 2] = [RunKind::Import, RunKind::Undo];
/// Runs that are looked at at a time.
const LOOKED_AT: u32 = 100;

impl Directory {
    /// Starts a run as of now, under a fresh id; that somebody did stands in the operators' log. Whoever does it says
    /// that they are alive, by [`Directory::keep_run`].
    ///
    /// # Errors
    /// The database's: see [`Runs`](crate::Runs); so all methods.
    pub async fn start_run(
        &self,
        kind: RunKind,
        provider: Option<&str>,
        by: &Operator,
        about: Option<RunId>,
    ) -> Result<Run, StoreError> {
        let run = Run {
            id: RunId(self.world.new_id().0),
            kind,
            provider: provider.map(str::to_owned),
            actor: Some(by.actor.clone()),
            about,
            state: RunState::Running,
            counts: Counts::new(),
            started_at: self.world.now(),
            finished_at: None,
        };
        self.note_start(by, &run).await?;
        if MAY_FAIL.contains(&kind) {
            let (job, holder) = turn_of(&run);
            self.stores.tickets.lease(&job, &holder, run.started_at, run.started_at + SILENT).await?;
        }
        self.stores.runs.start(&run).await?;
        tracing::info!(run = %run.id, kind = %run.kind, "run started");
        Ok(run)
    }

    /// Says that whoever does a run is alive. Called every few seconds while it goes on.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_run(&self, run: &Run) -> Result<(), StoreError> {
        let (job, holder) = turn_of(run);
        self.stores.tickets.renew(&job, &holder, self.world.now() + SILENT).await.map(drop)
    }

    /// Notes of imports and undos that nobody goes on with that they have failed: what they wrote can be taken back
    /// then. A scan or a switch is gone on with, and the mark of a restore stays.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_broken_off_runs(&self) -> Result<(), StoreError> {
        for kind in MAY_FAIL {
            let asked =
                RunsAsked { kind: Some(kind), state: Some(RunState::Running), ..RunsAsked::default() };
            for run in self.stores.runs.runs(&asked, LOOKED_AT).await? {
                let (now, (job, _)) = (self.world.now(), turn_of(&run));
                let us = self.world.secret().digest();
                if self.stores.tickets.lease(&job, &us, now, now + SILENT).await? {
                    tracing::warn!(run = %run.id, %kind, "a run broke off: it has failed");
                    self.advance_run(&run, RunState::Failed, run.counts.clone()).await?;
                }
            }
        }
        Ok(())
    }

    /// Starts a run under the id that it has, unless it was started before; the run as it is.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_run(&self, by: &Operator, run: &Run) -> Result<Run, StoreError> {
        if self.stores.runs.run(run.id).await?.is_none() {
            self.note_start(by, run).await?;
        }
        self.stores.runs.start(run).await?;
        Ok(self.stores.runs.run(run.id).await?.unwrap_or_else(|| run.clone()))
    }

    /// The line stands before the run does anything: whoever dies over it has begun it.
    async fn note_start(&self, by: &Operator, run: &Run) -> Result<(), StoreError> {
        let act = match run.kind {
            RunKind::Import => Act::Import,
            RunKind::Undo => Act::Undo,
            RunKind::Switch => Act::Switch,
            // Of a scan, what is an act is its approval; a restore's database has nothing before it.
            RunKind::Scan | RunKind::Restore => return Ok(()),
        };
        let about = run.about.map(|about| format!(", of run {about}")).unwrap_or_default();
        self.note(by, act, None, Some(format!("run {}{about}", run.id))).await
    }

    /// Notes how far a run is; its end is now where the state says that it is over. The run as it is then; none where
    /// somebody else moved it on, so that it is not in the given run's state any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn advance_run(
        &self,
        run: &Run,
        state: RunState,
        counts: Counts,
    ) -> Result<Option<Run>, StoreError> {
        let ended = state.is_over().then(|| run.finished_at.unwrap_or_else(|| self.world.now()));
        let next = Run { state, counts, finished_at: ended, ..run.clone() };
        let is_so = self.stores.runs.advance(&next, run.state, None).await?;
        if is_so && state != run.state {
            tracing::info!(run = %run.id, kind = %run.kind, state = %state, "run moved on");
        }
        Ok(is_so.then_some(next))
    }

    /// The run with this id.
    ///
    /// # Errors
    /// The database's.
    pub async fn run(&self, id: RunId) -> Result<Option<Run>, StoreError> {
        self.stores.runs.run(id).await
    }

    /// At most `limit` of the runs that are asked for, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn runs(&self, asked: &RunsAsked, limit: u32) -> Result<Vec<Run>, StoreError> {
        self.stores.runs.runs(asked, limit).await
    }

    /// What changed by a run, or within a time, of at most `limit` users after the given one.
    ///
    /// # Errors
    /// The database's.
    pub async fn made(
        &self,
        which: Made,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<ChangesOf>, StoreError> {
        self.stores.runs.made(which, after, limit).await
    }
}

/// The job that a run is, and who does it.
fn turn_of(run: &Run) -> (Digest, Digest) {
    let id = run.id.to_string();
    (Digest::of_pair("run", &id), Digest::of_pair("whoever does the run", &id))
}
