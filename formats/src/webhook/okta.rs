//! Okta's event hooks: several events a delivery, each with whom it is about and who did it. They carry no profile.

use serde_json::{Value as Json, json};

use super::record::{Record, gone, message, record, reference, required, text, time};
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
    let events = events.ok_or(Unreadable::NotThisFormat)?;
    events.iter().map(|event| one(event.as_object().ok_or(Unreadable::NotThisFormat)?)).collect()
}

fn one(event: &Record) -> Result<Message, Unreadable> {
    let (id, kind) = (required(event, "uuid")?, required(event, "eventType")?);
    let at = time(event, "published");
    let result = record(event, "outcome").and_then(|outcome| text(outcome, "result"));
    let standing = match kind {
        _ if result.is_some_and(|result| result != "SUCCESS") => return Ok(ignored(id, event, kind)),
        "user.lifecycle.create" | "user.lifecycle.activate" | "user.lifecycle.reactivate" => {
            Some(Standing::Present)
        }
        "user.lifecycle.unsuspend" => Some(Standing::Present),
        // Deactivated is not deleted: Okta keeps the account, and can activate it again.
        "user.lifecycle.deactivate" | "user.lifecycle.suspend" => Some(Standing::Blocked),
        "user.lifecycle.delete.initiated" | "user.lifecycle.delete.completed" => Some(Standing::Deleted),
        "user.account.update_profile" | "user.account.update_primary_email" => None,
        _ => return Ok(ignored(id, event, kind)),
    };
    let said = whom(event).map(|reference| match standing {
        Some(Standing::Deleted) => gone(reference, at),
        standing => Said::Changed(Heard { standing, ..Heard::new(reference, at) }),
    });
    Ok(message(id.to_owned(), at, kind, said))
}

fn ignored(id: &str, event: &Record, kind: &str) -> Message {
    message(id.to_owned(), time(event, "published"), kind, Ok(Said::Ignored))
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
