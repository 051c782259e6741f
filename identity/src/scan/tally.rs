//! What a scan counts while it reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::incomplete::Incomplete;
use crate::Counts;

/// Records that cannot be read of which it is said where they are.
const NAMED: usize = 100;

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) seen: u64,
    pub(super) new: u64,
    pub(super) changed: u64,
    pub(super) by_field: BTreeMap<String, u64>,
    pub(super) reappeared: u64,
    pub(super) blocked: u64,
    pub(super) missing: u64,
    pub(super) gone: u64,
    pub(super) unknown: u64,
    pub(super) unanswered: u64,
    #[serde(default)]
    pub(super) unreadable: u64,
    #[serde(default)]
    pub(super) unreadable_at: Vec<String>,
    /// The sheets with somebody who goes.
    #[serde(skip)]
    pub(super) leaving_on: Vec<u64>,
    pub(super) is_delta: bool,
    pub(super) begins_empty: bool,
    /// Why the list was left before its end.
    #[serde(default)]
    pub(super) broke_off: Option<Incomplete>,
    pub(super) count_before: Option<u64>,
    pub(super) count_after: Option<u64>,
}

impl Tally {
    /// How many go.
    pub(super) fn leaving(&self) -> u64 {
        self.gone + self.blocked
    }

    /// Notes the sheet whose accounts were counted, if more go than before.
    pub(super) fn note_sheet(&mut self, sheet: u64, before: u64) {
        self.leaving_on.extend((self.leaving() > before).then_some(sheet));
    }

    /// Records of a page that cannot be read.
    pub(super) fn pass_over(&mut self, page: u64, numbers: &[u64]) {
        self.unreadable += numbers.len() as u64;
        let left = NAMED.saturating_sub(self.unreadable_at.len());
        self.unreadable_at.extend(numbers.iter().take(left).map(|one| format!("page {page}, record {one}")));
    }

    /// For the list of runs.
    pub(super) fn counts(&self) -> Counts {
        let all = [
            ("seen", self.seen),
            ("new", self.new),
            ("changed", self.changed),
            ("reappeared", self.reappeared),
            ("blocked", self.blocked),
            ("missing", self.missing),
            ("gone", self.gone),
            ("unknown", self.unknown),
        ];
        all.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
    }
}
