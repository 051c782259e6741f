//! What stands in the log: each refusal once, nothing that acts on whoever reads it, no secret of a database's address.

use futures::future::join_all;
use http::Method;

use crate::hooks::WHSEC;
use crate::support::process::{Serving, Site, free_port, run};
use crate::support::raw::{request, send};

/// A process that logs like this.
async fn process(format: &str) -> (Site, Serving) {
    let site = Site::new().await;
    let serving = site.serve(&[("LOG_FORMAT", format)]).await;
    (site, serving)
}

fn log(site: &Site) -> String {
    std::fs::read_to_string(site.folder.path().join("log")).unwrap()
}

#[tokio::test]
async fn what_is_refused_stands_there_once() {
    let (site, serving) = process("text").await;
    site.provider.stop().await;
    let browser = serving.browser();
    for (accept, path, status, times) in [
        ("text/html", "/auth/login", 503, 1),
        ("*/*", "/auth/login", 503, 1),
        ("text/html", "/nowhere", 404, 1),
        ("text/html", "/healthz", 200, 0),
    ] {
        let answer = browser.ask(Method::GET, path).header("accept", accept).send().await;
        assert_eq!(answer.status, status, "{path}");
        let (id, log) = (answer.header("x-request-id"), log(&site));
        assert_eq!(log.lines().filter(|line| line.contains(id)).count(), times, "{path}: {log}");
    }
}

#[tokio::test]
async fn whoever_is_refused_again_and_again_fills_no_log() {
    let site = Site::new().await;
    let settings = [
        ("TRUSTED_PROXIES", "127.0.0.0/8"),
        ("OIDC_WEBHOOK_SECRET", WHSEC),
        ("OIDC_SCIM_TOKEN", "a-token-of-the-directory"),
    ];
    let serving = site.serve(&settings).await;
    let browser = serving.browser();
    let refused = async |method: Method, path: &str, from: &str| {
        let ask = browser.ask(method, path).header("accept", "*/*").header("x-forwarded-for", from);
        ask.send().await
    };
    for (n, (method, path)) in [
        (Method::GET, "/nowhere"),
        (Method::PUT, "/"),
        (Method::GET, "/auth/callback"),
        (Method::POST, "/hooks/main"),
        (Method::GET, "/scim/v2/main/Users"),
    ]
    .into_iter()
    .enumerate()
    {
        let before = log(&site).lines().count();
        let from = format!("192.0.2.{n}");
        for _ in 0..40 {
            for answer in join_all((0..50).map(|_| refused(method.clone(), path, &from))).await {
                assert!(answer.status.is_client_error(), "{path} {answer:?}");
            }
        }
        // At most two for each that may be refused at once, one as such and one as one too many.
        let lines = log(&site).lines().count() - before;
        assert!((600..1600).contains(&lines), "{path}: {lines}");
        // Nobody else's are left out.
        let answer = refused(method, path, &format!("198.51.100.{n}")).await;
        let id = answer.header("x-request-id");
        assert!(log(&site).contains(id), "{path}");
    }
}

#[tokio::test]
async fn nothing_in_it_acts_on_whoever_reads_it() {
    let odd = "\u{9b}2K\u{202e}\u{2066}\u{feff}\u{2028}";
    for format in ["json", "text"] {
        let (site, serving) = process(format).await;
        let answer = send(serving.door(), &request(format!("GET /a{odd}b").as_bytes(), &[])).await;
        assert_eq!(answer.status, 404);
        let (id, log) = (answer.header("x-request-id"), log(&site));
        let line = log.lines().find(|line| line.contains(id)).unwrap();
        assert!(odd.chars().all(|c| c.is_ascii() || !line.contains(c)), "{line:?}");
        if format == "json" {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(line.to_string().contains("not_found"), "{line}");
        }
    }
}

#[test]
fn no_value_of_a_databases_address_stands_there() {
    let folder = tempfile::tempdir().unwrap();
    let nobody =
        format!("postgres://u:hunter1@127.0.0.1:{}/d?sslkeypassword=hunter2&pool_timeout=3", free_port());
    let output = run(folder.path(), &[("DATABASE_URL", &nobody)], &["users", "list"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("no connection to the database: Connection refused"), "{said}");
    assert!(!said.contains("hunter"), "{said}");
}
