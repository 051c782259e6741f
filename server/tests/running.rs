//! The running binary: what it writes into its log, what it tells a developer, and how it stops.

use std::time::Duration;

use dev_provider::{DevProvider, Fault};
use http::Method;
use sea_orm::{ConnectionTrait, Database, Statement};
use tempfile::TempDir;

use crate::every_code::lacks;
use crate::support::app::{ADA, eventually};
use crate::support::browser::{Answer, between, parameter};
use crate::support::process::{Serving, Site};

/// The binary with a provider of its own.
struct Running {
    folder: TempDir,
    provider: DevProvider,
    process: Serving,
}

impl Running {
    async fn start(more: &[(&str, &str)]) -> Self {
        let site = Site::new().await;
        let process = site.serve(&[&[("OIDC_HTTP_TIMEOUT_SECONDS", "2")], more].concat()).await;
        let Site { folder, provider, .. } = site;
        Self { folder, provider, process }
    }

    fn log(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        log.lines().map(str::to_owned).collect()
    }

    /// Refusals of every origin: an app's page, axum, a layer, the provider.
    async fn refusals(&self) -> Vec<Answer> {
        let browser = self.process.browser();
        self.provider.faults().set(Fault::WrongNonce);
        let strange = browser.ask(Method::POST, "/auth/logout").header("sec-fetch-site", "cross-site");
        let refusals = vec![
            browser.get("/auth/callback?code=not-for-the-log&state=neither").await,
            browser.get("/nowhere").await,
            browser.ask(Method::DELETE, "/").send().await,
            strange.send().await,
            browser.post("/auth/sessions/end", &[]).await,
            browser.try_as(ADA).await,
        ];
        self.provider.faults().clear_all();
        refusals
    }
}

#[tokio::test]
async fn a_refusal_is_one_line_of_the_log_with_its_code_and_the_id_of_its_page() {
    for format in ["text", "json"] {
        let running = Running::start(&[("LOG_FORMAT", format)]).await;
        let refusals = running.refusals().await;
        let log = running.log();
        for refusal in refusals {
            let (id, code) = (refusal.header("x-request-id"), refusal.code());
            assert_eq!(lacks(&refusal), [""; 0], "{refusal:?}");
            let of_it = log.iter().filter(|line| line.contains(id) && line.contains("refused"));
            let [line] = of_it.collect::<Vec<_>>()[..] else { panic!("{format}: {id} in {log:#?}") };
            if format == "json" {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                let told = ["message", "code"].map(|field| line[field].as_str().unwrap());
                assert_eq!((told, &line["span"]["id"]), (["refused", code], &id.into()), "{line}");
            }
            assert!(line.contains(code), "{line}");
        }
        assert!(!log.concat().contains("not-for-the-log"), "{log:#?}");
    }
}

#[tokio::test]
async fn a_developer_is_told_step_by_step_what_happened_at_the_last_log_in() {
    let running = Running::start(&[]).await;
    let browser = running.process.browser();
    assert!(browser.get("/dev/last-log-in").await.body.contains("Nobody has logged in"));
    let left = browser.leave("").await;
    let callback = browser.choose(&left, ADA).await;
    browser.get(&callback).await.location();
    let told = browser.get("/dev/last-log-in").await;
    for part in [
        "All went well.",
        "scope openid profile email, PKCE S256",
        "Claims: at_hash, aud, ",
        "RS256, as pinned",
        "Claims: email, email_verified, ",
        "A new identity; first values of email",
    ] {
        assert!(told.body.contains(part), "{part}: {}", told.body);
    }
    for secret in ["state", "nonce", "code_challenge"].map(|name| parameter(&left, name).unwrap()) {
        assert!(!told.body.contains(&secret), "{secret}");
    }
    running.provider.faults().set(Fault::WrongNonce);
    let refused = browser.try_as(ADA).await;
    let told = browser.get("/dev/last-log-in").await;
    assert_eq!(told.code(), "nonce_mismatch");
    assert!(told.body.contains(refused.header("x-request-id")));
    let (_, nonce) = told.body.split_once("<b>Nonce</b>").unwrap();
    assert_eq!(between(nonce, "<span class=\"badge ", "\""), Some("refused"));
    assert!(nonce.contains("A token that fails is never followed by a userinfo call"));
}

#[cfg(unix)]
#[tokio::test]
async fn whoever_is_being_served_is_served_to_the_end_when_it_is_told_to_stop() {
    for signal in ["TERM", "INT"] {
        let mut running = Running::start(&[]).await;
        let browser = running.process.browser();
        let callback = browser.come_back_as(ADA).await;
        running.provider.faults().set(Fault::TokenEndpointSlow);
        let stop = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            running.process.signal(signal);
        };
        let (answer, ()) = tokio::join!(browser.get(&callback), stop);
        assert_eq!((answer.verdict(), lacks(&answer)), ((503, "provider_unavailable"), vec![]));
        assert_eq!(running.process.ended().await.code(), Some(0), "{signal}");
        assert!(running.log().last().unwrap().contains("stopped"), "{signal}");
        assert!(browser.ask(Method::GET, "/healthz").try_send().await.is_err(), "{signal}");
        let left: Vec<_> =
            std::fs::read_dir(running.folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert!(!left.iter().any(|file| file == "sparekey.db-wal"), "the database is closed: {left:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_refresh_that_its_visitor_left_is_finished_when_it_is_told_to_stop() {
    let mut running = Running::start(&[("OIDC_SCOPES", "openid profile email offline_access")]).await;
    running.provider.access_tokens_live_for(Duration::ZERO);
    let browser = running.process.browser();
    browser.try_as(ADA).await.location();
    running.provider.faults().set(Fault::RefreshSlow);
    tokio::select! {
        answer = browser.get("/api/me") => panic!("the provider is slow: {answer:?}"),
        () = eventually("the provider is asked", || async { running.provider.faults().held() == 1 }) => {}
    }
    running.process.signal("TERM");
    tokio::time::sleep(Duration::from_millis(300)).await;
    running.provider.faults().clear_all();
    assert_eq!(running.process.ended().await.code(), Some(0));
    let url = format!("sqlite://{}", running.folder.path().join("sparekey.db").display());
    let db = Database::connect(url).await.unwrap();
    let ask = Statement::from_string(db.get_database_backend(), "SELECT generation FROM sessions");
    let row = db.query_one_raw(ask).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "generation").unwrap(), 1, "the new tokens are kept");
}
