//! What stands in the log: each refusal once, nothing that acts on whoever reads it, no secret of a database's address.

use http::Method;

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
