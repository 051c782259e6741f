//! What the operator keeps as it is: nobody who states anything changes it, a log-in included; all else goes on.

use super::*;
use crate::hold::{Held, Hold};

fn hold() -> Hold {
    Hold { at: second(5), actor: None, run: None }
}

fn ada() -> Observation {
    login(1, json!({"name": "Ada", "email": "ada@one.example", "email_verified": true}))
}

/// Ada, with this held.
fn keeping(held: &[Held]) -> User {
    let mut user = after(&[ada()]).user;
    user.identities[0].holds = held.iter().map(|held| (*held, hold())).collect();
    user
}

#[test]
fn a_field_that_is_held_stays_and_the_others_go_on() {
    let user = keeping(&[Held::Field(Field::Name)]);
    let said = json!({"name": "Eve", "email": "eve@one.example", "email_verified": true});
    for next in [login(9, said.clone()), webhook(9, said.clone()), scan(9, said.clone())] {
        let merged = merge(Some(user.clone()), &next, id(1));
        assert_eq!(merged.user.text(Field::Name).as_deref(), Some("Ada"));
        assert_eq!(email(&merged.user), (Some("eve@one.example".into()), Some(true)));
        assert_eq!(merged.user.identities[0].claims["name"], "Eve", "claims are what the provider says");
    }
    let cleared = merge(Some(user), &scan(9, json!({})), id(1)).user;
    assert_eq!((cleared.text(Field::Name).as_deref(), email(&cleared)), (Some("Ada"), (None, None)));
}

#[test]
fn an_e_mail_that_is_held_keeps_its_flag_but_where_the_provider_speaks_of_this_very_e_mail() {
    let user = keeping(&[Held::Field(Field::Email)]);
    let of = |said: Json| email(&merge(Some(user.clone()), &login(9, said), id(1)).user);
    let kept = |flag| (Some("ada@one.example".to_owned()), Some(flag));
    assert_eq!(of(json!({"email": "eve@one.example", "email_verified": false})), kept(true));
    assert_eq!(of(json!({"email": "eve@one.example"})), kept(true));
    assert_eq!(of(json!({"email": "ada@one.example", "email_verified": false})), kept(false));
}

#[test]
fn a_flag_that_is_held_keeps_what_it_vouches_for() {
    let user = keeping(&[Held::Field(Field::EmailVerified)]);
    for said in [
        json!({"email": "eve@one.example", "email_verified": false}),
        json!({"email": "ada@one.example", "email_verified": false}),
        json!({}),
    ] {
        let merged = merge(Some(user.clone()), &scan(9, said), id(1)).user;
        assert_eq!(email(&merged), (Some("ada@one.example".into()), Some(true)));
    }
}

#[test]
fn a_standing_that_is_held_is_lifted_or_lowered_by_nobody() {
    let user = keeping(&[Held::Standing]);
    let gone = |source| Observation { standing: Some(Standing::Deleted), ..by(source, login(9, json!({}))) };
    for source in [Source::Webhook, Source::Scan, Source::Scim] {
        let merged = merge(Some(user.clone()), &gone(source), id(1));
        assert_eq!((merged.user.status(), merged.ends), (Status::Active, vec![]), "nobody is put out by it");
    }
    let mut out = user;
    out.identities[0].standing = Standing::Blocked;
    let merged = merge(Some(out), &login(9, json!({})), id(1)).user;
    assert_eq!((merged.status(), merged.login_count), (Status::Tombstone, 2), "a log-in included");
}

#[test]
fn a_hold_of_one_identity_is_none_of_another() {
    let user = keeping(&[Held::Field(Field::Name), Held::Standing]);
    let merged = merge(Some(user), &elsewhere(login(9, json!({"name": "Eve"}))), id(1)).user;
    assert_eq!(merged.text(Field::Name).as_deref(), Some("Eve"), "the one that logged in last shows");
    assert_eq!(merged.identity("https://one.example", "ada").unwrap().facts[&Field::Name].value, text("Ada"));
}
