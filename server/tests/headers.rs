//! The headers of every kind of answer, to the byte. What differs from one answer to the next stands as a
//! word in capitals.

use http::Method;

use crate::support::app::{ADA, Plan, TestApp};
use crate::support::browser::{Answer, between};

/// All headers of an answer, a line each, sorted.
fn headers(answer: &Answer, app: &TestApp) -> Vec<String> {
    let nonce = between(answer.header("content-security-policy"), "'nonce-", "'").unwrap_or("no nonce");
    let unsteady = ["date", "x-request-id", "content-length", "set-cookie", "transfer-encoding"];
    let kept = answer.headers.iter().filter(|(name, _)| !unsteady.contains(&name.as_str()));
    let mut lines: Vec<String> = kept
        .map(|(name, value)| {
            let value =
                value.to_str().unwrap().replace(nonce, "NONCE").replace(app.provider.issuer(), "PROVIDER");
            let value = if name == "location" { value.split('?').next().unwrap().to_owned() } else { value };
            format!("{name}: {value}")
        })
        .collect();
    lines.sort();
    lines
}

/// The headers that every answer carries, and these.
fn with(policy: &str, referrer: &str, more: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = [
        "cache-control: no-store",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-resource-policy: same-origin",
        "permissions-policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "vary: Cookie",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
    ]
    .map(str::to_owned)
    .into();
    lines.push(format!("content-security-policy: {policy}"));
    lines.push(format!("referrer-policy: {referrer}"));
    lines.extend(more.iter().map(|line| (*line).to_owned()));
    lines.sort();
    lines
}

const PAGE: &str = "default-src 'none'; script-src 'self' 'nonce-NONCE' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; object-src 'none'";
const OTHER: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; object-src 'none'";
const HTML: &str = "content-type: text/html; charset=utf-8";
const JSON: &str = "content-type: application/json";

#[tokio::test]
async fn a_page_says_what_it_may_do_and_is_kept_by_nobody() {
    let app = TestApp::start().await;
    let page = with(PAGE, "same-origin", &[HTML]);
    for target in ["/", "/auth/logout", "/auth/providers", "/nowhere", "/auth/callback?state=x&code=y"] {
        assert_eq!(headers(&app.browser().get(target).await, &app), page, "{target}");
    }
    let browser = app.signed_in(ADA).await;
    for target in ["/", "/dashboard", "/account", "/auth/logout", "/nowhere"] {
        assert_eq!(headers(&browser.get(target).await, &app), page, "{target}");
    }
}

#[tokio::test]
async fn a_redirect_of_the_journey_sends_no_referrer() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let left = browser.get("/auth/login").await;
    assert_eq!(headers(&left, &app), with(OTHER, "no-referrer", &["location: PROVIDER/authorize"]));
    let callback = browser.choose(left.location(), ADA).await;
    let signed = browser.get(&callback).await;
    assert_eq!(headers(&signed, &app), with(OTHER, "no-referrer", &["location: /dashboard"]));
    let out = browser.post("/auth/logout", &[]).await;
    assert_eq!(headers(&out, &app), with(OTHER, "no-referrer", &["location: PROVIDER/logout"]));
    let guarded = browser.get("/dashboard").await;
    assert_eq!(headers(&guarded, &app), with(PAGE, "same-origin", &["location: /auth/login"]));
}

#[tokio::test]
async fn data_and_refusals_carry_the_same() {
    let app = TestApp::start().await;
    let json = with(OTHER, "same-origin", &[JSON]);
    assert_eq!(headers(&app.browser().get("/api/me").await, &app), json);
    assert_eq!(headers(&app.signed_in(ADA).await.get("/api/me").await, &app), json);
    let text = with(OTHER, "same-origin", &["content-type: text/plain; charset=utf-8"]);
    assert_eq!(headers(&app.browser().get("/healthz").await, &app), text);
    assert_eq!(headers(&app.browser().get("/readyz").await, &app), text);
    let browser = app.browser();
    let ask = browser.ask(Method::POST, "/auth/logout").header("sec-fetch-site", "cross-site");
    assert_eq!(headers(&ask.send().await, &app), with(PAGE, "same-origin", &[HTML]));
    let ask = browser.ask(Method::POST, "/auth/logout").header("sec-fetch-site", "cross-site");
    assert_eq!(headers(&ask.header("accept", "*/*").send().await, &app), json);
    let logout_token = browser.ask(Method::POST, "/auth/backchannel-logout").form(&[]).send().await;
    assert_eq!(headers(&logout_token, &app), json);
    let early = browser.ask(Method::GET, "/auth/login").header("sec-purpose", "prefetch").send().await;
    assert_eq!(headers(&early, &app), with(OTHER, "same-origin", &[]));
}

#[tokio::test]
async fn a_nonce_is_used_for_one_answer() {
    let app = TestApp::start().await;
    let nonce = async || {
        let page = app.browser().get("/").await;
        between(page.header("content-security-policy"), "'nonce-", "'").unwrap().to_owned()
    };
    assert_ne!(nonce().await, nonce().await);
}

#[tokio::test]
async fn scripts_come_with_islands_alone_and_none_is_without_the_nonce() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    for (page, scripts) in [("/", false), ("/account", false), ("/dashboard", true), ("/nowhere", false)] {
        let answer = browser.get(page).await;
        let nonce = between(answer.header("content-security-policy"), "'nonce-", "'").unwrap();
        let of_page = answer.body.split("<script").skip(1).map(|rest| rest.split('>').next().unwrap());
        for tag in of_page {
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{page}: {tag}");
            assert!(scripts || !tag.contains("src="), "{page}: {tag}");
        }
        assert_eq!(answer.body.contains(".wasm"), scripts, "{page}");
        // What is preloaded lies in a template, which only a script opens.
        let outside: String =
            answer.body.split("<template").map(|part| part.split("</template>").last().unwrap()).collect();
        assert!(!outside.contains("preload") && !outside.contains(".wasm"), "{page}: {outside}");
        for bad in [" onclick=", " onload=", " style=\"", "javascript:", "<img"] {
            assert!(!answer.body.contains(bad), "{page}: {bad}");
        }
    }
}

#[tokio::test]
async fn over_https_the_browser_is_told_to_stay_there() {
    let app = Plan::on_https().await.start().await;
    let hsts = "strict-transport-security: max-age=31536000";
    assert_eq!(headers(&app.browser().get("/").await, &app), with(PAGE, "same-origin", &[HTML, hsts]));
    let left = app.browser().get("/auth/login").await;
    let expected = with(OTHER, "no-referrer", &["location: PROVIDER/authorize", hsts]);
    assert_eq!(headers(&left, &app), expected);
    assert_eq!(headers(&app.browser().get("/api/me").await, &app), with(OTHER, "same-origin", &[JSON, hsts]));
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let app = TestApp::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for target in ["/", "/dashboard", "/api/me", "/healthz", "/nowhere", "/auth/callback"] {
        let id = app.browser().get(target).await.header("x-request-id").to_owned();
        assert_eq!(id.len(), 36, "{target}");
        assert!(seen.insert(id));
    }
}
