//! Standard Webhooks: `type`, `timestamp` and `data`; `data` is a user in OpenID Connect's claim names, or one of
//! Clerk's.

use super::record::{Record, claims, gone, message, record, reference, required, text, time};
use super::{Delivery, Message, Said, Unreadable, clerk, signature};
use crate::Heard;

/// What may stand before the verb of a message about a user.
const USERS: [&str; 4] = ["user", "users", "account", "accounts"];

pub(super) fn read(body: &Record, delivery: &Delivery<'_>) -> Result<Message, Unreadable> {
    let family = signature::family(delivery).ok_or(Unreadable::NotThisFormat)?;
    let id = (delivery.header)(&format!("{family}-id")).ok_or(Unreadable::NotThisFormat)?;
    let kind = required(body, "type")?;
    let data = record(body, "data").ok_or(Unreadable::NotThisFormat)?;
    let object = text(data, "object");
    let sent = time(body, "timestamp");
    let words: Vec<String> =
        kind.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect();
    let verb = words.last().map(String::as_str).unwrap_or_default();
    let is_of_users = match (object, words.as_slice()) {
        (Some(object), _) => object == "user",
        (None, [.., what, _]) => USERS.contains(&what.as_str()),
        (None, _) => true,
    };
    let is_known = is_of_users && matches!(verb, "created" | "updated" | "deleted");
    let (at, said) = match (is_known, object) {
        (false, _) => (sent, Ok(Said::Ignored)),
        (true, Some(_)) => clerk::read(data, verb, sent),
        (true, None) => {
            let reference = reference(data, if data.contains_key("sub") { "sub" } else { "id" });
            let said = reference.map(|reference| match verb {
                "deleted" => gone(reference, sent),
                _ => Said::Changed(Heard { claims: claims(data, &[]), ..Heard::new(reference, sent) }),
            });
            (sent, said)
        }
    };
    Ok(message(id.to_owned(), at, kind, said))
}
