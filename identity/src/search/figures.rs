//! The figures of all users.

use chrono::NaiveDate;

use crate::{Status, Timestamp};

/// The figures of all users at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// When they were counted.
    pub at: Timestamp,
    /// Users by status; of each that there is.
    pub by_status: Vec<(Status, u64)>,
    /// Users who have an identity of a provider, by its name.
    pub by_provider: Vec<(String, u64)>,
    /// Whoever logged in today, UTC.
    pub seen_today: u64,
    /// Whoever has a field on hold.
    pub on_hold: u64,
    /// Users first heard of on each of the last thirty days, the oldest first; the last is today.
    pub days: Vec<(NaiveDate, u64)>,
}

impl Figures {
    /// All users.
    pub fn users(&self) -> u64 {
        self.by_status.iter().map(|(_, number)| number).sum()
    }

    /// Users of a status.
    pub fn of(&self, status: Status) -> u64 {
        self.by_status.iter().filter(|(of, _)| *of == status).map(|(_, number)| number).sum()
    }
}
