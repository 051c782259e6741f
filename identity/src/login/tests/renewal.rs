//! Renewing a session at its provider: when, by whom, and what each answer does.

use chrono::TimeDelta;

use super::*;
use crate::{Access, Refreshed, Tokens};

/// How long the access token of these tests lasts.
const TOKEN: TimeDelta = TimeDelta::seconds(50);

fn tokens(refresh_token: &str, expires_at: Timestamp) -> Tokens {
    Tokens {
        id_token: Some("id".into()),
        access_token: Some("access".into()),
        refresh_token: Some(refresh_token.into()),
        access_expires_at: Some(expires_at),
        generation: 0,
        audience: vec!["client".into()],
        nonce: Some("n".into()),
    }
}

fn access(token: serde_json::Value, id_token: serde_json::Value) -> Access {
    Access { access_token: claims(token), id_token: claims(id_token), ..Access::default() }
}

/// Somebody signed in whose access token has just run out.
async fn due() -> (Stage, Secret) {
    let stage = Stage::new();
    let mut answer = stage.main().redeemed("ada", stage.now(), claims(json!({"name": "Ada"})));
    answer.tokens = tokens("r0", stage.now() + TOKEN);
    answer.access = access(json!({"permissions": ["old"]}), json!({"org_codes": ["o"]}));
    stage.main().will_answer(Ok(answer));
    let session = stage.sign_in().await;
    stage.world.pass(TOKEN);
    (stage, session)
}

fn renewed(provider: &FakeProvider, tokens: Tokens, said: Option<(Claims, Timestamp)>) {
    let access = access(json!({"permissions": ["new"]}), json!({}));
    provider.will_refresh(Ok(Refreshed::Renewed { tokens, access, claims: said }));
}

#[tokio::test]
async fn an_access_token_is_believed_until_it_expires() {
    let (stage, session) = due().await;
    stage.world.pass(-MICRO);
    assert!(stage.viewer(&session).await.is_some());
    assert!(stage.diary.read().is_empty());
}

#[tokio::test]
async fn a_session_without_a_refresh_token_or_an_expiry_never_calls_the_provider() {
    for cut in [
        |tokens: &mut Tokens| tokens.refresh_token = None,
        |tokens: &mut Tokens| tokens.access_expires_at = None,
    ] {
        let (stage, session) = due().await;
        stage.store.change(|session| cut(&mut session.tokens));
        assert!(stage.viewer(&session).await.is_some());
        assert!(stage.diary.read().is_empty());
    }
}

#[tokio::test]
async fn an_expired_access_token_is_renewed_and_kept_before_anything_else() {
    let (stage, session) = due().await;
    let fresh = tokens("r1", stage.now() + TOKEN);
    renewed(stage.main(), fresh.clone(), Some((claims(json!({"name": "Ada L."})), stage.now() - SECOND)));
    let viewer = stage.viewer(&session).await.unwrap();
    assert_eq!(stage.diary.read(), ["lease", "refresh r0", "renew", "write"]);
    assert_eq!(stage.store.leases(), [(0, stage.now() + TimeDelta::seconds(77))]);
    assert_eq!(viewer.session.tokens, Tokens { generation: 1, ..fresh });
    assert_eq!(viewer.session.access.permissions(), ["new"]);
    assert_eq!(viewer.user, stage.user());
    assert_eq!(stage.store.sessions()[0].tokens, viewer.session.tokens);
    assert_eq!(stage.store.sessions()[0].access, viewer.session.access);
    let identity = stage.user().identities.remove(0);
    let fact = &identity.facts[&crate::Field::Name];
    assert_eq!((fact.at, fact.source), (stage.now() - SECOND, Source::Refresh));
    assert_eq!((identity.observed_at, identity.last_seen_at), (stage.now() - SECOND, stage.now()));
    assert_eq!(stage.user().text(crate::Field::Name).as_deref(), Some("Ada L."));
    assert_eq!(stage.user().login_count, 1);
    // Fresh again: the next request calls nobody.
    stage.viewer(&session).await.unwrap();
    assert!(stage.diary.read().is_empty());
}

#[tokio::test]
async fn what_the_provider_does_not_send_again_stays() {
    let (stage, session) = due().await;
    let bare = Tokens { access_token: Some("new".into()), access_expires_at: None, ..Tokens::default() };
    renewed(stage.main(), bare, None);
    let Session { tokens, access, .. } = stage.viewer(&session).await.unwrap().session;
    assert_eq!((tokens.id_token.as_deref(), tokens.access_token.as_deref()), (Some("id"), Some("new")));
    assert_eq!((tokens.refresh_token.as_deref(), tokens.access_expires_at), (Some("r0"), None));
    assert_eq!((tokens.generation, tokens.audience), (1, vec!["client".into()]));
    assert_eq!(access.permissions(), ["new"]);
    assert_eq!(access.user_organizations()[0].code, "o");
    assert_eq!(stage.diary.read(), ["lease", "refresh r0", "renew"]);
}

#[tokio::test]
async fn a_refreshed_id_token_brings_its_own_claims_and_the_first_audience_and_nonce_stay() {
    let (stage, session) = due().await;
    let fresh = Tokens {
        id_token: Some("id2".into()),
        audience: vec!["x".into()],
        nonce: None,
        ..tokens("r1", stage.now())
    };
    let access = access(json!({}), json!({"org_codes": ["p"]}));
    stage.main().will_refresh(Ok(Refreshed::Renewed { tokens: fresh, access, claims: None }));
    let found = stage.viewer(&session).await.unwrap().session;
    assert_eq!(found.tokens.id_token.as_deref(), Some("id2"));
    assert_eq!((found.tokens.audience, found.tokens.nonce), (vec!["client".into()], Some("n".into())));
    assert_eq!(found.access.user_organizations()[0].code, "p");
}

#[tokio::test]
async fn the_generation_grows_by_one_with_each_renewal() {
    let (stage, session) = due().await;
    for generation in 1..4 {
        renewed(stage.main(), tokens("r", stage.now()), None);
        let viewer = stage.viewer(&session).await.unwrap();
        assert_eq!(viewer.session.tokens.generation, generation);
    }
    let generations: Vec<i64> = stage.store.leases().iter().map(|lease| lease.0).collect();
    assert_eq!(generations, [0, 1, 2]);
}

#[tokio::test]
async fn tokens_are_kept_even_where_the_new_claims_cannot_be() {
    let (stage, session) = due().await;
    renewed(stage.main(), tokens("r1", stage.now() + TOKEN), Some((claims(json!({})), stage.now())));
    stage.store.go_down();
    assert_eq!(code(stage.login.viewer(&session).await), Code::DatabaseUnavailable);
    assert_eq!(stage.store.sessions()[0].tokens.refresh_token.as_deref(), Some("r1"));
}

#[tokio::test]
async fn whoever_is_shut_out_at_the_provider_is_shut_out_here() {
    let (stage, session) = due().await;
    stage.world.pass(IDLE / 2);
    stage.main().will_refresh(Ok(Refreshed::Over));
    assert!(stage.viewer(&session).await.is_none());
    assert_eq!(stage.diary.read(), ["lease", "refresh r0", "end"]);
    assert!(stage.store.sessions().is_empty());
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_left_alone_for_two_seconds() {
    let (stage, session) = due().await;
    stage.main().will_refresh(Err(Code::ProviderUnavailable));
    let viewer = stage.viewer(&session).await.unwrap();
    assert_eq!(stage.diary.read(), ["lease", "refresh r0", "renew"]);
    assert_eq!(viewer.session.access.permissions(), ["old"]);
    let held = stage.store.sessions().remove(0).tokens;
    assert_eq!((held.generation, held.refresh_token.as_deref()), (1, Some("r0")));
    stage.world.pass(TimeDelta::seconds(2) - MICRO);
    assert!(stage.viewer(&session).await.is_some());
    assert!(stage.diary.read().is_empty());
    stage.world.pass(MICRO);
    renewed(stage.main(), tokens("r1", stage.now() + TOKEN), None);
    assert_eq!(stage.viewer(&session).await.unwrap().session.tokens.generation, 2);
}

#[tokio::test]
async fn the_loser_of_a_race_takes_what_the_winner_got() {
    let (stage, session) = due().await;
    let won = Tokens { generation: 1, ..tokens("r1", stage.now() + TOKEN) };
    let theirs = won.clone();
    stage.store.lose_the_race(move |sessions| sessions[0].tokens = theirs);
    let viewer = stage.viewer(&session).await.unwrap();
    assert_eq!(viewer.session.refresh_at, won.refresh_at());
    assert_eq!(stage.diary.read(), ["lease"]);
}

#[tokio::test]
async fn the_loser_of_a_race_is_out_where_the_winner_was() {
    let (stage, session) = due().await;
    stage.store.lose_the_race(Vec::clear);
    assert!(stage.viewer(&session).await.is_none());
    assert_eq!(stage.diary.read(), ["lease"]);
}

#[tokio::test]
async fn a_user_who_was_shut_out_during_the_race_is_out() {
    let (stage, session) = due().await;
    let users = stage.store.clone();
    stage.store.lose_the_race(move |_| users.make(Status::Disabled));
    assert!(stage.viewer(&session).await.is_none());
}

#[tokio::test]
async fn a_user_who_was_shut_out_during_the_refresh_is_out() {
    let (stage, session) = due().await;
    renewed(stage.main(), tokens("r1", stage.now() + TOKEN), Some((claims(json!({})), stage.now())));
    stage.main().during_refresh({
        let users = stage.store.clone();
        move || users.make(Status::Disabled)
    });
    assert!(stage.viewer(&session).await.is_none());
}

#[tokio::test]
async fn a_provider_that_left_the_settings_leaves_the_session_as_it_is() {
    let (stage, session) = due().await;
    stage.store.change(|session| session.provider = "gone".into());
    assert!(stage.viewer(&session).await.is_some());
    assert!(stage.diary.read().is_empty());
}

#[tokio::test]
async fn another_issuer_under_the_same_name_never_sees_the_refresh_token() {
    let (stage, session) = due().await;
    stage.main().move_to("https://new.example");
    assert!(stage.viewer(&session).await.is_some());
    assert!(stage.diary.read().is_empty());
}

#[tokio::test]
async fn a_renewed_session_notes_its_use_and_one_that_is_over_does_not() {
    let (stage, session) = due().await;
    stage.world.pass(IDLE / 10);
    renewed(stage.main(), tokens("r1", stage.now()), None);
    stage.viewer(&session).await.unwrap();
    assert_eq!(stage.diary.read(), ["lease", "refresh r0", "renew", "touch"]);
    stage.world.pass(IDLE / 10);
    stage.main().will_refresh(Ok(Refreshed::Over));
    assert!(stage.viewer(&session).await.is_none());
    assert_eq!(stage.diary.read(), ["lease", "refresh r1", "end"]);
}

#[tokio::test]
async fn an_expired_session_is_not_renewed() {
    let (stage, session) = due().await;
    stage.world.pass(IDLE);
    assert!(stage.viewer(&session).await.is_none());
    assert_eq!(stage.diary.read(), ["end"]);
}
