//! Auth0's Event Streams: CloudEvents with the whole user. Linking two accounts there deletes the second one and
//! lists it among the `identities` of the first.

use serde_json::Value as Json;

use super::record::{Record, claims, flag, gone, message, record, reference, required, standing, text, time};
use super::{Message, Said, Unreadable};
use crate::Heard;
use crate::heard::{full, is_reference};

const NAMES: &[(&str, &str)] =
    &[("username", "preferred_username"), ("phone_verified", "phone_number_verified")];
/// The claims of a whole user, there or left out for want of a value.
pub(crate) const OF_AUTH0: [&str; 10] = [
    "email",
    "email_verified",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "preferred_username",
    "picture",
    "phone_number",
    "phone_number_verified",
];

pub(super) fn read(event: &Record) -> Result<Message, Unreadable> {
    let (id, kind) = (required(event, "id")?, required(event, "type")?);
    let data = record(event, "data").ok_or(Unreadable::NotThisFormat)?;
    let at = time(event, "time");
    let is_test = text(event, "a0purpose") == Some("test");
    let said = || {
        let user = record(data, "object").ok_or(Unreadable::NoReference)?;
        let reference = reference(user, "user_id")?;
        Ok(match kind.ends_with(".deleted") {
            true => gone(reference, at),
            false => Said::Heard(Heard {
                claims: claims(user, NAMES),
                extent: full(OF_AUTH0),
                standing: Some(standing(flag(user, "blocked").unwrap_or(false))),
                linked: linked(user, &reference),
                ..Heard::new(reference, at)
            }),
        })
    };
    let said = match kind.strip_prefix("com.auth0.").unwrap_or(kind) {
        _ if is_test => Ok(Said::Ignored),
        "user.created" | "user.updated" | "user.deleted" => said(),
        _ => Ok(Said::Ignored),
    };
    Ok(message(id.to_owned(), at, kind, said))
}

/// The accounts that are one with this one, by their own `user_id`: provider and id, joined by a bar.
pub(crate) fn linked(user: &Record, reference: &str) -> Vec<String> {
    let all =
        user.get("identities").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_object);
    let own = all.filter_map(|one| {
        let provider = text(one, "provider")?;
        let id = match one.get("user_id")? {
            Json::String(id) => id.clone(),
            Json::Number(id) => id.to_string(),
            _ => return None,
        };
        Some(if id.starts_with(&format!("{provider}|")) { id } else { format!("{provider}|{id}") })
    });
    own.filter(|one| one != reference && is_reference(one)).collect()
}
