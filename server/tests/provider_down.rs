//! A provider that is not there, comes back, changes its keys, or is made to be asked for them.

use std::time::{Duration, Instant};

use dev_provider::{Endpoint, Fault};
use http::Method;

use crate::support::app::{ADA, CLIENT_ID, TestApp, eventually};

const SOON: (&str, &str) = ("OIDC_JWKS_COOLDOWN_SECONDS", "1");

#[tokio::test]
async fn the_application_starts_and_serves_without_its_provider_and_recovers_by_itself() {
    let mut app = TestApp::with(&[SOON]).await;
    let signed_in = app.signed_in(ADA).await;
    app.provider.stop().await;
    app.restart(&[]).await;
    let browser = app.browser();
    for target in ["/auth/login", "/auth/signup", "/api/auth/login"] {
        let refused = browser.get(target).await;
        assert_eq!(refused.verdict(), (503, "provider_unavailable"), "{target}");
        assert_eq!(refused.header("retry-after"), "5");
        assert!(refused.body.contains("<main") && refused.body.contains("href=\"/auth/login\""));
    }
    assert_eq!(browser.get("/").await.status, 200);
    assert_eq!(browser.get("/readyz").await.status, 200);
    assert_eq!(signed_in.get("/dashboard").await.heading(), "You are signed in.");
    app.provider.start_again().await.unwrap();
    eventually("a log-in works", || async { browser.get("/auth/login").await.status == 303 }).await;
    browser.log_in_as(ADA).await;
}

#[tokio::test]
async fn a_provider_that_goes_in_the_middle_of_a_log_in_is_told_and_the_next_one_works() {
    let app = TestApp::with(&[SOON]).await;
    let browser = app.browser();
    let callback = browser.come_back_as(ADA).await;
    app.provider.stop().await;
    let refused = browser.get(&callback).await;
    assert_eq!(refused.verdict(), (503, "provider_unavailable"));
    assert_eq!(refused.header("retry-after"), "5");
    app.provider.start_again().await.unwrap();
    eventually("a log-in works", || async { browser.try_as(ADA).await.status == 303 }).await;
}

#[tokio::test]
async fn a_provider_that_is_too_slow_is_not_waited_for() {
    let app = TestApp::with(&[SOON, ("OIDC_HTTP_TIMEOUT_SECONDS", "1")]).await;
    app.provider.faults().set(Fault::MetadataSlow);
    let started = Instant::now();
    let refused = app.browser().get("/auth/login").await;
    assert_eq!(refused.verdict(), (503, "provider_unavailable"));
    assert!(started.elapsed() < Duration::from_secs(8));
    app.provider.faults().clear_all();
    eventually("a log-in works", || async { app.browser().get("/auth/login").await.status == 303 }).await;
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_once_for_many_visitors() {
    let app = TestApp::start().await;
    app.provider.faults().set(Fault::Metadata503);
    let browsers: Vec<_> = (0..30).map(|_| app.browser()).collect();
    let answers = futures::future::join_all(browsers.iter().map(|browser| browser.get("/auth/login"))).await;
    assert!(answers.iter().all(|answer| answer.status == 503));
    assert!(app.provider.calls().count(Endpoint::Discovery) <= 2);
}

#[tokio::test]
async fn metadata_and_keys_are_fetched_once_and_kept() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        app.signed_in(ADA).await;
    }
    for endpoint in [Endpoint::Discovery, Endpoint::Jwks] {
        assert_eq!(app.provider.calls().count(endpoint), 1, "{endpoint:?}");
    }
}

#[tokio::test]
async fn headers_that_keep_nothing_shorten_nothing_and_max_age_does() {
    for (fault, calls) in [(Fault::MetadataNoStore, 1), (Fault::MetadataMaxAge0, 1)] {
        let app = TestApp::start().await;
        app.provider.faults().set(fault);
        for _ in 0..3 {
            app.browser().leave("").await;
        }
        assert_eq!(app.provider.calls().count(Endpoint::Discovery), calls, "{fault:?}");
    }
    let app = TestApp::start().await;
    app.provider.faults().set(Fault::MetadataMaxAge1);
    eventually("metadata is fetched again", || async {
        app.browser().leave("").await;
        app.provider.calls().count(Endpoint::Discovery) > 1
    })
    .await;
}

#[tokio::test]
async fn new_keys_are_found_at_the_next_log_in() {
    let app = TestApp::with(&[SOON]).await;
    app.signed_in(ADA).await;
    app.provider.rotate_keys();
    app.signed_in(ADA).await;
    assert_eq!(app.provider.calls().count(Endpoint::Jwks), 2);
}

#[tokio::test]
async fn new_keys_under_an_old_name_are_found_too() {
    let app = TestApp::with(&[SOON]).await;
    app.signed_in(ADA).await;
    app.provider.rotate_keys_under_the_same_kid();
    app.signed_in(ADA).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    app.provider.faults().set(Fault::NoKid);
    app.provider.rotate_keys();
    app.signed_in(ADA).await;
}

#[tokio::test]
async fn new_keys_that_cannot_be_fetched_for_now_are_no_fault_of_the_token() {
    let app = TestApp::with(&[SOON]).await;
    let signed_in = app.signed_in(ADA).await;
    app.provider.rotate_keys();
    app.provider.faults().set(Fault::Jwks503);
    let refused = app.browser().try_as(ADA).await;
    assert_eq!((refused.verdict(), refused.header("retry-after")), ((503, "provider_unavailable"), "5"));
    let token = app.provider.logout_token(CLIENT_ID, Some(ADA), None);
    let tell = async || {
        let caller = app.browser();
        let ask = caller.ask(Method::POST, "/auth/backchannel-logout").header("accept", "*/*");
        ask.form(&[("logout_token", &token)]).send().await
    };
    assert_eq!(tell().await.status, 503);
    assert!(signed_in.is_signed_in().await);
    app.provider.faults().clear_all();
    eventually("the token is believed", || async { tell().await.status == 200 }).await;
    assert!(!signed_in.is_signed_in().await);
    app.signed_in(ADA).await;
}

#[tokio::test]
async fn two_hundred_forged_tokens_cost_two_fetches_of_keys_at_most() {
    // Longer than any machine takes for it.
    let app = TestApp::with(&[("RATE_LIMIT", "off"), ("OIDC_JWKS_COOLDOWN_SECONDS", "600")]).await;
    app.signed_in(ADA).await;
    app.provider.calls().clear();
    app.provider.faults().set(Fault::LogoutUnknownKid);
    let tokens: Vec<String> =
        (0..150).map(|_| app.provider.logout_token(CLIENT_ID, Some(ADA), None)).collect();
    let browser = app.browser();
    let posts = tokens.iter().map(|token| {
        browser.ask(Method::POST, "/auth/backchannel-logout").form(&[("logout_token", token)]).send()
    });
    let answers = futures::future::join_all(posts).await;
    assert!(answers.iter().all(|answer| answer.status == 400));
    app.provider.faults().set(Fault::UnknownKid);
    for _ in 0..50 {
        assert_eq!(app.browser().try_as(ADA).await.verdict(), (502, "key_unknown"));
    }
    assert!(
        app.provider.calls().count(Endpoint::Jwks) <= 2,
        "{}",
        app.provider.calls().count(Endpoint::Jwks)
    );
    app.provider.faults().clear_all();
    app.signed_in(ADA).await;
}
