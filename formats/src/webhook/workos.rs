//! WorkOS events about users; what its directories say (`dsync.…`) is not about those who log in.

use super::record::{Record, claims, gone, message, record, reference, required, time};
use super::{Message, Said, Unreadable};
use crate::Heard;
use crate::heard::full;
use identity::Standing;

const NAMES: &[(&str, &str)] =
    &[("first_name", "given_name"), ("last_name", "family_name"), ("profile_picture_url", "picture")];
/// WorkOS has neither a user name nor a telephone number, and blocks nobody.
const SPEAKS_OF: [&str; 5] = ["email", "email_verified", "given_name", "family_name", "picture"];

/// A user as the interface has them.
pub(crate) fn user(record: &Record) -> Option<Heard> {
    let reference = reference(record, "id").ok()?;
    Some(Heard { claims: claims(record, NAMES), extent: full(SPEAKS_OF), ..Heard::new(reference, None) })
}

pub(super) fn read(event: &Record) -> Result<Message, Unreadable> {
    let (id, kind) = (required(event, "id")?, required(event, "event")?);
    let data = record(event, "data").ok_or(Unreadable::NotThisFormat)?;
    let sent = time(event, "created_at");
    let (at, said) = match kind {
        "user.deleted" => (sent, reference(data, "id").map(|reference| gone(reference, sent))),
        "user.created" | "user.updated" => {
            let at = time(data, "updated_at").or(sent);
            let said = reference(data, "id").map(|reference| {
                Said::Heard(Heard {
                    claims: claims(data, NAMES),
                    extent: full(SPEAKS_OF),
                    standing: (kind == "user.created").then_some(Standing::Present),
                    ..Heard::new(reference, at)
                })
            });
            (at, said)
        }
        _ => (sent, Ok(Said::Ignored)),
    };
    Ok(message(id.to_owned(), at, kind, said))
}
