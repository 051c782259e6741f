//! CSV for people: what a spreadsheet would take for a formula is made a text by an apostrophe (OWASP, "CSV
//! Injection"), which our own import takes away again.

use identity::{Field, Value};

use super::cells::{heading, row};
use super::loss::{Kind, LeftOut, Losses};
use super::{Layout, Target};
use crate::files::formula::looks_like_formula;
use crate::{UserLine, rfc3339};

/// Before the profile.
const FIRST: [&str; 2] = ["id", "status"];
/// Behind it.
const LAST: [&str; 7] =
    ["created_at", "updated_at", "last_login_at", "login_count", "provider", "issuer", "subject"];

pub(super) struct Csv;

impl Target for Csv {
    fn layout(&self) -> Layout {
        let profile = Field::ALL.iter().map(|field| field.as_str());
        let columns: Vec<&str> = FIRST.into_iter().chain(profile).chain(LAST).collect();
        Layout::lines("csv", heading(&columns))
    }

    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        losses.besides(Field::ALL);
        if user.identities.len() > 1 {
            losses.add(Kind::NoPlace, "identities beyond the first");
        }
        if user.identities.iter().any(|one| one.claims.as_ref().is_some_and(|claims| !claims.is_empty())) {
            losses.add(Kind::NoPlace, "claims");
        }
        let value = |field: &Field| match user.value(*field) {
            Some(Value::Text(text)) => text,
            Some(Value::Flag(flag)) => flag.to_string(),
            None => String::new(),
        };
        let identity = user.identities.first();
        let first = [user.id.to_string(), user.status.to_string()];
        let last = [
            rfc3339(user.created_at),
            rfc3339(user.updated_at),
            user.last_login_at.map(rfc3339).unwrap_or_default(),
            user.login_count.to_string(),
            identity.map(|one| one.provider.clone()).unwrap_or_default(),
            identity.map(|one| one.issuer.clone()).unwrap_or_default(),
            identity.map(|one| one.subject.clone()).unwrap_or_default(),
        ];
        let cells = first.into_iter().chain(Field::ALL.iter().map(value)).chain(last);
        let cells = cells.map(|cell| if looks_like_formula(&cell) { format!("'{cell}") } else { cell });
        let cells: Vec<String> = cells.collect();
        row(cells.iter().map(String::as_str))
    }
}
