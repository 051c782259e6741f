//! What an undo does, or would do, to each person: lines for people or an object for programs, and a count.

use identity::directory::UndoneUser;
use identity::undo::Left;
use identity::{Counts, Field, IdentityName};
use serde_json::{Value as Json, json};

use crate::commands::terminal::{escaped, visible};
use crate::commands::told::{self, Told};

/// How many of what.
#[derive(Default)]
pub(super) struct Report {
    people: u64,
    values: u64,
    left: u64,
    gone: u64,
}

impl Report {
    /// Counts a person, and says what becomes of them; nothing where nothing does and nothing is left.
    pub(super) fn person(&mut self, one: &UndoneUser, as_json: bool) -> Vec<String> {
        let changes = one.undone.write.iter().flat_map(|write| &write.changes);
        let back: Vec<(Option<&IdentityName>, Told)> = changes
            .flat_map(|change| {
                Told::all(&change.what).into_iter().map(|told| (change.identity.as_ref(), told))
            })
            .filter(|(_, told)| !is_said_by_its_field(told))
            .collect();
        let left: Vec<(&Left, Told)> = one
            .undone
            .left
            .iter()
            .flat_map(|left| Told::all(&left.what).into_iter().map(move |told| (left, told)))
            .filter(|(_, told)| !is_said_by_its_field(told))
            .collect();
        let goes =
            one.undone.write.as_ref().is_some_and(|write| write.user.is_withdrawn && !one.user.is_withdrawn);
        self.people += u64::from(one.undone.write.is_some());
        self.gone += u64::from(goes);
        self.values += if goes { 0 } else { back.len() as u64 };
        self.left += left.len() as u64;
        if back.is_empty() && left.is_empty() {
            return Vec::new();
        }
        match as_json {
            true => vec![object(one, goes, &back, &left)],
            false => lines(one, goes, &back, &left),
        }
    }

    pub(super) fn counts(&self, sessions: u64) -> Counts {
        let all = [
            ("people", self.people),
            ("values", self.values),
            ("left", self.left),
            ("gone", self.gone),
            ("sessions", sessions),
        ];
        all.into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| (name.to_owned(), count))
            .collect()
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { people, values, left, gone } = self;
        write!(
            f,
            "{people} people: {values} values taken back, {gone} who never logged in gone, {left} left as they are"
        )
    }
}

/// Claims that a field is read from are told by the field.
fn is_said_by_its_field(told: &Told) -> bool {
    told.what.strip_prefix("claims.").is_some_and(|name| name.parse::<Field>().is_ok())
}

fn lines(
    one: &UndoneUser,
    goes: bool,
    back: &[(Option<&IdentityName>, Told)],
    left: &[(&Left, Told)],
) -> Vec<String> {
    let email = one.user.text(Field::Email).or_else(|| {
        let write = one.undone.write.as_ref()?;
        write.user.text(Field::Email)
    });
    let mut lines = vec![format!("{} {}", one.user.id, email.unwrap_or_default()).trim_end().to_owned()];
    let whose = |name: Option<&IdentityName>| name.map_or("user", |name| &name.provider).to_owned();
    match goes {
        true => lines.push("  goes: never logged in".to_owned()),
        false => lines.extend(back.iter().map(|(name, told)| format!("  {} {told}", whose(*name)))),
    }
    lines.extend(
        left.iter()
            .map(|(left, told)| format!("  left: {} {told}: {}", whose(left.identity.as_ref()), left.why)),
    );
    lines.into_iter().map(|line| visible(&line).into_owned()).collect()
}

fn object(
    one: &UndoneUser,
    goes: bool,
    back: &[(Option<&IdentityName>, Told)],
    left: &[(&Left, Told)],
) -> String {
    let back: Vec<Json> = back.iter().map(|(name, told)| told::said_of(*name, told)).collect();
    let left = left.iter().map(|(left, told)| {
        let mut object = told::said_of(left.identity.as_ref(), told);
        object["why"] = json!(left.why.to_string());
        object
    });
    let line = json!({
        "user": one.user.id, "goes": goes, "back": back, "left": left.collect::<Vec<_>>(),
    });
    escaped(&line.to_string()).into_owned()
}
