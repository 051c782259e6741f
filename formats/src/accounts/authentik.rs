//! Users of authentik's API v3. Which of their members is the subject of a token, the provider's `sub_mode` says.

use identity::{Claims, Field};

use crate::files::import::{PLAIN, Source, Unfit, blocked_where, text_at};

pub(super) static SOURCE: Source = Source {
    holders: &["results"],
    lines: false,
    subject: &["uid"],
    always_has_subject: true,
    fields: &[
        (Field::Email, &[]),
        (Field::Name, &[]),
        (Field::PreferredUsername, &["username"]),
        (Field::Locale, &["attributes.settings.locale"]),
    ],
    always: &[Field::Email, Field::Name, Field::PreferredUsername],
    created: &["date_joined"],
    last_login: &["last_login"],
    standing: |record, _| blocked_where(record, "is_active", false),
    prepare: of_a_person,
    table: PLAIN,
};

fn of_a_person(record: &mut Claims) -> Result<(), Unfit> {
    match text_at(record, "type").as_deref() {
        Some("service_account" | "internal_service_account") => Err(Unfit::NoPerson),
        _ => Ok(()),
    }
}
