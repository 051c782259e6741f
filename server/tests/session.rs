//! What a session is worth, for how long, and what the provider has to say about it meanwhile.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use dev_provider::{Endpoint, Fault, Person};
use http::Method;
use identity::Secret;
use sea_orm::{ConnectionTrait, Database, Statement};

use crate::support::app::{ADA, CLIENT_ID, GRACE, SESSION, TestApp, eventually};
use crate::support::browser::{Browser, between, parameter};

const OFFLINE: (&str, &str) = ("OIDC_SCOPES", "openid profile email offline_access");
const OVER: Duration = Duration::ZERO;
const AN_HOUR: Duration = Duration::from_secs(3600);

/// A browser whose access token has run out, at a provider whose next ones last.
async fn run_out(app: &TestApp) -> Browser {
    app.provider.access_tokens_live_for(OVER);
    let browser = app.browser();
    browser.try_as(ADA).await.location();
    app.provider.access_tokens_live_for(AN_HOUR);
    app.provider.calls().clear();
    browser
}

/// Makes it look as if no session had been used since.
async fn unused_since(app: &TestApp, at: DateTime<Utc>) {
    let db = Database::connect(app.setting("DATABASE_URL")).await.unwrap();
    let sql = "UPDATE sessions SET last_used_at = ?";
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [at.into()]))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_session_ends_when_it_was_not_used_for_too_long() {
    let app = TestApp::with(&[("SESSION_IDLE_SECONDS", "3600")]).await;
    for (idle, is_in) in [(3500, true), (3601, false)] {
        let browser = app.signed_in(ADA).await;
        unused_since(&app, Utc::now() - TimeDelta::seconds(idle)).await;
        assert_eq!(browser.is_signed_in().await, is_in, "{idle}");
    }
}

#[tokio::test]
async fn use_keeps_a_session_alive_and_is_written_down_now_and_then() {
    let app = TestApp::with(&[("SESSION_IDLE_SECONDS", "3600")]).await;
    let browser = app.signed_in(ADA).await;
    let id = Secret::parse(&browser.cookie(SESSION).unwrap()).unwrap().digest();
    let store = app.store().await;
    let now = Utc::now();
    for (unused, is_written) in [(1800, true), (300, false)] {
        unused_since(&app, now - TimeDelta::seconds(unused)).await;
        assert!(browser.is_signed_in().await);
        let (session, _) = store.sessions.find(&id).await.unwrap().unwrap();
        assert_eq!(session.last_used_at >= now, is_written, "{unused}: the grain is a tenth");
    }
}

#[tokio::test]
async fn no_use_keeps_a_session_past_its_absolute_limit() {
    let app = TestApp::with(&[("SESSION_ABSOLUTE_SECONDS", "1")]).await;
    let browser = app.browser();
    browser.try_as(ADA).await.location();
    eventually("the session ends", || async { !browser.is_signed_in().await }).await;
    assert_eq!(browser.get("/dashboard").await.location(), "/auth/login?return_to=/dashboard");
}

#[tokio::test]
async fn a_session_ends_when_the_provider_said_it_would() {
    let app = TestApp::start().await;
    app.provider.faults().set_once(Fault::SessionExpiryIn2Seconds);
    let browser = app.browser();
    browser.try_as(ADA).await.location();
    eventually("the session ends", || async { !browser.is_signed_in().await }).await;
    assert!(app.signed_in(ADA).await.is_signed_in().await);
}

#[tokio::test]
async fn a_session_outlives_the_process() {
    let mut app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    app.restart(&[]).await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_session_secret_is_replaced_without_anybody_noticing_and_a_lost_one_locks_nobody_out() {
    let mut app = TestApp::with(&[OFFLINE]).await;
    let browser = run_out(&app).await;
    let (old, new, lost) = ("07".repeat(32), "08".repeat(32), "09".repeat(32));
    for (secret, refreshes) in [(format!("{new},{old}"), 1), (new, 2)] {
        app.restart(&[("SESSION_SECRET", &secret)]).await;
        app.provider.access_tokens_live_for(OVER);
        assert!(browser.is_signed_in().await);
        assert_eq!(app.provider.calls().count(Endpoint::Refresh), refreshes, "the token could be read");
    }
    app.restart(&[("SESSION_SECRET", &lost)]).await;
    assert!(browser.is_signed_in().await, "its tokens count as none");
    assert_eq!(app.provider.calls().count(Endpoint::Refresh), 2);
    browser.log_in_as(ADA).await;
}

#[tokio::test]
async fn ones_sessions_are_listed_and_ended_one_by_one() {
    let app = TestApp::start().await;
    let (here, there, grace) =
        (app.signed_in(ADA).await, app.signed_in(ADA).await, app.signed_in(GRACE).await);
    let account = here.get("/account").await.body;
    assert_eq!(account.matches("name=\"session\"").count(), 1, "all but this one");
    let button = between(&account, "name=\"session\"", ">").unwrap();
    let id = between(button, "value=\"", "\"").unwrap();
    grace.post("/auth/sessions/end", &[("session", id)]).await;
    assert!(there.is_signed_in().await, "nobody ends somebody else's");
    let ended = here.post("/auth/sessions/end", &[("session", id)]).await;
    assert_eq!(ended.location(), "/account");
    assert!(!there.is_signed_in().await && here.is_signed_in().await && grace.is_signed_in().await);
}

#[tokio::test]
async fn all_other_sessions_are_ended_at_once() {
    let app = TestApp::start().await;
    let (here, there, grace) =
        (app.signed_in(ADA).await, app.signed_in(ADA).await, app.signed_in(GRACE).await);
    assert_eq!(here.post("/auth/sessions/end-others", &[]).await.location(), "/account");
    assert!(here.is_signed_in().await && !there.is_signed_in().await && grace.is_signed_in().await);
}

#[tokio::test]
async fn logging_out_everywhere_ends_all_of_ones_sessions() {
    let app = TestApp::start().await;
    let (here, there, grace) =
        (app.signed_in(ADA).await, app.signed_in(ADA).await, app.signed_in(GRACE).await);
    let out = here.post("/auth/logout-everywhere", &[]).await;
    assert!(out.location().starts_with(app.provider.issuer()));
    assert!(!here.is_signed_in().await && !there.is_signed_in().await && grace.is_signed_in().await);
}

#[tokio::test]
async fn an_open_tab_learns_that_its_visitor_is_gone() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let ask = async || {
        let ask = browser.ask(http::Method::POST, "/auth/viewer").header("origin", &app.site);
        ask.header("accept", "application/json").form(&[]).send().await.body
    };
    assert_eq!(ask().await, "true");
    browser.post("/auth/logout", &[]).await;
    assert_eq!(ask().await, "false");
}

#[tokio::test]
async fn tokens_that_ran_out_are_renewed_by_the_next_request_of_any_kind() {
    let app = TestApp::with(&[OFFLINE]).await;
    for target in ["/api/me", "/", "/dashboard", "/account"] {
        let browser = run_out(&app).await;
        assert_eq!(browser.get(target).await.status, 200, "{target}");
        assert_eq!(app.provider.calls().count(Endpoint::Refresh), 1, "{target}");
        assert!(browser.is_signed_in().await);
        assert_eq!(app.provider.calls().count(Endpoint::Refresh), 1, "the new ones last");
    }
}

#[tokio::test]
async fn without_a_refresh_token_a_session_lasts_as_long_as_we_say() {
    let app = TestApp::start().await;
    let browser = run_out(&app).await;
    assert!(browser.is_signed_in().await);
    assert_eq!(app.provider.calls().count(Endpoint::Refresh), 0);
}

#[tokio::test]
async fn each_refresh_token_is_used_once() {
    let app = TestApp::with(&[OFFLINE]).await;
    let browser = run_out(&app).await;
    app.provider.access_tokens_live_for(OVER);
    for _ in 0..4 {
        assert!(browser.is_signed_in().await);
    }
    let calls = app.provider.calls().all(Endpoint::Refresh);
    let used: std::collections::BTreeSet<_> =
        calls.iter().map(|call| call.form.get("refresh_token").unwrap().to_owned()).collect();
    assert_eq!((calls.len(), used.len()), (4, 4));
}

#[tokio::test]
async fn a_provider_that_does_not_rotate_is_asked_with_the_same_token_again() {
    let app = TestApp::with(&[OFFLINE]).await;
    app.provider.faults().set(Fault::RefreshWithoutRotation);
    let browser = run_out(&app).await;
    app.provider.access_tokens_live_for(OVER);
    for _ in 0..3 {
        assert!(browser.is_signed_in().await);
    }
    assert_eq!(app.provider.calls().count(Endpoint::Refresh), 3);
}

#[tokio::test]
async fn a_race_of_twenty_requests_in_two_processes_is_one_refresh() {
    let app = TestApp::with(&[OFFLINE]).await;
    let twin = app.twin().await;
    let browser = run_out(&app).await;
    let beside = Browser::new(&app.site, twin.door);
    beside.plant(SESSION, &browser.cookie(SESSION).unwrap());
    let requests = (0..20).map(|n| if n % 2 == 0 { browser.get("/api/me") } else { beside.get("/api/me") });
    let answers = futures::future::join_all(requests).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(app.provider.calls().count(Endpoint::Refresh), 1);
    assert!(browser.is_signed_in().await && beside.is_signed_in().await);
}

#[tokio::test]
async fn no_other_process_spends_a_refresh_token_while_a_slow_provider_may_still_answer() {
    for (time_out, least) in [("10", 28), ("60", 128)] {
        let app = TestApp::with(&[OFFLINE, ("OIDC_HTTP_TIMEOUT_SECONDS", time_out)]).await;
        let browser = run_out(&app).await;
        app.provider.faults().set(Fault::RefreshSlow);
        let started = Utc::now();
        let (is_in, ()) = tokio::join!(browser.is_signed_in(), async {
            eventually("the provider is asked", || async { app.provider.faults().held() == 1 }).await;
            let db = Database::connect(app.setting("DATABASE_URL")).await.unwrap();
            let sql = "SELECT leased_until FROM sessions";
            let ask = Statement::from_string(db.get_database_backend(), sql);
            let row = db.query_one_raw(ask).await.unwrap().unwrap();
            let until: DateTime<Utc> = row.try_get("", "leased_until").unwrap();
            assert!(until >= started + TimeDelta::seconds(least), "{time_out}: {until}");
            app.provider.faults().clear_all();
        });
        assert!(is_in);
        assert_eq!(app.provider.calls().count(Endpoint::Refresh), 1);
    }
}

#[tokio::test]
async fn a_provider_that_takes_too_long_is_not_asked_again_by_the_next_request() {
    let app = TestApp::with(&[OFFLINE, ("OIDC_HTTP_TIMEOUT_SECONDS", "3")]).await;
    let browser = run_out(&app).await;
    let id = Secret::parse(&browser.cookie(SESSION).unwrap()).unwrap().digest();
    app.provider.faults().set(Fault::RefreshSlow);
    let started = Utc::now();
    assert!(browser.is_signed_in().await);
    let (session, _) = app.store().await.sessions.find(&id).await.unwrap().unwrap();
    let waited = TimeDelta::seconds(3);
    assert!(session.refresh_at.unwrap() > started + waited, "the wait itself is no patience");
}

#[tokio::test]
async fn whoever_is_shut_out_at_the_provider_is_shut_out_here() {
    let app = TestApp::with(&[OFFLINE]).await;
    let browser = run_out(&app).await;
    app.provider.shut_out(ADA);
    assert!(!browser.is_signed_in().await);
    assert_eq!(browser.get("/dashboard").await.location(), "/auth/login?return_to=/dashboard");
    assert_eq!(app.provider.calls().count(Endpoint::Refresh), 1, "nobody asks again");
}

#[tokio::test]
async fn a_refresh_brings_what_the_provider_knows_by_now() {
    let app = TestApp::with(&[OFFLINE]).await;
    let browser = run_out(&app).await;
    app.provider.set_person(Person::new(ADA).named("Ada", "King").mail("ada@king.example"));
    let me = browser.get("/api/me").await.json();
    assert_eq!((&me["email"], &me["family_name"]), (&"ada@king.example".into(), &"King".into()));
    assert_eq!(me["login_count"], 1, "a refresh is no log-in");
}

#[tokio::test]
async fn organisations_stay_when_a_refresh_brings_no_id_token_and_change_when_it_brings_one() {
    let app = TestApp::with(&[OFFLINE]).await;
    let member_of = |organisation: &str| Person::new(ADA).with("org_codes", vec![organisation]);
    app.provider.set_person(member_of("org_1"));
    let browser = run_out(&app).await;
    let id = Secret::parse(&browser.cookie(SESSION).unwrap()).unwrap().digest();
    let store = app.store().await;
    app.provider.set_person(member_of("org_2"));
    app.provider.faults().set(Fault::RefreshWithoutIdToken);
    for (lifetime, organisation) in [(OVER, "org_1"), (AN_HOUR, "org_2")] {
        app.provider.access_tokens_live_for(lifetime);
        assert!(browser.is_signed_in().await);
        let (session, _) = store.sessions.find(&id).await.unwrap().unwrap();
        let organisations = session.access.user_organizations();
        assert_eq!(organisations.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(), [organisation]);
        app.provider.faults().clear_all();
    }
    assert_eq!(app.provider.calls().count(Endpoint::Refresh), 2);
}

#[tokio::test]
async fn a_provider_that_is_down_ends_no_session() {
    let app = TestApp::with(&[OFFLINE]).await;
    let browser = run_out(&app).await;
    app.provider.stop().await;
    for _ in 0..3 {
        assert!(browser.is_signed_in().await);
    }
    app.provider.start_again().await.unwrap();
    eventually("the tokens are renewed", || async {
        assert!(browser.is_signed_in().await);
        app.provider.calls().count(Endpoint::Refresh) == 1
    })
    .await;
}

/// A process that has fetched no keys yet, and a browser whose access token has run out, as will the next
/// ones. The provider knows the person by another name and mail since.
async fn run_out_without_keys() -> (TestApp, Browser) {
    let soon = [("OIDC_JWKS_COOLDOWN_SECONDS", "1"), ("OIDC_HTTP_TIMEOUT_SECONDS", "1")];
    let mut app = TestApp::with(&[OFFLINE, soon[0], soon[1]]).await;
    let browser = run_out(&app).await;
    app.restart(&[]).await;
    app.provider.access_tokens_live_for(OVER);
    app.provider.set_person(Person::new(ADA).named("Ada", "King").mail("ada@king.example"));
    (app, browser)
}

async fn mail(browser: &Browser) -> serde_json::Value {
    let me = browser.get("/api/me").await;
    assert_eq!(me.status, 200, "{me:?}");
    me.json()["email"].clone()
}

#[tokio::test]
async fn new_tokens_are_kept_although_they_cannot_be_checked_for_now() {
    for fault in [
        Fault::Jwks503,
        Fault::Jwks500,
        Fault::Jwks404,
        Fault::JwksNotJson,
        Fault::JwksSlow,
        Fault::Userinfo503,
        Fault::Userinfo500,
        Fault::UserinfoSlow,
        Fault::UserinfoNotJson,
    ] {
        let (app, browser) = run_out_without_keys().await;
        app.provider.faults().set(fault);
        for _ in 0..2 {
            assert_eq!(mail(&browser).await, "ada@example.com", "{fault:?}: nothing is observed");
        }
        assert_eq!(app.provider.calls().count(Endpoint::Refresh), 2, "{fault:?}");
        app.provider.faults().clear_all();
        eventually("the next refresh is believed", || async { mail(&browser).await == "ada@king.example" })
            .await;
    }
}

#[tokio::test]
async fn an_id_token_that_could_not_be_checked_is_not_kept() {
    for (fault, kept) in [(Some(Fault::Jwks503), "ada@example.com"), (None, "ada@king.example")] {
        let (app, browser) = run_out_without_keys().await;
        fault.into_iter().for_each(|fault| app.provider.faults().set(fault));
        assert!(browser.is_signed_in().await);
        let out = browser.post("/auth/logout", &[]).await;
        let hint = parameter(out.location(), "id_token_hint").unwrap();
        let claims = BASE64_URL_SAFE_NO_PAD.decode(hint.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["email"], kept);
    }
}

#[tokio::test]
async fn new_tokens_that_could_not_be_checked_are_not_believed_later_either() {
    for fault in [Fault::RefreshOfAnotherSubject, Fault::RefreshWrongSignature] {
        let (app, browser) = run_out_without_keys().await;
        app.provider.faults().set(Fault::Jwks503);
        app.provider.faults().set(fault);
        assert_eq!(mail(&browser).await, "ada@example.com");
        assert_eq!(app.provider.calls().count(Endpoint::Userinfo), 0, "{fault:?}");
        app.provider.faults().clear(Fault::Jwks503);
        eventually("the session ends", || async { !browser.is_signed_in().await }).await;
        assert_eq!(app.provider.calls().count(Endpoint::Userinfo), 0, "{fault:?}");
    }
}

#[tokio::test]
async fn keys_that_changed_and_cannot_be_fetched_end_no_session() {
    let app = TestApp::with(&[OFFLINE, ("OIDC_JWKS_COOLDOWN_SECONDS", "1")]).await;
    let browser = run_out(&app).await;
    app.provider.access_tokens_live_for(OVER);
    app.provider.rotate_keys();
    app.provider.faults().set(Fault::Jwks503);
    for _ in 0..3 {
        assert!(browser.is_signed_in().await);
    }
    app.provider.faults().clear_all();
    app.provider.set_person(Person::new(ADA).named("Ada", "King").mail("ada@king.example"));
    eventually("the next refresh is believed", || async { mail(&browser).await == "ada@king.example" }).await;
}

#[tokio::test]
async fn a_provider_whose_answer_could_not_be_checked_is_soon_asked_again() {
    for (fault, at_most) in [(Some(Fault::Jwks503), 60), (None, 3600)] {
        let app = TestApp::with(&[OFFLINE]).await;
        let browser = run_out(&app).await;
        app.provider.rotate_keys();
        fault.into_iter().for_each(|fault| app.provider.faults().set(fault));
        assert!(browser.is_signed_in().await);
        let id = Secret::parse(&browser.cookie(SESSION).unwrap()).unwrap().digest();
        let (session, _) = app.store().await.sessions.find(&id).await.unwrap().unwrap();
        let left = session.refresh_at.unwrap() - Utc::now();
        assert!((at_most - 30..=at_most).contains(&left.num_seconds()), "{fault:?}: {left}");
    }
}

#[tokio::test]
async fn a_stranger_who_hangs_up_keeps_nobody_from_the_new_keys() {
    let app = TestApp::with(&[OFFLINE]).await;
    let browser = run_out(&app).await;
    app.provider.rotate_keys();
    app.provider.faults().set(Fault::JwksSlow);
    let stranger = app.browser();
    let token = app.provider.logout_token(CLIENT_ID, Some("nobody"), None);
    let told =
        || stranger.ask(Method::POST, "/auth/backchannel-logout").form(&[("logout_token", &token)]).send();
    tokio::select! {
        answer = told() => panic!("the keys are slow: {answer:?}"),
        () = eventually("keys are asked for", || async { app.provider.faults().held() == 1 }) => {}
    }
    app.provider.faults().clear_all();
    assert_eq!(told().await.status, 200, "well within the time in which nobody may fetch them again");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_visitor_who_goes_away_in_the_middle_of_a_refresh_loses_nothing() {
    let app = TestApp::with(&[OFFLINE]).await;
    let browser = run_out(&app).await;
    app.provider.faults().set(Fault::RefreshSlow);
    let gone = tokio::time::timeout(Duration::from_millis(300), browser.get("/api/me")).await;
    assert!(gone.is_err(), "the provider is slow");
    app.provider.faults().clear_all();
    eventually("the refresh ends", || async { app.provider.faults().held() == 0 }).await;
    assert!(browser.is_signed_in().await);
    app.provider.access_tokens_live_for(OVER);
    assert_eq!(app.provider.calls().count(Endpoint::Refresh), 1);
}
