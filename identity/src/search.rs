//! The list of users: what it can be asked, how a question is read, and what users are found by. The port [`Search`] is
//! written as obligations; every adapter passes the contract in `server/tests/store`.

mod asked;
mod day;
mod entry;
mod figures;
mod filters;
mod fold;
mod query;

use async_trait::async_trait;
use chrono::TimeDelta;

pub use asked::{Asked, Meaning, Word};
pub use day::{Day, micros};
pub use entry::{
    Entry, Row, entry, hold_term, is_alike, provider_prefix, provider_term, seen_at, subject_term,
};
pub use figures::Figures;
pub use filters::{Filters, LastLogin, Verified};
pub use fold::{TERM_BYTES, fold, next};
pub use query::{Cursor, Direction, From, Order, Query, SIZES, Sort};

use crate::{StoreError, Timestamp, User};

/// What is counted to the last; beyond it is said that there are more.
pub const COUNTED: u64 = 1_000;

/// When a question is asked, and how long a session that nobody uses counts as signed in.
#[derive(Clone, Copy, Debug)]
pub struct When {
    /// Now.
    pub now: Timestamp,
    /// As `SESSION_IDLE_SECONDS` says.
    pub idle: TimeDelta,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Hits {
    /// The users of the page, in order, without claims.
    pub users: Vec<User>,
    /// How the query was read.
    pub asked: Asked,
    /// How the list is sorted.
    pub order: Order,
    /// Where the page before this one ends: for [`From::Before`].
    pub newer: Option<String>,
    /// After what the next page starts: for [`From::After`].
    pub older: Option<String>,
    /// How many there are.
    pub count: Count,
    /// Whether looking was given up for its cost before the page was full; `older` goes on from there.
    pub is_stopped: bool,
    /// Whether a place was given that is none of this list (any more), so that this is its beginning.
    pub is_lost: bool,
    /// Whether users that were there before there was a search are still being taken in: some may be missing.
    pub is_filling: bool,
}

/// How many users a list has. It obeys the filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exact(u64),
    /// More than [`COUNTED`].
    Many,
    /// So many were met before counting was given up for its cost.
    AtLeast(u64),
    /// About so many: counted at that time.
    About(u64, Timestamp),
}

/// Everybody who is found, while they are read.
#[async_trait]
pub trait Walk: Send {
    /// How the query was read.
    fn asked(&self) -> &Asked;

    /// Whether users that were there before there was a search are still being taken in: some may be missing.
    fn is_filling(&self) -> bool;

    /// The next users, without claims; none are left where none come.
    ///
    /// # Errors
    /// As [`Users::write`](crate::Users::write).
    async fn next(&mut self) -> Result<Vec<User>, StoreError>;
}

/// The index of users.
#[async_trait]
pub trait Search: Send + Sync {
    /// A page of the users who meet all that is asked, with its neighbours.
    ///
    /// - Whoever is neither written nor erased meanwhile is on exactly one page, in each order, forwards and back, also
    ///   where they lack what is sorted by: those come last in either direction. Whoever logs in meanwhile moves alone.
    /// - What it costs depends on the size of the page, not on how many users there are or how far back it is. What
    ///   cannot be had at a bounded cost is given up, and said so.
    /// - Whatever was typed or made up is some question, and no fault.
    ///
    /// # Errors
    /// As [`Users::write`](crate::Users::write).
    async fn search(&self, query: &Query, when: When) -> Result<Hits, StoreError>;

    /// All users who meet what is asked, in the order in which they were first heard of, which nothing changes: whoever
    /// meets it all the while comes once, whoever logs in, is renamed or is erased meanwhile. It is read as far as it
    /// takes; the order, the place and the size of the query count for nothing.
    ///
    /// # Errors
    /// As [`Users::write`](crate::Users::write).
    async fn walk(&self, query: &Query, when: When) -> Result<Box<dyn Walk>, StoreError>;

    /// The figures of all users, at most a minute old where it can be had; none while they are first counted. One
    /// count at a time, however many ask.
    ///
    /// # Errors
    /// As [`Users::write`](crate::Users::write).
    async fn figures(&self, now: Timestamp) -> Result<Option<Figures>, StoreError>;

    /// Takes in some of the users that were there before there was a search, and says how many; none when all are in.
    /// Bears being killed, and being done by several at once.
    ///
    /// # Errors
    /// As [`Users::write`](crate::Users::write).
    async fn fill(&self) -> Result<Option<u64>, StoreError>;
}
