//! A JSON reader for what others send us.
//!
//! `serde_json::Value` silently keeps the last of two members with one name, and two readers that
//! disagree about which one counts are how checks are got past (RFC 8725 2.5, RFC 7519 4). It also
//! refuses a whole text for one member that it cannot read. Here an object is read member by member,
//! and what an odd one costs follows from what rests on it ([`Rule`]).

use crate::Code;
use crate::text::Text;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// What a half of a surrogate pair was replaced with; never trusted in a protocol claim.
const UNREADABLE: char = char::REPLACEMENT_CHARACTER;

/// A value that no check needs is left out when its text has more bytes.
const LARGEST: usize = 64 * 1024;

/// How deep a value may be nested. Below serde_json's own 128 by what stores and exports wrap around it.
const DEEPEST: usize = 100;

/// serde_json's own name for a number with all its digits; as a member it would turn its object into one.
const RESERVED: &str = "$serde_json::";

/// What becomes of a member that is odd: there twice with different values, nested too deep, or written in
/// bytes that are no UTF-8. The same value twice is not odd.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rule {
    /// A check rests on it: the text is refused.
    Refuse,
    /// The text is refused where it is there twice; else it counts as absent.
    Once,
    /// It counts as absent.
    Absent,
    /// The last one counts, as far as it can be read.
    Last,
}

/// Reads one object, by a rule for each member's name.
pub(crate) fn object(
    text: &Text<'_>,
    malformed: Code,
    rule: impl Fn(&str) -> Rule,
) -> Result<Map<String, Value>, Code> {
    let Members(members) = serde_json::from_str(text.as_str()).map_err(|_| malformed)?;
    let mut by_name: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, value) in members {
        by_name.entry(name).or_default().push(value.get());
    }
    let mut object = Map::new();
    for (name, values) in by_name {
        let value = match rule(&name) {
            _ if name.starts_with(RESERVED) => None,
            Rule::Refuse => Some(once(&values)?.filter(|_| are_sound(&values, text)).ok_or(malformed)?),
            Rule::Once => once(&values)?.filter(|_| are_sound(&values, text)),
            Rule::Absent => {
                let read = once(&values).ok().flatten();
                read.filter(|_| are_sound(&values, text) && are_small(&values))
            }
            Rule::Last => last(&values),
        };
        object.extend(value.map(|value| (name, value)));
    }
    Ok(object)
}

/// The objects of the list that is an object's one member of this name; what is none, or says a thing twice
/// with different values, is left out.
pub(crate) fn list(text: &Text<'_>, name: &str, malformed: Code) -> Result<Vec<Map<String, Value>>, Code> {
    let Members(members) = serde_json::from_str(text.as_str()).map_err(|_| malformed)?;
    let mut lists = members.into_iter().filter(|(member, _)| member == name).map(|(_, list)| list.get());
    let list = lists.next().ok_or(malformed)?;
    if lists.any(|other| other != list) {
        return Err(malformed);
    }
    let items: Vec<&RawValue> = serde_json::from_str(list).map_err(|_| malformed)?;
    let read = |item: &RawValue| match once(&[item.get()]) {
        Ok(Some(Value::Object(object))) => Some(object),
        _ => None,
    };
    Ok(items.into_iter().filter_map(read).collect())
}

/// One value, however often it is there; none where it cannot be read.
fn once(values: &[&str]) -> Result<Option<Value>, Code> {
    let mut twice = false;
    let mut read = values.iter().map(|value| self::value(value, DEEPEST, &mut twice));
    let first = read.next().flatten();
    let same = read.all(|other| other == first);
    if twice || !same { Err(Code::DuplicateMember) } else { Ok(first) }
}

fn last(values: &[&str]) -> Option<Value> {
    let last = values.last().filter(|value| value.len() <= LARGEST)?;
    value(last, DEEPEST, &mut false)
}

fn are_sound(values: &[&str], text: &Text<'_>) -> bool {
    values.iter().all(|value| text.is_sound(value))
}

fn are_small(values: &[&str]) -> bool {
    values.iter().all(|value| value.len() <= LARGEST)
}

/// A value, with the last of members that are there twice; `twice` says whether their values differ.
fn value(text: &str, depth: usize, twice: &mut bool) -> Option<Value> {
    match text.as_bytes().first()? {
        b'{' => {
            let depth = depth.checked_sub(1)?;
            let Members(members) = serde_json::from_str(text).ok()?;
            let mut object = Map::new();
            for (name, member) in members {
                if name.starts_with(RESERVED) {
                    return None;
                }
                let member = value(member.get(), depth, twice)?;
                *twice |= object.get(&name).is_some_and(|before| *before != member);
                object.insert(name, member);
            }
            Some(Value::Object(object))
        }
        b'[' => {
            let depth = depth.checked_sub(1)?;
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            items.into_iter().map(|item| value(item.get(), depth, twice)).collect()
        }
        _ => serde_json::from_str(text).ok(),
    }
}

/// The members of an object as they are written.
pub(crate) struct Members<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadMembers)
    }
}

struct ReadMembers;

impl<'de> Visitor<'de> for ReadMembers {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members<'de>, A::Error> {
        let mut read = Vec::new();
        while let Some(member) = members.next_entry()? {
            read.push(member);
        }
        Ok(Members(read))
    }
}

/// A member that is there and not null.
pub(crate) fn present<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}

/// A text; anything else counts as absent.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// A NumericDate (RFC 7519 2), whole or not, in seconds; anything else counts as absent.
/// What lies beyond 64 bits is brought to their ends.
pub(crate) fn seconds(object: &Map<String, Value>, name: &str) -> Option<i64> {
    let number = object.get(name)?.as_number()?;
    number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64))
}

/// Whether a text can name something: 1 to 255 bytes, no NUL, nothing that was unreadable.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=255).contains(&text.len()) && !text.contains(['\0', UNREADABLE])
}

#[cfg(test)]
mod tests;
