//! A backup while it is written: lines, packed and encrypted, into a file that gets its name when all of it is on the
//! disk.

use std::fs::File;
use std::path::{Path, PathBuf};

use identity::Record;

use crate::layers::Sink;
use crate::lines::{Counts, Header, LineFault, LineWriter};
use crate::partial::{Partial, write_whole};
use crate::{BackupError, Recipients, SigningKey, signature_of};

/// See the module. Dropped before it is finished, nothing is left of it.
pub struct Writer {
    lines: LineWriter<Sink>,
    file: PathBuf,
    partial: Partial,
    made_at: i64,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many records of each kind.
    pub counts: Counts,
    /// The size of the file.
    pub bytes: u64,
}

impl Writer {
    /// Begins a backup, encrypted to these, or not at all.
    ///
    /// # Errors
    /// A file of this name is there, or cannot be made.
    pub fn create(
        file: &Path,
        recipients: Option<&Recipients>,
        header: &Header,
    ) -> Result<Self, BackupError> {
        if file.exists() {
            return Err(BackupError::IsThere(file.to_owned()));
        }
        let unwritable = |source| BackupError::Unwritable { file: file.to_owned(), source };
        let (partial, sink) = Partial::create(file).map_err(unwritable)?;
        let sink = Sink::new(sink, recipients).map_err(unwritable)?;
        let lines = LineWriter::new(sink, header).map_err(|fault| written(file, fault))?;
        let made_at = header.made_at.timestamp();
        Ok(Self { lines, file: file.to_owned(), partial, made_at })
    }

    /// Writes a record.
    ///
    /// # Errors
    /// The disk's; a record of more than 16 MiB.
    pub fn record(&mut self, record: &Record) -> Result<(), BackupError> {
        self.lines.record(record).map_err(|fault| written(&self.file, fault))
    }

    /// Writes the trailer and all that is left, signs the file, and gives it its name; the signature has its name
    /// before.
    ///
    /// # Errors
    /// The disk's.
    pub fn finish(self, key: Option<&SigningKey>) -> Result<Written, BackupError> {
        let Self { lines, file, partial, made_at } = self;
        let unwritable = |source| BackupError::Unwritable { file: file.clone(), source };
        let (sink, counts) = lines.finish().map_err(|fault| written(&file, fault))?;
        let whole = sink.finish().map_err(unwritable)?;
        whole.sync_all().map_err(unwritable)?;
        let bytes = whole.metadata().map_err(unwritable)?.len();
        if let Some(key) = key {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let all = File::open(partial.path()).map_err(unwritable)?;
            let signature = key.sign(all, &name, made_at)?;
            let beside = signature_of(&file);
            let signed = write_whole(&beside, signature.as_bytes());
            signed.map_err(|source| BackupError::Unwritable { file: beside, source })?;
        }
        partial.keep().map_err(unwritable)?;
        Ok(Written { counts, bytes })
    }
}

fn written(file: &Path, fault: LineFault) -> BackupError {
    match fault {
        LineFault::TooLong(line) => BackupError::LineTooLong(line),
        LineFault::Io(source) => BackupError::Unwritable { file: file.to_owned(), source },
        _ => unreachable!("nothing else is found wrong while writing"),
    }
}
