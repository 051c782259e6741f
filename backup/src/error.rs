//! Why a backup is not made, not believed or not read.

use std::io;
use std::path::{Path, PathBuf};

/// Why a backup is not made, not believed or not read.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the sentence of each says what it means")]
pub enum BackupError {
    #[error("{} cannot be read", file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("{} cannot be written", file.display())]
    Unwritable { file: PathBuf, source: io::Error },
    #[error("{} is there already: name another file, or take that one away", .0.display())]
    IsThere(PathBuf),
    #[error("the file is no backup of Sparekey")]
    NotABackup,
    #[error("the backup is encrypted: say by --identity which key opens it")]
    NoIdentity,
    #[error("the key given by --identity does not open this backup")]
    WrongIdentity,
    #[error("the backup is of a newer version of this program ({0}): restore it by that version")]
    Newer(String),
    #[error("the backup is damaged or was cut short")]
    Damaged(#[source] io::Error),
    #[error("the backup was cut short: its last line is missing")]
    CutShort,
    #[error("line {0} of the backup has more than 16 MiB, which no line of ours has")]
    LineTooLong(u64),
    #[error("the backup unpacks to more than a thousand times its size, which no backup of ours does")]
    TooMuch,
    #[error("line {0} of the backup is none that this version writes")]
    NotOurs(u64),
    #[error("the lines of the backup are not those that its last line vouches for")]
    NotAsCounted,
    #[error("there is more in the file after the backup's last line")]
    MoreAfterTheEnd,
    #[error("the backup is not signed: there is no {}", .0.display())]
    NotSigned(PathBuf),
    #[error("the signature {} cannot be read", .0.display())]
    NoSignature(PathBuf),
    #[error("the backup is signed by another key than BACKUP_VERIFY_KEY")]
    SignedByAnother,
    #[error("the signature is not of this file: the backup was changed after it was signed")]
    WrongSignature,
    #[error("the backup could not be signed: {0}")]
    NoSignatureMade(String),
}

/// A key that cannot be used; says why, and nothing of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadKey(pub(crate) &'static str);

impl BackupError {
    /// What an error while reading means: the disk's own, or that of what stands on it.
    pub(crate) fn of_reading(file: &Path, source: io::Error) -> Self {
        match source.raw_os_error() {
            Some(_) => Self::Unreadable { file: file.to_owned(), source },
            None => Self::Damaged(source),
        }
    }
}
