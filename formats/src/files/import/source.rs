//! From a record of a source to a person: each source is a table of where its fields stand, and a function for
//! what no table can say.

use std::collections::BTreeSet;

use identity::{Claims, Field, Standing, Timestamp};
use serde_json::Value as Json;

use super::{Options, Place, Record, times};
use crate::heard::{full, is_reference};

/// Where a source's facts stand. A name is that of a member, or a path such as `profile.email` or
/// `attributes.picture.0`; of several the first that says something counts.
pub(crate) struct Source {
    /// The members of a root object that hold the records.
    pub(crate) holders: &'static [&'static str],
    /// JSON comes as one record a line.
    pub(crate) lines: bool,
    /// The account's own id there; none where the format has none.
    pub(crate) subject: &'static [&'static str],
    /// Whether a record without it is no record.
    pub(crate) always_has_subject: bool,
    pub(crate) fields: &'static [(Field, &'static [&'static str])],
    /// The fields of which it speaks even where it leaves the member out; of the others it speaks where the
    /// member, or the column, is there.
    pub(crate) always: &'static [Field],
    pub(crate) created: &'static [&'static str],
    pub(crate) last_login: &'static [&'static str],
    pub(crate) standing: fn(&Claims, Timestamp) -> Option<Standing>,
    /// Adds under OpenID Connect's names what stands elsewhere; says where a record is no person's.
    pub(crate) prepare: fn(&mut Claims) -> Result<(), Unfit>,
    pub(crate) table: Table,
}

/// The columns of a table without headings that is so wide.
pub(crate) type Headless = fn(usize) -> Option<&'static [&'static str]>;

/// How the source's tables look.
#[derive(Clone, Copy)]
pub(crate) struct Table {
    /// The name of a column by its heading.
    pub(crate) column: fn(&str) -> String,
    /// The columns of a table without headings, by how many there are.
    pub(crate) headless: Option<Headless>,
    /// A first line that begins so is none of the table.
    pub(crate) preamble: &'static [u8],
    /// A comma behind a backslash is part of the cell.
    pub(crate) escaped_commas: bool,
}

/// A table with headings that are what they are called.
pub(crate) const PLAIN: Table =
    Table { column: |heading| heading.to_owned(), headless: None, preamble: b"", escaped_commas: false };

/// Why a record is not a person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It belongs to a service, a machine.
    NoPerson,
    /// It is something else.
    Wrong(&'static str),
}

impl Source {
    /// Every name under which something is looked for: a table with none of them is another's.
    pub(crate) fn knows(&self, column: &str) -> bool {
        self.fields.iter().any(|(field, names)| field.as_str() == column || names.contains(&column))
            || self.subject.contains(&column)
    }

    /// Where a field stands beside its own name.
    fn places(&self, wanted: Field) -> &'static [&'static str] {
        self.fields.iter().find(|(field, _)| *field == wanted).map_or(&[], |(_, places)| places)
    }

    /// The person of a record whose secrets are gone. `columns` are those of its table.
    pub(crate) fn person(
        &self,
        mut raw: Claims,
        columns: Option<&[String]>,
        place: Place,
        options: &Options,
    ) -> Result<Record, Unfit> {
        (self.prepare)(&mut raw)?;
        let subject = self.subject(&raw, options)?;
        let mut fields: BTreeSet<Field> = self.always.iter().copied().collect();
        let mut said = Vec::new();
        for field in Field::ALL {
            let names = || std::iter::once(field.as_str()).chain(self.places(*field).iter().copied());
            let in_table = |name: &str| columns.is_some_and(|columns| columns.iter().any(|one| one == name));
            if names().any(|name| at(&raw, name).is_some() || in_table(name)) {
                fields.insert(*field);
            }
            let value = names().find_map(|name| match field.vouches_for() {
                Some(_) => at(&raw, name).and_then(flag).map(Json::Bool),
                None => at(&raw, name).and_then(text).map(Json::String),
            });
            said.extend(value.map(|value| (*field, value)));
        }
        // A flag belongs to the value that it came with.
        let stated: BTreeSet<Field> = said.iter().map(|(field, _)| *field).collect();
        said.retain(|(field, _)| field.vouches_for().is_none_or(|of| stated.contains(&of)));
        if subject.is_none() && said.is_empty() {
            return Err(Unfit::Wrong("it says nothing of a person"));
        }
        let standing = (self.standing)(&raw, options.now);
        let time = |names: &[&str]| names.iter().find_map(|name| at(&raw, name).and_then(times::read));
        let (created_at, last_login_at) = (time(self.created), time(self.last_login));
        let mut claims = raw;
        claims.retain(|name, value| !is_ours(name) && !value.is_null());
        claims.extend(said.into_iter().map(|(field, value)| (field.to_string(), value)));
        let extent = full(fields.into_iter().map(Field::as_str));
        Ok(Record { place, subject, claims, extent, standing, created_at, last_login_at })
    }

    fn subject(&self, raw: &Claims, options: &Options) -> Result<Option<String>, Unfit> {
        let own = match &options.subject {
            Some(named) => at(raw, named).or_else(|| at(raw, &(self.table.column)(named))),
            None => self.subject.iter().find_map(|name| at(raw, name)),
        };
        let needed = self.always_has_subject || options.subject.is_some();
        match own.and_then(text) {
            Some(subject) if !is_reference(&subject) => {
                Err(Unfit::Wrong("its id is not of 1 to 255 bytes without NUL"))
            }
            Some(subject) => Ok(Some(subject)),
            None if needed => Err(Unfit::Wrong("it has no id of the account")),
            None => Ok(None),
        }
    }
}

/// Claims that only we, or only a token, may state: a file cannot.
fn is_ours(name: &str) -> bool {
    const PROTOCOL: [&str; 12] =
        ["iss", "sub", "aud", "azp", "exp", "iat", "nonce", "jti", "sid", "at_hash", "acr", "auth_time"];
    Field::ALL.iter().any(|field| field.as_str() == name) || PROTOCOL.contains(&name)
}

/// The value under a name, or at the end of a path.
pub(super) fn at<'a>(record: &'a Claims, name: &str) -> Option<&'a Json> {
    if let Some(value) = record.get(name) {
        return Some(value);
    }
    let mut steps = name.split('.');
    let mut value = record.get(steps.next()?)?;
    for step in steps {
        value = match value {
            Json::Object(members) => members.get(step)?,
            Json::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

/// A text, or a number as one; blank is not stated.
pub(super) fn text(value: &Json) -> Option<String> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.chars().all(|c| c.is_whitespace() || c == '\0')).then_some(text)
}

/// A flag as tables write it.
pub(super) fn flag(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(flag) => Some(*flag),
        Json::Number(number) if number.as_u64() == Some(1) => Some(true),
        Json::Number(number) if number.as_u64() == Some(0) => Some(false),
        Json::String(text) => match &*text.trim().to_ascii_lowercase() {
            "true" | "yes" | "1" | "t" => Some(true),
            "false" | "no" | "0" | "f" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The text at a name.
pub(crate) fn text_at(record: &Claims, name: &str) -> Option<String> {
    at(record, name).and_then(text)
}

/// The flag at a name.
pub(super) fn flag_at(record: &Claims, name: &str) -> Option<bool> {
    at(record, name).and_then(flag)
}

/// Blocked where the member says so, else present; nothing where it is not there.
pub(crate) fn blocked_where(record: &Claims, name: &str, says: bool) -> Option<Standing> {
    let flag = flag_at(record, name)?;
    Some(if flag == says { Standing::Blocked } else { Standing::Present })
}
