//! The journey in: leaving, coming back, and all the ways in which coming back goes otherwise.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use dev_provider::{Endpoint, Fault, Person};
use http::Method;
use sea_orm::{ConnectionTrait, Statement};
use sha2::Digest;
use url::Url;

use crate::support::app::{ADA, BROWSER, GRACE, Plan, SESSION, TestApp};
use crate::support::browser::{between, parameter};
use crate::support::process::Site;

#[tokio::test]
async fn a_visitor_logs_in_sees_the_record_and_logs_out() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let home = browser.get("/").await;
    assert!(home.body.contains("href=\"/auth/login\"") && home.body.contains("href=\"/auth/signup\""));
    let page = browser.get(&browser.leave("?return_to=/dashboard").await).await;
    let request = between(&page.body, "name=\"request\" value=\"", "\"").unwrap();
    let choose = format!("{}/authorize/choose", app.provider.issuer());
    let chosen = browser.post(&choose, &[("request", request), ("sub", ADA)]).await;
    let signed = browser.get(chosen.location()).await;
    assert_eq!((signed.location(), signed.body.as_str()), ("/dashboard", ""));
    let dashboard = browser.get("/dashboard").await;
    assert_eq!(dashboard.heading(), "You are signed in.");
    assert!(
        dashboard.body.contains("record is in the database") && dashboard.body.contains("ada@example.com")
    );
    assert!(dashboard.body.contains("Log out") && !dashboard.body.contains("href=\"/auth/login\""));
    let out = browser.post("/auth/logout", &[]).await;
    let back = browser.get(out.location()).await;
    assert!(back.location().starts_with(&format!("{}/?state=", app.site)), "{}", back.location());
    assert_eq!(browser.get("/dashboard").await.location(), "/auth/login?return_to=/dashboard");
    assert!(browser.get("/").await.body.contains("href=\"/auth/login\""));
}

#[tokio::test]
async fn the_request_to_the_provider_is_bound_in_every_way_and_new_each_time() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let (one, two) = (browser.leave("").await, browser.leave("").await);
    for name in ["state", "nonce", "code_challenge"] {
        let value = parameter(&one, name).unwrap();
        assert!(value.len() >= 43, "{name}");
        assert_ne!(Some(value), parameter(&two, name), "{name}");
    }
    let fixed = [
        ("response_type", "code"),
        ("client_id", "sparekey"),
        ("code_challenge_method", "S256"),
        ("scope", "openid profile email"),
    ];
    for (name, value) in fixed {
        assert_eq!(parameter(&one, name).as_deref(), Some(value));
    }
    assert_eq!(parameter(&one, "redirect_uri"), Some(format!("{}/auth/callback", app.site)));
    let callback = browser.choose(&one, ADA).await;
    browser.get(&callback).await.location();
    let call = app.provider.calls().last(Endpoint::Token).unwrap();
    let hash = sha2::Sha256::digest(call.form.get("code_verifier").unwrap());
    assert_eq!(parameter(&one, "code_challenge"), Some(BASE64_URL_SAFE_NO_PAD.encode(hash)));
}

#[tokio::test]
async fn pkce_is_sent_to_a_provider_that_does_not_list_it() {
    for fault in [Fault::MetadataWithoutPkce, Fault::MetadataWithPlainPkceOnly] {
        let app = TestApp::start().await;
        app.provider.faults().set(fault);
        let browser = app.browser();
        let authorize = browser.leave("").await;
        assert_eq!(parameter(&authorize, "code_challenge_method").as_deref(), Some("S256"));
        assert_eq!(parameter(&authorize, "code_challenge").map(|challenge| challenge.len()), Some(43));
        browser.get(&browser.choose(&authorize, ADA).await).await.location();
    }
}

#[tokio::test]
async fn what_a_page_asks_of_a_log_in_reaches_the_provider() {
    let app = TestApp::start().await;
    let query = "?login_hint=ada%2B1%40example.com&prompt=login&max_age=60&acr_values=gold+silver";
    let authorize = app.browser().leave(query).await;
    let asked = [
        ("login_hint", "ada+1@example.com"),
        ("prompt", "login"),
        ("max_age", "60"),
        ("acr_values", "gold silver"),
    ];
    for (name, value) in asked {
        assert_eq!(parameter(&authorize, name).as_deref(), Some(value));
    }
    let twice = app.browser().leave("?prompt=login&prompt=none&max_age=x").await;
    assert_eq!((parameter(&twice, "prompt"), parameter(&twice, "max_age")), (None, None));
}

/// Logs in by this query and says where it ended.
async fn ends_at(app: &TestApp, query: &str) -> String {
    let browser = app.browser();
    let callback = browser.choose(&browser.leave(query).await, ADA).await;
    browser.get(&callback).await.location().to_owned()
}

fn return_to(value: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    format!("?return_to={encoded}")
}

#[tokio::test]
async fn a_visitor_comes_back_to_where_they_were_going_byte_for_byte() {
    let app = TestApp::start().await;
    let whole = format!("{}/notes?a", app.site);
    for kept in [
        "/",
        "/account#sessions",
        "/a?b=c&d=%2F%2fe+%20#f",
        "/a//b",
        "/%5Cevil",
        "/?u=https://x.example",
        &whole,
    ] {
        assert_eq!(ends_at(&app, &return_to(kept)).await, kept);
    }
    assert_eq!(ends_at(&app, "?return_to=/account").await, "/account");
    assert_eq!(ends_at(&app, &return_to("/café")).await, "/caf%C3%A9", "a header holds ASCII");
}

#[tokio::test]
async fn a_log_in_leads_to_no_other_site() {
    let app = TestApp::with(&[("RATE_LIMIT", "off")]).await;
    let host = app.site.strip_prefix("http://").unwrap();
    let mut odd: Vec<String> =
        ["evil.example", "evil.example/%2f..", "evil.example:80", "[::1]", "0x7f000001"]
            .iter()
            .flat_map(|evil| {
                [
                    "//", "///", "////", "/\\", "\\\\", "\\/", "/\t/", "/\n/", "/\r\n/", "https://",
                    "HTTP://", "http:", "//%09/",
                ]
                .map(|start| format!("{start}{evil}"))
            })
            .filter(|odd| !odd.starts_with("//%09/") || odd.starts_with("//"))
            .collect();
    odd.extend(
        [
            "javascript:alert(1)",
            "data:text/html,x",
            " /a",
            "/a ",
            "a",
            "?a",
            "#a",
            "/a\0b",
            "\u{2028}/a",
            "/.//evil.example",
            "/..//evil.example",
        ]
        .map(str::to_owned),
    );
    let near = [
        "@evil.example",
        ".evil.example/",
        "0/",
        ":80/",
        "//evil.example",
        "\\@evil.example",
        "/\\evil.example",
    ];
    odd.extend(near.map(|rest| format!("http://{host}{rest}")));
    odd.push(format!("https://{host}/"));
    odd.push(format!("http://user@{host}/"));
    odd.push(format!("/{}", "a".repeat(4000)));
    for asked in &odd {
        let ended = ends_at(&app, &return_to(asked)).await;
        assert_eq!(ended, "/dashboard", "{asked:?}");
        assert_eq!(
            Url::parse(&app.site).unwrap().join(&ended).unwrap().origin().ascii_serialization(),
            app.site
        );
    }
    assert_eq!(ends_at(&app, "?return_to=/a&return_to=/b").await, "/dashboard");
    assert_eq!(ends_at(&app, "?return_to=/a&return_to=/a").await, "/dashboard");
}

#[tokio::test]
async fn sign_up_makes_somebody_new() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let authorize = browser.get("/auth/signup?return_to=/account").await.location().to_owned();
    assert_eq!(parameter(&authorize, "prompt").as_deref(), Some("create"));
    let page = browser.get(&authorize).await;
    let request = between(&page.body, "name=\"request\" value=\"", "\"").unwrap();
    let form = [("request", request), ("name", "Nora New"), ("email", "nora@example.com")];
    let made = browser.post(&format!("{}/authorize/new", app.provider.issuer()), &form).await;
    assert_eq!(browser.get(made.location()).await.location(), "/account");
    let me = browser.get("/api/me").await.json();
    assert_eq!((&me["name"], &me["email_verified"]), (&"Nora New".into(), &false.into()));
}

#[tokio::test]
async fn any_tab_may_finish_in_any_order() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let mut tabs = Vec::new();
    for tab in 0..4 {
        let authorize = browser.leave(&format!("?return_to=/tab{tab}")).await;
        tabs.push(browser.choose(&authorize, ADA).await);
    }
    for tab in [2, 0, 3, 1] {
        let signed = browser.get(&tabs[tab]).await;
        assert_eq!(signed.location(), format!("/tab{tab}"));
        assert!(browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn many_started_log_ins_cost_one_small_cookie() {
    let app = TestApp::start().await;
    let browser = app.browser();
    for _ in 0..50 {
        browser.leave("").await;
    }
    assert!(browser.cookies().len() < 200, "{}", browser.cookies());
    browser.log_in_as(ADA).await;
}

#[tokio::test]
async fn back_and_reload_do_no_harm_to_whoever_is_signed_in() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let callback = browser.choose(&browser.leave("?return_to=/account").await, ADA).await;
    browser.get(&callback).await;
    let session = browser.cookie(SESSION);
    for _ in 0..3 {
        let again = browser.get(&callback).await;
        assert_eq!((again.location(), again.set_cookies().len()), ("/account", 0));
    }
    let unknown = browser.get("/auth/callback?code=x&state=y").await;
    assert_eq!(unknown.location(), "/dashboard");
    assert_eq!(browser.cookie(SESSION), session);
    assert_eq!(app.provider.calls().count(Endpoint::Token), 1);
}

#[tokio::test]
async fn a_used_answer_signs_nobody_in_again() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let callback = browser.come_back_as(ADA).await;
    browser.get(&callback).await.location();
    browser.post("/auth/logout", &[]).await;
    let again = browser.get(&callback).await;
    assert_eq!(again.verdict(), (400, "login_used"));
    assert!(again.body.contains("href=\"/auth/login\"") && !again.heading().is_empty());
    assert_eq!(app.provider.calls().count(Endpoint::Token), 1);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn of_many_at_once_with_one_answer_one_redeems_it() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let callback = browser.come_back_as(ADA).await;
    let answers = futures::future::join_all((0..8).map(|_| browser.get(&callback))).await;
    let signed = answers.iter().filter(|answer| answer.status == 303).count();
    assert_eq!((signed, app.provider.calls().count(Endpoint::Token)), (1, 1));
    assert!(answers.iter().all(|answer| answer.status == 303 || answer.verdict() == (400, "login_used")));
}

#[tokio::test]
async fn an_answer_that_another_browser_asked_for_is_refused_and_stays_usable_there() {
    let app = TestApp::start().await;
    let (attacker, victim, known) = (app.browser(), app.browser(), app.browser());
    let callback = attacker.come_back_as(GRACE).await;
    known.leave("").await;
    for browser in [&victim, &known] {
        let refused = browser.get(&callback).await;
        assert_eq!(refused.verdict(), (400, "login_unknown"));
        assert!(!browser.is_signed_in().await);
    }
    assert_eq!(app.provider.calls().count(Endpoint::Token), 0);
    assert_eq!(attacker.get(&callback).await.location(), "/dashboard");
}

#[tokio::test]
async fn a_head_a_prefetch_and_a_preview_start_and_consume_nothing() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let callback = browser.come_back_as(ADA).await;
    let stranger = app.browser();
    for target in ["/auth/login", "/auth/signup", "/auth/providers", "/api/auth/login", &callback] {
        let head = stranger.ask(Method::HEAD, target).send().await;
        assert_eq!((head.status.as_u16(), head.set_cookies().len()), (204, 0), "{target}");
        let head = browser.ask(Method::HEAD, target).send().await;
        assert_eq!(head.status, 204, "{target}");
        for (name, value) in [
            ("sec-purpose", "prefetch"),
            ("sec-purpose", "prefetch;prerender"),
            ("purpose", "prefetch"),
            ("purpose", "preview"),
            ("x-moz", "prefetch"),
        ] {
            let early = browser.ask(Method::GET, target).header(name, value).send().await;
            assert_eq!((early.status.as_u16(), early.set_cookies().len()), (204, 0), "{target} {name}");
        }
    }
    assert_eq!(app.provider.calls().count(Endpoint::Token), 0);
    assert_eq!(browser.get(&callback).await.location(), "/dashboard");
}

#[tokio::test]
async fn what_is_no_navigation_starts_and_consumes_nothing() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let callback = browser.come_back_as(ADA).await;
    for target in ["/auth/login?return_to=/account", "/auth/signup", "/api/auth/register", &callback] {
        for mode in ["cors", "no-cors", "same-origin", "websocket"] {
            let answer = app.browser().ask(Method::GET, target).header("sec-fetch-mode", mode).send().await;
            assert_eq!(answer.status, 401, "{target} {mode}");
            assert_eq!(answer.json(), serde_json::json!({"error": "signed_out", "login_url": "/auth/login"}));
            assert_eq!(answer.set_cookies().len(), 0);
        }
        let with_cookies = browser.ask(Method::GET, target).header("sec-fetch-mode", "no-cors").send().await;
        assert_eq!(with_cookies.status, 401);
    }
    assert_eq!(app.provider.calls().count(Endpoint::Token), 0);
    let navigation = browser.ask(Method::GET, &callback).header("sec-fetch-mode", "navigate").send().await;
    assert_eq!(navigation.location(), "/dashboard");
}

#[tokio::test]
async fn cancelling_is_told_and_the_next_log_in_works() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let page = browser.get(&browser.leave("").await).await;
    let request = between(&page.body, "name=\"request\" value=\"", "\"").unwrap();
    let cancel =
        browser.post(&format!("{}/authorize/cancel", app.provider.issuer()), &[("request", request)]).await;
    let refused = browser.get(cancel.location()).await;
    assert_eq!(refused.verdict(), (400, "login_cancelled"));
    assert!(refused.body.contains(refused.header("x-request-id")));
    assert!(refused.body.contains("href=\"/auth/login\"") && refused.body.contains("<main"));
    assert_eq!(app.provider.calls().count(Endpoint::Token), 0);
    browser.log_in_as(ADA).await;
}

#[tokio::test]
async fn an_error_is_shown_to_whoever_is_signed_in_and_their_session_stays() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let session = browser.cookie(SESSION);
    for (query, fault, code) in [
        ("", Fault::ResponseAccessDenied, (400, "login_cancelled")),
        ("", Fault::WrongNonce, (502, "nonce_mismatch")),
        ("", Fault::Userinfo500, (502, "answer_unexpected")),
        ("?acr_values=gold", Fault::AcrMissing, (502, "acr_unmet")),
        ("?max_age=60", Fault::AuthTimeOld, (502, "auth_time_too_old")),
        ("?max_age=60", Fault::AuthTimeInFuture, (502, "auth_time_in_future")),
    ] {
        app.provider.faults().set_once(fault);
        let callback = browser.choose(&browser.leave(query).await, ADA).await;
        let refused = browser.get(&callback).await;
        assert_eq!(refused.verdict(), code);
        assert!(refused.body.contains("Log out"), "the header knows who is looking");
        assert_eq!(browser.cookie(SESSION), session);
    }
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_log_in_that_took_too_long_is_told_so() {
    let app = TestApp::with(&[("LOGIN_TTL_SECONDS", "1")]).await;
    let browser = app.browser();
    let callback = browser.come_back_as(ADA).await;
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    let late = browser.get(&callback).await;
    assert_eq!(late.verdict(), (400, "login_expired"));
    assert!(late.body.contains("href=\"/auth/login\""));
    assert_eq!(app.provider.calls().count(Endpoint::Token), 0);
}

#[tokio::test]
async fn a_log_in_that_took_too_long_does_no_harm_to_whoever_is_signed_in() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let callback = browser.choose(&browser.leave("?return_to=/account").await, ADA).await;
    browser.log_in_as(ADA).await;
    let session = browser.cookie(SESSION);
    let database = sea_orm::Database::connect(app.setting("DATABASE_URL")).await.unwrap();
    let ago = chrono::Utc::now() - chrono::TimeDelta::seconds(1);
    let sql = "UPDATE tickets SET expires_at = ?";
    let expire = Statement::from_sql_and_values(database.get_database_backend(), sql, [ago.into()]);
    database.execute_raw(expire).await.unwrap();
    app.provider.calls().clear();
    assert_eq!(browser.get(&callback).await.location(), "/account");
    assert_eq!((browser.cookie(SESSION), app.provider.calls().count(Endpoint::Token)), (session, 0));
    browser.post("/auth/logout", &[]).await;
    assert_eq!(browser.get(&callback).await.verdict(), (400, "login_expired"));
}

#[tokio::test]
async fn the_cookies_are_those_of_the_product() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let left = browser.get("/auth/login").await;
    let value = browser.cookie(BROWSER).unwrap();
    let (session_name, browser_name) = (browser.name_of(SESSION), browser.name_of(BROWSER));
    assert!(session_name.ends_with(&app.door.port().to_string()), "ports share their cookies");
    let browsers = format!("{browser_name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age=34560000");
    let [own, copy] = left.set_cookies()[..] else { panic!("{left:?}") };
    assert_eq!(own, browsers);
    assert!(copy.starts_with(&format!("{browser_name}_")), "{copy}");
    assert!(copy.ends_with(&format!("={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age=1800")), "{copy}");
    assert_eq!(value.len(), 43, "256 bits");
    let signed = browser.log_in_as(ADA).await;
    let session = browser.cookie(SESSION).unwrap();
    let sessions = format!("{session_name}={session}; HttpOnly; SameSite=Lax; Path=/; Max-Age=604800");
    assert_eq!(signed.set_cookies(), [sessions.as_str()]);
    assert_eq!(session.len(), 43);
    let out = browser.post("/auth/logout", &[]).await;
    let dropped = format!("{session_name}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    assert_eq!(out.set_cookies(), [dropped.as_str()]);
    browser.get("/auth/callback?state=x&code=y").await;
    browser.log_in_as(ADA).await;
    assert_eq!(browser.cookie(BROWSER), Some(value), "it stays over log-ins, refusals and log-outs");
}

#[tokio::test]
async fn on_https_the_cookies_are_bound_to_the_host() {
    let app = Plan::on_https().await.start().await;
    let browser = app.browser();
    let left = browser.get("/auth/login").await;
    let [cookie, copy] = left.set_cookies()[..] else { panic!("{left:?}") };
    assert!(copy.starts_with("__Host-sparekey_browser_") && copy.contains("; Secure; Path=/;"), "{copy}");
    assert!(cookie.starts_with("__Host-sparekey_browser="));
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=34560000"), "{cookie}");
    let signed = browser.log_in_as(ADA).await;
    let [cookie] = signed.set_cookies()[..] else { panic!("{signed:?}") };
    assert!(cookie.starts_with("__Host-sparekey_session="));
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=604800"), "{cookie}");
}

#[tokio::test]
async fn a_planted_session_is_not_taken_over() {
    let app = TestApp::start().await;
    let planted = "A".repeat(43);
    let browser = app.browser();
    browser.plant(SESSION, &planted);
    browser.log_in_as(ADA).await;
    assert_ne!(browser.cookie(SESSION), Some(planted.clone()));
    let other = app.browser();
    other.plant(SESSION, &planted);
    assert!(!other.is_signed_in().await);
}

#[tokio::test]
async fn each_log_in_has_an_id_of_its_own_and_ends_the_session_before() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let first = browser.cookie(SESSION).unwrap();
    browser.log_in_as(GRACE).await;
    assert_ne!(browser.cookie(SESSION), Some(first.clone()));
    let old = app.browser();
    old.plant(SESSION, &first);
    assert!(!old.is_signed_in().await);
    assert_eq!(browser.get("/api/me").await.json()["given_name"], "Grace");
}

#[tokio::test]
async fn everybody_can_sign_in_however_odd_their_claims() {
    let app = TestApp::start().await;
    let ordinary = |person: &Person| person.subject.is_ascii() && person.subject.trim() == person.subject;
    for person in dev_provider::people().into_iter().filter(ordinary) {
        let browser = app.signed_in(&person.subject).await;
        for page in ["/", "/dashboard", "/account", "/auth/logout"] {
            assert_eq!(browser.get(page).await.status, 200, "{} {page}", person.subject);
        }
    }
}

#[tokio::test]
async fn the_copy_follows_the_person_and_keeps_what_was() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let id = browser.user_id().await;
    app.provider.set_person(Person::new(ADA).named("Ada", "King").mail("ada@king.example"));
    browser.log_in_as(ADA).await;
    let me = browser.get("/api/me").await.json();
    assert_eq!((me["id"].as_str(), me["email"].as_str()), (Some(id.as_str()), Some("ada@king.example")));
    assert_eq!(me["login_count"], 2);
    let account = browser.get("/account").await.body;
    assert!(account.contains("ada@king.example") && account.contains("ada@example.com"));
    app.provider.set_person(Person::new(GRACE).mail("ada@example.com"));
    assert_ne!(app.signed_in(GRACE).await.user_id().await, id, "whoever has the mail now is somebody else");
}

#[tokio::test]
async fn sixty_four_first_log_ins_of_one_person_make_one_user() {
    let app = TestApp::with(&[("RATE_LIMIT", "off")]).await;
    let log_in = || async {
        let browser = app.browser();
        let callback = browser.come_back_as(ADA).await;
        (browser, callback)
    };
    let mut ready = Vec::new();
    for _ in 0..64 {
        ready.push(log_in().await);
    }
    let answers =
        futures::future::join_all(ready.iter().map(|(browser, callback)| browser.get(callback))).await;
    assert!(answers.iter().all(|answer| answer.status == 303), "{answers:?}");
    let mut ids = std::collections::BTreeSet::new();
    for (browser, _) in &ready {
        ids.insert(browser.user_id().await);
    }
    assert_eq!(ids.len(), 1);
    let me = ready[0].0.get("/api/me").await.json();
    assert_eq!((me["identities"].as_array().map(Vec::len), me["login_count"].as_u64()), (Some(1), Some(64)));
}

#[tokio::test]
async fn a_log_in_begins_on_the_sites_own_host_and_moves_there_once() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let ask = |target: &str| browser.ask(Method::GET, target).header("host", "127.0.0.1:1");
    let moved = ask("/auth/login?return_to=/account").send().await;
    let there = format!("{}/auth/login?return_to=/account&moved=1", app.site);
    assert_eq!((moved.location(), moved.set_cookies().len()), (there.as_str(), 0));
    let gone_on = ask("/auth/login?return_to=/account&moved=1").send().await;
    assert!(gone_on.location().starts_with(app.provider.issuer()));
    let upper =
        browser.ask(Method::GET, "/auth/login").header("host", &app.site[7..].to_uppercase()).send().await;
    assert!(upper.location().starts_with(app.provider.issuer()), "a host has no case");
}

#[tokio::test]
async fn no_header_moves_the_redirect_uri() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let ask = browser.ask(Method::GET, "/auth/login?moved=1").header("host", "evil.example");
    let spoofed = ask
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=evil.example;proto=https");
    let left = spoofed.send().await;
    assert_eq!(parameter(left.location(), "redirect_uri"), Some(format!("{}/auth/callback", app.site)));
}

#[tokio::test]
async fn an_answer_by_form_becomes_a_navigation() {
    let app = TestApp::with(&[("OIDC_RESPONSE_MODE", "form_post")]).await;
    let browser = app.browser();
    let authorize = browser.leave("").await;
    assert_eq!(parameter(&authorize, "response_mode").as_deref(), Some("form_post"));
    let page = browser.ask(Method::GET, &authorize).header("dev-choose", ADA).send().await;
    let field =
        |name: &str| between(&page.body, &format!("name=\"{name}\" value=\""), "\"").unwrap().to_owned();
    let (code, state, iss) = (field("code"), field("state"), field("iss"));
    let form = [("code", code.as_str()), ("state", &state), ("iss", &iss)];
    // A cross-site POST carries no Lax cookie.
    let cross = app.browser();
    let ask = cross.ask(Method::POST, "/auth/callback").header("origin", app.provider.issuer());
    let moved = ask.header("sec-fetch-site", "cross-site").form(&form).send().await;
    assert_eq!((moved.set_cookies().len(), moved.body.as_str()), (0, ""));
    assert_eq!(moved.header("referrer-policy"), "no-referrer");
    assert_eq!(app.provider.calls().count(Endpoint::Token), 0);
    assert_eq!(browser.get(moved.location()).await.location(), "/dashboard");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn user_and_session_survive_kill_9_right_after_the_redirect() {
    let site = Site::new().await;
    let mut process = site.serve(&[]).await;
    let browser = process.browser();
    let callback = browser.come_back_as(ADA).await;
    assert_eq!(browser.get(&callback).await.location(), "/dashboard");
    process.kill();
    let _again = site.serve(&[]).await;
    let me = browser.get("/api/me").await;
    assert_eq!(me.json()["email"], "ada@example.com");
    assert_eq!(browser.get("/dashboard").await.heading(), "You are signed in.");
}
