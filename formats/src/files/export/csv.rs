//! CSV for people: what a spreadsheet would take for a formula is made a text by an apostrophe (OWASP, "CSV
//! Injection"), which our own import takes away again.

use identity::Field;

use super::cells::{heading, row};
use super::loss::{Kind, LeftOut, Losses};
use super::{Layout, Target};
use crate::UserLine;

const COLUMNS: [&str; 20] = [
    "id",
    "status",
    "email",
    "email_verified",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "picture",
    "phone_number",
    "phone_number_verified",
    "locale",
    "zoneinfo",
    "created_at",
    "updated_at",
    "last_login_at",
    "login_count",
    "provider",
    "issuer",
    "subject",
];

pub(super) struct Csv;

impl Target for Csv {
    fn layout(&self) -> Layout {
        Layout::lines("csv", heading(&COLUMNS))
    }

    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        losses.besides(Field::ALL);
        if user.identities.len() > 1 {
            losses.add(Kind::NoPlace, "identities beyond the first");
        }
        if user.identities.iter().any(|one| one.claims.as_ref().is_some_and(|claims| !claims.is_empty())) {
            losses.add(Kind::NoPlace, "claims");
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let flag = |flag: Option<bool>| flag.map(|flag| flag.to_string()).unwrap_or_default();
        let time = |at: identity::Timestamp| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        let identity = user.identities.first();
        let cells = [
            user.id.to_string(),
            user.status.to_string(),
            text(&user.email),
            flag(user.email_verified),
            text(&user.name),
            text(&user.given_name),
            text(&user.family_name),
            text(&user.preferred_username),
            text(&user.picture),
            text(&user.phone_number),
            flag(user.phone_number_verified),
            text(&user.locale),
            text(&user.zoneinfo),
            time(user.created_at),
            time(user.updated_at),
            user.last_login_at.map(time).unwrap_or_default(),
            user.login_count.to_string(),
            identity.map(|one| one.provider.clone()).unwrap_or_default(),
            identity.map(|one| one.issuer.clone()).unwrap_or_default(),
            identity.map(|one| one.subject.clone()).unwrap_or_default(),
        ];
        let cells = cells.map(|cell| if looks_like_formula(&cell) { format!("'{cell}") } else { cell });
        row(cells.iter().map(String::as_str))
    }
}

/// What begins so is a formula to a spreadsheet; an apostrophe too, so that ours can be told from theirs.
pub(in crate::files) fn looks_like_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠'])
}
