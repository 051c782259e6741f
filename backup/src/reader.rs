//! A backup while it is read: nothing of it is believed before its end.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use identity::Record;

use crate::layers::Source;
use crate::lines::{Counts, Header, LineFault, LineReader};
use crate::{BackupError, Identities};

/// How much more it may be when it is unpacked: JSON of ours shrinks to a tenth, and no zstd file to less than this.
const MOST: u64 = 1000;
/// What may be unpacked of however small a file.
const LEAST: u64 = 1 << 20;

/// See the module.
pub struct Reader {
    /// None once all was read.
    lines: Option<LineReader<Source>>,
    file: PathBuf,
    header: Header,
    counts: Counts,
    sha256: String,
}

impl Reader {
    /// Opens a backup and reads its header. An identity is needed for what is encrypted.
    ///
    /// # Errors
    /// It cannot be read, is none, is of a newer version, or does not open by these.
    pub fn open(file: &Path, identities: Option<&Identities>) -> Result<Self, BackupError> {
        let unreadable = |source| BackupError::Unreadable { file: file.to_owned(), source };
        let opened = File::open(file).map_err(unreadable)?;
        let size = opened.metadata().map_err(unreadable)?.len();
        let source = Source::open(BufReader::new(opened), identities)?;
        let lines = LineReader::new(source, size.saturating_mul(MOST).max(LEAST));
        let lines = lines.map_err(|fault| read(file, fault))?;
        let (header, counts) = (lines.header().clone(), Counts::new());
        Ok(Self { lines: Some(lines), file: file.to_owned(), header, counts, sha256: String::new() })
    }

    /// The first line.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How many records there are of each kind; all of them once [`Reader::next`] has said none.
    pub fn counts(&self) -> &Counts {
        self.lines.as_ref().map_or(&self.counts, LineReader::counts)
    }

    /// The SHA-256 of all lines before the trailer, in hexadecimal digits; empty before [`Reader::next`] has said none.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The line of the record that was read last, to the letter.
    pub fn line(&self) -> &[u8] {
        self.lines.as_ref().map_or(&[], LineReader::line)
    }

    /// The next record. None comes only when the trailer vouched for all of them and nothing follows it.
    ///
    /// # Errors
    /// Whatever is wrong with the file; nothing that was read of it is to be believed then.
    #[allow(clippy::should_implement_trait, reason = "an iterator would go on after an error")]
    pub fn next(&mut self) -> Result<Option<Record>, BackupError> {
        let Some(lines) = &mut self.lines else { return Ok(None) };
        let next = lines.next().map_err(|fault| read(&self.file, fault))?;
        if next.is_none()
            && let Some(lines) = self.lines.take()
        {
            (self.counts, self.sha256) = (lines.counts().clone(), lines.sha256());
            match lines.into_inner().has_more() {
                Ok(false) => {}
                Ok(true) => return Err(BackupError::MoreAfterTheEnd),
                Err(error) => return Err(BackupError::of_reading(&self.file, error)),
            }
        }
        Ok(next)
    }
}

fn read(file: &Path, fault: LineFault) -> BackupError {
    match fault {
        LineFault::Io(error) => BackupError::of_reading(file, error),
        LineFault::CutShort => BackupError::CutShort,
        LineFault::TooLong(line) => BackupError::LineTooLong(line),
        LineFault::TooMuch => BackupError::TooMuch,
        LineFault::NotOurs(line) => BackupError::NotOurs(line),
        LineFault::Newer(schema) => BackupError::Newer(schema),
        LineFault::NotABackup => BackupError::NotABackup,
        LineFault::NotAsCounted => BackupError::NotAsCounted,
        LineFault::MoreAfterTheEnd => BackupError::MoreAfterTheEnd,
    }
}
