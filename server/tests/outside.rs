//! Who gets in where: pages and data of the signed in, and requests that another site's page makes.

use std::collections::BTreeSet;

use dev_provider::Endpoint;
use http::Method;
use leptos::server_fn::axum::server_fn_paths;

use crate::support::app::{ADA, GRACE, SESSION, TestApp};
use crate::support::browser::{Answer, Browser, between};

/// A server function: its address, a form that it can read, and what it answers to whoever is signed in and
/// to whoever is not.
type ServerFunction = (&'static str, &'static [(&'static str, &'static str)], u16, u16);

const SERVER_FUNCTIONS: &[ServerFunction] = &[
    ("/auth/begin", &[("asked[return_to]", "/account")], 303, 303),
    ("/auth/finish", &[("provider", "main"), ("response", "code=x&state=y")], 303, 400),
    ("/auth/link", &[("provider", "main")], 303, 401),
    ("/auth/invitation", &[("code", "x")], 400, 400),
    ("/auth/logout", &[], 303, 303),
    ("/auth/viewer", &[], 200, 200),
    ("/auth/unlink", &[("issuer", "a"), ("subject", "b")], 303, 401),
    ("/auth/sessions/end", &[("session", "AAAA")], 400, 401),
    ("/auth/erase", &[("word", "no")], 303, 401),
    ("/auth/sessions/end-others", &[], 303, 401),
    ("/auth/logout-everywhere", &[], 303, 401),
    ("/studio/undo", &[("run", "x")], 403, 401),
    ("/studio/approve", &[("run", "x"), ("list", "x"), ("reason", "x")], 403, 401),
    ("/studio/inbox/replay", &[("id", "x")], 403, 401),
    ("/studio/inbox/replay-held", &[("up_to", "x")], 403, 401),
    ("/studio/inbox/drop", &[("id", "x")], 403, 401),
    ("/studio/waiting/adopt", &[("account", "x"), ("user", "x")], 403, 401),
    ("/studio/holds/release", &[("user", "x"), ("held", "x"), ("provider", "x")], 403, 401),
];

/// The studio's turn everybody away first who may not enter it: see `studio::door`.
fn of_the_signed_in() -> impl Iterator<Item = &'static ServerFunction> {
    SERVER_FUNCTIONS.iter().filter(|(path, ..)| !path.starts_with("/studio/"))
}

#[test]
fn every_server_function_stands_in_the_table_and_is_linked() {
    let table: BTreeSet<&str> = SERVER_FUNCTIONS.iter().map(|(path, ..)| *path).collect();
    let linked: BTreeSet<&str> = server_fn_paths().map(|(path, _)| path).collect();
    assert_eq!(table, linked);
    let mut written = BTreeSet::new();
    let folders =
        ["/../app/src", "/../app/src/pages"].map(|folder| env!("CARGO_MANIFEST_DIR").to_owned() + folder);
    for entry in folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let path = entry.unwrap().path();
        let text = if path.is_file() { std::fs::read_to_string(path).unwrap() } else { String::new() };
        for attribute in text.split("#[server(").skip(1) {
            let value = |name: &str| between(attribute, &format!("{name} = \""), "\"").unwrap().to_owned();
            written.insert(format!("{}/{}", value("prefix"), value("endpoint")));
        }
    }
    assert_eq!(table, written.iter().map(String::as_str).collect());
}

#[tokio::test]
async fn every_server_function_answers_its_own_site() {
    let app = TestApp::start().await;
    for (path, form, signed_in, signed_out) in SERVER_FUNCTIONS {
        let answer = app.signed_in(ADA).await.post(path, form).await;
        assert_eq!(answer.status, *signed_in, "{path} {answer:?}");
        let answer = app.browser().post(path, form).await;
        assert_eq!(answer.status, *signed_out, "{path} {answer:?}");
    }
}

/// Requests that no page of ours makes.
const CROSS_SITE: &[&[(&str, &str)]] = &[
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("origin", "https://evil.example")],
];

async fn cross_site(
    browser: &Browser,
    path: &str,
    headers: &[(&str, &str)],
    form: &[(&str, &str)],
) -> Answer {
    let ask = browser.ask(Method::POST, path);
    let ask = headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
    ask.form(form).send().await
}

#[tokio::test]
async fn every_post_of_another_site_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    app.provider.calls().clear();
    let own = of_the_signed_in().map(|(path, form, ..)| (*path, *form));
    let nowhere = [("/", &[][..]), ("/dashboard", &[]), ("/api/me", &[]), ("/nowhere", &[])];
    for (path, form) in own.chain(nowhere) {
        for headers in CROSS_SITE {
            let answer = cross_site(&browser, path, headers, form).await;
            assert_eq!(answer.verdict(), (403, "cross_site"), "{path} {headers:?}");
            assert!(answer.set_cookies().is_empty() && answer.heading().contains("another site"), "{path}");
        }
    }
    assert!(browser.is_signed_in().await);
    assert_eq!(app.provider.calls().count(Endpoint::Authorize), 0);
    assert_eq!(app.provider.calls().count(Endpoint::Revoke), 0);
}

#[tokio::test]
async fn our_own_origin_does_not_outweigh_that_the_browser_calls_the_site_another() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let own = of_the_signed_in().map(|(path, form, ..)| (*path, *form));
    for (path, form) in own.chain([("/api/me", &[][..])]) {
        for site in ["cross-site", "same-site", "CROSS-SITE", "sideways"] {
            let headers = [("origin", app.site.as_str()), ("sec-fetch-site", site)];
            let answer = cross_site(&browser, path, &headers, form).await;
            assert_eq!(answer.verdict(), (403, "cross_site"), "{path} {site}");
        }
    }
    assert!(browser.is_signed_in().await);
    // What other sites may do by design is still theirs to do, and what is ours ours.
    let headers = [("origin", app.site.as_str()), ("sec-fetch-site", "cross-site")];
    for (path, status) in
        [("/auth/callback", 303), ("/auth/backchannel-logout", 400), ("/auth/initiate", 400)]
    {
        assert_eq!(cross_site(&browser, path, &headers, &[]).await.status, status, "{path}");
    }
    for headers in [
        &[("origin", app.site.as_str()), ("sec-fetch-site", "same-origin")][..],
        &[("origin", app.site.as_str())],
        &[("sec-fetch-site", "none")],
        &[],
    ] {
        assert_eq!(cross_site(&browser, "/auth/viewer", headers, &[]).await.status, 200, "{headers:?}");
    }
    assert_eq!(cross_site(&browser, "/auth/logout", &[], &[]).await.status, 303);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_refusal_is_a_page_to_a_browser_and_data_to_a_program() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let page = cross_site(&browser, "/auth/logout", CROSS_SITE[0], &[]).await;
    assert!(page.header("content-type").starts_with("text/html") && page.body.contains("<main"));
    assert!(page.body.contains(page.header("x-request-id")));
    let ask = browser.ask(Method::POST, "/auth/logout").header("accept", "application/json");
    let data = ask.header("sec-fetch-site", "cross-site").send().await;
    assert_eq!((data.status.as_u16(), data.json()), (403, serde_json::json!({"error": "cross_site"})));
}

#[tokio::test]
async fn a_server_function_that_refuses_sends_nobody_to_another_site() {
    let app = TestApp::start().await;
    for path in ["/auth/link", "/auth/sessions/end", "/auth/finish", "/auth/begin", "/auth/logout-everywhere"]
    {
        for body in [
            "",
            "provider=nobody",
            "response=state%3Dx&provider=main",
            "provider=a&provider=b",
            "\u{fffd}=%ff",
        ] {
            let browser = app.browser();
            let ask = browser.ask(Method::POST, path).header("origin", &app.site);
            let ask = ask.header("referer", "https://evil.example/page");
            let answer = ask.body("application/x-www-form-urlencoded", body).send().await;
            let location = answer.header("location");
            let ours = location.is_empty()
                || location.starts_with('/')
                || location.starts_with(app.provider.issuer());
            assert!(ours && !location.starts_with("//"), "{path} {body}: {location}");
            assert!(answer.status.as_u16() < 500, "{path} {body}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_server_function_is_no_page() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    // These two share their address with the page of their button.
    let is_page = |path: &str| ["/auth/logout", "/auth/invitation"].contains(&path);
    for (path, ..) in of_the_signed_in().filter(|(path, ..)| !is_page(path)) {
        let answer = browser.get(path).await;
        assert!([404, 405].contains(&answer.status.as_u16()), "{path} {}", answer.status);
    }
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_log_in_with_no_page_beneath() {
    let app = TestApp::start().await;
    for (page, there) in [
        ("/dashboard", "/auth/login?return_to=/dashboard"),
        ("/account", "/auth/login?return_to=/account"),
        ("/account?a=b&c=d", "/auth/login?return_to=/account%3Fa%3Db%26c%3Dd"),
        ("/auth/happened", "/auth/login?return_to=/auth/happened"),
    ] {
        let answer = app.browser().get(page).await;
        if answer.status == 404 && page == "/auth/happened" {
            continue;
        }
        assert_eq!((answer.location(), answer.body.as_str()), (there, ""), "{page}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let dead = app.browser();
    dead.plant(SESSION, &"B".repeat(43));
    assert_eq!(dead.get("/dashboard").await.body, "");
}

#[tokio::test]
async fn a_script_hears_401_where_a_page_would_be_sent_to_log_in() {
    let app = TestApp::start().await;
    for mode in ["cors", "same-origin", "no-cors"] {
        let browser = app.browser();
        let answer = browser.ask(Method::GET, "/dashboard").header("sec-fetch-mode", mode).send().await;
        assert_eq!(answer.status, 401);
        let url = "/auth/login?return_to=/dashboard";
        assert_eq!(answer.json(), serde_json::json!({"error": "signed_out", "login_url": url}));
        assert_eq!(answer.header("location"), "");
    }
    let browser = app.signed_in(ADA).await;
    let answer = browser.ask(Method::GET, "/dashboard").header("sec-fetch-mode", "cors").send().await;
    assert_eq!(answer.heading(), "You are signed in.");
}

#[tokio::test]
async fn the_data_of_the_signed_in_is_theirs_alone() {
    let app = TestApp::start().await;
    let nobody = app.browser().get("/api/me").await;
    assert_eq!(nobody.status, 401);
    assert_eq!(nobody.json(), serde_json::json!({"error": "signed_out", "login_url": "/auth/login"}));
    let (ada, grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
    assert_eq!(ada.get("/api/me").await.json()["email"], "ada@example.com");
    assert_eq!(grace.get("/api/me").await.json()["email"], "grace@example.com");
    assert!(!grace.get("/account").await.body.contains("ada@example.com"));
}

#[tokio::test]
async fn what_a_browser_is_told_of_a_user_has_no_claims_and_all_the_names() {
    let app = TestApp::start().await;
    let me = app.signed_in(ADA).await.get("/api/me").await.json();
    let names: Vec<&str> = me.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = [
        "schema",
        "id",
        "status",
        "email",
        "email_verified",
        "name",
        "given_name",
        "family_name",
        "preferred_username",
        "picture",
        "phone_number",
        "phone_number_verified",
        "locale",
        "zoneinfo",
        "identities",
        "created_at",
        "updated_at",
        "last_login_at",
        "login_count",
    ];
    expected.sort_unstable();
    let mut names = names;
    names.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!((&me["schema"], &me["status"]), (&"sparekey.user/1".into(), &"active".into()));
    let identity = me["identities"][0].as_object().unwrap();
    let mut names: Vec<&str> = identity.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["first_seen_at", "issuer", "last_seen_at", "provider", "standing", "subject"]);
}

#[tokio::test]
async fn there_is_a_page_where_there_is_none() {
    let app = TestApp::start().await;
    for path in
        ["/nowhere", "/auth/nowhere", "/pkg/nothing.js", "/..%2f..%2fetc/passwd", "/auth/callback/a/b"]
    {
        let answer = app.browser().get(path).await;
        assert_eq!(answer.verdict(), (404, "not_found"), "{path}");
        assert!(answer.body.contains("href=\"/\"") && answer.body.contains(answer.header("x-request-id")));
    }
    assert!(app.signed_in(ADA).await.get("/nowhere").await.body.contains("Log out"));
}

#[tokio::test]
async fn a_flood_from_one_place_is_stopped_and_the_pages_stay() {
    let app = TestApp::start().await;
    let browser = app.browser();
    // A busy machine may give back a turn in between.
    let flood = async |method: Method, target: &str| {
        for _ in 0..2000 {
            let answer = browser.ask(method.clone(), target).send().await;
            if answer.status == 429 {
                return answer;
            }
        }
        panic!("a flood of {target} is stopped");
    };
    let stopped = flood(Method::GET, "/auth/callback").await;
    assert_eq!(stopped.verdict(), (429, "too_many_requests"));
    assert_eq!(stopped.header("retry-after"), "5");
    for target in ["/auth/login", "/auth/signup", "/auth/initiate", "/api/auth/login"] {
        flood(Method::GET, target).await;
    }
    for target in ["/auth/callback", "/auth/backchannel-logout", "/auth/link"] {
        flood(Method::POST, target).await;
    }
    for page in ["/", "/healthz", "/auth/logout"] {
        assert_eq!(browser.get(page).await.status, 200, "{page}");
    }
    assert_eq!(browser.post("/auth/logout", &[]).await.status, 303, "whoever wants out gets out");
}

#[tokio::test]
async fn a_large_body_is_refused() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let ask = browser.ask(Method::POST, "/auth/logout").header("origin", &app.site);
    let large = ask.body("application/x-www-form-urlencoded", vec![b'a'; 100_000]).send().await;
    assert!(large.status.is_client_error() || large.status == 303, "{large:?}");
    let ask = browser.ask(Method::POST, "/auth/begin").header("origin", &app.site);
    let large = ask.body("application/x-www-form-urlencoded", vec![b'a'; 100_000]).send().await;
    assert_eq!(large.status, 413);
}

#[tokio::test]
async fn what_another_site_makes_a_browser_ask_takes_nothing_from_the_visitors_share() {
    let app = TestApp::start().await;
    let browser = app.browser();
    for (method, path, headers, status) in [
        (Method::GET, "/auth/login", &[("sec-fetch-mode", "no-cors")][..], 401),
        (Method::GET, "/auth/signup", &[("sec-purpose", "prefetch")], 204),
        (Method::HEAD, "/auth/login", &[], 204),
        (Method::POST, "/auth/begin", &[("origin", "https://evil.example")], 403),
    ] {
        for _ in 0..300 {
            let ask = browser.ask(method.clone(), path).header("accept", "*/*");
            let ask = headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
            assert_eq!(ask.send().await.status, status, "{method} {path}");
        }
    }
    assert_eq!(browser.get("/auth/login").await.status, 303, "the visitor's own log-in starts");
}
