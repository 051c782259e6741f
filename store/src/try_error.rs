//! What went wrong with one try: whether another makes sense, and what the port says when none does.

use std::error::Error;
use std::time::Duration;

use identity::StoreError;

/// What went wrong with one try.
#[derive(Debug)]
pub(crate) enum TryError {
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

/// There is no connection to be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoConnection {
    #[error("no connection to the database")]
    Refused(#[source] std::io::Error),
    #[error("none of the connections to the database was free within two seconds")]
    AllBusy,
}

/// Whether whoever asks next would wait in vain as long as this one did.
pub(crate) fn is_silence(source: &(dyn Error + Send + Sync + 'static)) -> bool {
    source.is::<Silence>() || source.is::<NoConnection>() || is_no_server(source)
}

#[cfg(feature = "mongodb")]
fn is_no_server(source: &(dyn Error + Send + Sync + 'static)) -> bool {
    let error = source.downcast_ref::<mongodb::error::Error>();
    error.is_some_and(|error| matches!(*error.kind, mongodb::error::ErrorKind::ServerSelection { .. }))
}

#[cfg(not(feature = "mongodb"))]
fn is_no_server(_: &(dyn Error + Send + Sync + 'static)) -> bool {
    false
}

impl From<TryError> for StoreError {
    fn from(error: TryError) -> Self {
        match error {
            TryError::Conflict(source) | TryError::Lost(source) => Self::Unavailable(source),
            TryError::Final(error) => error,
        }
    }
}

impl From<StoreError> for TryError {
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
