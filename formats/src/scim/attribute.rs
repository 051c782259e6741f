//! Attributes of a JSON object, found whatever their case (RFC 7643 2.1).

use serde_json::{Map, Value as Json};

/// The value of an attribute.
pub(crate) fn get<'a>(object: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    object
        .get(name)
        .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// The attribute's name as the object has it.
pub(crate) fn key<'a>(object: &'a Map<String, Json>, name: &str) -> Option<&'a str> {
    object.keys().find(|key| key.eq_ignore_ascii_case(name)).map(String::as_str)
}

/// Sets an attribute under the name that it has already, or this one; none removes it.
pub(crate) fn set(object: &mut Map<String, Json>, name: &str, value: Option<Json>) {
    let name = key(object, name).unwrap_or(name).to_owned();
    match value {
        Some(value) => object.insert(name, value),
        None => object.remove(&name),
    };
}

/// Null and an empty list are one thing: not assigned (RFC 7643 2.5). An empty object holds nothing either.
pub(crate) fn is_unassigned(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(list) => list.is_empty(),
        Json::Object(object) => object.is_empty(),
        _ => false,
    }
}
