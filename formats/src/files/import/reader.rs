//! The iterator over a file: rows or JSON, made records by the source's table.

use std::io::BufRead;

use identity::Claims;
use serde_json::Value as Json;

use super::encoding::{Begins, NOT_UTF8, begin};
use super::json::Values;
use super::rows::Rows;
use super::secrets::without_secrets;
use super::source::{Source, Unfit};
use super::{Format, Item, Options, Place, Problem, sources};
use crate::UserLine;
use crate::heard::is_reference;

/// Records of a file, in its order, and what cannot be read between them.
pub struct Import<R> {
    format: Format,
    source: &'static Source,
    options: Options,
    input: Input<R>,
}

enum Input<R> {
    /// Not yet looked at.
    Fresh(R),
    Values(Values<R>),
    Rows(Box<Rows<R>>, Vec<String>),
    Ended,
}

impl<R: BufRead> Import<R> {
    pub(super) fn new(from: R, format: Format, options: Options) -> Self {
        Self { format, source: sources::of(format), options, input: Input::Fresh(from) }
    }

    fn open(&mut self, mut from: R) -> Result<(), Problem> {
        let begins = begin(&mut from)?;
        self.input = match begins {
            Begins::Nothing => return Err(Problem::of_file("the file is empty")),
            Begins::Rows if self.format == Format::Sparekey || self.format == Format::Scim => {
                return Err(Problem::of_file(format!("this is no JSON; {} is", self.format)));
            }
            Begins::Rows => self.open_table(from)?,
            Begins::Object | Begins::Array if self.format == Format::Csv => {
                return Err(Problem::of_file("this is JSON; csv is a table with headings"));
            }
            _ => Input::Values(Values::new(from, self.source.holders, self.source.lines, begins)),
        };
        Ok(())
    }

    fn open_table(&self, from: R) -> Result<Input<R>, Problem> {
        let table = self.source.table;
        let mut rows = Rows::new(from, table.headless.is_none(), table.preamble);
        if !table.preamble.is_empty() {
            rows.skip_line(table.preamble)
                .map_err(|error| Problem::of_file(format!("the file cannot be read: {}", error.kind())))?;
        }
        if table.headless.is_some() {
            return Ok(Input::Rows(Box::new(rows), Vec::new()));
        }
        let (_, headings) = rows.next().unwrap_or_else(|| Err(Problem::of_file("the file is empty")))?;
        let mut columns: Vec<String> =
            headings.iter().map(|heading| (table.column)(heading.trim().trim_start_matches('\''))).collect();
        while columns.last().is_some_and(String::is_empty) {
            columns.pop();
        }
        if !columns.iter().any(|column| self.source.knows(column)) {
            let reason = format!("the first line names no column of {}; is it that format?", self.format);
            return Err(Problem::of_file(reason));
        }
        let twice = |at: usize| !columns[at].is_empty() && columns[..at].contains(&columns[at]);
        if (0..columns.len()).any(twice) {
            return Err(Problem::of_file("a column is there twice"));
        }
        if let Some(named) = &self.options.subject
            && !columns.contains(named)
            && !columns.contains(&(table.column)(named))
        {
            return Err(Problem::of_file(format!("there is no column {named}")));
        }
        Ok(Input::Rows(Box::new(rows), columns))
    }

    fn step(&mut self) -> Option<Result<Item, Problem>> {
        let (place, raw) = match &mut self.input {
            Input::Fresh(_) | Input::Ended => return None,
            Input::Values(values) => match values.next()? {
                Ok((place, bytes)) if self.format == Format::Sparekey => {
                    return Some(our_line(place, &bytes));
                }
                Ok((place, bytes)) => (place, object(place, &bytes)),
                Err(problem) => return Some(Err(problem)),
            },
            Input::Rows(rows, columns) => match rows.next()? {
                Ok((place, cells)) => (place, members(self.source, columns, cells, place)),
                Err(problem) => return Some(Err(problem)),
            },
        };
        Some(raw.and_then(|raw| self.item(place, raw)))
    }

    fn item(&self, place: Place, raw: Claims) -> Result<Item, Problem> {
        let columns = match &self.input {
            Input::Rows(_, columns) => Some(&**columns),
            _ => None,
        };
        match self.source.person(without_secrets(raw), columns, place, &self.options) {
            Ok(record) => Ok(Item::Record(Box::new(record))),
            Err(Unfit::NoPerson) => Ok(Item::NoPerson(place)),
            Err(Unfit::Wrong(reason)) => Err(Problem::at(place, reason)),
        }
    }
}

impl<R: BufRead> Iterator for Import<R> {
    type Item = Result<Item, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        match std::mem::replace(&mut self.input, Input::Ended) {
            Input::Fresh(from) => {
                if let Err(problem) = self.open(from) {
                    return Some(Err(problem));
                }
            }
            open => self.input = open,
        }
        self.step()
    }
}

fn parsed(place: Place, bytes: &[u8]) -> Result<Json, Problem> {
    if std::str::from_utf8(bytes).is_err() {
        return Err(Problem::at(place, NOT_UTF8));
    }
    // The parser goes 128 levels deep and no deeper. Its own words would repeat what stands there.
    serde_json::from_slice(bytes)
        .map_err(|error| Problem::at(place, format!("not JSON at column {}", error.column())))
}

fn object(place: Place, bytes: &[u8]) -> Result<Claims, Problem> {
    match parsed(place, bytes)? {
        Json::Object(members) => Ok(members),
        _ => Err(Problem::at(place, "not an object")),
    }
}

/// Its claims stay to the letter: a provider said them at a log-in, `at_hash` among them.
fn our_line(place: Place, bytes: &[u8]) -> Result<Item, Problem> {
    let value = object(place, bytes)?;
    if value.get("schema").and_then(Json::as_str) != Some(UserLine::SCHEMA) {
        return Err(Problem::at(place, format!("not of the schema {}", UserLine::SCHEMA)));
    }
    let line = serde_json::from_value::<UserLine>(Json::Object(value));
    let line = line.map_err(|_| Problem::at(place, "a field of the user is missing or of another kind"))?;
    if !line.identities.iter().all(|identity| is_reference(&identity.subject)) {
        return Err(Problem::at(place, "a subject is not of 1 to 255 bytes without NUL"));
    }
    Ok(Item::Line(place, Box::new(line)))
}

/// What a comma behind a backslash has taken apart.
fn joined(cells: Vec<String>) -> Vec<String> {
    let mut whole: Vec<String> = Vec::with_capacity(cells.len());
    for cell in cells {
        match whole.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => {
                last.pop();
                last.push(',');
                last.push_str(&cell);
            }
            None => whole.push(cell),
        }
    }
    whole
}

/// The row's cells by their columns; an empty cell says nothing.
fn members(
    source: &Source,
    columns: &[String],
    mut cells: Vec<String>,
    place: Place,
) -> Result<Claims, Problem> {
    if source.table.escaped_commas {
        cells = joined(cells);
    }
    let headless = source.table.headless.map(|by_width| {
        while cells.len() > 1 && cells.last().is_some_and(String::is_empty) && by_width(cells.len()).is_none()
        {
            cells.pop();
        }
        by_width(cells.len())
    });
    let known: Vec<&str> = match headless {
        Some(Some(names)) => names.to_vec(),
        Some(None) => {
            return Err(Problem::at(
                place,
                format!("{} columns, where the format has 28 or 52", cells.len()),
            ));
        }
        None => columns.iter().map(String::as_str).collect(),
    };
    while cells.len() > known.len() && cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    if cells.len() != known.len() {
        let reason = format!("{} cells, where the first line has {} columns", cells.len(), known.len());
        return Err(Problem::at(place, reason));
    }
    let named = known.into_iter().zip(cells).filter(|(name, cell)| !name.is_empty() && !cell.is_empty());
    Ok(named.map(|(name, cell)| (name.to_owned(), Json::String(cell))).collect())
}
