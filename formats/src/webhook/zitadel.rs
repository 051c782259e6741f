//! Zitadel's actions v2, on events of the aggregate `user`. `aggregateID` is whom an event is about; `userID` is who
//! did it. An event carries what changed and nothing else.

use identity::{Claims, Extent, Standing, Timestamp};
use serde_json::Value as Json;

use super::record::{Record, claims, gone, message, record, reference, required, text, time};
use super::{Message, Said, Unreadable};
use crate::Heard;
use crate::heard::full;

const NAMES: &[(&str, &str)] = &[
    ("userName", "preferred_username"),
    ("displayName", "name"),
    ("firstName", "given_name"),
    ("lastName", "family_name"),
    ("nickName", "nickname"),
    ("preferredLanguage", "locale"),
    ("phone", "phone_number"),
];

pub(super) fn read(event: &Record) -> Result<Message, Unreadable> {
    // Where the payload is a JWT: a token for logging in is signed by the same keys.
    if ["sub", "aud", "nonce"].iter().any(|claim| event.contains_key(*claim)) {
        return Err(Unreadable::AnotherToken);
    }
    let (aggregate, kind) = (required(event, "aggregateID")?, required(event, "event_type")?);
    let sequence = event.get("sequence").and_then(Json::as_u64).ok_or(Unreadable::NotThisFormat)?;
    let at = time(event, "created_at");
    let said = match text(event, "aggregateType") {
        Some("user") => reference(event, "aggregateID").map(|reference| said(event, kind, reference, at)),
        _ => Ok(Said::Ignored),
    };
    Ok(message(format!("{aggregate}:{sequence}"), at, kind, said))
}

fn said(event: &Record, kind: &str, reference: String, at: Option<Timestamp>) -> Said {
    let payload = || record(event, "event_payload").map(|payload| claims(payload, NAMES)).unwrap_or_default();
    let (claims, extent, standing) = match kind {
        "user.removed" => return gone(reference, at),
        "user.human.added" | "user.human.selfregistered" => {
            (payload(), Extent::Partial, Some(Standing::Present))
        }
        "user.human.profile.changed" | "user.human.phone.changed" | "user.username.changed" => {
            (payload(), Extent::Partial, None)
        }
        // A new address is not verified until an event of its own says so, and that does not say which one.
        "user.human.email.changed" => (payload(), Extent::Partial, None),
        "user.human.email.verified" | "user.human.phone.verified" | "user.human.avatar.added" => {
            (Claims::new(), Extent::Partial, None)
        }
        "user.human.phone.removed" => (Claims::new(), full(["phone_number", "phone_number_verified"]), None),
        "user.human.avatar.removed" => (Claims::new(), full(["picture"]), None),
        "user.deactivated" | "user.locked" => (Claims::new(), Extent::Partial, Some(Standing::Blocked)),
        "user.reactivated" | "user.unlocked" => (Claims::new(), Extent::Partial, Some(Standing::Present)),
        _ => return Said::Ignored,
    };
    Said::Changed(Heard { claims, extent, standing, ..Heard::new(reference, at) })
}
