//! What a store does when its database does not do its part: what was acknowledged stays, whoever asks gets
//! an answer within seconds, and when the database is back nobody has to restart anything.

use std::time::{Duration, Instant};

use identity::{Ends, StoreError, UserId};
use sea_orm::{ConnectionTrait, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use store::Seal;

use super::people::{at, attempt, digest, id, plain_login, record, session, ticket};
use crate::support::databases::{Database, Kind};
use crate::support::opened::Opened;
use crate::support::proxy::{Proxy, Weather};

/// Longer than the two seconds a database gets, by what a busy machine may add.
const SOON: Duration = Duration::from_secs(4);

async fn open(url: &str) -> Opened {
    Opened::at(url, 7).await
}

/// A store behind a network of its own, with many connections open, and a user in it.
async fn behind(db: &Database) -> (Proxy, Opened, UserId) {
    let proxy = Proxy::before(&db.url).await;
    let store = open(&proxy.through(&db.url)).await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    store.start(&session("one", user, 0)).await;
    at_once(&store, user).await.unwrap();
    (proxy, store, user)
}

/// Sixteen reads and as many writes at once.
async fn at_once(store: &Opened, user: UserId) -> Result<(), StoreError> {
    let asked: Vec<_> = (0..16)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                store.users.find(user).await?.unwrap();
                store.sessions.find(&digest("one")).await?.unwrap();
                store.sessions.touch(&digest("one"), at(number)).await?;
                let person = plain_login(&format!("person {number}"), number);
                store.record(&person, id(), None).await?.unwrap();
                Ok(())
            })
        })
        .collect();
    let mut result = Ok(());
    for answer in asked {
        result = result.and(answer.await.unwrap());
    }
    result
}

async fn is_refused_soon<T>(answer: impl Future<Output = Result<T, StoreError>>) {
    let asked = Instant::now();
    let refused = matches!(answer.await, Err(StoreError::Unavailable(_)));
    assert!(refused, "an answer from nowhere");
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
}

async fn everything_is_refused_soon(store: &Opened, user: UserId) {
    let fresh = plain_login("somebody new", 5);
    let one = ticket("two", "browser");
    let id_of_one = digest("one");
    // Of one user, who wait for each other.
    let again = [6, 7, 8].map(|second| plain_login("ada", second));
    tokio::join!(
        is_refused_soon(store.record(&again[0], id(), None)),
        is_refused_soon(store.record(&again[1], id(), None)),
        is_refused_soon(store.record(&again[2], id(), None)),
        is_refused_soon(store.users.ping()),
        is_refused_soon(store.users.find(user)),
        is_refused_soon(store.sessions.find(&id_of_one)),
        is_refused_soon(store.record(&fresh, id(), None)),
        is_refused_soon(store.tickets.issue(&one, 20)),
        is_refused_soon(store.sessions.touch(&id_of_one, at(50))),
    );
}

pub async fn broken_connections_are_not_noticed(db: &Database) {
    let (proxy, store, user) = behind(db).await;
    for _ in 0..3 {
        proxy.blink().await;
        at_once(&store, user).await.unwrap();
    }
    proxy.blink().await;
    assert_eq!(store.sessions.end(&Ends::One(digest("one"))).await.unwrap(), 1);
}

pub async fn a_server_that_is_down_is_told_soon_and_found_again(db: &Database) {
    let (proxy, store, user) = behind(db).await;
    proxy.set(Weather::Down);
    everything_is_refused_soon(&store, user).await;
    proxy.blink().await;
    at_once(&store, user).await.unwrap();
    assert_eq!(store.sessions.list(user, at(1)).await.unwrap().len(), 1);
}

pub async fn a_server_that_says_nothing_is_told_soon_and_found_again(db: &Database) {
    let (proxy, store, user) = behind(db).await;
    proxy.set(Weather::Silent);
    everything_is_refused_soon(&store, user).await;
    everything_is_refused_soon(&store, user).await;
    proxy.set(Weather::Fair);
    at_once(&store, user).await.unwrap();
    assert_eq!(store.sessions.list(user, at(1)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_locked_sqlite_file_is_read_and_told_soon() {
    let db = Database::fresh(Kind::Sqlite).await;
    let store = db.open().await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    let other = sea_orm::Database::connect(&db.url).await.unwrap();
    let exclusive = Some(SqliteTransactionMode::Exclusive);
    let lock = TransactionOptions { sqlite_transaction_mode: exclusive, ..Default::default() };
    let lock = other.begin_with_options(lock).await.unwrap();
    let asked = Instant::now();
    assert!(store.users.find(user).await.unwrap().is_some());
    assert!(asked.elapsed() < Duration::from_secs(1), "readers do not wait for a writer");
    let somebody = plain_login("bob", 0);
    is_refused_soon(store.record(&somebody, id(), None)).await;
    lock.rollback().await.unwrap();
    assert!(record(&store, &somebody).await.is_new);
}

#[tokio::test]
async fn a_read_only_sqlite_file_is_read_and_told() {
    let db = Database::fresh(Kind::Sqlite).await;
    let user = record(&db.open().await, &plain_login("ada", 0)).await.user.id;
    let store = store::open(&db.url.replace("mode=rwc", "mode=ro"), Seal::new(&[[7; 32]])).await;
    let store = Opened::of(store.unwrap());
    assert!(store.users.find(user).await.unwrap().is_some());
    assert!(store.users.ping().await.is_err(), "no log-in can be written");
    let refused = store.record(&plain_login("ada", 5), id(), None).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert_eq!(store.users.find(user).await.unwrap().unwrap().login_count, 1);
}

/// As after a switch-over, when the server that was the primary goes on as a replica.
#[tokio::test]
async fn connections_to_a_server_that_takes_no_more_writes_are_replaced() {
    let db = Database::fresh(Kind::Postgres).await;
    let store = db.open().await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    let raw = sea_orm::Database::connect(&db.url).await.unwrap();
    let alter = |what: &str| {
        let statement = format!("'ALTER DATABASE %I {what}', current_database()");
        format!("SET TRANSACTION READ WRITE; DO $$ BEGIN EXECUTE format({statement}); END $$")
    };
    let close = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()";
    raw.execute_unprepared(&alter("SET default_transaction_read_only = on")).await.unwrap();
    raw.execute_unprepared(close).await.unwrap();
    assert!(store.users.find(user).await.unwrap().is_some());
    is_refused_soon(store.record(&plain_login("bob", 1), id(), None)).await;
    raw.execute_unprepared(&alter("RESET default_transaction_read_only")).await.unwrap();
    assert!(record(&store, &plain_login("bob", 2)).await.is_new);
}

#[tokio::test]
async fn a_write_that_fails_half_way_leaves_nothing() {
    let db = Database::fresh(Kind::Sqlite).await;
    let store = db.open().await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    let raw = sea_orm::Database::connect(&db.url).await.unwrap();
    let no_room = "CREATE TRIGGER no_room BEFORE INSERT ON identities BEGIN SELECT RAISE(ABORT, 'full'); END";
    raw.execute_unprepared(no_room).await.unwrap();
    let refused = store.record(&plain_login("bob", 5), id(), None).await;
    assert!(matches!(refused, Err(StoreError::RecordRefused(_))), "{refused:?}");
    let users = store.users.page(None, 10).await.unwrap();
    assert_eq!(users.len(), 1, "the user's row went with the identity's");
    assert_eq!(record(&store, &plain_login("ada", 5)).await.user.id, user);
    raw.execute_unprepared("DROP TRIGGER no_room").await.unwrap();
    assert!(record(&store, &plain_login("bob", 5)).await.is_new);
}

#[tokio::test]
async fn what_an_sqlite_file_keeps_of_tokens_is_sealed() {
    let db = Database::fresh(Kind::Sqlite).await;
    let store = db.open().await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    let one = session("one", user, 0);
    store.start(&one).await;
    let begun = attempt("state", "browser");
    store.tickets.issue(&begun.to_ticket().unwrap(), 20).await.unwrap();
    store.store.close().await;
    let file = std::fs::read(db.file()).unwrap();
    let holds = |text: &str| file.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("ada@example.com"), "what is not secret is there to see");
    for secret in ["refresh token", "an access token", "an id token", begun.nonce.expose()] {
        assert!(!holds(secret), "{secret}");
    }
}
