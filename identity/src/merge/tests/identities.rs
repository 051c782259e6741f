//! Users with several identities: whose profile shows, and whose word fills in.

use super::*;

fn two() -> User {
    let main = login(1, json!({"name": "Ada", "email": "ada@one.example", "email_verified": true}));
    let other = elsewhere(login(2, json!({"name": "Countess", "locale": "en"})));
    after(&[main, other]).user
}

#[test]
fn the_profile_is_that_of_the_identity_that_logged_in_last_and_the_others_fill_in() {
    let user = two();
    assert_eq!(user.identities.len(), 2);
    assert_eq!(user.text(Field::Name).as_deref(), Some("Countess"));
    assert_eq!(email(&user), (Some("ada@one.example".into()), Some(true)));
    let merged = merge(Some(user), &login(3, json!({})), id(1));
    assert_eq!(merged.user.text(Field::Name).as_deref(), Some("Ada"));
    assert_eq!(merged.user.text(Field::Locale).as_deref(), Some("en"));
    assert_eq!(told(&merged), [], "nobody said another name");
    assert_eq!(told_besides(&merged), [What::CameForward { from: Some(second(1)) }]);
    assert_eq!(merged.user.updated_at, second(2));
}

#[test]
fn what_the_other_provider_says_meanwhile_never_makes_the_profile_flap() {
    let merged = merge(Some(two()), &webhook(3, json!({"name": "Ada K.", "locale": "de"})), id(1));
    assert_eq!(merged.user.text(Field::Name).as_deref(), Some("Countess"));
    assert_eq!(told(&merged).len(), 2, "it is kept with the identity");
    // Its positive twin: the identity in front is heard.
    let front = elsewhere(webhook(3, json!({"name": "Countess L."})));
    let merged = merge(Some(merged.user), &front, id(1));
    assert_eq!(told(&merged), [(Field::Name, text("Countess"), text("Countess L."))]);
}

#[test]
fn a_field_that_the_identity_in_front_loses_is_filled_from_behind() {
    let merged = merge(Some(two()), &elsewhere(scan(3, json!({}))), id(1));
    assert_eq!(merged.user.text(Field::Name).as_deref(), Some("Ada"));
    assert_eq!(told(&merged), [(Field::Name, text("Countess"), None), (Field::Locale, text("en"), None)]);
}

#[test]
fn a_flag_never_vouches_for_the_e_mail_of_another_identity() {
    let other = elsewhere(login(3, json!({"email": "ada@two.example"})));
    let merged = merge(Some(two()), &other, id(1));
    assert_eq!(email(&merged.user), (Some("ada@two.example".into()), Some(false)));
    // Nor does it where both state the same e-mail: each vouches for its own.
    let other = elsewhere(login(4, json!({"email": "ada@one.example"})));
    let merged = merge(Some(merged.user), &other, id(1));
    assert_eq!(email(&merged.user), (Some("ada@one.example".into()), Some(false)));
}

#[test]
fn issuer_and_subject_together_are_the_key_byte_for_byte() {
    let near =
        [("https://one.example/", "ada"), ("https://one.example", "Ada"), ("https://one.example", "ada ")];
    let mut user = after(&[login(1, json!({}))]).user;
    for (issuer, subject) in near {
        let other = Observation { issuer: issuer.into(), subject: subject.into(), ..login(1, json!({})) };
        user = merge(Some(user), &other, id(1)).user;
    }
    assert_eq!(user.identities.len(), 4);
    let merged = merge(Some(user), &login(2, json!({})), id(1));
    assert_eq!(merged.user.identities.len(), 4);
    assert_eq!(merged.user.identities[0].last_login_at, Some(second(2)));
}
