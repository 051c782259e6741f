//! The index of users in MongoDB: the row stands in the user's own document, the terms in a collection of their own. A
//! document says by a mark that its terms are still to be written, so that none is lost whoever dies.

mod ranges;
mod select;

use std::collections::HashSet;

use async_trait::async_trait;
use identity::search::{Figures, Hits, Query, When, entry};
use identity::{Search, StoreError, Timestamp, User, UserId, Walk};
use mongodb::bson::{Document, Uuid, doc};
use mongodb::{Collection, Database};
use serde::{Deserialize, Serialize};

use super::Mongo;
use super::documents::{UserDocument, user_id, uuid};
use super::index::indexed;
use super::try_error::once;
use crate::try_error::TryError;

/// Users taken in by one step.
const AT_ONCE: i64 = 50;
/// Tries to write the terms of one user while others write that user.
const TRIES: usize = 16;

/// One term of one user.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct TermDocument {
    pub(super) term: String,
    pub(super) user_id: Uuid,
}

/// What a search reads by; cheap to clone.
#[derive(Clone)]
struct Index {
    users: Collection<Document>,
    whole: Collection<UserDocument>,
    terms: Collection<TermDocument>,
    sessions: Collection<Document>,
}

impl Index {
    fn new(database: &Database) -> Self {
        Self {
            users: database.collection("users"),
            whole: database.collection("users"),
            terms: database.collection("search_terms"),
            sessions: database.collection("sessions"),
        }
    }
}

#[async_trait]
impl Search for Mongo {
    async fn search(&self, query: &Query, when: When) -> Result<Hits, StoreError> {
        crate::search::search(&Index::new(&self.database), self, &self.kept, query, when).await
    }

    async fn walk(&self, query: &Query, when: When) -> Result<Box<dyn Walk>, StoreError> {
        crate::search::walk(Index::new(&self.database), self, query, when).await
    }

    async fn figures(&self, now: Timestamp) -> Result<Option<Figures>, StoreError> {
        self.kept.get(Index::new(&self.database), now).await
    }

    async fn fill(&self) -> Result<Option<u64>, StoreError> {
        let users = self.read(self.not_taken_in()).await?;
        if users.is_empty() {
            // Of those who were taken in by a log-in that changed nothing, the terms are still due.
            self.write(|| self.write_all_terms()).await?;
            return Ok(None);
        }
        for user in &users {
            self.write(|| self.take_in(user)).await?;
        }
        Ok(Some(users.len() as u64))
    }
}

/// Users who were there before there was a search. Who is being erased, or was taken away by an undo, is none of them.
fn missing() -> Document {
    doc! { "index.created_at": None::<i64>, "erasing": None::<bool>, "is_withdrawn": { "$ne": true } }
}

/// What a user is found by.
pub(super) fn terms_of(user: &User) -> Vec<TermDocument> {
    let terms = entry(user).map(|entry| entry.terms).unwrap_or_default();
    terms.into_iter().map(|term| TermDocument { term, user_id: uuid(user.id) }).collect()
}

impl Mongo {
    /// Writes the terms of a user whose document says that they are to be written.
    pub(super) async fn write_terms(&self, id: UserId) -> Result<(), TryError> {
        let terms = self.database.collection::<TermDocument>("search_terms");
        for _ in 0..TRIES {
            let marked = doc! { "_id": uuid(id), "erasing": None::<bool> };
            let Some(document) = self.users.find_one(marked).await? else {
                terms.delete_many(doc! { "user_id": uuid(id) }).await?;
                return Ok(());
            };
            if !document.terms_due {
                return Ok(());
            }
            let user = document.user()?;
            self.bring_terms(&terms, &user).await?;
            // Who wrote meanwhile may have taken a word away that was put there now.
            let as_read = doc! { "_id": uuid(id), "version": user.version };
            let done = doc! { "$set": { "terms_due": false } };
            if self.users.update_one(as_read, done).await?.matched_count == 1 {
                return Ok(());
            }
            let again = doc! { "$set": { "terms_due": true } };
            let there = doc! { "_id": uuid(id), "erasing": None::<bool> };
            self.users.update_one(there, again).await?;
        }
        // It stays marked, and the next sweep goes on.
        Ok(())
    }

    async fn bring_terms(&self, terms: &Collection<TermDocument>, user: &User) -> Result<(), TryError> {
        let id = uuid(user.id);
        let mut there = HashSet::new();
        let mut found = terms.find(doc! { "user_id": id }).await?;
        while found.advance().await? {
            there.insert(found.deserialize_current()?.term);
        }
        let due = entry(user).map(|entry| entry.terms).unwrap_or_default();
        let gone: Vec<&String> = there.iter().filter(|term| !due.contains(*term)).collect();
        if !gone.is_empty() {
            terms.delete_many(doc! { "user_id": id, "term": { "$in": gone } }).await?;
        }
        let new = due.into_iter().filter(|term| !there.contains(term));
        let new: Vec<TermDocument> = new.map(|term| TermDocument { term, user_id: id }).collect();
        if !new.is_empty() {
            once(terms.insert_many(new).ordered(false).await)?;
        }
        Ok(())
    }

    /// Writes the terms that somebody died over.
    pub(super) async fn write_all_terms(&self) -> Result<(), TryError> {
        let users = self.database.collection::<Document>("users");
        let mut found = users.find(doc! { "terms_due": true }).projection(doc! { "_id": 1 }).await?;
        while found.advance().await? {
            let id: Uuid = mongodb::bson::deserialize_from_bson(
                found.deserialize_current()?.get("_id").cloned().unwrap_or_default(),
            )
            .map_err(StoreError::unreadable)?;
            self.write_terms(user_id(id)).await?;
        }
        Ok(())
    }

    pub(super) async fn forget_terms(&self, id: UserId) -> Result<(), TryError> {
        let terms = self.database.collection::<TermDocument>("search_terms");
        terms.delete_many(doc! { "user_id": uuid(id) }).await?;
        Ok(())
    }

    /// Users who are not taken in yet.
    async fn not_taken_in(&self) -> Result<Vec<User>, TryError> {
        let mut found = self.users.find(missing()).limit(AT_ONCE).await?;
        let mut users = Vec::new();
        while found.advance().await? {
            users.push(found.deserialize_current()?.user()?);
        }
        Ok(users)
    }

    /// Whoever wrote the user meanwhile took them in.
    async fn take_in(&self, user: &User) -> Result<(), TryError> {
        let index = mongodb::bson::serialize_to_bson(&indexed(None, user).0);
        let index = index.map_err(StoreError::unreadable)?;
        let mut as_read = missing();
        as_read.insert("_id", uuid(user.id));
        as_read.insert("version", user.version);
        let taken_in = doc! { "$set": { "index": index, "terms_due": true } };
        self.users.update_one(as_read, taken_in).await?;
        self.write_terms(user.id).await
    }
}
