//! What is promised about logging in.

use std::time::Duration;

use http::Method;

use super::walk::Page;
use super::{Peer, Person, app, plan, signed_in, try_to_log_in};
use crate::support::browser::{Browser, parameter};

pub(crate) async fn a_person_logs_in_and_the_record_is_right(peer: &dyn Peer) {
    let (app, person) = (app(peer).await, Person::new_at(peer).await);
    let browser = signed_in(&app, &person).await;
    let me = browser.get("/api/me").await.json();
    assert_eq!((me["schema"].as_str(), me["status"].as_str()), (Some("sparekey.user/1"), Some("active")));
    assert_eq!((me["email"].as_str(), me["email_verified"].as_bool()), (Some(&*person.email), Some(true)));
    assert_eq!(
        (me["given_name"].as_str(), me["family_name"].as_str()),
        (Some("Nova"), Some(Person::FAMILY_NAME))
    );
    assert_eq!((me["name"].as_str(), me["login_count"].as_u64()), (Some("Nova Tester"), Some(1)));
    let identity = &me["identities"][0];
    assert_eq!(identity["issuer"].as_str(), Some(peer.issuer()));
    assert!(!identity["subject"].as_str().unwrap().is_empty());
    let dashboard = browser.get("/dashboard").await;
    assert_eq!(dashboard.heading(), "You are signed in.");
    assert!(dashboard.body.contains(&person.email));
}

pub(crate) async fn the_next_log_in_finds_the_same_user_and_follows_the_provider(peer: &dyn Peer) {
    let (app, mut person) = (app(peer).await, Person::new_at(peer).await);
    let first = signed_in(&app, &person).await.user_id().await;
    person.given_name = "Supernova".to_owned();
    peer.put(&person).await;
    let browser = signed_in(&app, &person).await;
    let me = browser.get("/api/me").await.json();
    assert_eq!((me["id"].as_str(), me["login_count"].as_u64()), (Some(&*first), Some(2)));
    assert_eq!(me["given_name"], "Supernova");
    let other = signed_in(&app, &Person::new_at(peer).await).await;
    assert_ne!(other.user_id().await, first);
}

pub(crate) async fn the_request_is_pushed(peer: &dyn Peer) {
    let app = app(peer).await;
    let authorize = app.browser().leave("").await;
    let query = url::Url::parse(&authorize).unwrap();
    let names: Vec<String> = query.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["client_id", "request_uri"]);
    assert!(parameter(&authorize, "request_uri").unwrap().starts_with("urn:ietf:params:oauth:request_uri:"));
    signed_in(&app, &Person::new_at(peer).await).await;
}

pub(crate) async fn an_answer_by_form_signs_in(peer: &dyn Peer) {
    let plan = plan(peer, |_| {}).await.set("OIDC_RESPONSE_MODE", "form_post");
    let (app, person) = (plan.start().await, Person::new_at(peer).await);
    let browser = app.browser();
    let page = Page::open(&browser, &browser.leave("").await).await;
    let form = page.submit(&person.typed()).await.form_for_us();
    assert_eq!(form.action, format!("{}/auth/callback", app.site));
    let pairs: Vec<(&str, &str)> = form.hidden.iter().map(|(name, value)| (&**name, &**value)).collect();
    // A cross-site POST carries no Lax cookie.
    let stranger = app.browser();
    let ask = stranger.ask(Method::POST, "/auth/callback").header("sec-fetch-site", "cross-site");
    let moved = ask.form(&pairs).send().await;
    assert_eq!(browser.get(moved.location()).await.location(), "/dashboard");
    assert!(browser.is_signed_in().await);
}

pub(crate) async fn a_secret_in_the_form_is_taken(peer: &dyn Peer) {
    let app = plan(peer, |client| client.auth = "client_secret_post").await.start().await;
    signed_in(&app, &Person::new_at(peer).await).await;
}

pub(crate) async fn a_signed_assertion_is_taken(peer: &dyn Peer) {
    let app = plan(peer, |client| client.auth = "private_key_jwt").await.start().await;
    signed_in(&app, &Person::new_at(peer).await).await;
}

pub(crate) async fn a_wrong_secret_is_told_and_the_right_one_works(peer: &dyn Peer) {
    let mut app = app(peer).await;
    let right = app.setting("OIDC_CLIENT_SECRET").to_owned();
    app.restart(&[("OIDC_CLIENT_SECRET", "wrong")]).await;
    // Where pushed requests are no must, the refused one is left out, and the token call tells.
    app.restart(&[("OIDC_PAR", "on")]).await;
    let refused = app.browser().get("/auth/login").await;
    assert_eq!(refused.verdict(), (502, "client_refused"));
    app.restart(&[("OIDC_PAR", "auto")]).await;
    app.browser().get("/auth/login").await.location();
    assert!(refused.body.contains("<main") && !refused.heading().is_empty());
    app.restart(&[("OIDC_CLIENT_SECRET", &right)]).await;
    signed_in(&app, &Person::new_at(peer).await).await;
}

pub(crate) async fn an_unregistered_redirect_uri_is_told(peer: &dyn Peer) {
    let app = plan(peer, |client| client.redirect_uri.push_str("/elsewhere")).await.start().await;
    let refused = app.browser().get("/auth/login").await;
    assert_eq!(refused.status, 502, "{refused:?}");
    assert!(refused.body.contains("<main") && !refused.heading().is_empty());
}

pub(crate) async fn a_second_log_in_needs_no_password_until_a_fresh_one_is_asked_for(peer: &dyn Peer) {
    let (app, person) = (app(peer).await, Person::new_at(peer).await);
    let browser = signed_in(&app, &person).await;
    assert!(!asked_by(&browser, "").await, "the provider knows the browser");
    assert!(asked_by(&browser, "?prompt=login").await);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let page = Page::open(&browser, &browser.leave("?max_age=1").await).await;
    assert!(page.asks(), "the log-in there is older than a second");
    let back = page.submit(&person.typed()).await;
    assert_eq!(parameter(back.home(), "iss").as_deref(), Some(peer.issuer()));
    assert_eq!(browser.get(back.home()).await.location(), "/dashboard");
    // Without another password, on a longer leash.
    let page = Page::open(&browser, &browser.leave("?max_age=3600").await).await;
    assert_eq!(browser.get(page.home()).await.location(), "/dashboard");
    assert_eq!(try_to_log_in(&browser, &person).await.location(), "/dashboard");
}

async fn asked_by(browser: &Browser, query: &str) -> bool {
    Page::open(browser, &browser.leave(query).await).await.asks()
}
