//! What the errors of the MongoDB driver mean.

use identity::StoreError;
use mongodb::error::{Error, ErrorKind, WriteFailure};

use crate::try_error::TryError;

/// A unique index has the key already.
const DUPLICATE_KEY: i32 = 11000;
/// Somebody else wrote the document at the same moment.
const WRITE_CONFLICT: i32 = 112;
/// The document would be larger than 16 MB, or is refused by a validator.
const REFUSED: [i32; 4] = [10334, 17419, 17420, 121];

impl From<Error> for TryError {
    fn from(error: Error) -> Self {
        let code = code(&error);
        if code == Some(DUPLICATE_KEY) || code == Some(WRITE_CONFLICT) {
            return Self::Conflict(error.into());
        }
        if code.is_some_and(|code| REFUSED.contains(&code)) {
            return Self::Final(StoreError::record_refused(error));
        }
        match *error.kind {
            // The driver itself refuses what is larger than the server takes.
            ErrorKind::InvalidArgument { .. } | ErrorKind::BsonSerialization(_) => {
                Self::Final(StoreError::record_refused(error))
            }
            // The driver waited for a server as long as we would.
            ErrorKind::ServerSelection { .. } => Self::Final(StoreError::unavailable(error)),
            ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } => Self::Lost(error.into()),
            // A primary that steps down, a server that shuts down.
            _ if error.contains_label("RetryableWriteError") => Self::Lost(error.into()),
            ErrorKind::BsonDeserialization(_) => Self::Final(StoreError::unreadable(error)),
            _ => Self::Final(StoreError::unavailable(error)),
        }
    }
}

/// Whether something was inserted; a document with its key that is there already is no fault.
pub(super) fn once<T>(inserted: Result<T, Error>) -> Result<bool, TryError> {
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if code(&error) == Some(DUPLICATE_KEY) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The server's code, where all that failed failed by it.
fn code(error: &Error) -> Option<i32> {
    match error.kind.as_ref() {
        ErrorKind::Command(error) => Some(error.code),
        ErrorKind::Write(WriteFailure::WriteError(error)) => Some(error.code),
        ErrorKind::InsertMany(many) if many.write_concern_error.is_none() => {
            let mut codes = many.write_errors.iter().flatten().map(|error| error.code);
            let first = codes.next();
            first.filter(|first| codes.all(|code| code == *first))
        }
        _ => None,
    }
}
