//! A network that fails, a database without a connection to spare, a full disk: a page and 503, and
//! afterwards everything goes on by itself.

use std::pin::pin;
use std::process::Command;

use futures::future::join_all;
use sea_orm::{ConnectOptions, ConnectionTrait, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::join;

use super::crowd::is_a_page_that_says_later;
use super::killed::visitors_are_told;
use crate::support::app::{ADA, GRACE, TestApp, eventually};
use crate::support::browser::Browser;
use crate::support::databases::{Database, Kind};
use crate::support::process::Site;
use crate::support::proxy::{Proxy, Weather};

async fn is_there_again(member: &Browser) {
    eventually("the member is let in", || async { member.get("/dashboard").await.status == 200 }).await;
    eventually("it is ready", || async { member.get("/readyz").await.status == 200 }).await;
}

pub async fn visitors_are_told_while_the_network_fails(kind: Kind) {
    let db = Database::fresh(kind).await;
    let proxy = Proxy::before(&db.url).await;
    let app = TestApp::with(&[("DATABASE_URL", &proxy.through(&db.url))]).await;
    let member = app.signed_in(ADA).await;
    for weather in [Weather::Down, Weather::Silent] {
        proxy.set(weather);
        let (told, ()) = join!(member.get("/dashboard"), visitors_are_told(&app));
        is_a_page_that_says_later(&told);
        proxy.set(Weather::Fair);
        is_there_again(&member).await;
        app.signed_in(GRACE).await;
    }
}

/// Somebody else locks the sessions: whoever asks for one keeps a connection for as long as they wait.
pub async fn visitors_are_told_while_no_connection_is_free(kind: Kind) {
    let db = Database::fresh(kind).await;
    let app = TestApp::with(&[("DATABASE_URL", &db.url)]).await;
    let member = app.signed_in(ADA).await;
    let mut one = ConnectOptions::new(&db.url);
    one.max_connections(1);
    let other = sea_orm::Database::connect(one).await.unwrap();
    let lock = match kind {
        Kind::Postgres => "BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE",
        _ => "LOCK TABLES sessions WRITE",
    };
    other.execute_unprepared(lock).await.unwrap();
    let asked = join_all((0..64).map(|_| member.get("/dashboard")));
    let beside = async { (member.get("/healthz").await.status, app.browser().get("/").await.status) };
    let (answers, beside) = tokio::join!(asked, beside);
    answers.iter().for_each(is_a_page_that_says_later);
    assert_eq!(beside, (http::StatusCode::OK, http::StatusCode::OK));
    other.close().await.unwrap();
    is_there_again(&member).await;
    app.signed_in(GRACE).await;
}

/// Somebody else writes to the file, and goes on and on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_are_told_while_an_sqlite_file_is_locked() {
    let app = TestApp::start().await;
    let (member, somebody) = (app.signed_in(ADA).await, app.browser());
    let other = sea_orm::Database::connect(app.setting("DATABASE_URL")).await.unwrap();
    let exclusive = Some(SqliteTransactionMode::Exclusive);
    let lock = TransactionOptions { sqlite_transaction_mode: exclusive, ..Default::default() };
    let lock = other.begin_with_options(lock).await.unwrap();
    let mut told = pin!(somebody.get("/auth/login"));
    tokio::select! {
        () = readers_are_served(&app, &member) => {}
        answer = &mut told => panic!("before those who only read: {answer:?}"),
    }
    is_a_page_that_says_later(&told.await);
    lock.rollback().await.unwrap();
    app.signed_in(GRACE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_are_told_while_an_sqlite_file_is_read_only() {
    let mut app = TestApp::start().await;
    let member = app.signed_in(ADA).await;
    let url = app.setting("DATABASE_URL").to_owned();
    app.restart(&[("DATABASE_URL", &url.replace("mode=rwc", "mode=ro"))]).await;
    is_a_page_that_says_later(&app.browser().get("/auth/login").await);
    readers_are_served(&app, &member).await;
    assert_eq!(app.browser().get("/readyz").await.status, 503, "no log-in can be written");
    app.restart(&[("DATABASE_URL", &url)]).await;
    assert_eq!(app.browser().get("/readyz").await.status, 200);
    app.signed_in(GRACE).await;
}

async fn readers_are_served(app: &TestApp, member: &Browser) {
    assert_eq!(member.get("/dashboard").await.heading(), "You are signed in.");
    assert_eq!(app.browser().get("/").await.status, 200);
}

/// The sessions are gone for a while: each address says so in the log once, by the request's id.
#[tokio::test]
async fn a_refusal_is_one_line_in_the_log() {
    let site = Site::new().await;
    let process = site.serve(&[]).await;
    let member = process.browser();
    member.log_in_as(ADA).await;
    let url = format!("sqlite://{}", site.folder.path().join("sparekey.db").display());
    let other = sea_orm::Database::connect(url).await.unwrap();

    other.execute_unprepared("ALTER TABLE sessions RENAME TO away").await.unwrap();
    for path in ["/api/me", "/dashboard"] {
        let answer = member.get(path).await;
        assert!(answer.status.is_server_error(), "{path}: {answer:?}");
        let id = answer.header("x-request-id").to_owned();
        let log = std::fs::read_to_string(site.folder.path().join("log")).unwrap();
        let lines = log.lines().filter(|line| line.contains(&id) && line.contains("refused")).count();
        assert_eq!(lines, 1, "{path}: {log}");
    }
    let out = member.post("/auth/logout", &[]).await;
    assert_eq!((out.location(), out.header("retry-after")), ("/", ""), "{out:?}");
    other.execute_unprepared("ALTER TABLE away RENAME TO sessions").await.unwrap();
    member.log_in_as(ADA).await;
}

/// A disk that is full for one process: no file of its may grow.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_are_told_while_the_disk_is_full() {
    let site = Site::new().await;
    // Else the first write beyond the limit ends the process by a signal.
    let process = site.serve_after("trap '' XFSZ").await;
    let member = process.browser();
    member.log_in_as(ADA).await;

    let room = |bytes: &str| {
        let limit = format!("--fsize={bytes}:");
        let set = Command::new("prlimit").args(["--pid", &process.pid().to_string(), &limit]).status();
        assert!(set.unwrap().success());
    };
    room("4096");
    let somebody = process.browser();
    is_a_page_that_says_later(&somebody.get("/auth/login").await);
    assert_eq!(member.get("/dashboard").await.heading(), "You are signed in.");
    assert_eq!(somebody.get("/").await.status, 200);
    room("unlimited");
    eventually("others log in", || async { somebody.try_as(GRACE).await.status == 303 }).await;
    assert!(member.is_signed_in().await && somebody.is_signed_in().await);
    super::crowd::export(site.folder.path(), "sqlite://sparekey.db");
}
