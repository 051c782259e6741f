//! The indexes, made where they are missing and verified at start, and the version of it all.

use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};
use serde::{Deserialize, Serialize};

use crate::OpenError;
use crate::fault::Fault;

use super::fault::once;

/// Grows when documents change so that an older program could not read them.
const VERSION: i32 = 1;
const ID: &str = "sparekey";

#[derive(Deserialize, Serialize)]
struct Schema {
    #[serde(rename = "_id")]
    id: String,
    version: i32,
}

/// An index that must be there.
struct Index {
    collection: &'static str,
    name: &'static str,
    keys: Document,
    is_unique: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("{collection} has an index {name} that is not unique; without it a user could be there twice")]
struct NotUnique {
    collection: &'static str,
    name: &'static str,
}

/// Makes what is missing and says by which steps; a database from the future is refused.
pub(super) async fn bring_up_to_date(database: &Database) -> Result<Vec<String>, OpenError> {
    let schemas = database.collection::<Schema>("schema");
    let found = schemas.find_one(doc! { "_id": ID }).await;
    let found = found.map_err(|error| OpenError::Unreachable(error.into()))?;
    if let Some(newer) = found.as_ref().filter(|found| found.version > VERSION) {
        return Err(OpenError::Newer(vec![step(newer.version)]));
    }
    for index in indexes() {
        make(database, &index).await.map_err(failed)?;
        verify(database, &index).await?;
    }
    if found.is_some() {
        return Ok(Vec::new());
    }
    // Of several processes at once, one writes this and says so.
    let done = schemas.insert_one(Schema { id: ID.to_owned(), version: VERSION }).await;
    match once(done) {
        Ok(true) => Ok(vec![step(VERSION)]),
        Ok(false) => Ok(Vec::new()),
        Err(Fault::Conflict(error) | Fault::Lost(error)) => Err(OpenError::Migration(error)),
        Err(Fault::Final(error)) => Err(OpenError::Migration(error.into())),
    }
}

fn step(version: i32) -> String {
    format!("schema {version}")
}

fn indexes() -> Vec<Index> {
    let unique = |collection, name, keys| Index { collection, name, keys, is_unique: true };
    let plain = |collection, name, keys| Index { collection, name, keys, is_unique: false };
    vec![
        unique("users", "identity", doc! { "identities.key": 1 }),
        unique("changes", "change", doc! { "user_id": 1, "version": -1, "field": 1 }),
        plain("attempts", "expiry", doc! { "expires_at": 1 }),
        plain("sessions", "user", doc! { "user_id": 1 }),
        plain("sessions", "subject", doc! { "subject_key": 1 }),
        plain("sessions", "sid", doc! { "sid_key": 1 }),
        plain("sessions", "use", doc! { "last_used_at": 1 }),
        plain("sessions", "expiry", doc! { "expires_at": 1 }),
        plain("logout_tokens", "expiry", doc! { "expires_at": 1 }),
    ]
}

async fn make(database: &Database, index: &Index) -> mongodb::error::Result<()> {
    let options = IndexOptions::builder().name(index.name.to_owned()).unique(index.is_unique).build();
    let model = IndexModel::builder().keys(index.keys.clone()).options(options).build();
    database.collection::<Document>(index.collection).create_index(model).await?;
    Ok(())
}

async fn verify(database: &Database, index: &Index) -> Result<(), OpenError> {
    let mut there = database.collection::<Document>(index.collection).list_indexes().await.map_err(failed)?;
    while there.advance().await.map_err(failed)? {
        let model = there.deserialize_current().map_err(failed)?;
        let options = model.options.unwrap_or_default();
        let is_unique = options.unique.unwrap_or_default();
        if options.name.as_deref() == Some(index.name)
            && model.keys == index.keys
            && is_unique == index.is_unique
        {
            return Ok(());
        }
    }
    let Index { collection, name, .. } = *index;
    Err(OpenError::Migration(NotUnique { collection, name }.into()))
}

fn failed(error: mongodb::error::Error) -> OpenError {
    OpenError::Migration(error.into())
}
