//! Whatever goes out comes back, or is reported: nothing vanishes in silence, nothing is verified on the way.

use std::collections::BTreeMap;

use identity::{Field, Standing};
use proptest::prelude::*;

use super::*;
use crate::files::import::{self, Item, Record};

fn read_back(format: Format, files: &[(String, String)]) -> Vec<Record> {
    let from: import::Format = format.to_string().parse().unwrap();
    let subject = match format {
        Format::Cognito => Some("cognito:username".to_owned()),
        Format::Csv => Some("id".to_owned()),
        _ => None,
    };
    let options = import::Options { subject, now: at("2027-01-01T00:00:00Z") };
    let items = files.iter().flat_map(|(_, text)| import::read(text.as_bytes(), from, options.clone()));
    let records = items.map(|item| match item {
        Ok(Item::Record(record)) => *record,
        other => panic!("{format}: {other:?} in {files:?}"),
    });
    records.collect()
}

/// The user's own values, as a claim would state them.
fn stated(user: &UserLine) -> BTreeMap<Field, String> {
    let flag = |of: &Option<String>, flag: Option<bool>| of.as_ref().and(flag).map(|flag| flag.to_string());
    let all = [
        (Field::Email, user.email.clone()),
        (Field::EmailVerified, flag(&user.email, user.email_verified)),
        (Field::Name, user.name.clone()),
        (Field::GivenName, user.given_name.clone()),
        (Field::FamilyName, user.family_name.clone()),
        (Field::PreferredUsername, user.preferred_username.clone()),
        (Field::Picture, user.picture.clone()),
        (Field::PhoneNumber, user.phone_number.clone()),
        (Field::PhoneNumberVerified, flag(&user.phone_number, user.phone_number_verified)),
        (Field::Locale, user.locale.clone()),
        (Field::Zoneinfo, user.zoneinfo.clone()),
    ];
    all.into_iter().filter_map(|(field, value)| Some((field, value?))).collect()
}

/// A value without what formats write in another way: blanks in numbers, `_` in language tags, case of names.
fn plain(field: Field, value: &str) -> String {
    match field {
        Field::PhoneNumber => value.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
        Field::Locale => value.replace('_', "-"),
        Field::PreferredUsername => value.to_lowercase(),
        _ => value.to_owned(),
    }
}

fn read(record: &Record, field: Field) -> Option<String> {
    record.claims.get(field.as_str()).map(|value| value.as_str().map_or(value.to_string(), str::to_owned))
}

fn check(format: Format, users: &[UserLine]) -> Result<(), TestCaseError> {
    let (files, losses, summary) = written(format, options(), users);
    let lost = |user: &UserLine, kind: Kind, what: &str| {
        losses.iter().any(|loss| loss.user == user.id && loss.kind == kind && loss.what == what)
    };
    let out = |user: &&UserLine| losses.iter().any(|loss| loss.user == user.id && loss.kind == Kind::LeftOut);
    let records = if summary.written > 0 { read_back(format, &files) } else { Vec::new() };
    let kept: Vec<&UserLine> = users.iter().filter(|user| !out(user)).collect();
    prop_assert_eq!((records.len(), summary.written), (kept.len(), kept.len() as u64));
    for (user, record) in kept.into_iter().zip(records) {
        if !matches!(format, Format::Okta | Format::Entra) {
            prop_assert_eq!(record.subject.clone(), Some(user.id.to_string()));
        }
        let may_enter = user.status == Status::Active;
        prop_assert_eq!(may_enter, !matches!(record.standing, Some(Standing::Blocked)), "{}", format);
        for (field, value) in stated(user) {
            let found = read(&record, field).map(|found| plain(field, &found));
            let derived = field == Field::Name && !lost(user, Kind::NoPlace, "name");
            let no = value == "false" && field.vouches_for().is_some();
            prop_assert!(
                found == Some(plain(field, &value))
                    || lost(user, Kind::NoPlace, field.as_str())
                    || field.vouches_for().is_some_and(|of| lost(user, Kind::NoPlace, of.as_str()))
                    || lost(user, Kind::NameMade, field.as_str())
                    || (derived && found.is_none())
                    || (no
                        && found.is_none()
                        && lost(user, Kind::NotVerified, field.vouches_for().unwrap_or(field).as_str())),
                "{} lost {} of {:?}: {:?}, {:?}",
                format,
                field,
                user,
                found,
                losses
            );
        }
        for field in [Field::EmailVerified, Field::PhoneNumberVerified] {
            if read(&record, field).as_deref() == Some("true") {
                prop_assert_eq!(stated(user).get(&field).cloned(), Some("true".to_owned()), "{}", format);
            }
        }
        for field in [Field::Email, Field::PhoneNumber] {
            if let Some(found) = read(&record, field) {
                let said = stated(user).get(&field).map(|said| plain(field, said));
                prop_assert_eq!(Some(plain(field, &found)), said, "{} made something up", format);
            }
        }
    }
    Ok(())
}

/// The formats that are both written and read as records.
fn pairs() -> impl Iterator<Item = Format> {
    Format::ALL.iter().copied().filter(|format| !matches!(format, Format::Sparekey | Format::Zitadel))
}

#[test]
fn ada_comes_back_whole_or_with_what_was_reported() {
    for format in pairs() {
        check(
            format,
            &[
                ada(),
                nobody(2),
                mailed(3, "c@example.com", false),
                disabled(mailed(4, "d@example.com", true)),
            ],
        )
        .unwrap_or_else(|error| panic!("{format}: {error}"));
    }
}

fn text() -> BoxedStrategy<Option<String>> {
    let odd = prop_oneof![
        Just("=cmd|' /C calc'!A0".to_owned()),
        Just("'tis".to_owned()),
        Just("-".to_owned()),
        Just("Lovelace, \"Ada\"\nCountess".to_owned()),
        Just("back\\slash".to_owned()),
        Just("back\\".to_owned()),
        Just(" blank ".to_owned()),
        Just("🦀".repeat(200)),
        "[A-Za-zäöü ,;'\"\\\\=+@{}<>-]{1,12}",
        "\\PC{1,300}",
    ];
    // What looks like JSON is looked into for secrets, and is no text any more.
    let odd = odd.prop_filter("JSON, blank", |text: &String| {
        !text.trim().is_empty() && !text.trim_start().starts_with(['{', '['])
    });
    proptest::option::weighted(0.7, prop_oneof![3 => "[A-Z][a-zé]{1,9}", 2 => odd]).boxed()
}

prop_compose! {
    fn person(number: u128)(
        email in proptest::option::weighted(0.8, prop_oneof![
            6 => "[a-f]{1,2}@[a-c]\\.example", 1 => "[a-z'+]{1,8}@x\\.example", 1 => "\\PC{1,20}"
        ]),
        email_verified in any::<Option<bool>>(),
        names in (text(), text(), text(), text()),
        more in (text(), text(), text()),
        phone in proptest::option::of(prop_oneof!["\\+[1-9]{1,3} [0-9 ()-]{3,9}", "[0-9]{5,9}", "\\+49;ext=[0-9]"]),
        phone_verified in any::<Option<bool>>(),
        status in prop_oneof![4 => Just(Status::Active), 1 => Just(Status::Disabled), 1 => Just(Status::Tombstone)],
    ) -> UserLine {
        UserLine {
            email, email_verified, status, phone_number: phone, phone_number_verified: phone_verified,
            name: names.0, given_name: names.1, family_name: names.2, preferred_username: names.3,
            picture: more.0, locale: more.1, zoneinfo: more.2,
            ..nobody(number)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_vanishes_in_silence_and_nothing_is_verified_on_the_way(
        one in person(1), two in person(2), three in person(3),
    ) {
        for format in pairs() {
            check(format, &[one.clone(), two.clone(), three.clone()])?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn our_own_lines_come_back_as_they_were(one in person(1), two in person(2)) {
        let users = [one, two];
        let (files, losses, _) = written(Format::Sparekey, options(), &users);
        let options = import::Options { subject: None, now: at("2027-01-01T00:00:00Z") };
        let lines = import::read(files[0].1.as_bytes(), import::Format::Sparekey, options).map(|item| match item {
            Ok(Item::Line(_, line)) => *line,
            other => panic!("{other:?}"),
        });
        prop_assert_eq!(lines.collect::<Vec<_>>(), users);
        prop_assert!(losses.is_empty());
    }

    #[test]
    fn no_bytes_end_a_process(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for format in import::Format::ALL {
            let options = import::Options { subject: None, now: at("2027-01-01T00:00:00Z") };
            prop_assert!(import::read(&*bytes, *format, options).count() <= bytes.len() + 1);
        }
    }

    #[test]
    fn no_text_ends_a_process(text in "[\\[\\]{}\",:a-c\\n\\\\ ]{0,200}") {
        for format in import::Format::ALL {
            let options = import::Options { subject: None, now: at("2027-01-01T00:00:00Z") };
            prop_assert!(import::read(text.as_bytes(), *format, options).count() <= text.len() + 1);
        }
    }
}
