//! The lines: a header, records, a trailer with their number and the SHA-256 of all that stands before it.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use identity::{Record, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The name of the format.
pub const SCHEMA: &str = "sparekey.backup/1";
/// The name of every version of it.
const FAMILY: &str = "sparekey.backup/";
/// The longest line, in bytes.
pub(crate) const LONGEST: usize = 16 << 20;
const TRAILER: &[u8] = br#"{"trailer":"#;

/// How many records there are of each kind.
pub type Counts = BTreeMap<String, u64>;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA`].
    pub schema: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The version of the program that made it.
    pub program: String,
    /// The kind of database that it was made of.
    pub database: String,
    /// Whether all of it is as it was at one moment. Where not, whoever moved meanwhile was read again at the end.
    pub is_of_one_moment: bool,
}

#[derive(Serialize, Deserialize)]
struct Last {
    trailer: Trailer,
}

#[derive(Serialize, Deserialize)]
struct Trailer {
    counts: Counts,
    sha256: String,
}

/// Why lines cannot be read or written.
#[derive(Debug)]
pub(crate) enum LineFault {
    Io(io::Error),
    CutShort,
    TooLong(u64),
    TooMuch,
    NotOurs(u64),
    Newer(String),
    NotABackup,
    NotAsCounted,
    MoreAfterTheEnd,
}

/// Writes lines.
pub(crate) struct LineWriter<W> {
    to: W,
    sum: Sha256,
    counts: Counts,
    lines: u64,
}

impl<W: Write> LineWriter<W> {
    pub(crate) fn new(to: W, header: &Header) -> Result<Self, LineFault> {
        let mut writer = Self { to, sum: Sha256::new(), counts: Counts::new(), lines: 0 };
        writer.line(header)?;
        Ok(writer)
    }

    pub(crate) fn record(&mut self, record: &Record) -> Result<(), LineFault> {
        self.line(record)?;
        *self.counts.entry(record.kind().to_owned()).or_default() += 1;
        Ok(())
    }

    /// Writes the trailer.
    pub(crate) fn finish(mut self) -> Result<(W, Counts), LineFault> {
        let sha256 = hex(self.sum.clone());
        self.line(&Last { trailer: Trailer { counts: self.counts.clone(), sha256 } })?;
        Ok((self.to, self.counts))
    }

    fn line(&mut self, content: &impl Serialize) -> Result<(), LineFault> {
        self.lines += 1;
        let mut line = serde_json::to_vec(content).map_err(|error| LineFault::Io(error.into()))?;
        if line.len() > LONGEST {
            return Err(LineFault::TooLong(self.lines));
        }
        line.push(b'\n');
        self.sum.update(&line);
        self.to.write_all(&line).map_err(LineFault::Io)
    }
}

/// Reads lines and holds them against the trailer. Only what this version would write, to the letter, is read.
pub(crate) struct LineReader<R> {
    from: R,
    header: Header,
    sum: Sha256,
    counts: Counts,
    lines: u64,
    /// How many bytes there may still be.
    left: u64,
    line: Vec<u8>,
    is_over: bool,
}

impl<R: BufRead> LineReader<R> {
    /// Reads the header of lines that have at most so many bytes.
    pub(crate) fn new(from: R, most: u64) -> Result<Self, LineFault> {
        let header = Header {
            schema: String::new(),
            made_at: Timestamp::UNIX_EPOCH,
            program: String::new(),
            database: String::new(),
            is_of_one_moment: false,
        };
        let (sum, counts, line) = (Sha256::new(), Counts::new(), Vec::new());
        let mut reader = Self { from, header, sum, counts, lines: 0, left: most, line, is_over: false };
        reader.header = reader.read_header()?;
        Ok(reader)
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The line that was read last, without its end.
    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }

    /// The next record; none after the trailer, which has been held against all lines then.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, LineFault> {
        if self.is_over {
            return Ok(None);
        }
        if !self.read_line()? {
            return Err(LineFault::CutShort);
        }
        if self.line.starts_with(TRAILER) {
            self.hold_against_trailer()?;
            self.is_over = true;
            return match self.from.fill_buf().map_err(LineFault::Io)?.is_empty() {
                true => Ok(None),
                false => Err(LineFault::MoreAfterTheEnd),
            };
        }
        let record: Record =
            serde_json::from_slice(&self.line).map_err(|_| LineFault::NotOurs(self.lines))?;
        let again = serde_json::to_vec(&record).map_err(|error| LineFault::Io(error.into()))?;
        if again != self.line {
            return Err(LineFault::NotOurs(self.lines));
        }
        self.add_line();
        *self.counts.entry(record.kind().to_owned()).or_default() += 1;
        Ok(Some(record))
    }

    /// The SHA-256 of all lines that were read, but the trailer.
    pub(crate) fn sha256(&self) -> String {
        hex(self.sum.clone())
    }

    /// What the lines came from, once all were read.
    pub(crate) fn into_inner(self) -> R {
        self.from
    }

    fn read_header(&mut self) -> Result<Header, LineFault> {
        /// Of any version, what says which one it is.
        #[derive(Deserialize)]
        struct Any {
            schema: String,
        }
        if !self.read_line()? {
            return Err(LineFault::CutShort);
        }
        let any: Any = serde_json::from_slice(&self.line).map_err(|_| LineFault::NotABackup)?;
        match any.schema.as_str() {
            SCHEMA => {}
            other if other.starts_with(FAMILY) => return Err(LineFault::Newer(any.schema)),
            _ => return Err(LineFault::NotABackup),
        }
        self.add_line();
        serde_json::from_slice(&self.line).map_err(|_| LineFault::NotOurs(1))
    }

    fn hold_against_trailer(&self) -> Result<(), LineFault> {
        let last: Last = serde_json::from_slice(&self.line).map_err(|_| LineFault::NotOurs(self.lines))?;
        let is_so = last.trailer.counts == self.counts && last.trailer.sha256 == self.sha256();
        is_so.then_some(()).ok_or(LineFault::NotAsCounted)
    }

    fn add_line(&mut self) {
        self.sum.update(&self.line);
        self.sum.update(b"\n");
    }

    /// Reads up to the end of a line; whether there was one.
    fn read_line(&mut self) -> Result<bool, LineFault> {
        self.line.clear();
        loop {
            let there = self.from.fill_buf().map_err(LineFault::Io)?;
            if there.is_empty() {
                return if self.line.is_empty() { Ok(false) } else { Err(LineFault::CutShort) };
            }
            let end = there.iter().position(|byte| *byte == b'\n');
            let part = end.unwrap_or(there.len());
            self.line.extend_from_slice(&there[..part]);
            let used = part + usize::from(end.is_some());
            self.from.consume(used);
            self.left = self.left.checked_sub(used as u64).ok_or(LineFault::TooMuch)?;
            if self.line.len() > LONGEST {
                return Err(LineFault::TooLong(self.lines + 1));
            }
            if end.is_some() {
                self.lines += 1;
                return Ok(true);
            }
        }
    }
}

fn hex(sum: Sha256) -> String {
    sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
