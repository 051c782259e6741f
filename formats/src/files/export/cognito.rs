//! Cognito's user import CSV: every column of the user pool's header; no quotes, a comma behind a backslash, no
//! byte order mark, rows of at most 16,000 characters, files of at most 100 MB and 500,000 users. Each user
//! needs a verified address or number.

use identity::Field;

use super::loss::{LeftOut, Losses};
use super::person::{email, must_enter};
use super::{Layout, Missing, Taken, Target};
use crate::UserLine;

/// The header of a pool without attributes of its own.
const COLUMNS: [&str; 21] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
    "cognito:mfa_enabled",
    "cognito:username",
];

pub(super) struct Cognito {
    columns: Vec<String>,
    taken: Taken,
}

impl Cognito {
    pub(super) fn new(columns: Option<Vec<String>>) -> Result<Self, Missing> {
        let columns = columns.unwrap_or_else(|| COLUMNS.map(str::to_owned).to_vec());
        for needed in ["email", "email_verified", "cognito:mfa_enabled", "cognito:username"] {
            if !columns.iter().any(|column| column == needed) {
                return Err(Missing::Column(needed));
            }
        }
        Ok(Self { columns, taken: Taken::default() })
    }
}

impl Target for Cognito {
    fn layout(&self) -> Layout {
        Layout::lines("csv", format!("{}\n", self.columns.join(",")).into_bytes())
            .at_most(500_000, 100_000_000)
    }

    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        must_enter(user)?;
        let has = |field: &Field| self.columns.iter().any(|column| column == field.as_str());
        let held: Vec<Field> = Field::ALL.iter().copied().filter(has).collect();
        losses.besides(&held);
        let email = email(user, losses);
        let phone = if held.contains(&Field::PhoneNumber) { self.taken.phone(user, losses) } else { None };
        let vouched =
            email.is_some_and(|(_, verified)| verified) || phone.as_ref().is_some_and(|(_, yes)| *yes);
        if !vouched {
            return Err(LeftOut("neither a verified e-mail address nor a verified telephone number"));
        }
        if let Some((address, _)) = email {
            self.taken.email(address)?;
        }
        let mut text = |column: &str, text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default();
            if fits(text) {
                return text.replace(',', "\\,");
            }
            if let Ok(field) = column.parse() {
                losses.no_place(field);
            }
            String::new()
        };
        let cells = self.columns.iter().map(|column| match column.as_str() {
            "name" => text(column, &user.name),
            "given_name" => text(column, &user.given_name),
            "family_name" => text(column, &user.family_name),
            "preferred_username" => text(column, &user.preferred_username),
            "picture" => text(column, &user.picture),
            "zoneinfo" => text(column, &user.zoneinfo),
            "locale" => text(column, &user.locale),
            "email" => email.map(|(address, _)| address.to_owned()).unwrap_or_default(),
            "email_verified" => email.is_some_and(|(_, verified)| verified).to_string(),
            "phone_number" => phone.as_ref().map(|(number, _)| number.clone()).unwrap_or_default(),
            "phone_number_verified" => phone.as_ref().is_some_and(|(_, verified)| *verified).to_string(),
            "updated_at" => user.updated_at.timestamp().to_string(),
            "cognito:mfa_enabled" => "false".to_owned(),
            "cognito:username" => user.id.to_string(),
            _ => String::new(),
        });
        let line = format!("{}\n", cells.collect::<Vec<_>>().join(","));
        match line.chars().count() <= 16_000 {
            true => Ok(line.into_bytes()),
            false => Err(LeftOut("the row is longer than 16,000 characters")),
        }
    }
}

/// Blanks at the ends are cut off there, a quote is taken as one, and a backslash hides what follows.
fn fits(text: &str) -> bool {
    text.trim() == text
        && text.len() <= 2048
        && !text.contains(['\\', '"'])
        && !text.contains(char::is_control)
}
