//! The store of users in MongoDB: user, identities and the newest changes are one document.

use async_trait::async_trait;
use identity::merge::{self, Merged, merge};
use identity::{Change, Observation, Recorded, Status, StoreError, Timestamp, User, UserId, Users};
use mongodb::bson::{Document, doc};

use super::Mongo;
use super::documents::{ChangeDocument, UserDocument, bytes, uuid};
use super::fault::once;
use crate::fault::{Fault, Moved};
use crate::key::{self, key};
use crate::unheard::Unheard;

#[async_trait]
impl Users for Mongo {
    async fn record(
        &self,
        observation: &Observation,
        fresh: UserId,
        link: Option<UserId>,
    ) -> Result<Recorded, StoreError> {
        let key = key::of(observation)?;
        let named = link.map_or(key.to_vec(), |user| user.0.as_bytes().to_vec());
        let _turn = self.turns.of(&named).await?;
        let unheard = Unheard::default();
        self.write(|| self.record_once(key, observation, fresh, link, &unheard)).await
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let document = self.read(self.document(doc! { "_id": uuid(id) })).await?;
        document.map(UserDocument::user).transpose()
    }

    async fn find_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        let document = self.read(self.document(of_key(key(issuer, subject)))).await?;
        document.map(UserDocument::user).transpose()
    }

    async fn set_status(
        &self,
        id: UserId,
        status: Status,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        let _turn = self.turns.of(id.0.as_bytes()).await?;
        self.write(|| self.set_status_once(id, status, now)).await
    }

    async fn changes(&self, id: UserId, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.read(async {
            // Those still with the user are the newest; whatever was moved since is in both.
            let user = self.document(doc! { "_id": uuid(id) }).await?;
            let pending = user.map(|user| user.pending_changes).unwrap_or_default();
            let mut changes: Vec<Change> = pending.into_iter().map(ChangeDocument::change).collect();
            let moved = self.changes.find(doc! { "user_id": uuid(id) });
            let mut moved = moved.sort(doc! { "version": -1, "field": 1 }).limit(limit.into()).await?;
            while moved.advance().await? {
                let change = moved.deserialize_current()?.change();
                if !changes.iter().any(|one| (one.version, one.field) == (change.version, change.field)) {
                    changes.push(change);
                }
            }
            changes.sort_by_key(|change| (std::cmp::Reverse(change.version), change.field.as_str()));
            changes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(changes)
        })
        .await
    }

    async fn page(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let later = after.map_or(doc! {}, |after| doc! { "_id": { "$gt": uuid(after) } });
        // To the driver no limit is 0.
        if limit == 0 {
            return Ok(Vec::new());
        }
        self.read(async {
            let mut found = self.users.find(later).sort(doc! { "_id": 1 }).limit(limit.into()).await?;
            let mut users = Vec::new();
            while found.advance().await? {
                users.push(found.deserialize_current()?.user()?);
            }
            Ok(users)
        })
        .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read(async { Ok(self.database.run_command(doc! { "ping": 1 }).await.map(|_| ())?) }).await
    }
}

impl Mongo {
    /// One try to record an observation.
    async fn record_once(
        &self,
        key: [u8; 32],
        observation: &Observation,
        fresh: UserId,
        link: Option<UserId>,
        unheard: &Unheard,
    ) -> Result<Recorded, Fault> {
        let owner = self.document(of_key(key)).await?;
        let is_new = owner.is_none();
        let document = match (owner, link) {
            (None, Some(link)) => self.document(doc! { "_id": uuid(link) }).await?,
            (owner, _) => owner,
        };
        let (before, pending) = apart(document)?;
        if !is_new && link.is_some() && before.as_ref().map(|user| user.id) != link {
            return Err(StoreError::IdentityTaken.into());
        }
        if let Some(recorded) = unheard.is_there(before.as_ref()) {
            return Ok(recorded);
        }
        let merged = merge(before.clone(), observation, fresh);
        let put = self.put(before.as_ref(), pending, &merged).await;
        let recorded = Recorded { user: merged.user, changes: merged.changes, is_new };
        match put {
            Ok(()) => Ok(recorded),
            Err(fault) => Err(unheard.keep(recorded, fault)),
        }
    }

    async fn set_status_once(
        &self,
        id: UserId,
        status: Status,
        now: Timestamp,
    ) -> Result<Option<User>, Fault> {
        let (before, pending) = apart(self.document(doc! { "_id": uuid(id) }).await?)?;
        let Some(before) = before else { return Ok(None) };
        let Some(merged) = merge::set_status(before.clone(), status, now) else { return Ok(Some(before)) };
        self.put(Some(&before), pending, &merged).await?;
        Ok(Some(merged.user))
    }

    /// Writes a user if it is still the version that was read. The changes go with it in the same step; those
    /// that the last write left are moved first, so that a document never holds more than one write's.
    async fn put(
        &self,
        before: Option<&User>,
        pending: Vec<ChangeDocument>,
        merged: &Merged,
    ) -> Result<(), Fault> {
        let Some(before) = before else {
            let document = UserDocument::of(&merged.user, &merged.changes)?;
            self.users.insert_one(document).await?;
            return Ok(());
        };
        if !merged.changes.is_empty() && !pending.is_empty() {
            once(self.changes.insert_many(&pending).ordered(false).await)?;
        }
        let mut document = UserDocument::of(&merged.user, &merged.changes)?;
        if merged.changes.is_empty() {
            document.pending_changes = pending;
        }
        let as_read = doc! { "_id": uuid(before.id), "version": before.version };
        match self.users.replace_one(as_read, document).await?.matched_count {
            0 => Err(Fault::Conflict(Moved.into())),
            _ => Ok(()),
        }
    }

    async fn document(&self, which: Document) -> Result<Option<UserDocument>, Fault> {
        Ok(self.users.find_one(which).await?)
    }
}

fn of_key(key: [u8; 32]) -> Document {
    doc! { "identities.key": bytes(key) }
}

fn apart(document: Option<UserDocument>) -> Result<(Option<User>, Vec<ChangeDocument>), StoreError> {
    let Some(mut document) = document else { return Ok((None, Vec::new())) };
    let pending = std::mem::take(&mut document.pending_changes);
    Ok((Some(document.user()?), pending))
}
