//! Security event tokens (RFC 8417) with events of RISC and CAEP, by their verified payload. Whom they are about is
//! an issuer and a subject (`iss_sub`, RFC 9493); the issuer must be this provider's.

use serde_json::Value as Json;

use super::record::{Record, claims, gone, message, record, reference, required, text, time};
use super::{Message, Said, Unreadable};
use crate::Heard;
use identity::Standing;

const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";

pub(super) fn read(payload: &Record, issuer: &str) -> Result<Vec<Message>, Unreadable> {
    let id = required(payload, "jti")?;
    let events = record(payload, "events").filter(|events| !events.is_empty());
    let events = events.ok_or(Unreadable::AnotherToken)?;
    let several = events.len() > 1;
    let all = events.iter().map(|(kind, event)| {
        let empty = Record::new();
        let event = event.as_object().unwrap_or(&empty);
        let at =
            time(event, "event_timestamp").or_else(|| time(payload, "toe")).or_else(|| time(payload, "iat"));
        let id = if several { format!("{id}#{kind}") } else { id.to_owned() };
        let of_risc = kind.strip_prefix(RISC);
        let said = match (of_risc, kind.strip_prefix(CAEP)) {
            (Some("account-purged"), _) => whom(payload, event, issuer).map(|reference| gone(reference, at)),
            (Some("account-disabled"), _) => {
                whom(payload, event, issuer).map(|r| standing(r, at, Standing::Blocked))
            }
            (Some("account-enabled"), _) => {
                whom(payload, event, issuer).map(|r| standing(r, at, Standing::Present))
            }
            (Some("sessions-revoked"), _) | (_, Some("session-revoked")) => {
                whom(payload, event, issuer).map(Said::SessionsEnded)
            }
            (Some("identifier-changed"), _) => {
                whom(payload, event, issuer).map(|reference| Said::Changed(Heard::new(reference, at)))
            }
            (_, Some("token-claims-change")) => whom(payload, event, issuer).map(|reference| {
                let claims = record(event, "claims").map(|said| claims(said, &[])).unwrap_or_default();
                Said::Changed(Heard { claims, ..Heard::new(reference, at) })
            }),
            _ => Ok(Said::Ignored),
        };
        message(id, at, kind, said)
    });
    Ok(all.collect())
}

/// For each event, the payload with nothing but it.
pub(super) fn split(mut payload: Record) -> Vec<Record> {
    let all = payload.get_mut("events").and_then(Json::as_object_mut).map(std::mem::take).unwrap_or_default();
    let alone = |event: (String, Json)| {
        let mut part = payload.clone();
        part.insert("events".to_owned(), Json::Object(Record::from_iter([event])));
        part
    };
    all.into_iter().map(alone).collect()
}

fn standing(reference: String, at: Option<identity::Timestamp>, standing: Standing) -> Said {
    Said::Changed(Heard { standing: Some(standing), ..Heard::new(reference, at) })
}

/// `sub_id`, or in older events their `subject`; of a complex one the user.
fn whom(payload: &Record, event: &Record, issuer: &str) -> Result<String, Unreadable> {
    let subject =
        record(payload, "sub_id").or_else(|| record(event, "subject")).ok_or(Unreadable::NoReference)?;
    let subject = record(subject, "user").unwrap_or(subject);
    let format = text(subject, "format").or_else(|| text(subject, "subject_type"));
    match (format, subject.get("iss").and_then(Json::as_str)) {
        (Some("iss_sub" | "iss-sub"), Some(iss)) if iss == issuer => reference(subject, "sub"),
        (Some("iss_sub" | "iss-sub"), Some(_)) => Err(Unreadable::AnotherIssuer),
        _ => Err(Unreadable::NoReference),
    }
}
