//! Logto's hooks. `data` is the answer of the interface that was called, so what it holds follows from the path:
//! below `/profile` and `/custom-data` it is that part and not the user. There is no id: the body's digest is one.

use identity::{Claims, Extent};

use super::record::{
    Record, claims, digest, flag, gone, message, record, reference, required, standing, text, time,
};
use super::{Message, Said, Unreadable};
use crate::Heard;
use crate::heard::full;

const NAMES: &[(&str, &str)] = &[
    ("username", "preferred_username"),
    ("primaryEmail", "email"),
    ("primaryPhone", "phone_number"),
    ("avatar", "picture"),
];
const PROFILE: &[(&str, &str)] = &[
    ("givenName", "given_name"),
    ("familyName", "family_name"),
    ("middleName", "middle_name"),
    ("preferredUsername", "preferred_username"),
];
const SPEAKS_OF: [&str; 5] = ["preferred_username", "email", "phone_number", "picture", "name"];

pub(super) fn read(event: &Record, body: &[u8]) -> Result<Message, Unreadable> {
    let kind = required(event, "event")?;
    let at = time(event, "createdAt");
    let id = digest(body);
    let said = match kind {
        "User.Deleted" => whom(event).map(|reference| gone(reference, at)),
        "User.Created" | "User.Data.Updated" | "User.SuspensionStatus.Updated" | "PostRegister" => {
            whom(event).map(|reference| said(event, reference))
        }
        _ => Ok(Said::Ignored),
    };
    Ok(message(id, at, kind, said))
}

/// The account: of the path, of the record, or of the interaction. Where two are named, they must be one.
fn whom(event: &Record) -> Result<String, Unreadable> {
    let of_path = record(event, "params").filter(|params| params.contains_key("userId"));
    let of_path = of_path.map(|params| reference(params, "userId")).transpose()?;
    let of_record = whole(event).map(|user| reference(user, "id")).transpose()?;
    let of_event = event.get("userId").map(|_| reference(event, "userId")).transpose()?;
    let mut all = [of_path, of_record, of_event].into_iter().flatten();
    let first = all.next().ok_or(Unreadable::NoReference)?;
    if all.all(|other| other == first) { Ok(first) } else { Err(Unreadable::NoReference) }
}

/// The last word of the path that was called.
fn last_word(event: &Record) -> &str {
    text(event, "path").and_then(|path| path.trim_end_matches('/').rsplit('/').next()).unwrap_or_default()
}

/// The record, where it is the user as a whole.
fn whole(event: &Record) -> Option<&Record> {
    let is_part = ["profile", "custom-data"].contains(&last_word(event));
    let data = record(event, "data").filter(|_| !is_part).or_else(|| record(event, "user"));
    data.filter(|data| text(data, "id").is_some() && data.contains_key("primaryEmail"))
}

fn said(event: &Record, reference: String) -> Said {
    let heard = Heard::new(reference, time(event, "createdAt"));
    if let Some(user) = whole(event) {
        let mut claims = claims(user, NAMES);
        if let Some(profile) = record(user, "profile") {
            claims.extend(
                of_profile(profile).into_iter().filter(|(claim, _)| !SPEAKS_OF.contains(&claim.as_str())),
            );
        }
        let standing = flag(user, "isSuspended").map(standing);
        return Said::Heard(Heard { claims, extent: full(SPEAKS_OF), standing, ..heard });
    }
    let claims = match (last_word(event), record(event, "data")) {
        // The user name of the profile is what people may write there; the account has another.
        ("profile", Some(profile)) => {
            let mut claims = of_profile(profile);
            claims.remove("preferred_username");
            claims
        }
        ("custom-data", Some(data)) => Claims::from_iter([("customData".to_owned(), data.clone().into())]),
        _ => Claims::new(),
    };
    Said::Changed(Heard { claims, extent: Extent::Partial, ..heard })
}

fn of_profile(profile: &Record) -> Claims {
    claims(profile, PROFILE)
}
