//! The drift report: what of the provider is not as the copy has it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::incomplete::Incomplete;
use super::tally::Tally;
use crate::{RunId, RunState};

/// What a scan found, in the members of its JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// None for a dry run.
    pub run: Option<RunId>,
    /// The provider's name in the settings.
    pub provider: String,
    /// What became of the run; of a dry run, what would.
    pub state: RunState,
    /// Accounts in the list, each once.
    pub seen: u64,
    /// Accounts that the copy has not.
    pub new: u64,
    /// Accounts of which a field is another.
    pub changed: u64,
    /// How often which field was.
    pub by_field: BTreeMap<String, u64>,
    /// Accounts that were blocked or gone and are there again.
    pub reappeared: u64,
    /// Accounts that are blocked there since.
    pub blocked: u64,
    /// People of the copy who are not in the list.
    pub missing: u64,
    /// Those of whom the provider says that they are not there any more.
    pub gone: u64,
    /// Accounts whose people we do not know yet: they wait for their first log-in.
    pub unknown: u64,
    /// Why nothing was written.
    #[serde(skip)]
    pub incomplete: Option<Incomplete>,
    /// Missing people of whom nothing could be learnt: they stay as they are.
    #[serde(skip)]
    pub unanswered: u64,
    /// Records of the list that could not be read and were passed over.
    #[serde(skip)]
    pub unreadable: u64,
    /// Where the first of them are.
    #[serde(skip)]
    pub unreadable_at: Vec<String>,
}

impl Report {
    pub(super) fn new(
        run: Option<RunId>,
        provider: &str,
        state: RunState,
        tally: &Tally,
        incomplete: Option<Incomplete>,
    ) -> Self {
        Self {
            run,
            provider: provider.to_owned(),
            state,
            seen: tally.seen,
            new: tally.new,
            changed: tally.changed,
            by_field: tally.by_field.clone(),
            reappeared: tally.reappeared,
            blocked: tally.blocked,
            missing: tally.missing,
            gone: tally.gone,
            unknown: tally.unknown,
            incomplete,
            unanswered: tally.unanswered,
            unreadable: tally.unreadable,
            unreadable_at: tally.unreadable_at.clone(),
        }
    }
}
