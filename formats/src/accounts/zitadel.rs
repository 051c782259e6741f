//! Users of ZITADEL's User Service v2: `human` holds the person, `machine` none.

use identity::{Claims, Field, Standing};

use crate::files::import::{PLAIN, Source, Unfit, text_at};

pub(super) static SOURCE: Source = Source {
    holders: &["result"],
    lines: false,
    subject: &["userId"],
    always_has_subject: true,
    fields: &[
        (Field::Email, &["human.email.email"]),
        (Field::EmailVerified, &["human.email.isVerified"]),
        (Field::Name, &["human.profile.displayName"]),
        (Field::GivenName, &["human.profile.givenName"]),
        (Field::FamilyName, &["human.profile.familyName"]),
        (Field::PreferredUsername, &["preferredLoginName", "username"]),
        (Field::Picture, &["human.profile.avatarUrl"]),
        (Field::PhoneNumber, &["human.phone.phone"]),
        (Field::PhoneNumberVerified, &["human.phone.isVerified"]),
        (Field::Locale, &["human.profile.preferredLanguage"]),
    ],
    // Protocol Buffers leave out what is empty or false.
    always: &[
        Field::Email,
        Field::EmailVerified,
        Field::Name,
        Field::GivenName,
        Field::FamilyName,
        Field::PreferredUsername,
        Field::Picture,
        Field::PhoneNumber,
        Field::PhoneNumberVerified,
    ],
    created: &["details.creationDate"],
    last_login: &[],
    standing: |record, _| Some(standing(record)),
    prepare: |record| match record.contains_key("machine") {
        true => Err(Unfit::NoPerson),
        false => Ok(()),
    },
    table: PLAIN,
};

fn standing(record: &Claims) -> Standing {
    match text_at(record, "state").as_deref() {
        Some("USER_STATE_INACTIVE" | "USER_STATE_LOCKED" | "USER_STATE_SUSPEND") => Standing::Blocked,
        Some("USER_STATE_DELETED") => Standing::Deleted,
        _ => Standing::Present,
    }
}
