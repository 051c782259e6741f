//! Keycloak's `UserRepresentation` and SCIM's `User`.

use identity::{Claims, Field};
use serde_json::{Value as Json, json};

use crate::files::import::source::{PLAIN, Source, Unfit, blocked_where, text, text_at};

/// Members without a value are left out there, so silence is meant. Of the attributes only what is there counts:
/// a record of Keycloak's knows no `picture`.
pub(super) static KEYCLOAK: Source = Source {
    holders: &["users"],
    lines: false,
    subject: &["id"],
    always_has_subject: true,
    fields: &[
        (Field::Email, &[]),
        (Field::EmailVerified, &["emailVerified"]),
        (Field::Name, &[]),
        (Field::GivenName, &["firstName"]),
        (Field::FamilyName, &["lastName"]),
        (Field::PreferredUsername, &["username"]),
        (Field::Picture, &["attributes.picture.0"]),
        (Field::PhoneNumber, &["attributes.phoneNumber.0"]),
        (Field::PhoneNumberVerified, &["attributes.phoneNumberVerified.0"]),
        (Field::Locale, &["attributes.locale.0"]),
        (Field::Zoneinfo, &["attributes.zoneinfo.0"]),
    ],
    always: &[
        Field::Email,
        Field::EmailVerified,
        Field::Name,
        Field::GivenName,
        Field::FamilyName,
        Field::PreferredUsername,
    ],
    created: &["createdTimestamp"],
    last_login: &[],
    standing: |record, _| blocked_where(record, "enabled", false),
    prepare: keycloak,
    table: PLAIN,
};

fn keycloak(record: &mut Claims) -> Result<(), Unfit> {
    if record.contains_key("realm") && !record.contains_key("username") {
        return Err(Unfit::Wrong("a realm, not a user: export one realm alone"));
    }
    if record.contains_key("serviceAccountClientId") {
        return Err(Unfit::NoPerson);
    }
    // As the mapper of the scope `profile` puts it together.
    let parts: Vec<String> =
        ["firstName", "lastName"].iter().filter_map(|part| text_at(record, part)).collect();
    record.remove("name");
    if !parts.is_empty() {
        record.insert("name".into(), json!(parts.join(" ")));
    }
    Ok(())
}

/// RFC 7643: `id` is the provider's; no flag says whether an address was verified.
pub(super) static SCIM: Source = Source {
    holders: &["Resources"],
    lines: false,
    subject: &["id"],
    always_has_subject: true,
    fields: &[
        (Field::Email, &[]),
        (Field::Name, &["displayName", "name.formatted"]),
        (Field::GivenName, &["name.givenName"]),
        (Field::FamilyName, &["name.familyName"]),
        (Field::PreferredUsername, &["userName"]),
        (Field::Picture, &[]),
        (Field::PhoneNumber, &[]),
        (Field::Locale, &["preferredLanguage"]),
        (Field::Zoneinfo, &["timezone"]),
    ],
    always: &[
        Field::Email,
        Field::Name,
        Field::GivenName,
        Field::FamilyName,
        Field::PreferredUsername,
        Field::PhoneNumber,
    ],
    created: &["meta.created"],
    last_login: &[],
    standing: |record, _| blocked_where(record, "active", false),
    prepare: scim,
    table: PLAIN,
};

fn scim(record: &mut Claims) -> Result<(), Unfit> {
    // `name` is an object here and a text among the claims: the raw one goes on under another word.
    let formatted = text_at(record, "displayName").or_else(|| text_at(record, "name.formatted"));
    for (plural, claim) in [("emails", "email"), ("phoneNumbers", "phone_number"), ("photos", "picture")] {
        let value = primary(record.get(plural));
        set(record, claim, value);
    }
    for (path, claim) in [("name.givenName", "given_name"), ("name.familyName", "family_name")] {
        let value = text_at(record, path);
        set(record, claim, value);
    }
    if record.get("name").is_some_and(Json::is_object)
        && let Some(names) = record.remove("name")
    {
        record.insert("scim_name".into(), names);
    }
    set(record, "name", formatted);
    Ok(())
}

fn set(record: &mut Claims, claim: &str, value: Option<String>) {
    if let Some(value) = value {
        record.insert(claim.to_owned(), Json::String(value));
    }
}

/// The value of the primary entry, else of the first.
fn primary(entries: Option<&Json>) -> Option<String> {
    let entries = entries?.as_array()?;
    let is_primary = |entry: &&Json| entry.get("primary").and_then(Json::as_bool) == Some(true);
    entries.iter().find(is_primary).or(entries.first())?.get("value").and_then(text)
}
