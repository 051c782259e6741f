//! The small changes that the lines of the table are made of.

use serde_json::{Map, Value, json};

use crate::keys::{Algorithm, Keys};

pub(super) fn put(members: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    members.insert(name.to_owned(), value.into());
}

pub(super) fn forget(members: &mut Map<String, Value>, name: &str) {
    members.remove(name);
}

pub(super) fn change_text(members: &mut Map<String, Value>, name: &str, change: fn(&str) -> String) {
    if let Some(text) = members.get(name).and_then(Value::as_str).map(change) {
        put(members, name, text);
    }
}

pub(super) fn each(keys: &mut [Value], change: fn(&mut Map<String, Value>)) {
    keys.iter_mut().filter_map(Value::as_object_mut).for_each(change);
}

pub(super) fn foreign() -> Value {
    Keys::foreign().public_jwk(Algorithm::Rs256)
}

pub(super) fn foreign_under_our_kid(keys: &[Value]) -> Option<Value> {
    let mut key = foreign();
    key["kid"] = keys.first()?.get("kid")?.clone();
    Some(key)
}

pub(super) fn logout_event() -> Value {
    json!({"http://schemas.openid.net/event/backchannel-logout": {}})
}

pub(super) fn cut(jws: &str, parts: usize) -> String {
    let kept: Vec<&str> = jws.split('.').take(parts).collect();
    kept.join(".")
}

/// The same document with 8 MiB of padding: believable but for its size.
pub(super) fn swell(body: String) -> String {
    let padding = "p".repeat(8 << 20);
    first(&body, &format!(r#""padding":"{padding}","#))
}

pub(super) fn first(body: &str, member: &str) -> String {
    body.replacen('{', &format!("{{{member}"), 1)
}

pub(super) fn html(_: String) -> String {
    "<!doctype html><title>Maintenance</title>".to_owned()
}

pub(super) fn in_array(body: String) -> String {
    format!("[{body}]")
}

pub(super) fn halve(body: String) -> String {
    body.chars().take(body.chars().count() / 2).collect()
}
