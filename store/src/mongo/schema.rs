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
const SCHEMA: &str = "schema";

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

/// Whether there is nothing to bring up to date.
pub(super) async fn is_current(database: &Database) -> Result<(), OpenError> {
    match version(database).await? {
        None => Err(OpenError::Missing),
        Some(older) if older < VERSION => Err(OpenError::Behind(vec![step(VERSION)])),
        Some(_) => Ok(()),
    }
}

/// The version of the schema; none where there is none. A database from the future is refused.
async fn version(database: &Database) -> Result<Option<i32>, OpenError> {
    let found = database.collection::<Schema>(SCHEMA).find_one(doc! { "_id": ID }).await;
    match found.map_err(|error| OpenError::Unreachable(error.into()))? {
        Some(newer) if newer.version > VERSION => Err(OpenError::Newer(vec![step(newer.version)])),
        found => Ok(found.map(|found| found.version)),
    }
}

/// Makes what is missing and says by which steps.
pub(super) async fn bring_up_to_date(database: &Database) -> Result<Vec<String>, OpenError> {
    let found = version(database).await?;
    for index in indexes() {
        make(database, &index).await.map_err(failed)?;
        verify(database, &index).await?;
    }
    if found.is_some() {
        return Ok(Vec::new());
    }
    // Of several processes at once, one writes this and says so.
    let schemas = database.collection::<Schema>(SCHEMA);
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
        unique("changes", "write", doc! { "user_id": 1, "version": -1, "ordinal": 1 }),
        plain("changes", "run", doc! { "run": 1 }),
        plain("changes", "receipt", doc! { "received_at": 1 }),
        plain("tickets", "expiry", doc! { "expires_at": 1 }),
        plain("tickets", "holder", doc! { "holder": 1 }),
        plain("sessions", "user", doc! { "user_id": 1 }),
        plain("sessions", "subject", doc! { "subject_key": 1 }),
        plain("sessions", "sid", doc! { "sid_key": 1 }),
        plain("sessions", "use", doc! { "last_used_at": 1 }),
        plain("sessions", "expiry", doc! { "expires_at": 1 }),
    ]
}

async fn make(database: &Database, index: &Index) -> mongodb::error::Result<()> {
    // Sparse: of users without identities, after an import or a restore, there may be many.
    let options = IndexOptions::builder().name(index.name.to_owned()).unique(index.is_unique);
    let options = options.sparse(index.is_unique.then_some(true)).build();
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
