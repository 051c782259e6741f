//! Firebase and Supabase.

use identity::{Claims, Field, Standing, Timestamp};
use serde_json::{Value as Json, json};

use crate::files::import::source::{PLAIN, Source, Table, Unfit, at, blocked_where, text_at};
use crate::files::import::times;

/// `src/accountExporter.ts` of firebase-tools: JSON leaves out what there is none of.
pub(super) static FIREBASE: Source = Source {
    holders: &["users"],
    lines: false,
    subject: &["localId"],
    always_has_subject: true,
    fields: &[
        (Field::Email, &[]),
        (Field::EmailVerified, &["emailVerified"]),
        (Field::Name, &["displayName"]),
        (Field::Picture, &["photoUrl"]),
        (Field::PhoneNumber, &["phoneNumber"]),
    ],
    always: &[Field::Email, Field::EmailVerified, Field::Name, Field::Picture, Field::PhoneNumber],
    created: &["createdAt"],
    last_login: &["lastSignedInAt", "lastLoginAt"],
    standing: |record, _| Some(blocked_where(record, "disabled", true).unwrap_or(Standing::Present)),
    prepare: |_| Ok(()),
    table: Table { headless: Some(firebase_columns), ..PLAIN },
};

/// By position: 28 columns until 2022 or so, 52 since; a comma ends each row.
fn firebase_columns(width: usize) -> Option<&'static [&'static str]> {
    matches!(width, 28 | 52).then(|| &FIREBASE_COLUMNS[..width])
}

static FIREBASE_COLUMNS: [&str; 52] = [
    "localId",
    "email",
    "emailVerified",
    "passwordHash",
    "salt",
    "displayName",
    "photoUrl",
    "google.com/rawId",
    "google.com/email",
    "google.com/displayName",
    "google.com/photoUrl",
    "facebook.com/rawId",
    "facebook.com/email",
    "facebook.com/displayName",
    "facebook.com/photoUrl",
    "twitter.com/rawId",
    "twitter.com/email",
    "twitter.com/displayName",
    "twitter.com/photoUrl",
    "github.com/rawId",
    "github.com/email",
    "github.com/displayName",
    "github.com/photoUrl",
    "createdAt",
    "lastSignedInAt",
    "phoneNumber",
    "disabled",
    "customAttributes",
    "apple.com/rawId",
    "apple.com/email",
    "apple.com/displayName",
    "apple.com/photoUrl",
    "microsoft.com/rawId",
    "microsoft.com/email",
    "microsoft.com/displayName",
    "microsoft.com/photoUrl",
    "gc.apple.com/rawId",
    "gc.apple.com/email",
    "gc.apple.com/displayName",
    "gc.apple.com/photoUrl",
    "playgames.google.com/rawId",
    "playgames.google.com/email",
    "playgames.google.com/displayName",
    "playgames.google.com/photoUrl",
    "linkedin.com/rawId",
    "linkedin.com/email",
    "linkedin.com/displayName",
    "linkedin.com/photoUrl",
    "yahoo.com/rawId",
    "yahoo.com/email",
    "yahoo.com/displayName",
    "yahoo.com/photoUrl",
];

/// `auth.users`: metadata is JSON, in tables within a text; many have no address. What a user may write of
/// themselves (`raw_user_meta_data`) proves nothing, so no flag is taken from it.
pub(super) static SUPABASE: Source = Source {
    holders: &["users"],
    lines: false,
    subject: &["id"],
    always_has_subject: true,
    fields: &[
        (Field::Email, &[]),
        (Field::EmailVerified, &["email_confirmed_at"]),
        (
            Field::Name,
            &[
                "raw_user_meta_data.full_name",
                "raw_user_meta_data.name",
                "user_metadata.full_name",
                "user_metadata.name",
            ],
        ),
        (Field::GivenName, &["first_name", "raw_user_meta_data.given_name", "raw_user_meta_data.first_name"]),
        (Field::FamilyName, &["last_name", "raw_user_meta_data.family_name", "raw_user_meta_data.last_name"]),
        (
            Field::Picture,
            &[
                "raw_user_meta_data.avatar_url",
                "raw_user_meta_data.picture",
                "user_metadata.avatar_url",
                "user_metadata.picture",
            ],
        ),
        (Field::PhoneNumber, &["phone"]),
        (Field::PhoneNumberVerified, &["phone_confirmed_at"]),
    ],
    always: &[],
    created: &["created_at"],
    last_login: &["last_sign_in_at"],
    standing: supabase_standing,
    prepare: supabase,
    table: PLAIN,
};

fn supabase_standing(record: &Claims, now: Timestamp) -> Option<Standing> {
    if text_at(record, "deleted_at").is_some() {
        return Some(Standing::Deleted);
    }
    let banned = at(record, "banned_until").and_then(times::read).is_some_and(|until| until > now);
    Some(if banned { Standing::Blocked } else { Standing::Present })
}

fn supabase(record: &mut Claims) -> Result<(), Unfit> {
    for name in ["email_verified", "phone_number", "phone_number_verified"] {
        record.remove(name);
    }
    for (value, confirmed, flag) in [
        ("email", "email_confirmed_at", "email_verified"),
        ("phone", "phone_confirmed_at", "phone_number_verified"),
    ] {
        if text_at(record, value).is_some()
            && (record.contains_key(confirmed) || text_at(record, value).is_some())
        {
            let verified = text_at(record, confirmed).is_some();
            record.insert(flag.to_owned(), json!(verified));
        }
    }
    // Numbers stand there in E.164 without the plus.
    if let Some(number) =
        text_at(record, "phone").filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
    {
        record.insert("phone_number".to_owned(), Json::String(format!("+{number}")));
    }
    Ok(())
}
