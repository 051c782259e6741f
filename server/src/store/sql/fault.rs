//! What went wrong with one try: whether another makes sense, and what the port says when none does.

use std::error::Error;

use identity::StoreError;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlxError};

use super::dialect::{self, Meaning};

/// What went wrong with one try.
#[derive(Debug)]
pub(super) enum Fault {
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
pub(super) struct Moved;

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => Self::Lost(error.into()),
            DbErr::ConnectionAcquire(_) => Self::Final(StoreError::unavailable(error)),
            DbErr::Conn(RuntimeErr::SqlxError(driver))
            | DbErr::Exec(RuntimeErr::SqlxError(driver))
            | DbErr::Query(RuntimeErr::SqlxError(driver)) => match meaning(driver) {
                Meaning::Conflict => Self::Conflict(error.into()),
                Meaning::Lost => Self::Lost(error.into()),
                Meaning::Other => Self::Final(StoreError::unavailable(error)),
            },
            DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => {
                Self::Final(StoreError::unreadable(error))
            }
            _ => Self::Final(StoreError::unavailable(error)),
        }
    }
}

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

fn meaning(error: &SqlxError) -> Meaning {
    match error {
        SqlxError::Database(error) => dialect::meaning(error.as_ref()),
        SqlxError::Io(_) | SqlxError::Protocol(_) | SqlxError::Tls(_) | SqlxError::PoolClosed => {
            Meaning::Lost
        }
        _ => Meaning::Other,
    }
}
