//! The store of users in MongoDB: user, identities and the newest changes are one document, written if it is still the
//! version that was read.

use std::collections::BTreeSet;

use async_trait::async_trait;
use identity::{Change, Decide, Digest, StoreError, User, UserId, Users, Whom, Write, Written};
use mongodb::bson::{Document, doc};

use super::Mongo;
use super::documents::{ChangesDocument, SessionDocument, Stub, UserDocument, bytes, user_id, uuid};
use super::fault::once;
use crate::HISTORY;
use crate::fault::{Fault, Moved};
use crate::record::{ChangesRow, changes_rows};
use crate::users::{ReadAndPut, is_time_to_forget, write};

#[async_trait]
impl Users for Mongo {
    async fn write(&self, whom: Whom<'_>, decide: &Decide<'_>) -> Result<Written, StoreError> {
        write(self, &self.turns, whom, decide).await
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let document = self.read(self.document(doc! { "_id": uuid(id) })).await?;
        document.map(UserDocument::user).transpose()
    }

    async fn find_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        let key = bytes(Digest::of_pair(issuer, subject).0);
        let document = self.read(self.document(doc! { "identities.key": key })).await?;
        document.map(UserDocument::user).transpose()
    }

    async fn changes(&self, id: UserId, before: Option<i64>, limit: u32) -> Result<Vec<Change>, StoreError> {
        let rows = self.read(self.newest(id, before, limit)).await?;
        let changes: Vec<Vec<Change>> =
            rows.into_iter().map(ChangesRow::changes).collect::<Result<_, _>>()?;
        Ok(changes.into_iter().flatten().collect())
    }

    async fn page(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let mut later = doc! { "erasing": None::<bool> };
        if let Some(after) = after {
            later.insert("_id", doc! { "$gt": uuid(after) });
        }
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
        // Of no document, and refused wherever a log-in could not be written.
        self.write(|| async { Ok(self.tickets.delete_one(doc! { "_id": "" }).await.map(drop)?) }).await
    }
}

#[async_trait]
impl ReadAndPut for Mongo {
    async fn read(&self, whom: Whom<'_>) -> Result<Option<User>, StoreError> {
        let found = match whom.identity {
            Some((issuer, subject)) => self.find_by_identity(issuer, subject).await?,
            None => None,
        };
        match (found, whom.id) {
            (None, Some(id)) => self.find(id).await,
            (found, _) => Ok(found),
        }
    }

    /// The changes go with the user in the same step; those that the last write left are moved first, so that a
    /// document never holds more than one write's.
    async fn put(&self, before: Option<&User>, write: &Write) -> Result<(), Fault> {
        let rows = changes_rows(&write.changes)?;
        let mut document = UserDocument::new(&write.user, rows)?;
        let put = async {
            let Some(before) = before else {
                self.users.insert_one(&document).await?;
                return Ok(());
            };
            let as_read = doc! { "_id": uuid(before.id), "version": before.version };
            let there = self.document(as_read.clone()).await?;
            let pending = there.map(|there| there.pending).unwrap_or_default();
            if !pending.is_empty() {
                match document.pending.is_empty() {
                    true => document.pending = pending,
                    false => drop(once(self.changes.insert_many(&pending).ordered(false).await)?),
                }
            }
            if self.users.replace_one(as_read, &document).await?.matched_count == 1 {
                return Ok(());
            }
            // Erased meanwhile, perhaps: then what was moved a moment ago must not stay.
            if self.document(doc! { "_id": uuid(before.id) }).await?.is_none() {
                self.changes.delete_many(doc! { "user_id": uuid(before.id) }).await?;
            }
            Err(Fault::Conflict(Moved.into()))
        };
        super::answered_once(put).await
    }

    /// A stub without personal data takes the user's place.
    async fn erase(&self, user: &User) -> Result<(), Fault> {
        let as_read = doc! { "_id": uuid(user.id), "version": user.version };
        let stub = Stub { id: uuid(user.id), version: user.version + 1, erasing: true };
        let stubs = self.database.collection::<Stub>(self.users.name());
        let erase = async {
            match stubs.replace_one(as_read, stub).await?.matched_count {
                0 => Err(Fault::Conflict(Moved.into())),
                _ => Ok(()),
            }
        };
        super::answered_once(erase).await
    }

    /// Sessions are documents of their own. Whoever is left between the two steps sees that nobody was signed in; a
    /// session that should have ended is refused by what the user says. Of who is erased, what else there is goes, and
    /// then the stub; a stub that was left is finished by the next sweep.
    async fn follow(&self, written: &Written) -> Result<(), StoreError> {
        let write = match written {
            Written::Kept(write) => write,
            Written::Erased(user) => return self.write(|| self.finish_erasing(user.id)).await,
            Written::Left(_) | Written::Refused(_) => return Ok(()),
        };
        if let Some(session) = &write.starts {
            let document = SessionDocument::new(&self.seal, session)?;
            // The id is of 256 random bits: where it is there already, it is ours, after a lost answer.
            self.write(|| async { once(self.sessions.insert_one(&document).await).map(|_| ()) }).await?;
        }
        for which in &write.ends {
            self.end_sessions(which).await?;
        }
        if is_time_to_forget(write) {
            self.write(|| self.forget_old(write.user.id)).await?;
        }
        Ok(())
    }
}

impl Mongo {
    /// A user's document, unless it is a stub.
    async fn document(&self, mut which: Document) -> Result<Option<UserDocument>, Fault> {
        which.insert("erasing", None::<bool>);
        Ok(self.users.find_one(which).await?)
    }

    /// What else there is of a user whose document is a stub.
    async fn finish_erasing(&self, id: UserId) -> Result<(), Fault> {
        self.changes.delete_many(doc! { "user_id": uuid(id) }).await?;
        self.sessions.delete_many(doc! { "user_id": uuid(id) }).await?;
        self.users.delete_one(doc! { "_id": uuid(id), "erasing": true }).await?;
        Ok(())
    }

    /// Finishes the erasures that somebody died over.
    pub(super) async fn finish_all_erasing(&self) -> Result<(), Fault> {
        let stubs = self.database.collection::<Stub>(self.users.name());
        let mut found = stubs.find(doc! { "erasing": true }).await?;
        while found.advance().await? {
            self.finish_erasing(user_id(found.deserialize_current()?.id)).await?;
        }
        Ok(())
    }

    /// The rows of the newest writes, each write whole. Those still with the user are the newest; whatever was moved
    /// since is in both.
    async fn newest(&self, id: UserId, before: Option<i64>, limit: u32) -> Result<Vec<ChangesRow>, Fault> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let user = self.document(doc! { "_id": uuid(id) }).await?;
        let mut found: Vec<ChangesDocument> = user.map(|user| user.pending).unwrap_or_default();
        let mut of_user = doc! { "user_id": uuid(id) };
        if let Some(before) = before {
            found.retain(|one| one.version < before);
            of_user.insert("version", doc! { "$lt": before });
        }
        let mut versions: BTreeSet<i64> = found.iter().map(|one| one.version).collect();
        let moved = self.changes.find(of_user).sort(doc! { "version": -1, "ordinal": 1 });
        let mut moved = moved.batch_size(limit.saturating_add(1).min(1000)).await?;
        while moved.advance().await? {
            let one = moved.deserialize_current()?;
            if !versions.contains(&one.version) && versions.len() == limit as usize {
                break;
            }
            versions.insert(one.version);
            if !found.iter().any(|known| (known.version, known.ordinal) == (one.version, one.ordinal)) {
                found.push(one);
            }
        }
        found.sort_by_key(|one| (std::cmp::Reverse(one.version), one.ordinal));
        Ok(found.into_iter().map(ChangesDocument::row).collect::<Result<_, _>>()?)
    }

    /// Of more than [`HISTORY`] writes, the oldest changes of claims that nobody maps.
    async fn forget_old(&self, id: UserId) -> Result<(), Fault> {
        let of_user = doc! { "user_id": uuid(id) };
        let oldest = self.changes.find_one(of_user.clone()).sort(doc! { "version": -1 }).skip(HISTORY.into());
        if let Some(oldest) = oldest.await? {
            let mut old = of_user;
            old.insert("version", doc! { "$lte": oldest.version });
            old.insert("is_unmapped", true);
            self.changes.delete_many(old).await?;
        }
        Ok(())
    }
}
