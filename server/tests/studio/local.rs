//! `sparekey studio`: nobody gets in but whoever ran it, and what they do is theirs.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use identity::{Act, Actor};
use serde_json::json;
use server::Server;
use server::config::StudioConfig;
use tokio::net::TcpListener;

use crate::hooks::{WHSEC, standard};
use crate::support::app::{ADA, TestApp};
use crate::support::process::{free_port, sparekey};
use crate::support::raw::{Raw, request, send};

/// The studio of this application's database, its address without the token, and the token.
async fn opened(app: &TestApp) -> (SocketAddr, String, String) {
    opened_with(app, Duration::from_secs(86_400)).await
}

/// As [`opened`], where the site lets a session that nobody uses live so long.
async fn opened_with(app: &TestApp, idle: Duration) -> (SocketAddr, String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let door = listener.local_addr().unwrap();
    let actor = Actor::Cli("grace".to_owned());
    let named = |name: &str| Some(app.setting(name).to_owned());
    let config = StudioConfig { session_idle: idle, ..StudioConfig::parse(named).unwrap() };
    let (server, opening) = Server::local(listener, &config, actor).await.unwrap();
    tokio::spawn(server.run(std::future::pending()));
    let (site, token) = opening.address.split_once("/open?token=").unwrap();
    assert_eq!(site, format!("http://127.0.0.1:{}", door.port()));
    assert!(opening.page.contains(token) && opening.page.contains("method=\"post\""));
    (door, site.to_owned(), token.to_owned())
}

async fn ask(door: SocketAddr, line: &str, headers: &[&str], body: &str) -> Raw {
    let host = format!("host: 127.0.0.1:{}", door.port());
    let has_host = headers.iter().any(|header| header.starts_with("host: "));
    let length = format!("content-length: {}", body.len());
    let form = "content-type: application/x-www-form-urlencoded";
    let mut lines: Vec<&str> = headers.to_vec();
    if !has_host {
        lines.push(&host);
    }
    lines.extend([form, &length, "accept: text/html", "connection: close"]);
    let head = format!("{line} HTTP/1.1\r\n{}\r\n\r\n{body}", lines.join("\r\n"));
    send(door, head.as_bytes()).await
}

/// The cookie that a taken token becomes.
fn cookie(answer: &Raw, door: SocketAddr) -> String {
    let set = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_default();
    assert!(set.starts_with(&format!("sparekey_studio_{}=", door.port())), "{answer:?}");
    assert!(set.contains("samesite=strict") && set.contains("httponly"), "{set}");
    set.to_owned()
}

/// The cookie as it was set: `Raw` reads heads in small letters.
async fn open(door: SocketAddr, token: &str) -> String {
    let http = dev_provider::http::client().build().unwrap();
    let answer = http.get(format!("http://{door}/open?token={token}")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let set = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let page = answer.text().await.unwrap();
    assert!(page.contains("http-equiv=\"refresh\"") && page.contains("/studio"), "{page}");
    format!("cookie: {}", set.split(';').next().unwrap())
}

#[tokio::test]
async fn a_token_opens_it_once_and_a_cookie_keeps_it_open() {
    let app = TestApp::start().await;
    app.signed_in(ADA).await;
    let (door, _, token) = opened(&app).await;
    for nothing in ["HEAD", "OPTIONS"] {
        ask(door, &format!("{nothing} /open?token={token}"), &[], "").await;
    }
    ask(door, &format!("GET /open?token={token}"), &["sec-purpose: prefetch"], "").await;
    let wrong = ask(door, &format!("GET /open?token={}", "A".repeat(43)), &[], "").await;
    assert_eq!(wrong.status, 403);
    let held = open(door, &token).await;
    let again = ask(door, &format!("GET /open?token={token}"), &[], "").await;
    assert_eq!(again.status, 403, "it works once");
    assert!(again.head.lines().all(|line| !line.starts_with("set-cookie")));
    let page = ask(door, "GET /studio", &[&held], "").await;
    assert!(page.status == 200 && page.body.contains("ada@example.com"), "{page:?}");
    assert!(!page.body.contains("Log out") && !page.body.contains("Log in<"), "nobody is signed in");
    assert_eq!(ask(door, "GET /", &[&held], "").await.header("location"), "/studio");
    for elsewhere in ["/dashboard", "/auth/login", "/api/me", "/account"] {
        assert_eq!(ask(door, &format!("GET {elsewhere}"), &[&held], "").await.status, 404, "{elsewhere}");
    }
}

#[tokio::test]
async fn the_page_that_the_browser_is_given_opens_it_by_a_form() {
    let app = TestApp::start().await;
    let (door, _, token) = opened(&app).await;
    // As a file posts it.
    let headers = ["origin: null", "sec-fetch-site: cross-site", "sec-fetch-mode: navigate"];
    let answer = ask(door, "POST /open", &headers, &format!("token={token}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    cookie(&answer, door);
    let again = ask(door, "POST /open", &headers, &format!("token={token}")).await;
    assert_eq!(again.status, 403);
    let large = ask(door, "POST /open", &headers, &format!("token={}", "a".repeat(5000))).await;
    assert_eq!(large.status, 403);
}

#[tokio::test]
async fn nobody_without_the_cookie_gets_a_byte_and_no_other_host_or_origin_does() {
    let app = TestApp::start().await;
    app.signed_in(ADA).await;
    let (door, site, token) = opened(&app).await;
    let held = open(door, &token).await;
    let port = door.port();
    for line in
        ["GET /studio", "GET /studio/log", "GET /", "GET /key.svg", "POST /studio/acts", "DELETE /studio"]
    {
        let answer = ask(door, line, &[], "").await;
        assert_eq!(answer.status, 401, "{line} {answer:?}");
        let guessed = format!("cookie: sparekey_studio_{port}={}", "A".repeat(43));
        assert_eq!(ask(door, line, &[&guessed], "").await.status, 401, "{line}");
        assert!(!answer.body.contains("ada@example.com"));
    }
    // A name of another site that leads here (DNS rebinding), and a page of another site.
    for headers in [
        &[&*held, "host: evil.example"][..],
        &[&held, &format!("host: evil.example:{port}")],
        &[&held, &format!("host: localhost:{port}")],
        &[&held, "host: 127.0.0.1"],
        &[&held, "origin: https://evil.example"],
        &[&held, "origin: null"],
    ] {
        for line in ["GET /studio", "POST /studio/acts"] {
            let answer = ask(door, line, headers, "").await;
            assert_eq!(answer.status, 403, "{line} {headers:?} {answer:?}");
            assert!(!answer.body.contains("ada@example.com"));
        }
    }
    let ours = format!("origin: {site}");
    assert_eq!(ask(door, "POST /studio/acts", &[&held, &ours], "").await.status, 400, "ours is read");
    let none = send(door, &request(b"GET /studio", &[])).await;
    assert_eq!(none.status, 403, "the host is `localhost` without a port");
}

#[tokio::test]
async fn what_is_done_there_is_whoever_ran_the_command() {
    let app = TestApp::start().await;
    let ada = app.signed_in(ADA).await;
    let id = ada.user_id().await;
    let (door, site, token) = opened(&app).await;
    let held = open(door, &token).await;
    let origin = format!("origin: {site}");
    let asked = ask(door, &format!("GET /studio/acts?act=disable&user={id}"), &[&held], "").await;
    assert!(asked.body.contains("Disable?"), "no log-in stands before it: {asked:?}");
    let form = format!("act=disable&user={id}&reason=asked");
    let done = ask(door, "POST /studio/acts", &[&held, &origin], &form).await;
    assert!(done.body.contains("Disabled, and signed out."), "{done:?}");
    assert!(!ada.is_signed_in().await);
    let [line] = &app.store().await.log.lines(None, 9).await.unwrap()[..] else { panic!("one line") };
    assert_eq!((line.act, &line.actor), (Act::Disable, &Actor::Cli("grace".to_owned())));
}

#[tokio::test]
async fn who_is_erased_there_takes_along_what_nobody_understood() {
    let app = TestApp::with(&[("OIDC_WEBHOOK_SECRET", WHSEC)]).await;
    let id = app.signed_in(ADA).await.user_id().await;
    let odd = json!({"type": "user.updated", "data": {"account": ADA}, "timestamp": "2026-11-29T10:00:00Z"});
    assert_eq!(standard("odd", &odd, WHSEC).by(&app).await.status, 200);
    assert!(app.state_of("odd").await.is_some());
    let (door, site, token) = opened(&app).await;
    let held = open(door, &token).await;
    let form = format!("act=erase&user={id}&reason=asked&word=erase");
    let done = ask(door, "POST /studio/acts", &[&held, &format!("origin: {site}")], &form).await;
    assert_eq!((done.status, app.user(ADA).await), (200, None), "{done:?}");
    assert_eq!(app.state_of("odd").await, None);
}

/// Ports share their cookies: a browser sends those of both to both.
#[tokio::test]
async fn two_of_them_are_open_in_one_browser_and_neither_s_cookie_opens_the_other() {
    let app = TestApp::start().await;
    let (one, _, first) = opened(&app).await;
    let (other, _, second) = opened(&app).await;
    let (first, second) = (open(one, &first).await, open(other, &second).await);
    for both in [format!("{first}; {}", &second[8..]), format!("{second}; theme=bl\u{e5}; {}", &first[8..])] {
        for door in [one, other] {
            assert_eq!(ask(door, "GET /studio", &[&both], "").await.status, 200, "{both}");
        }
    }
    assert_eq!(ask(one, "GET /studio", &[&second], "").await.status, 401);
    let renamed = first.replace(&one.port().to_string(), &other.port().to_string());
    assert_eq!(ask(other, "GET /studio", &[&renamed], "").await.status, 401);
}

#[tokio::test]
async fn who_is_signed_in_is_said_by_the_site_s_own_idle_time() {
    let app = TestApp::start().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let page = format!("GET /studio/users/{id}");
    for (idle, is_listed) in [(Duration::from_secs(86_400), true), (Duration::from_nanos(1), false)] {
        let (door, _, token) = opened_with(&app, idle).await;
        let held = open(door, &token).await;
        let shown = ask(door, &page, &[&held], "").await;
        assert_eq!(
            (shown.status, shown.body.contains("act=end_session")),
            (200, is_listed),
            "{idle:?} {shown:?}"
        );
        let online = ask(door, "GET /studio?online=1", &[&held], "").await;
        assert_eq!(online.body.contains(&id), is_listed, "{idle:?}");
    }
}

#[tokio::test]
async fn the_command_prints_one_line_and_takes_the_next_free_port() {
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let settings = [("DATABASE_URL", app.setting("DATABASE_URL"))];
    let mut command = sparekey(folder.path(), &settings, &["studio", "--port", &port.to_string()]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.next().unwrap().unwrap();
    let (site, token) = address.split_once("/open?token=").unwrap();
    assert!(site.starts_with("http://127.0.0.1:") && !site.ends_with(&format!(":{port}")), "{address}");
    assert_eq!(token.len(), 43);
    let http = dev_provider::http::client().build().unwrap();
    assert_eq!(http.get(&address).send().await.unwrap().status().as_u16(), 200);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lines.next().is_none(), "one line");
    drop(taken);
    // No database is said, and none is made.
    let nothing = folder.path().join("nothing.db");
    let url = format!("sqlite://{}", nothing.display());
    let refused = sparekey(folder.path(), &[("DATABASE_URL", &url)], &["studio"]).output().unwrap();
    assert!(!refused.status.success() && refused.stdout.is_empty() && !nothing.exists());
}
