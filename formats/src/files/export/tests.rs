//! Files as targets take them: whole, exact, within what the importers check, and read back.

mod files;
mod round_trip;
mod rules;

use chrono::DateTime;
use identity::{Status, Timestamp, UserId};
use uuid::Uuid;

use super::*;

fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// Nothing is known of them but that they are there.
fn nobody(number: u128) -> UserLine {
    UserLine {
        schema: UserLine::SCHEMA.to_owned(),
        id: UserId(Uuid::from_u128(number)),
        status: Status::Active,
        email: None,
        email_verified: None,
        name: None,
        given_name: None,
        family_name: None,
        preferred_username: None,
        picture: None,
        phone_number: None,
        phone_number_verified: None,
        locale: None,
        zoneinfo: None,
        identities: Vec::new(),
        created_at: at("2026-11-21T10:00:00Z"),
        updated_at: at("2026-11-21T10:00:00Z"),
        last_login_at: None,
        login_count: 0,
    }
}

fn mailed(number: u128, address: &str, verified: bool) -> UserLine {
    UserLine { email: Some(address.into()), email_verified: Some(verified), ..nobody(number) }
}

/// Everything is known of her.
pub(super) fn ada() -> UserLine {
    let text = |text: &str| Some(text.to_owned());
    UserLine {
        name: text("Ada Lovelace"),
        given_name: text("Ada"),
        family_name: text("Lovelace"),
        preferred_username: text("Ada_L"),
        picture: text("https://example.com/ada.png"),
        phone_number: text("+44 1234 567890"),
        phone_number_verified: Some(true),
        locale: text("en-GB"),
        zoneinfo: text("Europe/London"),
        last_login_at: Some(at("2026-11-22T10:00:00Z")),
        login_count: 3,
        ..mailed(1, "ada@example.com", true)
    }
}

fn disabled(user: UserLine) -> UserLine {
    UserLine { status: Status::Disabled, ..user }
}

/// What each format needs to be written.
fn options() -> Options {
    Options { into: Some("Acme".into()), columns: None }
}

/// Files in memory.
#[derive(Default)]
struct Written(Vec<(String, Vec<u8>)>);

impl Files for Written {
    fn start(&mut self, name: &str) -> io::Result<()> {
        self.0.push((name.to_owned(), Vec::new()));
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        let last = self.0.last_mut().ok_or(io::ErrorKind::NotFound)?;
        last.1.extend_from_slice(bytes);
        Ok(())
    }
}

fn written(
    format: Format,
    options: Options,
    users: &[UserLine],
) -> (Vec<(String, String)>, Vec<Loss>, Summary) {
    let (mut files, mut losses) = (Written::default(), Vec::new());
    let mut export = Export::new(format, options).unwrap();
    for user in users {
        losses.extend(export.user(user, &mut files).unwrap());
    }
    let summary = export.end(&mut files).unwrap();
    let files = files.0.into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()));
    (files.collect(), losses, summary)
}

/// One file's text and what was lost, as `kind what`.
fn one(format: Format, users: &[UserLine]) -> (String, Vec<String>) {
    let (files, losses, summary) = written(format, options(), users);
    assert_eq!((files.len(), summary.files), (1, 1));
    let losses = losses.iter().map(|loss| format!("{} {}", loss.kind, loss.what));
    (files.into_iter().next().unwrap().1, losses.collect())
}
