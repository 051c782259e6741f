//! The grammar of RFC 7644, figure 1, read from left to right. Each recursion is counted.

use serde_json::Value as Json;

use super::{Filter, Operator, Path};
use crate::scim::{Error, schema::Kind};

const MAX_BYTES: usize = 8 * 1024;
const MAX_DEPTH: usize = 20;
const MAX_TERMS: usize = 100;

const TOO_LARGE: &str = "more than 8 KiB, 100 comparisons or 20 levels; ask for less at once";
const NO_PATH: &str =
    "an attribute's name is expected, such as userName, name.familyName or emails[type eq \"work\"]";

/// Reads a whole filter.
pub(super) fn filter(text: &str) -> Result<Filter, Error> {
    let mut reader = Reader::new(text)?;
    let filter = reader.or(0)?;
    reader.skip_blanks();
    match reader.rest.is_empty() {
        true => Ok(filter),
        false => {
            Err(Error::filter("the filter goes on where it should end; are parentheses or quotes missing?"))
        }
    }
}

/// Reads a whole path.
pub(super) fn path(text: &str) -> Result<Path, Error> {
    let read = || {
        let mut reader = Reader::new(text.trim())?;
        let path = reader.path(0, true)?;
        Ok(path).and_then(|path| if reader.rest.is_empty() { Ok(path) } else { Err(Error::path(NO_PATH)) })
    };
    read().map_err(|error: Error| Error::path(error.detail))
}

/// Where a name is that of a schema as a whole: its last part stands behind a version (`…:2.0:User`).
fn schema_of(name: &str) -> Option<&str> {
    let (before, _) = name.rsplit_once(':')?;
    let version = before.rsplit_once(':')?.1;
    let is_version = version.contains('.') && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (is_version && is_urn(name)).then_some(name)
}

fn is_urn(name: &str) -> bool {
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
}

struct Reader<'a> {
    rest: &'a str,
    terms: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Result<Self, Error> {
        match text.len() <= MAX_BYTES {
            true => Ok(Self { rest: text, terms: 0 }),
            false => Err(Error::filter(TOO_LARGE)),
        }
    }

    fn or(&mut self, depth: usize) -> Result<Filter, Error> {
        let mut any = vec![self.and(depth)?];
        while self.word("or") {
            any.push(self.and(depth)?);
        }
        Ok(one_or(any, Filter::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Filter, Error> {
        let mut all = vec![self.term(depth)?];
        while self.word("and") {
            all.push(self.term(depth)?);
        }
        Ok(one_or(all, Filter::And))
    }

    fn term(&mut self, depth: usize) -> Result<Filter, Error> {
        let not = self.not();
        self.skip_blanks();
        if !self.take("(") {
            return self.comparison(depth);
        }
        let inner = self.group(depth + 1, ")")?;
        Ok(if not { Filter::Not(Box::new(inner)) } else { inner })
    }

    /// A filter up to its closing bracket.
    fn group(&mut self, depth: usize, end: &str) -> Result<Filter, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::filter(TOO_LARGE));
        }
        let inner = self.or(depth)?;
        self.skip_blanks();
        match self.take(end) {
            true => Ok(inner),
            false => Err(Error::filter("a closing bracket is missing")),
        }
    }

    fn comparison(&mut self, depth: usize) -> Result<Filter, Error> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(Error::filter(TOO_LARGE));
        }
        let path = self.path(depth, false)?;
        if self.word("pr") {
            return Ok(Filter::Present(path));
        }
        let has = path.filter.is_some() && path.sub.is_none();
        let blank = self.rest.starts_with(BLANK);
        match self.operator() {
            Some(operator) if blank => self.compared(path, operator),
            _ if has => Ok(Filter::Has(path)),
            _ => Err(Error::filter("an operator is expected: eq, ne, co, sw, ew, gt, ge, lt, le or pr")),
        }
    }

    fn compared(&mut self, path: Path, operator: Operator) -> Result<Filter, Error> {
        let value = self.value()?;
        let orders = !matches!(operator, Operator::Eq | Operator::Ne);
        let is_flag = value.is_boolean() || path.kind().is_some_and(|kind| matches!(kind, Kind::Flag));
        match orders && (is_flag || value.is_null()) {
            true => Err(Error::filter("flags and null are equal or not; they have no order and no parts")),
            false => Ok(Filter::Compare(path, operator, value)),
        }
    }

    /// `schema:name[filter].sub`; a schema alone only where a path may be that.
    fn path(&mut self, depth: usize, schema_alone: bool) -> Result<Path, Error> {
        self.skip_blanks();
        let name = self.name();
        if schema_alone && self.rest.is_empty() && schema_of(name).is_some() {
            return Ok(Path { schema: Some(name.to_owned()), attribute: None, filter: None, sub: None });
        }
        let (schema, name) = match is_urn(name) {
            true => name.rsplit_once(':').map(|(schema, name)| (Some(schema), name)).ok_or_else(no_path)?,
            false => (None, name),
        };
        let (name, mut sub) = match name.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (name, None),
        };
        let mut filter = None;
        if sub.is_none() && self.take("[") {
            filter = Some(Box::new(self.group(depth + 1, "]")?));
            sub = self.take(".").then(|| self.name());
        }
        let fits = is_name(name) && sub.is_none_or(is_name) && schema.is_none_or(|schema| schema.len() > 4);
        match fits {
            true => Ok(Path {
                schema: schema.map(str::to_owned),
                attribute: Some(name.to_owned()),
                filter,
                sub: sub.map(str::to_owned),
            }),
            false => Err(no_path()),
        }
    }

    /// All that can be part of a name, with its schema and sub-attribute.
    fn name(&mut self) -> &'a str {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.:$".contains(c);
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        self.skip(end)
    }

    fn operator(&mut self) -> Option<Operator> {
        self.skip_blanks();
        let operator = self.rest.get(..2)?.parse().ok()?;
        let rest = &self.rest[2..];
        rest.starts_with(BLANK).then(|| self.rest = rest)?;
        Some(operator)
    }

    /// A JSON value that is neither list nor object.
    fn value(&mut self) -> Result<Json, Error> {
        const NO_VALUE: &str = "a value is expected: a text in double quotes, a number, true, false or null";
        self.skip_blanks();
        let end = match self.rest.strip_prefix('"') {
            Some(text) => end_of_text(text).map(|end| end + 1),
            None => {
                self.rest.find(|c: char| BLANK.contains(&c) || ")]".contains(c)).or(Some(self.rest.len()))
            }
        };
        let value = self.skip(end.ok_or(Error::filter("a text's closing quote is missing"))?);
        let value = match value.to_ascii_lowercase().as_str() {
            word @ ("true" | "false" | "null") => serde_json::from_str(word),
            _ => serde_json::from_str(value),
        };
        match value {
            Ok(Json::Array(_) | Json::Object(_)) | Err(_) => Err(Error::filter(NO_VALUE)),
            Ok(value) => Ok(value),
        }
    }

    /// The word between two terms, if it comes next.
    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start_matches(BLANK);
        let Some((start, after)) = rest.split_at_checked(word.len()) else { return false };
        let ends = after.is_empty() || after.starts_with(BLANK) || after.starts_with([')', ']', '(']);
        let found = start.eq_ignore_ascii_case(word) && ends;
        if found {
            self.rest = after;
        }
        found
    }

    /// `not` stands before a parenthesis; everywhere else it is a name.
    fn not(&mut self) -> bool {
        let before = self.rest;
        let found = self.word("not") && self.rest.trim_start_matches(BLANK).starts_with('(');
        if !found {
            self.rest = before;
        }
        found
    }

    fn take(&mut self, start: &str) -> bool {
        let rest = self.rest.strip_prefix(start);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip(&mut self, bytes: usize) -> &'a str {
        let (skipped, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        skipped
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(BLANK);
    }
}

const BLANK: [char; 2] = [' ', '\t'];

fn no_path() -> Error {
    Error::filter(NO_PATH)
}

/// `ATTRNAME`, and `$ref`.
fn is_name(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic();
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let name = if name == "$ref" { "ref" } else { name };
    name.starts_with(first) && name.chars().all(part)
}

/// Behind the closing quote of a text whose opening one is taken.
fn end_of_text(text: &str) -> Option<usize> {
    let mut escaped = false;
    let end = text.bytes().position(|b| {
        let ends = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        ends
    })?;
    Some(end + 1)
}

fn one_or(mut filters: Vec<Filter>, several: fn(Vec<Filter>) -> Filter) -> Filter {
    match filters.len() {
        1 => filters.remove(0),
        _ => several(filters),
    }
}
