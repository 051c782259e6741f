//! Times as an index has them: microseconds since 1970, and the days that they make.

use chrono::{DateTime, Days, NaiveDate, NaiveTime};

use crate::Timestamp;

/// Days of the line.
const DAYS: u64 = 30;

/// Microseconds since 1970, from 1 on: 0 stands for never.
pub fn micros(at: Timestamp) -> i64 {
    at.timestamp_micros().max(1)
}

/// A day in UTC, as its first and last microsecond since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: NaiveDate,
    /// Its first microsecond.
    pub first: i64,
    /// Its last one.
    pub last: i64,
}

impl Day {
    /// A day.
    pub fn new(date: NaiveDate) -> Self {
        let start = |date: NaiveDate| {
            micros(DateTime::from_naive_utc_and_offset(date.and_time(NaiveTime::MIN), chrono::Utc))
        };
        let last = date.checked_add_days(Days::new(1)).map_or(i64::MAX, |next| start(next) - 1);
        Self { date, first: start(date), last }
    }

    /// The last thirty, the oldest first.
    pub fn last_thirty(now: Timestamp) -> Vec<Self> {
        let today = now.date_naive();
        (0..DAYS).rev().filter_map(|ago| today.checked_sub_days(Days::new(ago))).map(Self::new).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_days_follow_each_other_and_end_today() {
        let days = Day::last_thirty("2026-11-30T23:59:59Z".parse().unwrap());
        assert_eq!((days.len(), days[29].date.to_string()), (30, "2026-11-30".to_owned()));
        assert_eq!(days[0].date.to_string(), "2026-11-01");
        assert!(days.windows(2).all(|pair| pair[0].last + 1 == pair[1].first));
    }
}
