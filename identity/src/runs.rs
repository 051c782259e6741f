//! Runs: pieces of work that make many observations, each of which can be undone; and the changes that they, or a
//! window of time, made. Written as obligations.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::{Actor, Change, LogLine, RunId, StoreError, Timestamp, UserId};

/// What a run does.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RunKind {
    /// Reads a provider's list.
    Scan,
    /// Reads a file.
    Import,
    /// Takes back what was written.
    Undo,
    /// Moves people to another provider.
    Switch,
    /// Fills a database out of a backup.
    Restore,
}

/// How far a run is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RunState {
    /// Under way, or broken off: whoever runs it goes on.
    Running,
    /// All of it was done.
    Done,
    /// Not everything could be read; what that means, its kind says.
    Incomplete,
    /// The guard stopped it before its first write.
    Held,
    /// The operator said yes to what was held.
    Approved,
    /// It could not be done.
    Failed,
    /// It was taken back.
    Undone,
    /// It was held, and a later list of the same provider was applied.
    Superseded,
}

impl RunState {
    /// Whether the run does nothing any more.
    pub fn is_over(self) -> bool {
        match self {
            Self::Running | Self::Held | Self::Approved => false,
            Self::Done | Self::Incomplete | Self::Failed | Self::Undone | Self::Superseded => true,
        }
    }
}

/// How many of what, by name.
pub type Counts = BTreeMap<String, u64>;

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Run {
    /// A UUIDv7, so that runs sort by age.
    pub id: RunId,
    /// What it does.
    pub kind: RunKind,
    /// The provider it is about, by its name in the settings; none where it is about several.
    pub provider: Option<String>,
    /// Who started it; none for what `serve` does by itself.
    pub actor: Option<Actor>,
    /// The run that this one is about: what an undo takes back.
    pub about: Option<RunId>,
    /// How far it is.
    pub state: RunState,
    /// What it did so far.
    pub counts: Counts,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was over; none where it is not.
    pub finished_at: Option<Timestamp>,
}

/// Which runs are asked for: all of them, but for what is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunsAsked {
    /// Of this kind.
    pub kind: Option<RunKind>,
    /// Of this provider.
    pub provider: Option<String>,
    /// In this state.
    pub state: Option<RunState>,
    /// Older than this one.
    pub before: Option<RunId>,
}

/// Whose changes are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Those of this run.
    ByRun(RunId),
    /// Those received from the first time to the second, both included.
    Between(Timestamp, Timestamp),
}

/// What changed of one user.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangesOf {
    /// Whose.
    pub user: UserId,
    /// In the order in which they were made.
    pub changes: Vec<Change>,
}

/// The store of runs.
///
/// # Errors
/// All of it: [`StoreError::Unavailable`] where the database does not answer within two seconds,
/// [`StoreError::Unreadable`] where it holds what we did not write.
#[async_trait]
pub trait Runs: Send + Sync {
    /// Keeps a run that starts. One that is there already stays as it is.
    async fn start(&self, run: &Run) -> Result<(), StoreError>;

    /// Writes state, counts and end of a run, if its state is still `from`, or if all three are so already; whether
    /// they are so now. The line of the operators' log, where an operator moved it on, is written in the same step, and
    /// not where it was so already.
    async fn advance(&self, run: &Run, from: RunState, log: Option<&LogLine>) -> Result<bool, StoreError>;

    /// The run with this id.
    async fn run(&self, id: RunId) -> Result<Option<Run>, StoreError>;

    /// At most `limit` of the runs that are asked for, the newest first.
    async fn runs(&self, asked: &RunsAsked, limit: u32) -> Result<Vec<Run>, StoreError>;

    /// What changed of at most `limit` users after the given one, in the order of their ids. Fewer users than `limit`
    /// means that there are no more.
    async fn made(
        &self,
        which: Made,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<ChangesOf>, StoreError>;
}

/// The restore that was begun here and not finished: what the database holds is not all of it.
///
/// # Errors
/// The database's.
pub async fn unfinished_restore(runs: &dyn Runs) -> Result<Option<Run>, StoreError> {
    let (kind, state) = (Some(RunKind::Restore), Some(RunState::Running));
    Ok(runs.runs(&RunsAsked { kind, state, ..RunsAsked::default() }, 1).await?.pop())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_goes_on_is_not_over() {
        use RunState::{Approved, Done, Failed, Held, Incomplete, Running, Superseded, Undone};
        assert!([Done, Incomplete, Failed, Undone, Superseded].into_iter().all(RunState::is_over));
        assert!(![Running, Held, Approved].into_iter().any(RunState::is_over));
    }

    #[test]
    fn kinds_and_states_are_the_same_word_everywhere() {
        assert_eq!(("undo".parse(), RunKind::Undo.to_string()), (Ok(RunKind::Undo), "undo".to_owned()));
        assert_eq!(serde_json::json!(RunKind::Scan), "scan");
        assert_eq!(("held".parse(), RunState::Held.to_string()), (Ok(RunState::Held), "held".to_owned()));
        assert_eq!(serde_json::json!(RunState::Undone), "undone");
    }
}
