//! Coming back: what is recorded, which session starts, which ends; linking.

use super::*;

#[tokio::test]
async fn a_log_in_records_the_person_and_starts_a_session() {
    let stage = Stage::new();
    let state = stage.begin(0, None).await;
    stage.diary.read();
    let signed = stage.login.finish(stage.arrival(0, &state)).await.unwrap();
    // Whether somebody is known by it is asked first: whoever is not may be somebody by what was arranged.
    assert_eq!(stage.diary.read(), ["redeem", "write", "write"]);
    assert_eq!(signed.return_to, "/dashboard");
    let (user, session) = (stage.user(), stage.store.sessions().remove(0));
    assert_eq!((user.text(crate::Field::Name).as_deref(), user.login_count), (Some("Ada"), 1));
    assert_eq!(session.id, signed.session.unwrap().digest());
    assert_eq!(session.user, user.id);
    assert_eq!((session.provider.as_str(), session.issuer.as_str()), ("main", "https://main.example"));
    assert_eq!((session.subject.as_str(), session.sid.as_deref()), ("ada", Some("sid")));
    assert_eq!((session.created_at, session.last_used_at), (stage.now(), stage.now()));
    assert_eq!(session.expires_at, stage.now() + ABSOLUTE);
    assert_eq!((session.auth_time, session.acr.as_deref()), (Some(stage.now() - SECOND), Some("acr")));
    assert_eq!(session.device.user_agent.as_deref(), Some("Firefox"));
    assert_eq!(session.device.address.as_deref(), Some("192.0.2.1"));
}

#[tokio::test]
async fn the_session_keeps_tokens_and_access() {
    let stage = Stage::new();
    let mut answer = stage.main().redeemed("ada", stage.now(), claims(json!({})));
    answer.tokens.refresh_token = Some("r".into());
    answer.access.access_token = claims(json!({"permissions": ["read"]}));
    stage.main().will_answer(Ok(answer));
    stage.sign_in().await;
    let session = stage.store.sessions().remove(0);
    assert_eq!(session.tokens.refresh_token.as_deref(), Some("r"));
    assert_eq!(session.access.permissions(), ["read"]);
}

#[tokio::test]
async fn id_token_and_userinfo_make_one_observation() {
    let stage = Stage::new();
    let mut answer = stage.main().redeemed("ada", stage.now() - SECOND, claims(json!({"name": "A", "x": 1})));
    answer.userinfo = Some(claims(json!({"name": "Ada", "y": 2})));
    stage.main().will_answer(Ok(answer));
    stage.sign_in().await;
    let identity = stage.user().identities.remove(0);
    assert_eq!(identity.claims, claims(json!({"name": "Ada", "x": 1, "y": 2})));
    let fact = &identity.facts[&crate::Field::Name];
    assert_eq!((fact.at, fact.source), (stage.now() - SECOND, Source::Login));
    assert_eq!((identity.observed_at, identity.last_seen_at), (stage.now() - SECOND, stage.now()));
    assert_eq!(identity.standing, Standing::Present);
    assert_eq!(stage.user().login_count, 1);
}

#[tokio::test]
async fn a_token_from_the_future_is_as_of_now() {
    let stage = Stage::new();
    stage.main().will_answer(Ok(stage.main().redeemed("ada", stage.now() + SECOND, claims(json!({})))));
    stage.sign_in().await;
    assert_eq!(stage.user().identities[0].observed_at, stage.now());
}

#[tokio::test]
async fn the_session_ends_at_the_absolute_limit_or_where_the_provider_says_whichever_is_first() {
    for (ceiling, lasts) in
        [(SECOND, SECOND), (ABSOLUTE - MICRO, ABSOLUTE - MICRO), (ABSOLUTE + MICRO, ABSOLUTE)]
    {
        let stage = Stage::new();
        let mut answer = stage.main().redeemed("ada", stage.now(), claims(json!({})));
        answer.session_expiry = Some(stage.now() + ceiling);
        stage.main().will_answer(Ok(answer));
        stage.sign_in().await;
        assert_eq!(stage.store.sessions()[0].expires_at, stage.now() + lasts);
    }
}

#[tokio::test]
async fn a_second_log_in_is_of_the_same_user_with_a_session_of_its_own() {
    let stage = Stage::new();
    let (one, two) = (stage.sign_in().await, stage.sign_in().await);
    assert_ne!(one.digest(), two.digest());
    assert_eq!((stage.user().login_count, stage.store.sessions().len()), (2, 2));
}

#[tokio::test]
async fn logging_in_again_ends_the_old_session_once_the_new_one_has_started() {
    let stage = Stage::new();
    let old = stage.sign_in().await;
    let state = stage.begin(0, None).await;
    stage.diary.read();
    let arrival = Arrival { viewer: stage.viewer(&old).await, ..stage.arrival(0, &state) };
    let new = stage.login.finish(arrival).await.unwrap().session.unwrap();
    assert_eq!(stage.diary.read(), ["redeem", "write"]);
    assert!(stage.viewer(&old).await.is_none());
    assert!(stage.viewer(&new).await.is_some());
}

#[tokio::test]
async fn whoever_comes_back_as_somebody_else_is_somebody_else() {
    let stage = Stage::new();
    let ada = stage.sign_in().await;
    stage.main().will_answer(Ok(stage.main().redeemed("bob", stage.now(), claims(json!({"name": "Ada"})))));
    let state = stage.begin(0, None).await;
    let arrival = Arrival { viewer: stage.viewer(&ada).await, ..stage.arrival(0, &state) };
    let bob = stage.login.finish(arrival).await.unwrap().session.unwrap();
    assert_eq!(stage.store.all().len(), 2);
    assert_eq!(stage.viewer(&bob).await.unwrap().user.identities[0].subject, "bob");
    assert!(stage.viewer(&ada).await.is_none());
}

#[tokio::test]
async fn the_same_e_mail_at_two_providers_makes_two_users() {
    let stage = Stage::with(&["main", "other"]);
    let said = || claims(json!({"email": "ada@example.com", "email_verified": true}));
    for at in [0, 1] {
        let answer = stage.providers[at].redeemed("ada", stage.now(), said());
        stage.providers[at].will_answer(Ok(answer));
        let state = stage.begin(at, None).await;
        stage.login.finish(stage.arrival(at, &state)).await.unwrap();
    }
    assert_eq!(stage.store.all().len(), 2);
}

#[tokio::test]
async fn a_link_joins_the_identity_to_whoever_is_signed_in() {
    let stage = Stage::with(&["main", "other"]);
    let old = stage.sign_in().await;
    let viewer = stage.viewer(&old).await.unwrap();
    let state = stage.begin(1, Some(&viewer)).await;
    let arrival = Arrival { viewer: Some(viewer.clone()), ..stage.arrival(1, &state) };
    let new = stage.login.finish(arrival).await.unwrap().session.unwrap();
    assert_eq!(stage.user().identities.len(), 2);
    let found = stage.viewer(&new).await.unwrap();
    assert_eq!((found.user.id, found.session.provider.as_str()), (viewer.user.id, "other"));
    assert!(stage.viewer(&old).await.is_none());
}

#[tokio::test]
async fn linking_what_is_linked_already_is_a_log_in() {
    let stage = Stage::new();
    let viewer = stage.viewer(&stage.sign_in().await).await.unwrap();
    let state = stage.begin(0, Some(&viewer)).await;
    let arrival = Arrival { viewer: Some(viewer), ..stage.arrival(0, &state) };
    stage.login.finish(arrival).await.unwrap();
    assert_eq!((stage.user().identities.len(), stage.user().login_count), (1, 2));
}

#[tokio::test]
async fn a_log_in_of_somebody_signed_in_never_links() {
    let stage = Stage::with(&["main", "other"]);
    let viewer = stage.viewer(&stage.sign_in().await).await;
    let state = stage.begin(1, None).await;
    stage.login.finish(Arrival { viewer, ..stage.arrival(1, &state) }).await.unwrap();
    assert_eq!(stage.store.all().len(), 2);
}

#[tokio::test]
async fn a_log_in_revives_a_tombstone() {
    let stage = Stage::new();
    stage.sign_in().await;
    stage.store.make(Status::Tombstone);
    let session = stage.sign_in().await;
    assert_eq!(stage.viewer(&session).await.unwrap().user.status(), Status::Active);
}

#[tokio::test]
async fn a_link_is_a_change_that_says_so() {
    let stage = Stage::with(&["main", "other"]);
    let session = stage.sign_in().await;
    let viewer = stage.viewer(&session).await.unwrap();
    let state = stage.begin(1, Some(&viewer)).await;
    let arrival = Arrival { viewer: Some(viewer), ..stage.arrival(1, &state) };
    stage.login.finish(arrival).await.unwrap();
    assert!(stage.user().identity("https://other.example", "ada").is_some());
}

#[tokio::test]
async fn a_link_ends_with_the_session_that_asked_for_it() {
    let stage = Stage::with(&["main", "other"]);
    let viewer = stage.viewer(&stage.sign_in().await).await.unwrap();
    let state = stage.begin(1, Some(&viewer)).await;
    // While the provider is asked, the session is ended from another device.
    stage.providers[1].during_redeem({
        let store = stage.store.clone();
        move || store.end_all()
    });
    let arrival = Arrival { viewer: Some(viewer), ..stage.arrival(1, &state) };
    assert_eq!(code(stage.login.finish(arrival).await), Code::SignedOut);
    assert_eq!(stage.user().identities.len(), 1);
}

#[tokio::test]
async fn of_too_many_sessions_of_one_user_the_one_used_longest_ago_ends() {
    let stage = Stage::new();
    let mut sessions = Vec::new();
    for _ in 0..=SESSIONS {
        sessions.push(stage.sign_in().await);
        stage.world.pass(SECOND);
    }
    assert_eq!(stage.store.sessions().len(), SESSIONS as usize);
    assert!(stage.viewer(&sessions[0]).await.is_none());
    assert!(stage.viewer(&sessions[1]).await.is_some());
}

#[tokio::test]
async fn who_was_asked_to_show_again_who_they_are_has_done_so_now() {
    for (prompt, stated, shown) in [
        (Some("login"), None, Some(0)),
        (Some("consent login"), None, Some(0)),
        (Some("consent"), None, None),
        (None, None, None),
        (Some("login"), Some(-5), Some(-5)),
    ] {
        let stage = Stage::new();
        let asked = LoginRequest { prompt: prompt.map(str::to_owned), ..LoginRequest::default() };
        stage.login.begin(asked, &stage.browser, None).await.unwrap();
        let mut answer = stage.main().redeemed("ada", stage.now(), claims(json!({})));
        answer.auth_time = stated.map(|seconds| stage.now() + TimeDelta::seconds(seconds));
        stage.main().will_answer(Ok(answer));
        let state = stage.main().asked().state.expose().to_owned();
        stage.login.finish(stage.arrival(0, &state)).await.unwrap();
        let session = stage.store.sessions()[0].clone();
        let ago = |at: Option<Timestamp>| at.map(|at| (at - stage.now()).num_seconds());
        assert_eq!(ago(session.authenticated_at()), shown, "{prompt:?} {stated:?}");
        assert_eq!(ago(session.auth_time), stated, "what the provider did not say is not put in its mouth");
    }
}
