//! Whatever arrives at the callback, in cookies or in an address gets a page with a stable code or is
//! ignored; it is never a fault of ours, and leads to no other site.

use http::Method;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::app::{ADA, BROWSER, SESSION, TestApp};
use crate::support::browser::Answer;

const ODD: &[&str] = &[
    "",
    "?",
    "?&",
    "?=",
    "?&&&==",
    "?code",
    "?code=",
    "?state=",
    "?code=x",
    "?state=x",
    "?code=x&state=",
    "?code=&state=x",
    "?code=x&state=y",
    "?code=x&state=y&iss=",
    "?code=x&state=y&iss=https://evil.example",
    "?state=a&state=b&code=x",
    "?state=a&state=a&code=x",
    "?code=a&code=b&state=x",
    "?iss=a&iss=b&state=x&code=y",
    "?error=access_denied",
    "?error=access_denied&state=x",
    "?error=a&error=b&state=x",
    "?error=%3Cscript%3E&error_description=%3Cscript%3Ealert(1)%3C/script%3E&state=x",
    "?error=login_required&error_uri=javascript:alert(1)&state=x",
    "?code=%00&state=%00",
    "?code=%ff%fe&state=%ff",
    "?code=%&state=%zz",
    "?state=%F0%9F%98%80&code=%F0%9F%98%80",
    "?state[]=x&code[]=y",
    "?state[a]=x&code[a][b]=y",
    "?response=code%3Dx&provider=main",
    "?state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&code=x",
    "?state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB&code=x",
    "?state='%20OR%201=1--&code=x",
    "?id_token=eyJhbGciOiJub25lIn0.e30.&state=x",
    "?code=x&state=y#fragment",
    "?session_state=x&scope=openid&authuser=0&prompt=none",
];

/// A page of 400 that says why, and nothing more.
fn is_a_refusal(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 400, "{what}: {answer:?}");
    let code = answer.code();
    assert!(
        !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
        "{what}: {code}"
    );
    assert!(!answer.heading().is_empty() && answer.body.contains(answer.header("x-request-id")), "{what}");
    assert!(answer.header("location").is_empty() && !answer.body.contains("<script>alert"), "{what}");
}

#[tokio::test]
async fn odd_answers_are_refused_with_a_page_at_every_callback() {
    let app = TestApp::start().await;
    let (new, known) = (app.browser(), app.browser());
    known.leave("").await;
    for odd in ODD {
        for address in ["/auth/callback", "/api/auth/kinde_callback"] {
            for browser in [&new, &known] {
                let target = format!("{address}{odd}");
                is_a_refusal(&browser.get(&target).await, &target);
            }
        }
    }
    let long = format!("/auth/callback?code={}&state=x", "c".repeat(60_000));
    let answer = known.get(&long).await;
    assert!(answer.status == 400 || answer.status == 414 || answer.status == 431, "{}", answer.status);
    known.log_in_as(ADA).await;
}

#[tokio::test]
async fn odd_forms_are_refused_too() {
    let app = TestApp::start().await;
    let browser = app.browser();
    const FORM: &str = "application/x-www-form-urlencoded";
    for odd in ODD {
        let body = odd.trim_start_matches('?').split('#').next().unwrap();
        let moved = browser.ask(Method::POST, "/auth/callback").body(FORM, body).send().await;
        assert!(moved.location().starts_with("/auth/callback?"), "{odd}");
        is_a_refusal(&browser.get(moved.location()).await, odd);
    }
    for (kind, size, verdict) in [
        ("application/json", 2, (415, "media_type_unsupported")),
        ("multipart/form-data", 2, (415, "media_type_unsupported")),
        (FORM, 80_000, (413, "body_too_large")),
    ] {
        let answer = browser.ask(Method::POST, "/auth/callback").body(kind, vec![b'a'; size]).send().await;
        assert_eq!(answer.verdict(), verdict, "{kind}");
    }
}

#[tokio::test]
async fn odd_cookies_are_no_cookies() {
    let app = TestApp::start().await;
    let signed_in = app.signed_in(ADA).await;
    let good = signed_in.cookie(SESSION).unwrap();
    let (session, browser) = (signed_in.name_of(SESSION), signed_in.name_of(BROWSER));
    let named = |odd: &str| odd.replace("SESSION", &session).replace("BROWSER", &browser);
    let long = format!("SESSION={}", "A".repeat(7000));
    let twice = format!("SESSION={good}; SESSION={}", "A".repeat(43));
    for odd in [
        "",
        "=",
        ";;;",
        "a",
        "SESSION",
        "SESSION=",
        "SESSION=x; BROWSER=y",
        "SESSION=%00; BROWSER=%E9",
        "SESSION=\"; BROWSER=\"",
        &long,
        &twice,
        "__Host-sparekey_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "sparekey_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        let odd = named(odd);
        let send = async |target: &str| {
            let browser = app.browser();
            let ask = browser.ask(Method::GET, target);
            if odd.is_empty() { ask.send().await } else { ask.header("cookie", &odd).send().await }
        };
        assert_eq!(send("/").await.status, 200, "{odd}");
        assert_eq!(send("/api/me").await.status, 401, "{odd}");
        assert_eq!(send("/dashboard").await.status, 303, "{odd}");
        is_a_refusal(&send("/auth/callback?code=x&state=y").await, &odd);
        assert_eq!(send("/auth/login").await.status, 303, "{odd}");
    }
    let fine = app.browser();
    fine.plant(SESSION, &good);
    fine.plant(BROWSER, "not-of-our-shape");
    assert!(fine.is_signed_in().await);
    fine.log_in_as(ADA).await;
}

#[tokio::test]
async fn odd_questions_of_a_log_in_lead_to_the_provider_or_a_page() {
    let app = TestApp::with(&[("RATE_LIMIT", "off")]).await;
    let browser = app.browser();
    for odd in ODD {
        let answer = browser.get(&format!("/auth/login{odd}")).await;
        assert!(answer.location().starts_with(app.provider.issuer()), "{odd}");
    }
    for odd in ["?provider=%00", "?provider=../x", "?provider=MAIN", "?provider=<script>"] {
        is_a_refusal(&browser.get(&format!("/auth/login{odd}")).await, odd);
    }
    for odd in
        ["?login_hint=%00%0d%0aSet-Cookie:%20a=b", "?max_age=-1", "?acr_values=%ff", "?prompt=%F0%9F%98%80"]
    {
        let answer = browser.get(&format!("/auth/login{odd}")).await;
        assert!(answer.location().starts_with(app.provider.issuer()), "{odd}");
        assert!(answer.set_cookies().iter().all(|cookie| cookie.starts_with(BROWSER)));
    }
}

#[test]
fn no_bytes_at_all_make_the_callback_fail() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app = runtime.block_on(TestApp::with(&[("RATE_LIMIT", "off")]));
    let browser = app.browser();
    runtime.block_on(browser.leave(""));
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
    let names = prop::sample::select(vec!["code", "state", "iss", "error", "response", "x", ""]);
    let pairs = prop::collection::vec((names, prop::collection::vec(any::<u8>(), 0..40)), 0..6);
    let query = pairs.prop_map(|pairs| {
        let pairs = pairs.into_iter().map(|(name, value)| {
            let value: String = value.iter().map(|byte| format!("%{byte:02x}")).collect();
            format!("{name}={value}")
        });
        pairs.collect::<Vec<_>>().join("&")
    });
    runner
        .run(&query, |query| {
            let answer = runtime.block_on(browser.get(&format!("/auth/callback?{query}")));
            is_a_refusal(&answer, &query);
            Ok(())
        })
        .unwrap();
}
