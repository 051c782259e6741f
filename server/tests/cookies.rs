//! Cookies as browsers send them: foreign ones beside ours, two applications on one host, tabs at once.

use futures::future::join_all;

use crate::support::app::{ADA, BROWSER, SESSION, TestApp};
use crate::support::raw::{request, send};

#[tokio::test]
async fn a_foreign_cookie_hides_none_of_ours_whatever_bytes_it_has() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let ours = format!("{}={}", browser.name_of(SESSION), browser.cookie(SESSION).unwrap()).into_bytes();
    for foreign in [
        &b"theme=blue"[..],
        b"theme=bl\xc3\xa5",
        b"theme=bl\xe5",
        b"th\xe5me=x",
        b"\xff\xfe",
        b"theme=\"a",
        b"=x",
        b"theme=\t x \t",
    ] {
        let (before, after) = ([foreign, b"; ", &ours].concat(), [&ours, &b"; "[..], foreign].concat());
        for cookie in [before, after] {
            let cookie = [&b"cookie: "[..], &cookie].concat();
            let answer = send(app.door, &request(b"GET /api/me", &[&cookie])).await;
            assert_eq!(answer.status, 200, "{foreign:?}");
        }
        let (theirs, ours) = ([&b"cookie: "[..], foreign].concat(), [&b"cookie: "[..], &ours].concat());
        let answer = send(app.door, &request(b"GET /api/me", &[&theirs, &ours])).await;
        assert_eq!(answer.status, 200, "{foreign:?} on a line of its own");
        assert_eq!(send(app.door, &request(b"GET /api/me", &[&theirs])).await.status, 401);
    }
}

#[tokio::test]
async fn a_browser_with_a_foreign_cookie_logs_in() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let authorize = browser.leave("").await;
    let callback = browser.choose(&authorize, ADA).await;
    let own = browser.cookies();
    let path = callback.strip_prefix(&app.site).unwrap();
    let cookie = [&b"cookie: theme=bl\xe5; "[..], own.as_bytes()].concat();
    let line = format!("GET {path}");
    let answer = send(app.door, &request(line.as_bytes(), &[&cookie])).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/dashboard"));
}

#[tokio::test]
async fn two_applications_on_two_ports_sign_nobody_out_of_the_other() {
    let (one, two) = (TestApp::start().await, TestApp::start().await);
    let first = one.signed_in(ADA).await;
    // One browser: a host's cookies go to each of its ports.
    let second = first.at(&two.site, two.door);
    second.log_in_as(ADA).await;
    let first = second.at(&one.site, one.door);
    assert!(first.is_signed_in().await);
    first.post("/auth/logout", &[]).await;
    assert!(!first.is_signed_in().await);
    assert!(first.at(&two.site, two.door).is_signed_in().await);
}

#[tokio::test]
async fn all_tabs_that_a_new_browser_opens_at_once_finish() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let pages = ["/dashboard", "/account", "/?tab=3"];
    let tabs = pages.map(|page| format!("/auth/login?return_to={page}"));
    // All of them are asked before any is answered: none has a cookie, and each is given one.
    let left =
        join_all(tabs.iter().map(|tab| browser.ask(http::Method::GET, tab).header("cookie", "a=b").send()));
    let left = left.await;
    let values: std::collections::BTreeSet<&str> =
        left.iter().map(|answer| answer.set_cookies()[0]).collect();
    assert_eq!(values.len(), 3);
    let kept = browser.cookie(BROWSER);
    for (answer, page) in left.iter().zip(pages) {
        let callback = browser.choose(answer.location(), ADA).await;
        assert_eq!(browser.get(&callback).await.location(), page);
        assert!(browser.is_signed_in().await);
    }
    assert_eq!(browser.cookie(BROWSER), kept, "the one that stayed stays");
    let stranger = app.browser();
    stranger.leave("").await;
    let callback = browser.come_back_as(ADA).await;
    assert_eq!(stranger.get(&callback).await.verdict(), (400, "login_unknown"));
}
