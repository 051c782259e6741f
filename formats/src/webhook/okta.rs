//! Okta's event hooks: several events a delivery, each with whom it is about and who did it. They carry no profile.

use serde_json::{Value as Json, json};

use super::record::{Record, digest, gone, message, record, reference, required, text, time};
use super::{Message, Said, Unreadable};
use crate::Heard;
use identity::Standing;

/// The answer to the one GET by which Okta asks whether the address is ours: the body, of type JSON, by the header
/// `x-okta-verification-challenge`. None where that is no text that Okta would send.
pub fn challenge(header: Option<&str>) -> Option<Json> {
    let fits = |text: &&str| (1..=1024).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    header.filter(fits).map(|text| json!({ "verification": text }))
}

pub(super) fn read(body: &Record) -> Result<Vec<Message>, Unreadable> {
    let events = record(body, "data").and_then(|data| data.get("events")).and_then(Json::as_array);
    Ok(events.ok_or(Unreadable::NotThisFormat)?.iter().map(one).collect())
}

/// For each event, the body with nothing but it.
pub(super) fn split(mut body: Record) -> Vec<Record> {
    fn events(body: &mut Record) -> Option<&mut Vec<Json>> {
        body.get_mut("data")?.get_mut("events")?.as_array_mut()
    }
    let all = events(&mut body).map(std::mem::take).unwrap_or_default();
    let alone = |event| {
        let mut part = body.clone();
        if let Some(none) = events(&mut part) {
            none.push(event);
        }
        part
    };
    all.into_iter().map(alone).collect()
}

/// One event, whatever the others are. One without an id has its digest.
fn one(event: &Json) -> Message {
    let nothing = Record::new();
    let of = event.as_object().unwrap_or(&nothing);
    let id = text(of, "uuid").map_or_else(|| digest(event.to_string().as_bytes()), str::to_owned);
    let said = required(of, "uuid").and_then(|_| said(of));
    message(id, time(of, "published"), text(of, "eventType").unwrap_or_default(), said)
}

fn said(event: &Record) -> Result<Said, Unreadable> {
    let at = time(event, "published");
    let result = record(event, "outcome").and_then(|outcome| text(outcome, "result"));
    let standing = match required(event, "eventType")? {
        _ if result.is_some_and(|result| result != "SUCCESS") => return Ok(Said::Ignored),
        "user.lifecycle.create" | "user.lifecycle.activate" | "user.lifecycle.reactivate" => {
            Some(Standing::Present)
        }
        "user.lifecycle.unsuspend" => Some(Standing::Present),
        // Deactivated is not deleted: Okta keeps the account, and can activate it again.
        "user.lifecycle.deactivate" | "user.lifecycle.suspend" => Some(Standing::Blocked),
        "user.lifecycle.delete.initiated" | "user.lifecycle.delete.completed" => Some(Standing::Deleted),
        "user.account.update_profile" | "user.account.update_primary_email" => None,
        _ => return Ok(Said::Ignored),
    };
    let reference = whom(event)?;
    Ok(match standing {
        Some(Standing::Deleted) => gone(reference, at),
        standing => Said::Changed(Heard { standing, ..Heard::new(reference, at) }),
    })
}

/// The one target that is a user. The actor is who did it.
fn whom(event: &Record) -> Result<String, Unreadable> {
    let targets =
        event.get("target").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_object);
    let mut users = targets.filter(|target| text(target, "type") == Some("User"));
    match (users.next(), users.next()) {
        (Some(user), None) => reference(user, "id"),
        _ => Err(Unreadable::NoReference),
    }
}
