//! Whose log-in said what is theirs to do; and that nothing pushed adds to it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::*;
use crate::{Access, Digest, Extent, Origin, Source, Timestamp, UserId, merge};

const ISSUER: &str = "https://one.example";

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(seconds, 0).unwrap()
}

fn said(source: Source, subject: &str, at: i64, claims: Json) -> Observation {
    Observation {
        provider: "main".into(),
        issuer: ISSUER.into(),
        subject: subject.into(),
        origin: Origin { at: second(at), received_at: second(at), source, actor: None, run: None },
        extent: Extent::Partial,
        claims: claims.as_object().unwrap().clone(),
        standing: None,
    }
}

/// A session of whoever logged in so.
fn session(login: &Observation, rights: &Rights) -> Session {
    let now = second(0);
    let mut stated = Stated::default();
    stated.hear(login, rights);
    Session {
        id: Digest([0; 32]),
        user: UserId(Default::default()),
        provider: login.provider.clone(),
        issuer: login.issuer.clone(),
        subject: login.subject.clone(),
        sid: None,
        created_at: now,
        last_used_at: now,
        expires_at: now,
        auth_time: None,
        is_reauthentication: false,
        acr: None,
        device: Default::default(),
        refresh_at: None,
        tokens: Default::default(),
        access: Access { stated, ..Access::default() },
    }
}

fn user_after(history: &[Observation]) -> User {
    let merged = history.iter().fold(None::<User>, |user, observation| {
        Some(merge::merge(user.as_ref(), observation, UserId(Default::default())).user)
    });
    merged.unwrap()
}

fn email(provider: &str) -> Right {
    Right::Email { provider: provider.into(), email: "ada@example.com".into() }
}

fn admin() -> Right {
    Right::Claim { provider: "main".into(), name: "roles".into(), value: "admin".into() }
}

fn operators(right: Right) -> Rights {
    Rights { operators: vec![right], viewers: Vec::new() }
}

/// What somebody who logs in so may do.
fn role(rights: &Rights, claims: Json) -> Option<Role> {
    let login = said(Source::Login, "ada", 1, claims);
    rights.role(&session(&login, rights), &user_after(&[login]))
}

#[test]
fn an_e_mail_counts_where_its_provider_verified_it_and_nowhere_else() {
    let rights = operators(email("main"));
    let verified = json!({"email": "ada@example.com", "email_verified": true});
    assert_eq!(role(&rights, verified.clone()), Some(Role::Operator));
    for not in [
        json!({"email": "ada@example.com", "email_verified": false}),
        json!({"email": "ada@example.com"}),
        json!({"email": "Ada@example.com", "email_verified": true}),
        json!({"email": "ada@example.com ", "email_verified": true}),
        json!({"email": "ada@example.com.evil.example", "email_verified": true}),
        json!({"name": "ada@example.com", "email_verified": true}),
        json!({}),
    ] {
        assert_eq!(role(&rights, not.clone()), None, "{not}");
    }
    assert_eq!(role(&operators(email("other")), verified), None, "another provider vouches for nobody here");
}

#[test]
fn a_claim_counts_by_its_value_or_as_one_of_a_list() {
    let rights = operators(admin());
    for yes in [json!("admin"), json!(["user", "admin"])] {
        assert_eq!(role(&rights, json!({"roles": yes})), Some(Role::Operator), "{yes}");
    }
    for no in [
        json!("Admin"),
        json!("admin2"),
        json!(["administrator"]),
        json!([["admin"]]),
        json!({"admin": true}),
        json!(null),
        json!(""),
    ] {
        assert_eq!(role(&rights, json!({"roles": no})), None, "{no}");
    }
    let flag = Right::Claim { provider: "main".into(), name: "admin".into(), value: "true".into() };
    assert_eq!(role(&operators(flag.clone()), json!({"admin": true})), Some(Role::Operator));
    assert_eq!(role(&operators(flag), json!({"admin": false})), None);
}

#[test]
fn an_identity_counts_byte_for_byte() {
    let of = |subject: &str| Right::Identity { issuer: ISSUER.into(), subject: subject.into() };
    assert_eq!(role(&operators(of("ada")), json!({})), Some(Role::Operator));
    assert_eq!(role(&operators(of("Ada")), json!({})), None);
    let elsewhere = Right::Identity { issuer: format!("{ISSUER}/"), subject: "ada".into() };
    assert_eq!(role(&operators(elsewhere), json!({})), None);
}

#[test]
fn an_operator_is_more_than_a_viewer_and_nobody_named_is_neither() {
    let both = Rights { operators: vec![admin()], viewers: vec![email("main"), admin()] };
    let verified = json!({"email": "ada@example.com", "email_verified": true});
    assert_eq!(role(&both, verified), Some(Role::Viewer));
    assert_eq!(role(&both, json!({"roles": ["admin"]})), Some(Role::Operator));
    assert_eq!(role(&both, json!({"roles": ["other"]})), None);
    assert_eq!(role(&Rights::default(), json!({"roles": ["admin"]})), None);
    assert!(Role::Viewer < Role::Operator);
}

#[test]
fn rights_go_with_the_identity_by_which_the_session_began() {
    let rights = operators(email("main"));
    let login = said(Source::Login, "ada", 1, json!({"email": "ada@example.com", "email_verified": true}));
    let other = said(Source::Login, "other", 2, json!({"name": "Ada"}));
    let user = user_after(&[login.clone(), other.clone()]);
    assert_eq!(rights.role(&session(&login, &rights), &user), Some(Role::Operator));
    assert_eq!(rights.role(&session(&other, &rights), &user), None, "the other one was never verified");
    let mut unlinked = user;
    unlinked.identities.retain(|one| one.subject != "ada");
    assert_eq!(rights.role(&session(&login, &rights), &unlinked), None);
}

#[test]
fn a_refresh_gives_and_takes_and_its_silence_does_neither() {
    let rights = Rights { operators: vec![email("main")], viewers: vec![admin()] };
    let verified = json!({"email": "ada@example.com", "email_verified": true, "roles": ["admin"]});
    let mut stated = Stated::default();
    stated.hear(&said(Source::Login, "ada", 1, verified.clone()), &rights);
    let before = stated.clone();
    for silent in [json!({}), json!({"email": null, "roles": null}), json!({"email": "ada@example.com"})] {
        stated.hear(&said(Source::Refresh, "ada", 2, silent), &rights);
        assert_eq!(stated, before);
    }
    for taken in
        [json!({"email": "eve@example.com"}), json!({"email": "ada@example.com", "email_verified": false})]
    {
        let mut stated = before.clone();
        stated.hear(&said(Source::Refresh, "ada", 2, taken), &rights);
        assert_eq!(stated.verified_email, None);
    }
    let mut stated = Stated::default();
    assert!(stated.is_empty());
    stated.hear(&said(Source::Refresh, "ada", 2, verified), &rights);
    assert_eq!(stated, before);
}

#[test]
fn the_claims_are_asked_for_only_where_a_right_rests_on_them() {
    let rights = Rights { operators: vec![email("main")], viewers: vec![admin()] };
    let asks = |claims| rights.rests_on_claims(&session(&said(Source::Login, "ada", 1, claims), &rights));
    assert!(asks(json!({"roles": ["admin"]})));
    assert!(!asks(json!({"roles": ["user"]})) && !asks(json!({"email": "ada@example.com"})));
}

#[test]
fn a_right_is_shown_as_the_settings_write_it() {
    assert_eq!(email("main").to_string(), "main/email:ada@example.com");
    assert_eq!(admin().to_string(), "main/claim:roles=admin");
    let identity = Right::Identity { issuer: ISSUER.into(), subject: "a|b".into() };
    assert_eq!(identity.to_string(), "sub:https://one.example|a|b");
}

fn any_push() -> impl Strategy<Value = Observation> {
    let sources = [Source::Webhook, Source::Scim, Source::Scan, Source::Import];
    let emails = ["ada@example.com", "eve@example.com"];
    let claims = (select(emails.to_vec()), any::<bool>(), any::<bool>());
    let extents = [Extent::Partial, Extent::Full(["email", "roles"].map(str::to_owned).into())];
    (select(sources.to_vec()), 0..9i64, select(extents.to_vec()), claims).prop_map(
        |(source, at, extent, (email, verified, is_admin))| {
            let roles: &[&str] = if is_admin { &["admin"] } else { &[] };
            let claims = json!({"email": email, "email_verified": verified, "roles": roles});
            Observation { extent, ..said(source, "ada", at, claims) }
        },
    )
}

proptest! {
    /// Whatever is pushed, before or after the log-in, nobody may do more than that log-in said.
    #[test]
    fn what_is_pushed_takes_rights_away_and_never_gives_any(
        before in vec(any_push(), 0..4),
        after in vec(any_push(), 0..4),
        (is_ada, is_verified, is_admin) in any::<(bool, bool, bool)>(),
    ) {
        let rights = Rights { operators: vec![email("main")], viewers: vec![admin()] };
        let email = if is_ada { "ada@example.com" } else { "eve@example.com" };
        let roles: &[&str] = if is_admin { &["admin"] } else { &[] };
        let claims = json!({"email": email, "email_verified": is_verified, "roles": roles});
        let login = said(Source::Login, "ada", 5, claims);
        let alone = rights.role(&session(&login, &rights), &user_after(std::slice::from_ref(&login)));
        let session = session(&login, &rights);
        let history: Vec<Observation> = [before, vec![login], after].concat();
        prop_assert!(rights.role(&session, &user_after(&history)) <= alone);
    }
}
