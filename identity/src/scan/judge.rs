//! What a list proves, and what the guard says of it. Pure.

use serde::{Deserialize, Serialize};

use super::incomplete::Incomplete;
use super::tally::Tally;
use crate::MissingLimit;

/// What was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Verdict {
    pub(super) incomplete: Option<Incomplete>,
    pub(super) is_held: bool,
    /// The provider's identities that were present in the copy.
    pub(super) present: u64,
    /// Where the next list begins that says only what has changed.
    pub(super) since: Option<String>,
}

impl Verdict {
    pub(super) fn incomplete(&self) -> Option<Incomplete> {
        self.incomplete
    }
}

/// What a list as such proves. One of changes states removals by itself; all that it must do is end.
pub(super) fn shape(tally: &Tally, present: u64) -> Option<Incomplete> {
    if tally.is_delta || tally.broke_off == Some(Incomplete::Endless) {
        return tally.broke_off;
    }
    if tally.begins_empty && present > 0 {
        return Some(Incomplete::Empty);
    }
    if tally.broke_off.is_some() {
        return tally.broke_off;
    }
    match (tally.count_before, tally.count_after) {
        (Some(before), Some(after)) if !(before.min(after)..=before.max(after)).contains(&tally.seen) => {
            Some(Incomplete::Miscounted)
        }
        _ => None,
    }
}

/// Whether so many missing of so many present make the list another's.
pub(super) fn is_anothers(present: u64, missing: u64) -> bool {
    (present - missing.min(present)).saturating_mul(2) < present
}

/// What the guard says.
pub(super) fn is_held(tally: &Tally, present: u64, limit: MissingLimit) -> bool {
    limit.holds(present, tally.leaving())
}
