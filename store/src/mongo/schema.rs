//! The indexes, made where they are missing and verified at start, and the version of it all.

use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use mongodb::{Collection, Database, IndexModel};
use serde::{Deserialize, Serialize};

use crate::OpenError;
use crate::try_error::TryError;

use super::try_error::once;

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
    /// Holds only the documents that have the key.
    is_sparse: bool,
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
        None => {
            nobody_elses(database).await?;
            Err(OpenError::Missing)
        }
        Some(older) if older < VERSION => Err(OpenError::Behind(vec![step(VERSION)])),
        Some(_) => Ok(()),
    }
}

/// The version of the schema; none where there is none. A database from the future is refused.
async fn version(database: &Database) -> Result<Option<i32>, OpenError> {
    let found = schemas(database).find_one(doc! { "_id": ID }).await;
    match found.map_err(|error| OpenError::Unreachable(error.into()))? {
        Some(newer) if newer.version > VERSION => Err(OpenError::Newer(vec![step(newer.version)])),
        found => Ok(found.map(|found| found.version)),
    }
}

/// Makes what is missing and says by which steps.
pub(super) async fn bring_up_to_date(database: &Database) -> Result<Vec<String>, OpenError> {
    // Claimed before anything is made, so that whoever comes between finds it ours.
    if version(database).await?.is_none() {
        nobody_elses(database).await?;
        let claim = schemas(database).insert_one(Schema { id: ID.to_owned(), version: 0 }).await;
        once(claim).map_err(unclaimed)?;
    }
    for index in indexes() {
        make(database, &index).await.map_err(failed)?;
        verify(database, &index).await?;
    }
    // Of several processes at once, one writes this and says so.
    let older = doc! { "_id": ID, "version": { "$lt": VERSION } };
    let done = schemas(database).update_one(older, doc! { "$set": { "version": VERSION } }).await;
    match done.map_err(failed)?.modified_count {
        0 => Ok(Vec::new()),
        _ => Ok(vec![step(VERSION)]),
    }
}

fn schemas(database: &Database) -> Collection<Schema> {
    database.collection(SCHEMA)
}

fn unclaimed(error: TryError) -> OpenError {
    match error {
        TryError::Conflict(error) | TryError::Lost(error) => OpenError::Migration(error),
        TryError::Final(error) => OpenError::Migration(error.into()),
    }
}

/// Refuses collections that are called as ours where our version is not written.
async fn nobody_elses(database: &Database) -> Result<(), OpenError> {
    let names = database.list_collection_names().await;
    let mut theirs = names.map_err(|error| OpenError::Unreachable(error.into()))?;
    theirs.retain(|name| indexes().iter().any(|index| index.collection == name));
    theirs.sort_unstable();
    // Another process of ours may have made them meanwhile; it wrote the version first.
    match theirs.is_empty() || version(database).await?.is_some() {
        true => Ok(()),
        false => Err(OpenError::Foreign(theirs)),
    }
}

fn step(version: i32) -> String {
    format!("schema {version}")
}

fn indexes() -> Vec<Index> {
    // Sparse: of users without identities, after an import or a restore, there may be many.
    let unique = |collection, name, keys| Index { collection, name, keys, is_unique: true, is_sparse: true };
    let plain = |collection, name, keys| Index { collection, name, keys, is_unique: false, is_sparse: false };
    vec![
        unique("users", "identity", doc! { "identities.key": 1 }),
        Index { is_sparse: true, ..plain("users", "pending_run", doc! { "pending.run": 1 }) },
        plain("users", "pending_receipt", doc! { "pending.received_at": 1 }),
        Index { is_sparse: true, ..plain("users", "log", doc! { "log._id": 1 }) },
        Index { is_sparse: true, ..plain("users", "erased", doc! { "erased._id": 1 }) },
        unique("changes", "write", doc! { "user_id": 1, "version": -1, "ordinal": 1 }),
        plain("changes", "run", doc! { "run": 1, "user_id": 1 }),
        plain("changes", "receipt", doc! { "received_at": 1 }),
        plain("runs", "provider", doc! { "provider": 1, "_id": -1 }),
        Index { is_sparse: true, ..plain("runs", "log", doc! { "log._id": 1 }) },
        plain("users", "seen", doc! { "index.seen_at": 1, "_id": 1 }),
        plain("users", "created", doc! { "index.created_at": 1, "_id": 1 }),
        plain("users", "name", doc! { "index.name_key": 1, "_id": 1 }),
        plain("users", "email", doc! { "index.email_key": 1, "_id": 1 }),
        plain("users", "status", doc! { "status": 1, "index.seen_at": 1, "_id": 1 }),
        plain("users", "terms", doc! { "terms_due": 1 }),
        unique("search_terms", "term", doc! { "term": 1, "user_id": 1 }),
        plain("search_terms", "user", doc! { "user_id": 1, "term": 1 }),
        plain("tickets", "expiry", doc! { "expires_at": 1 }),
        plain("tickets", "holder", doc! { "holder": 1 }),
        plain("sessions", "user", doc! { "user_id": 1 }),
        plain("sessions", "subject", doc! { "subject_key": 1 }),
        plain("sessions", "sid", doc! { "sid_key": 1 }),
        plain("sessions", "use", doc! { "last_used_at": 1 }),
        plain("sessions", "expiry", doc! { "expires_at": 1 }),
        unique("entries", "reference", doc! { "key": 1 }),
        unique("entries", "name", doc! { "name_key": 1 }),
        Index { is_sparse: true, ..plain("entries", "aside", doc! { "aside": 1 }) },
        plain("entries", "identity", doc! { "identity_key": 1 }),
        plain("entries", "one_with", doc! { "one_with": 1, "provider": 1 }),
        plain("entries", "provider", doc! { "provider": 1, "_id": 1 }),
        unique("messages", "sender", doc! { "key": 1 }),
        Index { is_sparse: true, ..plain("messages", "log", doc! { "log._id": 1 }) },
        plain("messages", "about", doc! { "about": 1 }),
        plain("messages", "state", doc! { "state": 1, "due_at": 1 }),
        plain("messages", "receipt", doc! { "received_at": 1 }),
        plain("operator_log", "user", doc! { "user_id": 1, "_id": -1 }),
        plain("link_rules", "kind", doc! { "kind": 1 }),
        plain("shelf", "run", doc! { "_id.run": 1 }),
        plain("shelf", "age", doc! { "kept_at": 1 }),
    ]
}

async fn make(database: &Database, index: &Index) -> mongodb::error::Result<()> {
    let options = IndexOptions::builder().name(index.name.to_owned()).unique(index.is_unique);
    let options = options.sparse(index.is_sparse.then_some(true)).build();
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
