//! Kinde: the payload of a JWT that the tenant signed. ID and access tokens of the tenant are signed by the same
//! keys, so what the payload is must be looked at before anything in it.

use super::record::{Record, claims, flag, gone, message, record, reference, standing, text, time};
use super::{Message, Said, Unreadable};
use crate::Heard;

const NAMES: &[(&str, &str)] = &[
    ("first_name", "given_name"),
    ("last_name", "family_name"),
    ("username", "preferred_username"),
    ("phone", "phone_number"),
];

pub(super) fn read(payload: &Record) -> Result<Message, Unreadable> {
    if ["sub", "aud", "nonce"].iter().any(|claim| payload.contains_key(*claim)) {
        return Err(Unreadable::AnotherToken);
    }
    let event = text(payload, "type").zip(text(payload, "event_id")).zip(record(payload, "data"));
    let ((kind, id), data) = event.ok_or(Unreadable::AnotherToken)?;
    let at = time(payload, "event_timestamp").or_else(|| time(payload, "timestamp"));
    let said = || {
        let user = record(data, "user").ok_or(Unreadable::NoReference)?;
        let reference = reference(user, "id")?;
        Ok(match kind {
            "user.deleted" => gone(reference, at),
            _ => Said::Changed(Heard {
                claims: claims(user, NAMES),
                standing: flag(user, "is_suspended").map(standing),
                ..Heard::new(reference, at)
            }),
        })
    };
    let said = match kind {
        "user.created" | "user.updated" | "user.deleted" => said(),
        _ => Ok(Said::Ignored),
    };
    Ok(message(id.to_owned(), at, kind, said))
}
