//! Databases that are there and will not do: another application's, in another encoding, or not to be written.

use std::time::Duration;

use sea_orm::ConnectionTrait;
use store::{OpenError, Seal};

use super::people::{plain_login, record};
use crate::support::databases::{Database, Kind};
use crate::support::opened::Opened;
use crate::support::process::run;

async fn execute(url: &str, sql: &str) -> Result<sea_orm::ExecResult, sea_orm::DbErr> {
    let raw = sea_orm::Database::connect(url).await.unwrap();
    let done = raw.execute_unprepared(sql).await;
    raw.close().await.unwrap();
    done
}

/// Opened and migrated, and refused.
async fn refused(url: &str) -> [OpenError; 2] {
    let opened = store::open(url, Seal::new(&[])).await.err().expect("it was opened");
    [opened, store::migrate(url, Seal::new(&[])).await.err().expect("it was migrated")]
}

pub async fn what_another_application_made_is_refused_and_left_alone(db: &Database) {
    #[cfg(feature = "mongodb")]
    if db.kind == Kind::MongoDb {
        let client = mongodb::Client::with_uri_str(&db.url).await.unwrap();
        let theirs = client.default_database().unwrap();
        let users = theirs.collection::<mongodb::bson::Document>("users");
        users.insert_one(mongodb::bson::doc! { "name": "Ada" }).await.unwrap();
        for error in refused(&db.url).await {
            assert!(matches!(&error, OpenError::Foreign(names) if names == &["users"]), "{error:?}");
        }
        assert_eq!(theirs.list_collection_names().await.unwrap(), ["users"]);
        users.drop().await.unwrap();
        record(&db.open().await, &plain_login("ada", 0)).await;
        return;
    }
    execute(&db.url, "CREATE TABLE users (id integer primary key)").await.unwrap();
    execute(&db.url, "CREATE TABLE orders (id integer primary key)").await.unwrap();
    for error in refused(&db.url).await {
        assert!(matches!(&error, OpenError::Foreign(names) if names == &["users"]), "{error:?}");
    }
    assert!(execute(&db.url, "SELECT * FROM seaql_migrations").await.is_err(), "something was written");
    execute(&db.url, "DROP TABLE users").await.unwrap();
    // Another application in SeaORM, whose migrations are not ours.
    execute(
        &db.url,
        "CREATE TABLE seaql_migrations (version varchar(99) primary key, applied_at bigint not null)",
    )
    .await
    .unwrap();
    execute(&db.url, "INSERT INTO seaql_migrations VALUES ('m20220101_000001_create_posts', 0)")
        .await
        .unwrap();
    for error in refused(&db.url).await {
        assert!(matches!(&error, OpenError::Foreign(_)), "{error:?}");
    }
    execute(&db.url, "DROP TABLE seaql_migrations").await.unwrap();
    record(&db.open().await, &plain_login("ada", 0)).await;
}

#[tokio::test]
async fn every_command_says_so_at_start() {
    let db = Database::fresh(Kind::Sqlite).await;
    execute(&db.url, "CREATE TABLE Sessions (id integer)").await.unwrap();
    let settings = [("DATABASE_URL", db.url.as_str()), ("LEPTOS_SITE_ADDR", "127.0.0.1:0")];
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["serve"][..], &["migrate"], &["check"], &["users", "list"], &["users", "export"]] {
        let output = run(folder.path(), &settings, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let sentence = "the database is another application's: it has sessions, which Sparekey did not make";
        assert_eq!(said.matches(sentence).count(), 1, "{arguments:?} {said}");
    }
}

#[tokio::test]
async fn a_schema_of_postgresql_is_a_database_of_its_own() {
    let db = Database::fresh(Kind::Postgres).await;
    execute(&db.url, "CREATE TABLE users (id integer)").await.unwrap();
    execute(&db.url, "CREATE SCHEMA made").await.unwrap();
    for (parameters, schema) in [
        ("?schema=My-App", "\"My-App\""),
        ("?application_name=x&schema=made", "made"),
        ("?options=-csearch_path%3Dtheirs", "theirs"),
    ] {
        let url = format!("{}{parameters}", db.url);
        let missing = store::open(&url, Seal::new(&[])).await.err();
        assert!(matches!(missing, Some(OpenError::Missing)), "{missing:?}");
        let store = Opened::at(&url, 7).await;
        record(&store, &plain_login("ada", 0)).await;
        store.users.ping().await.unwrap();
        execute(&db.url, &format!("SELECT version FROM {schema}.users")).await.unwrap();
        store::open(&url, Seal::new(&[])).await.unwrap();
    }
    assert!(matches!(refused(&db.url).await, [OpenError::Foreign(_), OpenError::Foreign(_)]));
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_name_is_refused() {
    let db = Database::fresh(Kind::Postgres).await;
    let name = format!("{}_latin", db.url.rsplit('/').next().unwrap());
    let make =
        format!("CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
    execute(&db.url, &make).await.unwrap();
    for error in refused(&format!("{}_latin", db.url)).await {
        let sentence = error.to_string();
        assert!(matches!(error, OpenError::Encoding(_)) && sentence.contains("LATIN1"), "{sentence}");
    }
}

#[tokio::test]
async fn names_are_kept_as_they_are_whatever_charset_the_url_says() {
    let db = Database::fresh(Kind::MariaDb).await;
    let store = Opened::at(&format!("{}?charset=latin1&collation=latin1_swedish_ci", db.url), 7).await;
    let user = record(&store, &plain_login("Žofie 李 🦀", 0)).await.user;
    assert_eq!(store.users.find(user.id).await.unwrap(), Some(user.clone()));
    assert_eq!(
        db.open().await.users.find(user.id).await.unwrap(),
        Some(user),
        "as another connection reads it"
    );
}

#[tokio::test]
async fn a_database_that_takes_no_log_in_is_not_ready() {
    for kind in [Kind::Sqlite, Kind::Postgres, Kind::MariaDb] {
        let db = Database::fresh(kind).await;
        let store = db.open().await;
        record(&store, &plain_login("ada", 0)).await;
        store.users.ping().await.unwrap();
        let name = db.url.rsplit('/').next().unwrap().to_owned();
        let url = match kind {
            Kind::Postgres => {
                let read_only = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
                execute(&db.url, &read_only).await.unwrap();
                db.url.clone()
            }
            Kind::MariaDb => {
                execute(&db.url, &format!("CREATE USER {name}_r")).await.unwrap();
                execute(&db.url, &format!("GRANT SELECT ON {name}.* TO {name}_r")).await.unwrap();
                db.url.replace("root@", &format!("{name}_r@"))
            }
            _ => db.url.replace("mode=rwc", "mode=ro"),
        };
        let store = Opened::of(store::open(&url, Seal::new(&[[7; 32]])).await.unwrap());
        assert_eq!(store.users.page(None, 10).await.unwrap().len(), 1);
        assert!(store.users.ping().await.is_err(), "{kind:?}");
    }
}

#[tokio::test]
async fn an_ipv6_address_stands_in_brackets() {
    for scheme in ["postgres", "mysql", "mariadb", "mongodb"] {
        if scheme == "mongodb" && !cfg!(feature = "mongodb") {
            continue;
        }
        let listener = tokio::net::TcpListener::bind("[::1]:0").await.unwrap();
        let url = format!("{scheme}://u:p@{}/db", listener.local_addr().unwrap());
        let opening = tokio::spawn(async move { store::open(&url, Seal::new(&[])).await.err() });
        let called = tokio::time::timeout(Duration::from_secs(5), listener.accept()).await;
        assert!(called.is_ok(), "{scheme}: nobody was called");
        opening.abort();
    }
}
