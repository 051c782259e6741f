//! The state of the copy: on `/metrics` at an address of its own, as Prometheus' own tool reads it, and on a page.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sea_orm::{SqliteTransactionMode, TransactionOptions, TransactionTrait};
use serde_json::Value as Json;

use crate::hooks::{WHSEC, standard};
use crate::support::app::{ADA, GRACE, Plan, TestApp, eventually};
use crate::support::process::{free_port, run};

/// Whom backups are for: the example of age's own manual.
const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

/// Debian's `promtool`, unpacked beside what cargo builds, where it is not installed.
fn promtool() -> PathBuf {
    if Command::new("promtool").arg("--version").output().is_ok_and(|said| said.status.success()) {
        return "promtool".into();
    }
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("prometheus");
    let program = home.join("usr/bin/promtool");
    if !program.exists() {
        std::fs::create_dir_all(&home).unwrap();
        let fetch = "apt-get download --quiet prometheus && dpkg-deb --extract prometheus_*.deb . && rm prometheus_*.deb";
        let fetched = Command::new("sh").args(["-c", fetch]).current_dir(&home).output().unwrap();
        let missing = "Prometheus' promtool is missing (Debian: `apt-get install prometheus`)";
        assert!(program.exists(), "{missing}: {}", String::from_utf8_lossy(&fetched.stderr));
    }
    program
}

/// What promtool says of these metrics; nothing where all is well.
fn judged(text: &str) -> String {
    let mut judge = Command::new(promtool());
    judge.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = judge.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    if output.status.success() { said } else { format!("{}: {said}", output.status) }
}

/// An application with webhooks, and where its metrics are.
async fn watched() -> (TestApp, String) {
    watched_as(Plan::new().await).await
}

async fn watched_as(plan: Plan) -> (TestApp, String) {
    let address = format!("127.0.0.1:{}", free_port());
    let plan = plan.set("METRICS_ADDR", &address);
    let plan = plan.set("OIDC_WEBHOOK_SECRET", WHSEC).set("OPERATORS", "email:grace@example.com");
    (plan.start().await, format!("http://{address}/metrics"))
}

/// A message that nobody understands.
async fn quarantined(app: &TestApp) {
    let odd = serde_json::json!({ "type": "user.updated", "data": { "name": "nobody" } });
    assert_eq!(standard("msg_1", &odd, WHSEC).by(app).await.status, 200);
}

async fn fetched(url: &str) -> (u16, String, String) {
    let answer = crate::peers::http().get(url).send().await.unwrap();
    let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    (answer.status().as_u16(), kind.unwrap_or_default(), answer.text().await.unwrap())
}

/// The value of a line.
fn value(text: &str, line: &str) -> Option<i64> {
    let rest = text.lines().find_map(|one| one.strip_prefix(line)?.strip_prefix(' '));
    rest.map(|rest| rest.parse().unwrap())
}

#[tokio::test]
async fn the_state_of_the_copy_is_told_as_prometheus_reads_it() {
    let (app, url) = watched().await;
    app.signed_in(ADA).await;
    quarantined(&app).await;
    eventually("it is counted", || async {
        let (status, kind, text) = fetched(&url).await;
        assert_eq!((status, kind.as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
        value(&text, "sparekey_messages{provider=\"main\",state=\"quarantined\"}") == Some(1)
            && value(&text, "sparekey_identities{provider=\"main\",standing=\"present\"}") == Some(1)
    })
    .await;
    let (_, _, text) = fetched(&url).await;
    assert_eq!(judged(&text), "", "{text}");
    assert_eq!(value(&text, "sparekey_database_up"), Some(1));
    let now = chrono::Utc::now().timestamp();
    for gauge in ["sparekey_oldest_fact_timestamp_seconds", "sparekey_last_message_timestamp_seconds"] {
        let at = value(&text, &format!("{gauge}{{provider=\"main\"}}")).unwrap();
        assert!((now - 120..=now + 1).contains(&at), "{gauge}: {at}");
    }
    assert_eq!(value(&text, "sparekey_last_scan_timestamp_seconds{provider=\"main\"}"), None, "none yet");
    assert_ne!(judged("sparekey_x 1\nsparekey_x 1\n"), "", "the judge judges");
}

/// What was counted before is said, with when that was, and that the database is away is said too.
#[tokio::test]
async fn a_database_that_takes_nothing_is_down_whatever_was_counted_before() {
    let (app, url) = watched().await;
    app.signed_in(ADA).await;
    let present = "sparekey_identities{provider=\"main\",standing=\"present\"}";
    eventually("it is counted", || async { value(&fetched(&url).await.2, present) == Some(1) }).await;
    let other = sea_orm::Database::connect(app.setting("DATABASE_URL")).await.unwrap();
    let exclusive = Some(SqliteTransactionMode::Exclusive);
    let lock = TransactionOptions { sqlite_transaction_mode: exclusive, ..Default::default() };
    let lock = other.begin_with_options(lock).await.unwrap();
    let (_, _, text) = fetched(&url).await;
    assert_eq!((value(&text, "sparekey_database_up"), value(&text, present)), (Some(0), Some(1)), "{text}");
    assert!(value(&text, "sparekey_counted_timestamp_seconds").is_some(), "{text}");
    lock.rollback().await.unwrap();
    eventually("it is up", || async { value(&fetched(&url).await.2, "sparekey_database_up") == Some(1) })
        .await;
}

#[tokio::test]
async fn nobody_reads_it_at_the_address_of_the_site() {
    let (app, url) = watched().await;
    assert_eq!(app.browser().get("/metrics").await.status, 404);
    let (status, ..) = fetched(&url.replace("/metrics", "/healthz")).await;
    assert_eq!(status, 404, "nor the site there");
}

#[test]
fn metrics_where_the_site_is_are_a_fault_of_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    for (site, metrics) in [
        ("127.0.0.1:3999", "127.0.0.1:3999"),
        ("0.0.0.0:3999", "127.0.0.1:3999"),
        ("127.0.0.1:3999", "[::]:3999"),
    ] {
        let settings = [("LEPTOS_SITE_ADDR", site), ("METRICS_ADDR", metrics)];
        let output = run(folder.path(), &settings, &["check"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{said}");
        assert!(said.contains("METRICS_ADDR is where the site is"), "{said}");
    }
}

#[tokio::test]
async fn the_page_says_the_same_to_insiders_and_nothing_to_others() {
    let (app, _) = watched().await;
    let (ada, grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
    assert_eq!(ada.get("/studio/copy").await.status, 403);
    quarantined(&app).await;
    eventually("it is counted", || async {
        grace.get("/studio/copy").await.body.contains("Something here waits for an operator.")
    })
    .await;
    let page = grace.get("/studio/copy").await;
    assert_eq!(page.status, 200);
    for part in
        ["State of the copy", "no list was applied yet", "<a href=\"/studio/inbox\">1</a>", "aria-current"]
    {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(
        page.body.contains("<a href=\"/studio?provider=main&amp;standing=present\">2</a>"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn check_says_it_too() {
    let (mut app, _) = watched().await;
    app.signed_in(ADA).await;
    app.stop().await;
    let names = ["DATABASE_URL", "SESSION_SECRET", "OIDC_ISSUER_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"];
    let settings = names.map(|name| (name, app.setting(name).to_owned()));
    let output = tokio::task::spawn_blocking(move || {
        let (folder, settings) =
            (tempfile::tempdir().unwrap(), settings.each_ref().map(|(name, value)| (*name, value.as_str())));
        run(folder.path(), &settings, &["check"])
    })
    .await
    .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("the copy of main: 1 present, 0 blocked, 0 gone; oldest word 20"), "{said}");
}

/// What the dashboard and the document ask for is what there is.
#[tokio::test]
async fn the_dashboard_and_the_document_name_the_metrics_that_there_are() {
    // As `backup verify` leaves it.
    let folder = tempfile::tempdir().unwrap();
    let proof = r#"{"file":"sparekey-20261130T101509Z.jsonl.zst.age","at":"2026-11-30T10:20:00Z"}"#;
    std::fs::write(folder.path().join("verified.json"), proof).unwrap();
    let plan = Plan::new().await.set("BACKUP_TO", folder.path().to_str().unwrap());
    let (app, url) = watched_as(plan.set("BACKUP_RECIPIENTS", RECIPIENT)).await;
    app.signed_in(ADA).await;
    let page = app.signed_in(GRACE).await.get("/studio/copy").await;
    assert!(
        page.body.contains("Last verified") && page.body.contains("sparekey-20261130T101509Z"),
        "{}",
        page.body
    );
    eventually("it is counted", || async { fetched(&url).await.2.contains("sparekey_identities{") }).await;
    let (_, _, text) = fetched(&url).await;
    assert_eq!(value(&text, "sparekey_last_verified_backup_timestamp_seconds"), Some(1_796_034_000));
    let served: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let dashboard = std::fs::read_to_string(docs.join("grafana.json")).unwrap();
    let board: Json = serde_json::from_str(&dashboard).unwrap();
    assert!(board["panels"].as_array().unwrap().len() > 5);
    for document in [dashboard, std::fs::read_to_string(docs.join("copy.md")).unwrap()] {
        let is_of_a_name = |c: char| c.is_ascii_lowercase() || c == '_';
        let named: BTreeSet<&str> = document
            .match_indices("sparekey_")
            .map(|(at, _)| document[at..].split(|c| !is_of_a_name(c)).next().unwrap())
            .collect();
        assert_eq!(named, served);
    }
}
