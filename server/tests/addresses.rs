//! One address for one page: guards, limits and pages see the same path, and all else is 404.

use http::Method;

use crate::support::app::{ADA, TestApp};
use crate::support::raw::{request, send};

/// Other spellings of addresses that are there, as only bytes on a connection show them.
const SPELLINGS: &[&str] = &[
    "/./auth/login",
    "/x/../auth/login",
    "/auth\\login",
    "\\auth\\login",
    "//auth/login",
    "/auth//login",
    "/%61uth/login",
    "/auth/%6cogin",
    "/auth%2flogin",
    "/auth/login/",
    "/auth/./login",
    "/auth/x/../login",
    "/auth/login/.",
    "/auth/login;x=y",
    "/AUTH/LOGIN",
    "/./auth/signup",
    "/api/auth/../../auth/login",
    "/./api/auth/login",
    "/./auth/callback",
    "/auth/callback/%6dain",
    "/auth/callback/ma%69n",
    "/auth/callback/..\\login",
    "/auth/callback/..\\login%ff",
    "/auth/callback/.",
    "/auth/callback/..",
    "/auth/callback/\\",
    "/auth/login/..\\callback",
    "/x/../auth/logout",
    "/./dashboard",
    "/dashboard/",
    "/x/../dashboard",
    "/%64ashboard",
    "/account/.",
    "/.",
    "/./",
    "//",
];

#[tokio::test]
async fn a_page_is_at_its_own_address_and_at_no_other_spelling_of_it() {
    let app = TestApp::start().await;
    let cookie = format!("cookie: {}", app.signed_in(ADA).await.cookies());
    app.provider.calls().clear();
    for spelling in SPELLINGS {
        for headers in [
            &[b"accept: text/html".as_slice()][..],
            &[b"accept: */*"],
            &[b"accept: text/html", cookie.as_bytes()],
            &[b"accept: text/html", b"sec-purpose: prefetch"],
            &[b"accept: text/html", b"sec-fetch-site: cross-site", b"sec-fetch-mode: no-cors"],
        ] {
            let answer = send(app.door, &request(format!("GET {spelling}").as_bytes(), headers)).await;
            assert!([400, 404].contains(&answer.status), "{spelling}: {answer:?}");
            assert!(answer.header("set-cookie").is_empty() && answer.header("location").is_empty());
            assert!(!answer.body.contains("ada@example.com"), "{spelling}");
        }
        for method in ["HEAD", "POST", "OPTIONS", "DELETE"] {
            let answer = send(app.door, &request(format!("{method} {spelling}").as_bytes(), &[])).await;
            assert!([400, 404].contains(&answer.status), "{method} {spelling}: {answer:?}");
        }
    }
    assert!(app.provider.calls().count(dev_provider::Endpoint::Authorize) == 0);
    for whole in [format!("GET {}/auth/login", app.site), "GET /auth/login".to_owned()] {
        assert_eq!(send(app.door, &request(whole.as_bytes(), &[])).await.status, 303, "{whole}");
    }
}

#[tokio::test]
async fn an_address_that_is_not_there_is_404_whatever_it_holds() {
    let app = TestApp::start().await;
    let odd = [
        "/%00",
        "/a%00b",
        "/%ff",
        "/%",
        "/%zz",
        "/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/\\",
        "/a:b",
        "/~",
        "/'",
        "/auth/",
        "/auth",
        "/api/auth/",
        "/pkg",
        "/pkg/",
    ];
    let long = [100, 252, 253, 254, 255, 256, 1024, 4095, 4096, 4097, 20_000, 60_000];
    let long = long.map(|length| format!("/{}", "a".repeat(length)));
    let below = [
        format!("/pkg/{}", "a".repeat(253)),
        format!("/{}", "a/".repeat(5000)),
        format!("/{}", "%41".repeat(253)),
    ];
    for path in odd.iter().map(|path| (*path).to_owned()).chain(long).chain(below) {
        let short: String = path.chars().take(40).collect();
        let line = format!("GET {path}");
        let page = send(app.door, &request(line.as_bytes(), &[b"accept: text/html"])).await;
        assert_eq!(page.status, 404, "{short} {}", path.len());
        assert!(page.body.contains("<h1>") && page.body.contains(page.header("x-request-id")), "{short}");
        let data = send(app.door, &request(line.as_bytes(), &[])).await;
        assert_eq!((data.status, data.body.as_str()), (404, "{\"error\":\"not_found\"}"), "{short}");
        for method in ["POST", "OPTIONS", "HEAD", "PUT"] {
            let line = format!("{method} {path}");
            assert_eq!(send(app.door, &request(line.as_bytes(), &[])).await.status, 404, "{method} {short}");
        }
    }
    let large = app.browser();
    let ask = large.ask(Method::POST, "/nowhere").header("origin", &app.site);
    assert_eq!(ask.body("text/plain", vec![b'a'; 50_000]).send().await.verdict(), (404, "not_found"));
}

#[tokio::test]
async fn options_says_what_an_address_takes_and_does_nothing() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    for (path, allow) in [
        ("/", "GET,HEAD"),
        ("/dashboard", "GET,HEAD"),
        ("/auth/login", "GET,HEAD"),
        ("/auth/logout", "GET,HEAD,POST"),
        ("/auth/begin", "POST"),
        ("/auth/backchannel-logout", "POST"),
        ("/auth/callback", "POST,GET,HEAD"),
        ("/api/me", "GET,HEAD"),
        ("/healthz", "GET,HEAD"),
    ] {
        let ask = browser.ask(Method::OPTIONS, path).header("origin", "https://evil.example");
        let answer = ask.header("access-control-request-method", "POST").send().await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""), "{path}");
        let sorted = |list: &str| {
            let mut methods: Vec<String> = list.split(',').map(|method| method.trim().to_owned()).collect();
            methods.sort();
            methods
        };
        assert_eq!(sorted(answer.header("allow")), sorted(allow), "{path}");
        assert!(answer.set_cookies().is_empty() && answer.header("access-control-allow-origin").is_empty());
    }
    assert!(browser.is_signed_in().await);
    for path in ["/nowhere", "/auth/nowhere", "/auth/", "/pkg/nothing.js"] {
        assert_eq!(browser.ask(Method::OPTIONS, path).send().await.status, 404, "{path}");
        assert_eq!(browser.ask(Method::HEAD, path).send().await.status, 404, "{path}");
        let early = browser.ask(Method::GET, path).header("sec-purpose", "prefetch").send().await;
        assert_eq!(early.status, 404, "{path}");
    }
}

#[tokio::test]
async fn what_kindes_links_call_the_way_back_is_understood_at_kindes_addresses() {
    let app = TestApp::start().await;
    for (target, there) in [
        ("/api/auth/login?post_login_redirect_url=/account", "/account".to_owned()),
        ("/api/auth/register?post_login_redirect_url=%2Faccount%3Fa%3Db", "/account?a=b".to_owned()),
        (
            &format!("/api/auth/login?post_login_redirect_url={}/account", app.site),
            format!("{}/account", app.site),
        ),
        ("/api/auth/login?post_login_redirect_url=https://evil.example/", "/dashboard".to_owned()),
        ("/api/auth/login?return_to=/&post_login_redirect_url=/account", "/".to_owned()),
        ("/api/auth/login?post_login_redirect_url=/a&post_login_redirect_url=/b", "/dashboard".to_owned()),
        ("/auth/login?post_login_redirect_url=/account", "/dashboard".to_owned()),
    ] {
        let browser = app.browser();
        let authorize = browser.get(target).await.location().to_owned();
        let callback = browser.choose(&authorize, ADA).await;
        assert_eq!(browser.get(&callback).await.location(), there, "{target}");
    }
}
