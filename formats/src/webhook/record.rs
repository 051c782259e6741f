//! Reading other providers' records: members, times, references, and claims without secrets.

use chrono::DateTime;
use identity::{Claims, Standing, Timestamp};
use serde_json::{Map, Value as Json};

use super::{Message, Said, Unreadable};
use crate::heard::{Heard, is_reference};

/// A JSON object.
pub(super) type Record = Map<String, Json>;

/// The SHA-256 in hex, for what has no id of its own.
pub(super) fn digest(body: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA256, body)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub(super) fn object(body: &[u8]) -> Result<Record, Unreadable> {
    match serde_json::from_slice(body) {
        Ok(Json::Object(object)) => Ok(object),
        _ => Err(Unreadable::NotAnObject),
    }
}

/// A text that is not empty.
pub(super) fn text<'a>(record: &'a Record, name: &str) -> Option<&'a str> {
    record.get(name).and_then(Json::as_str).filter(|text| !text.is_empty())
}

pub(super) fn record<'a>(of: &'a Record, name: &str) -> Option<&'a Record> {
    of.get(name).and_then(Json::as_object)
}

/// A flag, also as text.
pub(super) fn flag(record: &Record, name: &str) -> Option<bool> {
    match record.get(name)? {
        Json::Bool(flag) => Some(*flag),
        Json::String(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

/// A time in RFC 3339, or since 1970 in seconds or milliseconds.
pub(super) fn time(record: &Record, name: &str) -> Option<Timestamp> {
    const FIRST_IN_MILLISECONDS: i64 = 100_000_000_000;
    match record.get(name)? {
        Json::String(text) => DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()),
        Json::Number(number) => {
            let number = number.as_i64().or_else(|| number.as_f64().map(|number| number as i64))?;
            match number.abs() < FIRST_IN_MILLISECONDS {
                true => Timestamp::from_timestamp(number, 0),
                false => Timestamp::from_timestamp_millis(number),
            }
        }
        _ => None,
    }
}

/// The account that a member names.
pub(super) fn reference(record: &Record, name: &str) -> Result<String, Unreadable> {
    let named = text(record, name).filter(|text| is_reference(text));
    named.map(str::to_owned).ok_or(Unreadable::NoReference)
}

/// What every message of a format has.
pub(super) fn required<'a>(record: &'a Record, name: &str) -> Result<&'a str, Unreadable> {
    text(record, name).ok_or(Unreadable::NotThisFormat)
}

/// A record's members as claims, those in the table under OpenID Connect's names, no secrets.
pub(super) fn claims(record: &Record, names: &[(&str, &str)]) -> Claims {
    let ours = |theirs: &str| names.iter().find(|(name, _)| *name == theirs).map(|(_, ours)| *ours);
    let others = record.iter().filter(|(name, _)| ours(name).is_none());
    let mut claims: Claims = others.map(|(name, value)| (name.clone(), value.clone())).collect();
    for (name, value) in record {
        if let Some(ours) = ours(name) {
            claims.insert(ours.to_owned(), value.clone());
        }
    }
    match without_secrets(Json::Object(claims)) {
        Json::Object(claims) => claims,
        _ => Claims::new(),
    }
}

/// Without passwords, their hashes, tokens and the like, as deep as serde_json reads: 128 levels.
fn without_secrets(value: Json) -> Json {
    match value {
        Json::Array(list) => list.into_iter().map(without_secrets).collect(),
        Json::Object(object) => Json::Object(
            object
                .into_iter()
                .filter(|(name, _)| !is_secret(name))
                .map(|(name, value)| (name, without_secrets(value)))
                .collect(),
        ),
        simple => simple,
    }
}

fn is_secret(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = name.to_ascii_lowercase();
    let ends = ["password", "passwordhash", "passworddigest", "passwordencrypted", "token", "secret"];
    let is = ["hashedpassword", "encodedhash", "credentials", "backupcodes", "mfasecrets", "temppassword"];
    ends.iter().any(|end| name.ends_with(end)) || is.contains(&name.as_str())
}

/// What a flag says of the account.
pub(super) fn standing(is_blocked: bool) -> Standing {
    if is_blocked { Standing::Blocked } else { Standing::Present }
}

/// A message that says something, or why it does not.
pub(super) fn message(
    id: String,
    at: Option<Timestamp>,
    kind: &str,
    said: Result<Said, Unreadable>,
) -> Message {
    let said = said.unwrap_or_else(Said::Unreadable);
    Message { id, at, kind: kind.to_owned(), said }
}

/// Somebody is gone.
pub(super) fn gone(reference: String, at: Option<Timestamp>) -> Said {
    Said::Heard(Heard::gone(reference, at))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_time_is_read_in_each_of_its_ways() {
        for (said, expected) in [
            (json!("2026-11-30T00:00:00Z"), Some(1_795_996_800_000)),
            (json!("2026-11-30T01:00:00.250+01:00"), Some(1_795_996_800_250)),
            (json!(1_795_996_800), Some(1_795_996_800_000)),
            (json!(1_795_996_800.5), Some(1_795_996_800_000)),
            (json!(1_795_996_800_250_i64), Some(1_795_996_800_250)),
            (json!("yesterday"), None),
            (json!(null), None),
            (json!(i64::MAX), None),
            (json!(1e300), None),
        ] {
            let record = json!({ "at": said }).as_object().unwrap().clone();
            assert_eq!(time(&record, "at").map(|at| at.timestamp_millis()), expected, "{said}");
        }
    }

    #[test]
    fn no_secret_becomes_a_claim() {
        let record = json!({
            "id": "1", "first_name": "Ada", "password": "s3cret", "passwordEncrypted": "s3cret", "credentials": ["s3cret"],
            "identities": [{"provider": "google", "access_token": "s3cret", "refreshToken": "s3cret"}],
            "x": {"Temp-Password": "s3cret", "mfa_secrets": [], "password_enabled": true, "totp_secret": "s3cret"},
        });
        let claims = claims(record.as_object().unwrap(), &[("first_name", "given_name"), ("id", "id")]);
        assert_eq!(
            Json::Object(claims),
            json!({"id": "1", "given_name": "Ada", "identities": [{"provider": "google"}], "x": {"password_enabled": true}})
        );
    }

    #[test]
    fn the_member_in_the_table_stands_before_one_that_has_the_claim_s_name() {
        let record = json!({"email": "theirs", "primaryEmail": "ada@example.com"});
        let claims = claims(record.as_object().unwrap(), &[("primaryEmail", "email")]);
        assert_eq!(Json::Object(claims), json!({"email": "ada@example.com"}));
    }
}
