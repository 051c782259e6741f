//! The schema through time.

use migration::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;
use store::{OpenError, Seal};

use super::people::{plain_login, record};
use crate::support::databases::{Database, Kind};
use crate::support::opened::Opened;

pub async fn stores_that_open_at_once_migrate_once(db: &Database) {
    let openers: Vec<_> = (0..8)
        .map(|_| {
            let url = db.url.clone();
            tokio::spawn(async move { store::migrate(&url, Seal::new(&[])).await.unwrap().1.len() })
        })
        .collect();
    let mut migrated = Vec::new();
    for opener in openers {
        migrated.push(opener.await.unwrap());
    }
    migrated.sort_unstable();
    assert_eq!(migrated[..7], [0; 7], "{migrated:?}");
    assert_ne!(migrated[7], 0);
    assert!(store::migrate(&db.url, Seal::new(&[])).await.unwrap().1.is_empty());
    record(&db.open().await, &plain_login("ada", 0)).await;
}

pub async fn a_database_from_the_future_is_refused(db: &Database) {
    store::migrate(&db.url, Seal::new(&[])).await.unwrap();
    db.visit_the_future().await;
    for refused in [
        store::migrate(&db.url, Seal::new(&[])).await.err(),
        store::open(&db.url, Seal::new(&[])).await.err(),
    ] {
        assert!(matches!(refused, Some(OpenError::Newer(_))), "{refused:?}");
        let sentence = refused.unwrap().to_string();
        assert!(sentence.contains("newer version") && sentence.contains("3000"), "{sentence}");
    }
}

pub async fn opening_is_not_migrating(db: &Database) {
    for _ in 0..2 {
        let missing = store::open(&db.url, Seal::new(&[])).await.err();
        assert!(matches!(missing, Some(OpenError::Missing)), "{missing:?}");
        let sentence = missing.unwrap().to_string();
        assert!(sentence.contains("sparekey migrate"), "{sentence}");
    }
    assert!(db.kind != Kind::Sqlite || !db.file().exists(), "nothing is made");
    let user = record(&db.open().await, &plain_login("ada", 0)).await.user;
    let store = Opened::of(store::open(&db.url, Seal::new(&[])).await.unwrap());
    assert_eq!(store.users.find(user.id).await.unwrap(), Some(user));
    db.visit_the_past().await;
    let behind = store::open(&db.url, Seal::new(&[])).await.err();
    assert!(matches!(behind, Some(OpenError::Behind(_))), "{behind:?}");
}

#[tokio::test]
async fn what_may_not_be_read_is_not_said_to_be_missing() {
    let db = Database::fresh(Kind::Postgres).await;
    db.open().await.store.close().await;
    let raw = sea_orm::Database::connect(&db.url).await.unwrap();
    let role = format!("stranger_{}", uuid::Uuid::now_v7().simple());
    raw.execute_unprepared(&format!("CREATE ROLE {role} LOGIN PASSWORD 'x'")).await.unwrap();
    let mut url = url::Url::parse(&db.url).unwrap();
    url.set_username(&role).unwrap();
    url.set_password(Some("x")).unwrap();
    let refused = store::open(url.as_str(), Seal::new(&[])).await.err();
    assert!(matches!(refused, Some(OpenError::Unreachable(_))), "{refused:?}");
    assert!(format!("{refused:?}").contains("permission denied"), "{refused:?}");
    raw.execute_unprepared(&format!("DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn a_file_whose_folder_is_not_there_is_not_to_be_made_by_the_command_that_would() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("nowhere/test.db").display());
    let refused = store::migrate(&url, Seal::new(&[])).await.err();
    assert!(matches!(refused, Some(OpenError::File { .. })), "{refused:?}");
    let refused = store::open(&url, Seal::new(&[])).await.err();
    assert!(matches!(refused, Some(OpenError::Missing)), "{refused:?}");
}

#[tokio::test]
async fn the_schema_goes_back_and_forth_in_sql() {
    for kind in [Kind::Sqlite, Kind::Postgres, Kind::MariaDb] {
        let db = Database::fresh(kind).await;
        let store = db.open().await;
        record(&store, &plain_login("ada", 0)).await;
        store.store.close().await;
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        Migrator::down(&raw, None).await.unwrap();
        assert!(raw.execute_unprepared("SELECT * FROM users").await.is_err());
        raw.close().await.unwrap();
        let store = db.open().await;
        assert!(store.users.page(None, 10).await.unwrap().is_empty());
        record(&store, &plain_login("ada", 0)).await;
    }
}

#[cfg(feature = "mongodb")]
mod in_mongodb {
    use mongodb::bson::{Document, doc};
    use mongodb::options::IndexOptions;
    use mongodb::{Collection, IndexModel};

    use super::*;

    async fn users(db: &Database) -> Collection<Document> {
        let client = mongodb::Client::with_uri_str(&db.url).await.unwrap();
        client.default_database().unwrap().collection("users")
    }

    /// Without it SecantusDB still keeps races apart; so the index is asked directly.
    #[tokio::test]
    async fn the_index_of_identities_refuses_a_second_user() {
        let db = Database::fresh(Kind::MongoDb).await;
        let store = db.open().await;
        record(&store, &plain_login("ada", 0)).await;
        let users = users(&db).await;
        let mut twin = users.find_one(doc! {}).await.unwrap().unwrap();
        twin.insert("_id", mongodb::bson::Uuid::new());
        let refused = users.insert_one(&twin).await.unwrap_err().to_string();
        assert!(refused.contains("11000"), "{refused}");
        let identities = twin.get_array_mut("identities").unwrap();
        identities[0].as_document_mut().unwrap().insert("key", "another");
        users.insert_one(&twin).await.unwrap();
    }

    #[tokio::test]
    async fn an_index_that_is_not_unique_is_refused() {
        let db = Database::fresh(Kind::MongoDb).await;
        store::migrate(&db.url, Seal::new(&[])).await.unwrap();
        let users = users(&db).await;
        users.drop_index("identity").await.unwrap();
        let named = IndexOptions::builder().name("identity".to_owned()).build();
        let plain = IndexModel::builder().keys(doc! { "identities.key": 1 }).options(named).build();
        users.create_index(plain).await.unwrap();
        let refused = store::migrate(&db.url, Seal::new(&[])).await.err();
        assert!(matches!(refused, Some(OpenError::Migration(_))), "{refused:?}");
        users.drop_index("identity").await.unwrap();
        store::migrate(&db.url, Seal::new(&[])).await.unwrap();
    }
}
