//! What the errors of SeaORM and its drivers mean.

use identity::StoreError;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlxError};

use super::dialect::{self, Meaning};
use crate::fault::Fault;

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

fn meaning(error: &SqlxError) -> Meaning {
    match error {
        SqlxError::Database(error) => dialect::meaning(error.as_ref()),
        SqlxError::Io(_) | SqlxError::Protocol(_) | SqlxError::Tls(_) | SqlxError::PoolClosed => {
            Meaning::Lost
        }
        _ => Meaning::Other,
    }
}
