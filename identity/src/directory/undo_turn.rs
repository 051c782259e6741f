//! Whose turn it is to take something back: of several who would do the same at once, one does. And taking back a run as a
//! whole, as one step of whoever asks for it.

use chrono::TimeDelta;

use crate::directory::{UndoAsked, Which};
use crate::runs::{Counts, Made, Run, RunKind, RunState};
use crate::{Digest, Directory, Operator, StoreError, UserId};

/// How long whoever takes something back may be silent before somebody else may.
const SILENT: TimeDelta = TimeDelta::seconds(60);
/// People between two signs of life.
const ALIVE: usize = 20;

/// The turn of whoever takes something back.
#[derive(Clone, Debug)]
pub struct UndoTurn {
    job: Digest,
    holder: Digest,
}

/// What became of taking back a run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunUndone {
    /// This run took it back.
    Done(Run),
    /// It was taken back before.
    AsItWas,
    /// Somebody else is at it, or it is not over itself.
    UnderWay,
}

impl Directory {
    /// The turn to take this back; none while somebody else has it. It ends by itself 60 seconds after the last
    /// [`Directory::keep_undo_turn`]. What is to be taken back is looked at after this: somebody may have done so before.
    ///
    /// # Errors
    /// The database's; so all methods.
    pub async fn take_undo_turn(&self, asked: &UndoAsked) -> Result<Option<UndoTurn>, StoreError> {
        let turn = UndoTurn { job: job_of(asked), holder: self.world.secret().digest() };
        let now = self.world.now();
        let is_ours = self.stores.tickets.lease(&turn.job, &turn.holder, now, now + SILENT).await?;
        Ok(is_ours.then_some(turn))
    }

    /// Says that whoever has the turn is alive. Called every few seconds.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_undo_turn(&self, turn: &UndoTurn) -> Result<(), StoreError> {
        self.stores.tickets.renew(&turn.job, &turn.holder, self.world.now() + SILENT).await.map(drop)
    }

    /// Lets others have the turn at once.
    pub async fn give_undo_turn_back(&self, turn: &UndoTurn) {
        if let Err(error) = self.stores.tickets.release(&turn.job, &turn.holder).await {
            tracing::warn!(
                code = error.code().as_str(),
                "the turn of an undo could not be given back; it ends by itself"
            );
        }
    }

    /// Takes back what a run changed of these people, in one run.
    ///
    /// # Errors
    /// The database's: who came before stays taken back, and the run has failed.
    pub async fn undo_run(
        &self,
        about: &Run,
        people: &[UserId],
        asked: &UndoAsked,
        by: &Operator,
    ) -> Result<RunUndone, StoreError> {
        let Some(turn) = self.take_undo_turn(asked).await? else { return Ok(RunUndone::UnderWay) };
        let done = self.undo_in_turn(about, people, asked, by, &turn).await;
        self.give_undo_turn_back(&turn).await;
        done
    }

    async fn undo_in_turn(
        &self,
        about: &Run,
        people: &[UserId],
        asked: &UndoAsked,
        by: &Operator,
        turn: &UndoTurn,
    ) -> Result<RunUndone, StoreError> {
        // As it is now: whoever had the turn before may have taken it back.
        let about = self.run(about.id).await?.unwrap_or_else(|| about.clone());
        if about.state == RunState::Undone {
            return Ok(RunUndone::AsItWas);
        }
        if !about.state.is_over() {
            return Ok(RunUndone::UnderWay);
        }
        let run = self.start_run(RunKind::Undo, about.provider.as_deref(), by, Some(about.id)).await?;
        let done = self.undo_all(people, asked, &run, turn).await;
        let (state, counts) = match &done {
            Ok(counts) => (RunState::Done, counts.clone()),
            Err(_) => (RunState::Failed, Counts::new()),
        };
        let ended = self.advance_run(&run, state, counts).await?;
        done?;
        self.taken_back(&about).await?;
        Ok(RunUndone::Done(ended.unwrap_or(run)))
    }

    /// Takes back what is asked of several people; how many were changed, and what was left.
    ///
    /// # Errors
    /// The database's: who came before stays taken back.
    async fn undo_all(
        &self,
        people: &[UserId],
        asked: &UndoAsked,
        run: &Run,
        turn: &UndoTurn,
    ) -> Result<Counts, StoreError> {
        let mut counts = Counts::new();
        for (number, id) in people.iter().enumerate() {
            if number % ALIVE == ALIVE - 1 {
                self.keep_run(run).await?;
                self.keep_undo_turn(turn).await?;
            }
            if let Some(one) = self.undo(*id, asked, run).await? {
                *counts.entry("people".to_owned()).or_default() += u64::from(one.undone.write.is_some());
                *counts.entry("left".to_owned()).or_default() += one.undone.left.len() as u64;
            }
        }
        Ok(counts)
    }
}

/// What is taken back: a run, what was received within a time, or a user's last.
fn job_of(asked: &UndoAsked) -> Digest {
    let what = match asked.which {
        Which::Made(Made::ByRun(run)) => format!("run {run}"),
        Which::Made(Made::Between(from, to)) => format!("from {from} to {to}"),
        Which::Last | Which::LastOf(_) => asked.user.map(|user| format!("user {user}")).unwrap_or_default(),
    };
    Digest::of_pair("undo", &what)
}
