//! What went wrong with one try: whether another makes sense, and what the port says when none does.

use std::error::Error;
use std::time::Duration;

use identity::StoreError;

/// What went wrong with one try.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Nothing was written: somebody else was there. Try again.
    Conflict(Box<dyn Error + Send + Sync>),
    /// The connection is gone; what we asked may or may not have been done.
    Lost(Box<dyn Error + Send + Sync>),
    /// It will not get better by trying.
    Final(StoreError),
}

/// The row that was read is not the row that is there.
#[derive(Debug, thiserror::Error)]
#[error("the user was written by somebody else meanwhile")]
pub(crate) struct Moved;

/// Nothing came back.
#[derive(Debug, thiserror::Error)]
#[error("no answer within two seconds")]
pub(crate) struct Silence;

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Conflict(source) | Fault::Lost(source) => Self::Unavailable(source),
            Fault::Final(error) => error,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Final(error)
    }
}

/// Before another try: up to 2, 4, 8, … 64 milliseconds, so that racers that collided do not meet again.
pub(crate) fn jitter(tries: u32) -> Duration {
    let most = 2_u64 << tries.min(5);
    let random = getrandom::u64().unwrap_or_default();
    Duration::from_micros(random % (most * 1000))
}
