//! `email_verified` belongs to the e-mail it came with, and `phone_number_verified` to the number.

use super::*;

fn ada(verified: Json) -> Observation {
    login(1, json!({"email": "ada@example.com", "email_verified": verified}))
}

fn then(next: Json) -> (Option<String>, Option<bool>) {
    email(&after(&[ada(json!(true)), login(2, next)]).user)
}

fn of(address: &str, verified: bool) -> (Option<String>, Option<bool>) {
    (Some(address.into()), Some(verified))
}

#[test]
fn a_new_e_mail_with_the_flag_has_the_flag() {
    let new = |flag| json!({"email": "countess@example.com", "email_verified": flag});
    assert_eq!(then(new(true)), of("countess@example.com", true));
    assert_eq!(then(new(false)), of("countess@example.com", false));
}

#[test]
fn a_new_e_mail_without_the_flag_is_unverified() {
    assert_eq!(then(json!({"email": "countess@example.com"})), of("countess@example.com", false));
    let odd = json!({"email": "countess@example.com", "email_verified": "perhaps"});
    assert_eq!(then(odd), of("countess@example.com", false));
}

#[test]
fn a_first_e_mail_without_the_flag_is_unverified() {
    let merged = after(&[login(1, json!({"email": "ada@example.com"}))]);
    assert_eq!(email(&merged.user), of("ada@example.com", false));
    assert_eq!(told(&merged)[1], (Field::EmailVerified, None, Some(Value::Flag(false))));
}

#[test]
fn the_same_e_mail_without_the_flag_keeps_it() {
    assert_eq!(then(json!({"email": "ada@example.com"})), of("ada@example.com", true));
    assert_eq!(
        then(json!({"email": "ada@example.com", "email_verified": null})),
        of("ada@example.com", true)
    );
}

#[test]
fn e_mails_are_compared_byte_for_byte() {
    for near in ["Ada@example.com", "ada@example.com ", "ada@exampl\u{435}.com", "ada@example.com\u{0}"] {
        assert_eq!(then(json!({"email": near})).1, Some(false), "{near:?}");
    }
}

#[test]
fn the_flag_alone_is_not_heard() {
    assert_eq!(then(json!({"email_verified": false})), of("ada@example.com", true));
    let merged = after(&[ada(json!(false)), login(2, json!({"email_verified": true}))]);
    assert_eq!(email(&merged.user), of("ada@example.com", false));
    assert_eq!(email(&after(&[login(1, json!({"email_verified": true}))]).user), (None, None));
}

#[test]
fn the_flag_beside_the_same_e_mail_is_heard() {
    let merged = after(&[ada(json!(false)), ada(json!(true))]);
    assert_eq!(email(&merged.user), of("ada@example.com", true));
    assert_eq!(told(&merged), [(Field::EmailVerified, Some(Value::Flag(false)), Some(Value::Flag(true)))]);
}

#[test]
fn a_full_observation_without_the_flag_leaves_the_same_e_mail_unverified_however_often_it_comes() {
    let full = || scan(2, json!({"email": "ada@example.com"}));
    let once = after(&[ada(json!(true)), full()]);
    assert_eq!(email(&once.user), of("ada@example.com", false));
    let twice = merge(Some(once.user), &full(), id(1));
    assert_eq!(email(&twice.user), of("ada@example.com", false));
    assert!(twice.changes.is_empty());
}

#[test]
fn a_full_observation_without_the_e_mail_clears_its_flag_too() {
    let merged = after(&[ada(json!(true)), scan(2, json!({"email_verified": true}))]);
    assert_eq!(email(&merged.user), (None, None));
    let gone = [
        (Field::Email, text("ada@example.com"), None),
        (Field::EmailVerified, Some(Value::Flag(true)), None),
    ];
    assert_eq!(told(&merged), gone);
}

#[test]
fn a_phone_number_has_a_flag_of_its_own() {
    let with = json!({"phone_number": "+44 1", "phone_number_verified": true, "email": "ada@example.com"});
    let merged = after(&[login(1, with), login(2, json!({"phone_number": "+44 2"}))]);
    assert_eq!(merged.user.profile()[&Field::PhoneNumberVerified].value, &Value::Flag(false));
    assert_eq!(email(&merged.user), of("ada@example.com", false));
    assert_eq!(told(&merged).len(), 2);
}

#[test]
fn an_older_word_for_the_e_mail_that_is_there_never_outdoes_a_newer_silence() {
    let without = login(2, json!({"email": "ada@example.com"}));
    assert_eq!(email(&after(&[without.clone(), ada(json!(true))]).user), of("ada@example.com", false));
    let other = json!({"email": "countess@example.com", "email_verified": true});
    let merged = after(&[without, webhook(1, other)]);
    assert_eq!(email(&merged.user), of("ada@example.com", false), "nor the word for another");
}
