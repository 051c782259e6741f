//! Okta's "Import users from CSV": the columns of its template; `login`, `firstName`, `lastName`, `email` are
//! required, and `login` is an address unless the organization says otherwise.

use identity::Field;

use super::cells::{heading, row};
use super::loss::{LeftOut, Losses};
use super::person::{fitting, must_enter, phone, required_email, required_names};
use super::{Layout, Taken, Target};
use crate::UserLine;

/// The columns of the template, in its order.
pub(super) const COLUMNS: [&str; 31] = [
    "login",
    "firstName",
    "lastName",
    "middleName",
    "honorificPrefix",
    "honorificSuffix",
    "email",
    "title",
    "displayName",
    "nickName",
    "profileUrl",
    "secondEmail",
    "mobilePhone",
    "primaryPhone",
    "streetAddress",
    "city",
    "state",
    "zipCode",
    "countryCode",
    "postalAddress",
    "preferredLanguage",
    "locale",
    "timezone",
    "userType",
    "employeeNumber",
    "costCenter",
    "organization",
    "division",
    "department",
    "managerId",
    "manager",
];

#[derive(Default)]
pub(super) struct Okta(Taken);

impl Target for Okta {
    fn layout(&self) -> Layout {
        Layout::lines("csv", heading(&COLUMNS))
    }

    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        must_enter(user)?;
        losses.besides(&[
            Field::Email,
            Field::Name,
            Field::GivenName,
            Field::FamilyName,
            Field::PhoneNumber,
            Field::Locale,
            Field::Zoneinfo,
        ]);
        let (address, _) = required_email(user, losses)?;
        self.0.email(address)?;
        let (given, family) = required_names(user, 50, losses);
        let phone = phone(user, losses).map(|(number, _)| number).unwrap_or_default();
        let language = fitting(&user.locale, Field::Locale, 35, losses).map(|tag| tag.replace('_', "-"));
        // Okta's `locale` is a language and a country, with an underscore.
        let locale =
            language.as_deref().filter(|tag| is_language_and_country(tag)).map(|tag| tag.replace('-', "_"));
        let cell = |column: &str| match column {
            "login" | "email" => address,
            "firstName" => &given,
            "lastName" => &family,
            "displayName" => user.name.as_deref().unwrap_or_default(),
            "mobilePhone" => &phone,
            "preferredLanguage" => language.as_deref().unwrap_or_default(),
            "locale" => locale.as_deref().unwrap_or_default(),
            "timezone" => user.zoneinfo.as_deref().unwrap_or_default(),
            _ => "",
        };
        row(COLUMNS.map(cell))
    }
}

fn is_language_and_country(tag: &str) -> bool {
    let bytes = tag.as_bytes();
    bytes.len() == 5
        && bytes[2] == b'-'
        && bytes[..2].iter().all(u8::is_ascii_lowercase)
        && bytes[3..].iter().all(u8::is_ascii_uppercase)
}
