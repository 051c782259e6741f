//! Coming back in vain: what is refused, with which code, and that nothing else happens then.

use super::*;

/// Finishes, refused, and says with which code; no session may have started or ended.
async fn refused(stage: &Stage, arrival: Arrival) -> Code {
    let sessions = || stage.store.sessions().iter().map(|one| one.id).collect::<Vec<_>>();
    let before = sessions();
    let code = code(stage.login.finish(arrival).await);
    assert_eq!(sessions(), before);
    code
}

#[tokio::test]
async fn a_state_that_nobody_knows_is_refused_before_the_provider_is_called() {
    let stage = Stage::new();
    stage.begin(0, None).await;
    stage.diary.read();
    for state in ["", "x", stage.world.secret().expose()] {
        assert_eq!(refused(&stage, stage.arrival(0, state)).await, Code::LoginUnknown);
    }
    assert!(stage.diary.read().is_empty());
}

#[tokio::test]
async fn an_answer_without_a_state_is_what_the_provider_says_it_is() {
    let stage = Stage::new();
    let arrival = Arrival { response: "code=c".into(), ..stage.arrival(0, "") };
    assert_eq!(refused(&stage, arrival).await, Code::StateMissing);
}

#[tokio::test]
async fn another_browser_cannot_finish_an_attempt_and_this_one_still_can() {
    let stage = Stage::new();
    let state = stage.begin(0, None).await;
    for browser in [None, Some(stage.world.secret())] {
        let arrival = Arrival { browsers: browser.into_iter().collect(), ..stage.arrival(0, &state) };
        assert_eq!(refused(&stage, arrival).await, Code::LoginUnknown);
    }
    assert!(stage.login.finish(stage.arrival(0, &state)).await.unwrap().session.is_some());
}

#[tokio::test]
async fn an_attempt_is_usable_once() {
    let stage = Stage::new();
    let state = stage.begin(0, None).await;
    stage.login.finish(stage.arrival(0, &state)).await.unwrap();
    stage.diary.read();
    assert_eq!(refused(&stage, stage.arrival(0, &state)).await, Code::LoginUsed);
    assert!(stage.diary.read().is_empty());
}

#[tokio::test]
async fn an_attempt_lasts_as_long_as_the_settings_say() {
    let stage = Stage::new();
    let (in_time, late) = (stage.begin(0, None).await, stage.begin(0, None).await);
    stage.world.pass(LOGIN_TTL - MICRO);
    // The fake provider knows the last attempt only, so it is the first one that comes too late.
    assert!(stage.login.finish(stage.arrival(0, &late)).await.is_ok());
    stage.world.pass(MICRO);
    assert_eq!(refused(&stage, stage.arrival(0, &in_time)).await, Code::LoginExpired);
}

#[tokio::test]
async fn back_reload_and_a_late_tab_do_no_harm_to_whoever_is_signed_in() {
    let stage = Stage::new();
    let late = stage.begin(0, None).await;
    let request = LoginRequest { return_to: Some("/notes".into()), ..LoginRequest::default() };
    stage.login.begin(request, &stage.browser, None).await.unwrap();
    let used = stage.main().asked().state.expose().to_owned();
    let session = stage.login.finish(stage.arrival(0, &used)).await.unwrap().session.unwrap();
    let viewer = stage.viewer(&session).await;
    stage.diary.read();
    stage.world.pass(LOGIN_TTL);
    for (state, leads) in [(used.as_str(), "/notes"), (late.as_str(), "/dashboard"), ("x", "/dashboard")] {
        let arrival = Arrival { viewer: viewer.clone(), ..stage.arrival(0, state) };
        let signed = stage.login.finish(arrival).await.unwrap();
        assert!(signed.session.is_none());
        assert_eq!(signed.return_to, leads);
    }
    assert!(stage.diary.read().is_empty());
    assert_eq!(stage.store.sessions().len(), 1);
}

#[tokio::test]
async fn an_expired_attempt_leads_whoever_is_signed_in_to_where_it_was_going() {
    let stage = Stage::new();
    let viewer = stage.viewer(&stage.sign_in().await).await;
    let request = LoginRequest { return_to: Some("/notes".into()), ..LoginRequest::default() };
    stage.login.begin(request, &stage.browser, None).await.unwrap();
    let state = stage.main().asked().state;
    stage.world.pass(LOGIN_TTL);
    let signed = stage.login.finish(Arrival { viewer, ..stage.arrival(0, state.expose()) }).await.unwrap();
    assert_eq!((signed.session.is_none(), signed.return_to.as_str()), (true, "/notes"));
}

#[tokio::test]
async fn an_answer_at_another_providers_address_is_refused_and_never_redeemed() {
    let stage = Stage::with(&["main", "other"]);
    let state = stage.begin(0, None).await;
    stage.diary.read();
    assert_eq!(refused(&stage, stage.arrival(1, &state)).await, Code::ProviderMismatch);
    assert!(stage.diary.read().is_empty());
}

#[tokio::test]
async fn two_names_for_one_issuer_are_two_providers() {
    let stage = Stage::with(&["main", "other"]);
    stage.providers[1].move_to("https://main.example");
    let state = stage.begin(0, None).await;
    assert_eq!(refused(&stage, stage.arrival(1, &state)).await, Code::ProviderMismatch);
}

#[tokio::test]
async fn an_attempt_at_an_issuer_that_the_settings_no_longer_name_is_refused() {
    let stage = Stage::new();
    let state = stage.begin(0, None).await;
    stage.main().move_to("https://new.example");
    stage.diary.read();
    assert_eq!(refused(&stage, stage.arrival(0, &state)).await, Code::ProviderMismatch);
    assert!(stage.diary.read().is_empty());
}

#[tokio::test]
async fn an_address_of_no_provider_is_refused() {
    let stage = Stage::new();
    let state = stage.begin(0, None).await;
    let arrival = Arrival { provider: "google".into(), ..stage.arrival(0, &state) };
    assert_eq!(refused(&stage, arrival).await, Code::ProviderUnknown);
}

#[tokio::test]
async fn what_the_provider_refuses_records_nothing_and_leaves_the_old_session() {
    let stage = Stage::new();
    let old = stage.sign_in().await;
    for why in [Code::SignatureInvalid, Code::LoginCancelled, Code::AcrUnmet] {
        stage.main().will_answer(Err(why));
        let state = stage.begin(0, None).await;
        let arrival = Arrival { viewer: stage.viewer(&old).await, ..stage.arrival(0, &state) };
        assert_eq!(refused(&stage, arrival).await, why);
    }
    assert_eq!(stage.user().login_count, 1);
    assert!(stage.viewer(&old).await.is_some());
}

#[tokio::test]
async fn without_a_database_there_is_no_session() {
    let stage = Stage::new();
    let state = stage.begin(0, None).await;
    stage.store.go_down();
    assert_eq!(refused(&stage, stage.arrival(0, &state)).await, Code::DatabaseUnavailable);
}

#[tokio::test]
async fn a_disabled_user_is_refused_and_what_the_provider_said_is_kept() {
    let stage = Stage::new();
    stage.sign_in().await;
    stage.store.make(Status::Disabled);
    let answer = stage.main().redeemed("ada", stage.now(), claims(json!({"name": "Ada L."})));
    stage.main().will_answer(Ok(answer));
    let state = stage.begin(0, None).await;
    assert_eq!(refused(&stage, stage.arrival(0, &state)).await, Code::UserDisabled);
    assert_eq!(stage.user().text(crate::Field::Name).as_deref(), Some("Ada L."));
    assert_eq!(stage.user().login_count, 1);
    stage.store.make(Status::Active);
    assert!(stage.viewer(&stage.sign_in().await).await.is_some());
}

#[tokio::test]
async fn the_old_session_stays_where_a_disabled_user_comes_back() {
    let stage = Stage::new();
    let ada = stage.sign_in().await;
    let viewer = stage.viewer(&ada).await;
    stage.store.make(Status::Disabled);
    let state = stage.begin(0, None).await;
    let arrival = Arrival { viewer, ..stage.arrival(0, &state) };
    assert_eq!(refused(&stage, arrival).await, Code::UserDisabled);
}

#[tokio::test]
async fn linking_an_identity_of_another_user_is_refused_and_changes_neither() {
    let stage = Stage::with(&["main", "other"]);
    let state = stage.begin(1, None).await;
    stage.login.finish(stage.arrival(1, &state)).await.unwrap();
    let viewer = stage.viewer(&stage.sign_in().await).await.unwrap();
    let before = stage.store.all();
    let state = stage.begin(1, Some(&viewer)).await;
    let arrival = Arrival { viewer: Some(viewer), ..stage.arrival(1, &state) };
    assert_eq!(refused(&stage, arrival).await, Code::IdentityTaken);
    assert_eq!(stage.store.all(), before);
}

#[tokio::test]
async fn a_link_needs_the_session_that_began_it() {
    let stage = Stage::with(&["main", "other"]);
    let viewer = stage.viewer(&stage.sign_in().await).await.unwrap();
    stage.main().will_answer(Ok(stage.main().redeemed("bob", stage.now(), claims(json!({})))));
    let bob = stage.viewer(&stage.sign_in().await).await.unwrap();
    for signed_in in [None, Some(bob)] {
        let state = stage.begin(1, Some(&viewer)).await;
        stage.diary.read();
        let arrival = Arrival { viewer: signed_in, ..stage.arrival(1, &state) };
        assert_eq!(refused(&stage, arrival).await, Code::SignedOut);
        assert!(stage.diary.read().is_empty());
    }
    assert!(stage.store.all().iter().all(|one| one.identities.len() == 1));
}
