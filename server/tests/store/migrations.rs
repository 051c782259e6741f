//! The schema through time.

use migration::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;
use server::seal::Seal;
use server::store::{self, OpenError};

use super::people::{plain_login, record};
use crate::support::databases::{Database, Kind};

pub async fn stores_that_open_at_once_migrate_once(db: &Database) {
    let openers: Vec<_> = (0..8)
        .map(|_| {
            let url = db.url.clone();
            tokio::spawn(async move { store::migrate(&url).await.unwrap().len() })
        })
        .collect();
    let mut migrated = Vec::new();
    for opener in openers {
        migrated.push(opener.await.unwrap());
    }
    migrated.sort_unstable();
    assert_eq!(migrated[..7], [0; 7], "{migrated:?}");
    assert_ne!(migrated[7], 0);
    assert!(store::migrate(&db.url).await.unwrap().is_empty());
    record(&db.open().await, &plain_login("ada", 0)).await;
}

pub async fn a_database_from_the_future_is_refused(db: &Database) {
    store::migrate(&db.url).await.unwrap();
    db.visit_the_future().await;
    for refused in [store::migrate(&db.url).await.err(), store::open(&db.url, Seal::new(&[])).await.err()] {
        assert!(matches!(refused, Some(OpenError::Newer(_))), "{refused:?}");
        let sentence = refused.unwrap().to_string();
        assert!(sentence.contains("newer version") && sentence.contains("3000"), "{sentence}");
    }
}

#[tokio::test]
async fn the_schema_goes_back_and_forth_in_sql() {
    for kind in [Kind::Sqlite, Kind::Postgres, Kind::MariaDb] {
        let db = Database::fresh(kind).await;
        let store = db.open().await;
        record(&store, &plain_login("ada", 0)).await;
        store.close().await;
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        Migrator::down(&raw, None).await.unwrap();
        assert!(raw.execute_unprepared("SELECT * FROM users").await.is_err());
        raw.close().await.unwrap();
        let store = db.open().await;
        assert!(store.users.page(None, 10).await.unwrap().is_empty());
        record(&store, &plain_login("ada", 0)).await;
    }
}
