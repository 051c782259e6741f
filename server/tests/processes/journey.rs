//! The journey on each database, from Home to Home.

use http::Method;

use crate::support::app::{ADA, CLIENT_ID, GRACE, TestApp};
use crate::support::databases::{Database, Kind};
use crate::support::process::run;

pub async fn the_whole_journey(kind: Kind) {
    let db = Database::fresh(kind).await;
    let mut app = TestApp::with(&[("DATABASE_URL", &db.url)]).await;
    let browser = app.browser();
    assert!(browser.get("/").await.body.contains("href=\"/auth/login\""));
    assert_eq!(browser.get("/dashboard").await.location(), "/auth/login?return_to=/dashboard");
    assert_eq!(browser.log_in_as(ADA).await.location(), "/dashboard");

    let dashboard = browser.get("/dashboard").await;
    assert_eq!(dashboard.heading(), "You are signed in.");
    assert!(dashboard.body.contains("ada@example.com"));
    let me = browser.get("/api/me").await.json();
    assert_eq!((&me["email"], &me["login_count"]), (&"ada@example.com".into(), &1.into()));
    assert_eq!(me["identities"][0]["subject"], ADA);

    let again = app.signed_in(ADA).await;
    let grace = app.signed_in(GRACE).await;
    assert_eq!(again.user_id().await, browser.user_id().await);
    assert_ne!(grace.user_id().await, browser.user_id().await);
    app.restart(&[]).await;
    assert_eq!(browser.get("/api/me").await.json()["login_count"], 2);

    let out = browser.post("/auth/logout", &[]).await;
    assert!(out.location().starts_with(app.provider.issuer()));
    assert!(!browser.is_signed_in().await && again.is_signed_in().await);
    let token = app.provider.logout_token(CLIENT_ID, Some(ADA), None);
    let there = app.browser();
    let told = there.ask(Method::POST, "/auth/backchannel-logout").form(&[("logout_token", &token)]);
    assert_eq!(told.send().await.status, 200);
    assert!(!again.is_signed_in().await && grace.is_signed_in().await);

    let folder = tempfile::tempdir().unwrap();
    let export = run(folder.path(), &[("DATABASE_URL", &db.url)], &["users", "export"]);
    assert_eq!(String::from_utf8(export.stdout).unwrap().lines().count(), 2);
}
