//! What lists of users are sorted and filtered by: a part of the user's own document.

use identity::User;
use identity::search::{Entry, Row, entry, is_alike};
use serde::{Deserialize, Serialize};

/// What lists of users are sorted and filtered by, within a user's document.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct IndexDocument {
    pub(super) seen_at: i64,
    pub(super) created_at: i64,
    pub(super) name_key: String,
    pub(super) email_key: String,
    verified: String,
    is_present: bool,
    is_blocked: bool,
    is_deleted: bool,
    is_several: bool,
    is_held: bool,
}

impl From<&Row> for IndexDocument {
    fn from(row: &Row) -> Self {
        Self {
            seen_at: row.seen_at,
            created_at: row.created_at,
            name_key: row.name_key.clone(),
            email_key: row.email_key.clone(),
            verified: row.verified.to_string(),
            is_present: row.is_present,
            is_blocked: row.is_blocked,
            is_deleted: row.is_deleted,
            is_several: row.is_several,
            is_held: row.is_held,
        }
    }
}

/// The row of a user's document, and whether its terms are other than they were.
pub(super) fn indexed(before: Option<&User>, user: &User) -> (Option<IndexDocument>, bool) {
    let terms = |entry: &Option<Entry>| entry.as_ref().map(|entry| entry.terms.clone()).unwrap_or_default();
    let now = entry(user);
    let is_same = before.is_some_and(|before| is_alike(before, user) || terms(&entry(before)) == terms(&now));
    (now.map(|entry| IndexDocument::from(&entry.row)), !is_same)
}
