//! Rows of CSV out of a stream, each within bounds. By csv-core, the parser beneath the crate `csv`: it writes
//! into what it is given, where `csv` would grow with the row.

use std::io::{self, BufRead};

use csv_core::ReadRecordResult;

use super::encoding::NOT_UTF8;
use super::{COLUMNS, LARGEST, Next, Place, Problem};

/// The rows of a stream.
pub(super) struct Rows<R> {
    from: R,
    core: csv_core::Reader,
    line: u64,
    cells: Vec<u8>,
    ends: Vec<usize>,
    ended: bool,
}

impl<R: BufRead> Rows<R> {
    /// Takes the delimiter from the first line, where it names columns: `,`, or what spreadsheets write instead.
    pub(super) fn new(mut from: R, headed: bool, preamble: &[u8]) -> Self {
        let first = from.fill_buf().unwrap_or_default();
        let before = |line: &[u8]| line.len() < 2 || (!preamble.is_empty() && line.starts_with(preamble));
        let first = first.split(|byte| *byte == b'\n').find(|line| !before(line)).unwrap_or_default();
        let count = |delimiter: u8| first.iter().filter(|byte| **byte == delimiter).count();
        let others = [b';', b'\t'].into_iter().filter(|_| headed && count(b',') == 0);
        let delimiter =
            others.filter(|byte| count(*byte) > 0).max_by_key(|byte| count(*byte)).unwrap_or(b',');
        let core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self { from, core, line: 1, cells: vec![0; 4 << 10], ends: vec![0; 64], ended: false }
    }

    /// The next row that is not blank, and the line on which it begins.
    pub(super) fn next(&mut self) -> Next<Vec<String>> {
        if self.ended {
            return None;
        }
        self.row().unwrap_or_else(|error| {
            self.ended = true;
            Some(Err(Problem::of_file(format!("the file cannot be read: {}", error.kind()))))
        })
    }

    /// Passes over the line that comes next, if it begins so.
    pub(super) fn skip_line(&mut self, beginning: &[u8]) -> io::Result<()> {
        self.skip_blank_lines()?;
        if !self.from.fill_buf()?.starts_with(beginning) {
            return Ok(());
        }
        loop {
            let (read, found) = match self.from.fill_buf()? {
                [] => return Ok(()),
                bytes => match bytes.iter().position(|byte| *byte == b'\n') {
                    Some(at) => (at + 1, true),
                    None => (bytes.len(), false),
                },
            };
            self.from.consume(read);
            if found {
                self.line += 1;
                return Ok(());
            }
        }
    }

    fn skip_blank_lines(&mut self) -> io::Result<()> {
        while let Some(byte @ (b'\n' | b'\r')) = self.from.fill_buf()?.first().copied() {
            self.from.consume(1);
            self.line += u64::from(byte == b'\n');
        }
        Ok(())
    }

    fn row(&mut self) -> io::Result<Next<Vec<String>>> {
        self.skip_blank_lines()?;
        let place = Place::Line(self.line);
        let (mut length, mut count, mut wrong) = (0, 0, None);
        loop {
            let input = self.from.fill_buf()?;
            let (result, read, written, ended) =
                self.core.read_record(input, &mut self.cells[length..], &mut self.ends[count..]);
            self.line += input[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
            self.from.consume(read);
            (length, count) = (length + written, count + ended);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.cells.len() < LARGEST => {
                    self.cells.resize((self.cells.len() * 2).min(LARGEST), 0);
                }
                ReadRecordResult::OutputFull => {
                    (length, wrong) = (0, Some("the row is longer than 4 MiB, or a quote is never closed"));
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() < COLUMNS => {
                    self.ends.resize((self.ends.len() * 2).min(COLUMNS), 0);
                }
                ReadRecordResult::OutputEndsFull => (count, wrong) = (0, Some("more than 4096 columns")),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => {
                    self.ended = true;
                    return Ok(wrong.map(|why| Err(Problem::at(place, why))));
                }
            }
        }
        Ok(Some(match wrong {
            Some(why) => Err(Problem::at(place, why)),
            None => self.texts(count).map(|cells| (place, cells)).map_err(|why| Problem::at(place, why)),
        }))
    }

    fn texts(&self, count: usize) -> Result<Vec<String>, &'static str> {
        let mut from = 0;
        let cells = self.ends[..count].iter().map(|end| {
            let cell = self.cells.get(from..*end).unwrap_or_default();
            from = *end;
            String::from_utf8(cell.to_vec()).map_err(|_| NOT_UTF8)
        });
        cells.collect()
    }
}
