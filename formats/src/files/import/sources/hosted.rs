//! Auth0, Kinde and Clerk.

use identity::{Claims, Field, Standing};
use serde_json::{Value as Json, json};

use crate::files::import::source::{PLAIN, Source, Table, Unfit, blocked_where, flag_at, text, text_at};

/// Export jobs leave out what was not asked for, so only what is there counts. In CSV each text has a `'` before
/// it; the extension's tables have titles for headings.
pub(super) static AUTH0: Source = Source {
    holders: &["users"],
    lines: true,
    subject: &["user_id"],
    always_has_subject: true,
    fields: &[
        (Field::Email, &[]),
        (Field::EmailVerified, &[]),
        (Field::Name, &[]),
        (Field::GivenName, &[]),
        (Field::FamilyName, &[]),
        (Field::PreferredUsername, &["username"]),
        (Field::Picture, &[]),
        (Field::PhoneNumber, &[]),
        (Field::PhoneNumberVerified, &["phone_verified"]),
        (Field::Locale, &["user_metadata.locale"]),
        (Field::Zoneinfo, &["user_metadata.zoneinfo"]),
    ],
    always: &[],
    created: &["created_at"],
    last_login: &["last_login"],
    standing: |record, _| blocked_where(record, "blocked", true),
    prepare: auth0,
    table: Table { column: auth0_column, ..PLAIN },
};

fn auth0_column(heading: &str) -> String {
    match &*heading.to_lowercase().replace(' ', "_") {
        "id" => "user_id".to_owned(),
        name => name.to_owned(),
    }
}

fn auth0(record: &mut Claims) -> Result<(), Unfit> {
    // No id begins with an apostrophe: where one does, all texts of the row have theirs too many.
    if text_at(record, "user_id").is_some_and(|id| id.starts_with('\'')) {
        for value in record.values_mut() {
            if let Json::String(text) = value
                && let Some(rest) = text.strip_prefix('\'')
            {
                *text = rest.to_owned();
            }
        }
        record.retain(|_, value| value != "");
    }
    Ok(())
}

/// The export's addresses stand in `email` and `phone`, the import's in `identities`.
pub(super) static KINDE: Source = Source {
    holders: &["users"],
    lines: true,
    subject: &["id"],
    always_has_subject: true,
    fields: &[
        (Field::Email, &["preferred_email"]),
        (Field::EmailVerified, &[]),
        (Field::GivenName, &["first_name"]),
        (Field::FamilyName, &["last_name"]),
        (Field::PreferredUsername, &["username"]),
        (Field::Picture, &[]),
        (Field::PhoneNumber, &["phone"]),
        (Field::PhoneNumberVerified, &["phone_verified"]),
    ],
    always: &[],
    created: &["created_on"],
    last_login: &["last_signed_in"],
    standing: |record, _| blocked_where(record, "is_suspended", true),
    prepare: kinde,
    table: PLAIN,
};

fn kinde(record: &mut Claims) -> Result<(), Unfit> {
    let identities = record.get("identities").and_then(Json::as_array).cloned().unwrap_or_default();
    for (kind, names, claim, flag) in [
        ("email", &["email", "preferred_email"][..], "email", "email_verified"),
        ("phone", &["phone"], "phone_number", "phone_number_verified"),
        ("username", &["username"], "preferred_username", ""),
    ] {
        let said = names.iter().find_map(|name| text_at(record, name));
        let ours = identities.iter().filter(|one| one.get("type").and_then(Json::as_str) == Some(kind));
        let value = |one: &Json| one.get("identity").and_then(text);
        let Some(found) = ours.into_iter().find(|one| said.is_none() || value(one) == said) else { continue };
        if let (None, Some(value)) = (&said, value(found)) {
            record.insert(claim.to_owned(), json!(value));
        }
        if let (Some(verified), false) =
            (found.get("is_verified"), flag.is_empty() || record.contains_key(flag))
        {
            record.insert(flag.to_owned(), verified.clone());
        }
    }
    Ok(())
}

/// A primary address counts as verified only if the list of the verified holds it.
pub(super) static CLERK: Source = Source {
    holders: &["data", "users"],
    lines: false,
    subject: &["id", "userId", "user_id"],
    always_has_subject: true,
    fields: &[
        (
            Field::Email,
            &["primary_email_address", "email_addresses", "emailAddresses", "unverifiedEmailAddresses"],
        ),
        (Field::EmailVerified, &["verified_email_addresses"]),
        (Field::GivenName, &["first_name", "firstName"]),
        (Field::FamilyName, &["last_name", "lastName"]),
        (Field::PreferredUsername, &["username"]),
        (Field::Picture, &["image_url", "imageUrl"]),
        (Field::PhoneNumber, &["primary_phone_number", "phone", "phone_numbers", "phoneNumbers"]),
        (Field::PhoneNumberVerified, &["verified_phone_numbers"]),
    ],
    always: &[],
    created: &["created_at", "createdAt"],
    last_login: &["last_sign_in_at", "lastSignInAt"],
    standing: clerk_standing,
    prepare: clerk,
    table: Table { preamble: b"#", ..PLAIN },
};

fn clerk_standing(record: &Claims, _: identity::Timestamp) -> Option<Standing> {
    let flags: Vec<bool> = ["banned", "locked"].iter().filter_map(|name| flag_at(record, name)).collect();
    // Locked is for minutes, after wrong passwords: it shuts nobody out for good.
    flags.first().map(|banned| if *banned { Standing::Blocked } else { Standing::Present })
}

fn clerk(record: &mut Claims) -> Result<(), Unfit> {
    for (claim, flag, primary, api, verified, unverified) in [
        (
            "email",
            "email_verified",
            "primary_email_address",
            ("email_addresses", "primary_email_address_id", "email_address"),
            &["verified_email_addresses", "email", "emailAddresses"][..],
            &["unverified_email_addresses", "unverifiedEmailAddresses"][..],
        ),
        (
            "phone_number",
            "phone_number_verified",
            "primary_phone_number",
            ("phone_numbers", "primary_phone_number_id", "phone_number"),
            &["verified_phone_numbers", "phone", "phoneNumbers"][..],
            &["unverified_phone_numbers", "unverifiedPhoneNumbers"][..],
        ),
    ] {
        let lists =
            |names: &[&str]| names.iter().flat_map(|name| list(record.get(*name))).collect::<Vec<_>>();
        let (verified, unverified) = (lists(verified), lists(unverified));
        let found = of_api(record, api).or_else(|| {
            let value =
                text_at(record, primary).or_else(|| verified.iter().chain(&unverified).next().cloned())?;
            let is_verified = verified.contains(&value);
            Some((value, is_verified))
        });
        record.remove(claim);
        if let Some((value, is_verified)) = found {
            record.insert(claim.to_owned(), json!(value));
            record.insert(flag.to_owned(), json!(is_verified));
        }
    }
    Ok(())
}

/// Of the Backend API's objects the primary one, and whether its verification is done.
fn of_api(record: &Claims, (list, id, value): (&str, &str, &str)) -> Option<(String, bool)> {
    let primary = text_at(record, id);
    let entries = record.get(list)?.as_array()?;
    let is_primary = |entry: &&Json| primary.is_some() && entry.get("id").and_then(text) == primary;
    let found = entries.iter().find(is_primary).or(entries.first())?;
    let status = found.get("verification").and_then(|one| one.get("status")).and_then(Json::as_str);
    Some((found.get(value).and_then(text)?, status == Some("verified")))
}

/// One text, several in one, or an array of them.
fn list(value: Option<&Json>) -> Vec<String> {
    match value {
        Some(Json::Array(items)) => items.iter().filter_map(text).collect(),
        Some(one) => {
            let all = text(one).unwrap_or_default();
            all.split(['|', ',', ' ']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        }
        None => Vec::new(),
    }
}
