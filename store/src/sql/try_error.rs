//! What the errors of SeaORM and its drivers mean.

use identity::StoreError;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlxError};

use super::dialect::{self, Meaning};
use crate::try_error::TryError;

impl From<DbErr> for TryError {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => Self::Lost(error.into()),
            DbErr::ConnectionAcquire(_) => Self::Final(StoreError::unavailable(error)),
            DbErr::Conn(RuntimeErr::SqlxError(driver))
            | DbErr::Exec(RuntimeErr::SqlxError(driver))
            | DbErr::Query(RuntimeErr::SqlxError(driver)) => match meaning(driver) {
                Meaning::Conflict => Self::Conflict(error.into()),
                Meaning::Lost => Self::Lost(error.into()),
                Meaning::Refused => Self::Final(StoreError::record_refused(error)),
                Meaning::Other => Self::Final(StoreError::unavailable(error)),
            },
            DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => {
                Self::Final(StoreError::unreadable(error))
            }
            _ => Self::Final(StoreError::unavailable(error)),
        }
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

/// Whether no connection was to be had in time.
pub(super) fn is_no_connection(error: &DbErr) -> bool {
    let late = |driver: &SqlxError| matches!(driver, SqlxError::PoolTimedOut);
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => true,
        DbErr::Conn(RuntimeErr::SqlxError(driver)) => late(driver),
        _ => false,
    }
}

/// Whether a row was inserted; a row with its key that is there already is no fault.
pub(super) fn once<T>(inserted: Result<T, DbErr>) -> Result<bool, TryError> {
    match inserted.map_err(TryError::from) {
        Ok(_) => Ok(true),
        Err(TryError::Conflict(error)) if is_duplicate(error.as_ref()) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_duplicate(error: &(dyn std::error::Error + 'static)) -> bool {
    let error = error.downcast_ref::<DbErr>().and_then(DbErr::sql_err);
    matches!(error, Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}
