//! Okta, Entra, Cognito and tables of people's own: none has a column that is the subject for sure.

use identity::{Claims, Field, Standing};
use serde_json::Value as Json;

use crate::files::import::source::{PLAIN, Source, Table, Unfit, blocked_where, flag_at, text_at};

/// The template's columns, or the API's users with their `profile`.
pub(super) static OKTA: Source = Source {
    holders: &[],
    lines: false,
    subject: &["id"],
    always_has_subject: false,
    fields: &[
        (Field::Email, &["profile.email"]),
        (Field::Name, &["displayName", "profile.displayName"]),
        (Field::GivenName, &["firstName", "profile.firstName"]),
        (Field::FamilyName, &["lastName", "profile.lastName"]),
        (Field::PreferredUsername, &["login", "profile.login"]),
        (Field::PhoneNumber, &["mobilePhone", "primaryPhone", "profile.mobilePhone", "profile.primaryPhone"]),
        (Field::Locale, &["preferredLanguage", "profile.preferredLanguage", "profile.locale"]),
        (Field::Zoneinfo, &["timezone", "profile.timezone"]),
    ],
    always: &[],
    created: &["created"],
    last_login: &["lastLogin"],
    standing: okta_standing,
    prepare: language_tag,
    table: PLAIN,
};

fn okta_standing(record: &Claims, _: identity::Timestamp) -> Option<Standing> {
    let status = text_at(record, "status")?;
    Some(match &*status.to_ascii_uppercase() {
        "SUSPENDED" | "DEPROVISIONED" => Standing::Blocked,
        _ => Standing::Present,
    })
}

/// `preferredLanguage`, else `locale`: `en_US` as `en-US` (BCP 47).
fn language_tag(record: &mut Claims) -> Result<(), Unfit> {
    let names = ["preferredLanguage", "profile.preferredLanguage", "locale", "profile.locale"];
    let tag = names.iter().find_map(|name| text_at(record, name));
    record.remove("locale");
    if let Some(tag) = tag {
        record.insert("locale".to_owned(), Json::String(tag.replace('_', "-")));
    }
    Ok(())
}

/// The subject of Entra's tokens is another for each client and stands in none of its files; nor does it verify
/// addresses.
pub(super) static ENTRA: Source = Source {
    holders: &["value"],
    lines: false,
    subject: &[],
    always_has_subject: false,
    fields: &[
        (Field::Email, &["mail", "inviteeEmail"]),
        (Field::Name, &["displayName"]),
        (Field::GivenName, &["givenName"]),
        (Field::FamilyName, &["surname"]),
        (Field::PreferredUsername, &["userPrincipalName"]),
        (Field::PhoneNumber, &["mobile", "mobilePhone"]),
        (Field::Locale, &["preferredLanguage"]),
    ],
    always: &[],
    created: &["createdDateTime"],
    last_login: &[],
    standing: |record, _| {
        blocked_where(record, "accountEnabled", false).or_else(|| blocked_where(record, "blockSignIn", true))
    },
    prepare: |_| Ok(()),
    table: Table { column: entra_column, preamble: b"version:", ..PLAIN },
};

/// `Name [displayName] Required` is `displayName`. The template's `[accountEnabled]` asks whether to *block*.
fn entra_column(heading: &str) -> String {
    let inner = heading.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(inner, _)| inner);
    match inner {
        Some("accountEnabled") if heading.to_ascii_lowercase().starts_with("block") => {
            "blockSignIn".to_owned()
        }
        Some(inner) => inner.to_owned(),
        None => heading.to_owned(),
    }
}

/// The claims' own names. In CSV a comma stands behind a backslash; in `ListUsers` attributes are a list.
pub(super) static COGNITO: Source = Source {
    holders: &["Users"],
    lines: false,
    subject: &["sub"],
    always_has_subject: false,
    fields: &[
        (Field::Email, &[]),
        (Field::EmailVerified, &[]),
        (Field::Name, &[]),
        (Field::GivenName, &[]),
        (Field::FamilyName, &[]),
        (Field::PreferredUsername, &[]),
        (Field::Picture, &[]),
        (Field::PhoneNumber, &[]),
        (Field::PhoneNumberVerified, &[]),
        (Field::Locale, &[]),
        (Field::Zoneinfo, &[]),
    ],
    always: &[],
    created: &["UserCreateDate"],
    last_login: &[],
    standing: |record, _| blocked_where(record, "Enabled", false),
    prepare: cognito,
    table: Table { escaped_commas: true, ..PLAIN },
};

fn cognito(record: &mut Claims) -> Result<(), Unfit> {
    let Some(Json::Array(attributes)) =
        record.remove("Attributes").or_else(|| record.remove("UserAttributes"))
    else {
        return Ok(());
    };
    for attribute in attributes {
        if let (Some(name), Some(value)) =
            (attribute.get("Name").and_then(Json::as_str), attribute.get("Value"))
        {
            record.insert(name.to_owned(), value.clone());
        }
    }
    Ok(())
}

/// Headings in the claims' names, or what people call them. Texts that were kept from being formulas are what
/// they were.
pub(super) static CSV: Source = Source {
    holders: &[],
    lines: false,
    subject: &[],
    always_has_subject: false,
    fields: COGNITO.fields,
    always: &[],
    created: &["created_at"],
    last_login: &["last_login_at"],
    standing: csv_standing,
    prepare: |record| {
        for value in record.values_mut() {
            if let Json::String(text) = value
                && let Some(rest) = text.strip_prefix('\'')
                && crate::files::formula::looks_like_formula(rest)
            {
                *text = rest.to_owned();
            }
        }
        Ok(())
    },
    table: Table { column: csv_column, ..PLAIN },
};

/// Whoever was not let in where the table comes from is not let in by it.
fn csv_standing(record: &Claims, _: identity::Timestamp) -> Option<Standing> {
    let word = text_at(record, "status").map(|word| word.to_lowercase());
    let blocked = match word.as_deref() {
        Some("disabled" | "tombstone" | "blocked" | "suspended" | "inactive" | "deleted" | "banned") => {
            Some(true)
        }
        Some(_) => Some(false),
        None => None,
    };
    let flags = [("blocked", true), ("disabled", true), ("enabled", false), ("active", false)];
    let by_flag = flags.iter().find_map(|(name, says)| flag_at(record, name).map(|flag| flag == *says));
    blocked.or(by_flag).map(|blocked| if blocked { Standing::Blocked } else { Standing::Present })
}

fn csv_column(heading: &str) -> String {
    let mut name = String::new();
    for c in heading.chars() {
        match c {
            ' ' | '-' | '_' => name.push('_'),
            c if c.is_uppercase() && name.ends_with(|last: char| last.is_lowercase()) => {
                name.push('_');
                name.extend(c.to_lowercase());
            }
            c => name.extend(c.to_lowercase()),
        }
    }
    let known = match &*name {
        "e_mail" | "mail" | "email_address" => "email",
        "first_name" | "firstname" | "givenname" => "given_name",
        "last_name" | "lastname" | "surname" | "familyname" => "family_name",
        "display_name" | "full_name" | "displayname" | "fullname" => "name",
        "username" | "user_name" | "login" => "preferred_username",
        "phone" | "mobile" | "mobile_phone" | "telephone" => "phone_number",
        "phone_verified" => "phone_number_verified",
        "avatar" | "avatar_url" | "photo" | "photo_url" | "picture_url" => "picture",
        "timezone" | "time_zone" => "zoneinfo",
        "language" | "preferred_language" => "locale",
        other => other,
    };
    known.to_owned()
}
