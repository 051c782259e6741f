//! Keycloak by the Phase Two extension. Of an `admin.…` event, whom it is about is the resource; its `authDetails`
//! are the administrator's. Of an `access.…` event, they are the person's.

use identity::{Claims, Standing};
use ring::digest::{SHA256, digest};
use serde_json::{Value as Json, json};

use super::record::{Record, claims, flag, gone, message, record, reference, required, standing, text, time};
use super::{Message, Said, Unreadable};
use crate::Heard;
use crate::heard::is_reference;

const NAMES: &[(&str, &str)] = &[
    ("username", "preferred_username"),
    ("firstName", "given_name"),
    ("lastName", "family_name"),
    ("emailVerified", "email_verified"),
];

/// Whether the verified payload of a bearer JWT (from version 0.62) was made for this body.
pub fn is_body_of(payload: &serde_json::Map<String, Json>, body: &[u8]) -> bool {
    let hex: String = digest(&SHA256, body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    text(payload, "request_body_sha256") == Some(hex.as_str())
}

pub(super) fn read(event: &Record) -> Result<Message, Unreadable> {
    let (id, kind) = (required(event, "uid")?, required(event, "type")?);
    let at = time(event, "time");
    let said = match (kind.split_once('.'), text(event, "error")) {
        (Some(("access", what)), None) => by_person(event, what),
        (Some(("admin", what)), None) => by_administrator(event, what),
        // What failed changed nothing.
        _ => Ok(Said::Ignored),
    };
    Ok(message(id.to_owned(), at, kind, said))
}

fn by_person(event: &Record, what: &str) -> Result<Said, Unreadable> {
    let at = time(event, "time");
    let details = record(event, "details");
    let detail = |name: &str| details.and_then(|details| text(details, name)).map(|text| json!(text));
    let is_verified = (what == "VERIFY_EMAIL").then_some(json!(true));
    let said: [(&str, Option<Json>); 5] = match what {
        "REGISTER" | "UPDATE_PROFILE" | "UPDATE_EMAIL" | "VERIFY_EMAIL" => [
            ("email", detail("updated_email").or_else(|| detail("email"))),
            ("email_verified", is_verified),
            ("preferred_username", detail("username").filter(|_| what == "REGISTER")),
            ("given_name", detail("updated_first_name").or_else(|| detail("first_name"))),
            ("family_name", detail("updated_last_name").or_else(|| detail("last_name"))),
        ],
        "DELETE_ACCOUNT" | "USER_DISABLED_BY_PERMANENT_LOCKOUT" => Default::default(),
        _ => return Ok(Said::Ignored),
    };
    let whom = record(event, "authDetails").ok_or(Unreadable::NoReference)?;
    let reference = reference(whom, "userId")?;
    if what == "DELETE_ACCOUNT" {
        return Ok(gone(reference, at));
    }
    let claims: Claims =
        said.into_iter().filter_map(|(claim, value)| Some((claim.to_owned(), value?))).collect();
    let is_shut_out = what == "USER_DISABLED_BY_PERMANENT_LOCKOUT";
    let standing = is_shut_out.then_some(Standing::Blocked);
    Ok(Said::Changed(Heard { claims, standing, ..Heard::new(reference, at) }))
}

fn by_administrator(event: &Record, what: &str) -> Result<Said, Unreadable> {
    let at = time(event, "time");
    match what {
        "USER-DELETE" => Ok(gone(resource(event)?, at)),
        "USER-CREATE" | "USER-UPDATE" => {
            // What the administrator sent, which may be a part of the user.
            let sent: Record = text(event, "representation")
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default();
            let standing = flag(&sent, "enabled").map(|is_enabled| standing(!is_enabled));
            Ok(Said::Changed(Heard {
                claims: claims(&sent, NAMES),
                standing,
                ..Heard::new(resource(event)?, at)
            }))
        }
        _ => Ok(Said::Ignored),
    }
}

/// `resourceId`, or the id in `users/{id}`; where both are there, they must be one.
fn resource(event: &Record) -> Result<String, Unreadable> {
    let of_path = text(event, "resourcePath").and_then(|path| path.strip_prefix("users/"));
    let of_path = of_path.filter(|id| !id.contains('/'));
    let id = match (text(event, "resourceId"), of_path) {
        (Some(id), Some(of_path)) if id != of_path => None,
        (id, of_path) => id.or(of_path),
    };
    id.filter(|id| is_reference(id)).map(str::to_owned).ok_or(Unreadable::NoReference)
}
