//! Clerk's users, as Standard Webhooks carry them: addresses are lists, and which one is primary is named by its id.

use identity::Timestamp;
use serde_json::{Value as Json, json};

use super::record::{Record, claims, flag, gone, reference, standing, text, time};
use super::{Said, Unreadable};
use crate::Heard;
use crate::heard::full;

const NAMES: &[(&str, &str)] = &[
    ("first_name", "given_name"),
    ("last_name", "family_name"),
    ("username", "preferred_username"),
    ("image_url", "picture"),
];
/// Clerk has no name as a whole.
const SPEAKS_OF: [&str; 8] = [
    "given_name",
    "family_name",
    "preferred_username",
    "picture",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
];

pub(super) fn read(
    user: &Record,
    verb: &str,
    sent: Option<Timestamp>,
) -> (Option<Timestamp>, Result<Said, Unreadable>) {
    let at = if verb == "deleted" { sent } else { time(user, "updated_at").or(sent) };
    let said = reference(user, "id").map(|reference| match verb {
        "deleted" => gone(reference, at),
        _ => Said::Heard(heard(user, reference, at)),
    });
    (at, said)
}

/// A user as the Backend API has them.
pub(crate) fn user(record: &Record) -> Option<Heard> {
    Some(heard(record, reference(record, "id").ok()?, None))
}

fn heard(user: &Record, reference: String, at: Option<Timestamp>) -> Heard {
    let mut claims = claims(user, NAMES);
    for (claim, of, address) in
        [("email", "email_addresses", "email_address"), ("phone_number", "phone_numbers", "phone_number")]
    {
        let primary = text(user, &format!("primary_{address}_id"));
        let all = user.get(of).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_object);
        let chosen = all.into_iter().find(|one| primary.is_some() && text(one, "id") == primary);
        let value = chosen.and_then(|one| text(one, address).map(|value| (value, is_verified(one))));
        claims.remove(claim);
        if let Some((value, is_verified)) = value {
            claims.insert(claim.to_owned(), json!(value));
            claims.insert(format!("{claim}_verified"), json!(is_verified));
        }
    }
    // Locked is what too many wrong passwords do, for an hour; banned is what the operator there does.
    let is_banned = flag(user, "banned").unwrap_or(false);
    Heard {
        claims,
        extent: full(SPEAKS_OF),
        standing: Some(standing(is_banned)),
        ..Heard::new(reference, at)
    }
}

fn is_verified(address: &Record) -> bool {
    let verification = address.get("verification").and_then(Json::as_object);
    verification.and_then(|of| text(of, "status")) == Some("verified")
}
