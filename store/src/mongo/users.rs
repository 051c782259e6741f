//! The store of users in MongoDB: user, identities and the newest changes are one document, written if it is still the
//! version that was read.

use std::collections::BTreeSet;

use async_trait::async_trait;
use identity::{Change, Decide, Digest, Ends, Erase, StoreError, User, UserId, Users, Whom, Write, Written};
use mongodb::bson::{Document, Uuid, doc};

use super::Mongo;
use super::documents::{ChangesDocument, SessionDocument, Stub, Time, UserDocument, bytes, user_id, uuid};
use super::try_error::once;
use crate::HISTORY;
use crate::encoding::{ChangesRow, changes_rows};
use crate::erased;
use crate::try_error::{Moved, TryError};
use crate::users::{ReadAndPut, can_wait, is_time_to_forget, write};

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
        changes_of(self.read(self.newest(id, before, limit, false)).await?)
    }

    async fn mapped_changes(
        &self,
        id: UserId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        changes_of(self.read(self.newest(id, before, limit, true)).await?)
    }

    async fn page(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let mut later = doc! { "erasing": None::<bool>, "is_withdrawn": { "$ne": true } };
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
    /// The changes go with the user in the same step; those that the last write left are moved first, so that a
    /// document never holds more than one write's.
    async fn put(&self, before: Option<&User>, write: &Write) -> Result<(), TryError> {
        let rows = changes_rows(&write.changes)?;
        let mut document = UserDocument::new(before, &write.user, rows, write.log.as_ref())?;
        let put = async {
            let Some(before) = before else {
                self.users.insert_one(&document).await?;
                return Ok(());
            };
            let as_read = doc! { "_id": uuid(before.id), "version": before.version };
            let there = self.document(as_read.clone()).await?;
            // Who was not taken in yet is taken in by this.
            document.terms_due |= there
                .as_ref()
                .is_some_and(|there| there.terms_due || (there.index.is_none() && document.index.is_some()));
            let is_as_read = there.is_some();
            let (pending, log) = there.map(|there| (there.pending, there.log)).unwrap_or_default();
            self.move_log(log.as_ref()).await?;
            // They are documents of their own, and end first: whoever dies in between leaves an act that is still to be
            // done, and no session that it should have ended. Those that begin meanwhile end in what follows.
            if is_as_read && write.starts.is_none() {
                for which in &write.ends {
                    self.end_sessions(which).await?;
                }
            }
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
            Err(TryError::Conflict(Moved.into()))
        };
        super::answered_once(put).await
    }

    /// A stub without personal data takes the user's place.
    async fn erase(&self, user: &User, erase: &Erase) -> Result<(), TryError> {
        let as_read = doc! { "_id": uuid(user.id), "version": user.version };
        let stubs = self.database.collection::<Stub>(self.users.name());
        let erase = async {
            let key = self.own_erasure_key(erase.at).await?;
            let stub = Stub {
                id: uuid(user.id),
                version: user.version + 1,
                erasing: true,
                erased: erased::entries(&key, erase).iter().map(Into::into).collect(),
                entries: erase.entries.iter().map(|entry| Uuid::from_bytes(entry.0.into_bytes())).collect(),
                references: erase.references().iter().map(|digest| bytes(digest.0)).collect(),
                log: erase.log.as_ref().map(Into::into),
            };
            let there = self.document(as_read.clone()).await?;
            self.move_log(there.and_then(|there| there.log).as_ref()).await?;
            match stubs.replace_one(as_read, stub).await?.matched_count {
                0 => Err(TryError::Conflict(Moved.into())),
                _ => Ok(()),
            }
        };
        super::answered_once(erase).await
    }

    /// Sessions are documents of their own. Whoever is left between the two steps of a log-in sees that nobody was signed
    /// in; what an act ends was ended before it, but for sessions that began meanwhile. Of who is erased, what else there is goes, and
    /// then the stub; a stub that was left is finished by the next sweep.
    async fn follow(&self, written: &Written) -> Result<(), StoreError> {
        let write = match written {
            Written::Kept(write) => write,
            Written::Erased(user) => {
                can_wait(self.write(|| self.finish_erasing(user.id)).await);
                return Ok(());
            }
            Written::Left(_) | Written::Refused(_) => return Ok(()),
        };
        // A log-in that changes nothing is found by what it was.
        if write.user.version == 1 || !write.changes.is_empty() {
            self.write(|| self.write_terms(write.user.id)).await?;
        }
        if let Some(session) = &write.starts {
            let document = SessionDocument::new(&self.seal, session)?;
            // The id is of 256 random bits: where it is there already, it is ours, after a lost answer.
            self.write(|| async { once(self.sessions.insert_one(&document).await).map(|_| ()) }).await?;
            // Who is erased meanwhile must not leave a session: whoever erased them looked before it was there.
            if !self.read(self.is_there(session.user)).await? {
                self.end_sessions(&Ends::One(session.id)).await?;
            }
        }
        for which in &write.ends {
            let ended = self.end_sessions(which).await;
            match which {
                // Nothing else keeps these out: whoever asked hears of it, and asks again.
                Ends::OfUser { .. } => drop(ended?),
                _ => can_wait(ended),
            }
        }
        if write.log.is_some() {
            self.write(|| self.collect_log_of(write.user.id)).await?;
        }
        if is_time_to_forget(write) {
            can_wait(self.write(|| self.forget_old(write.user.id)).await);
        }
        Ok(())
    }
}

impl Mongo {
    /// A user's document, unless it is a stub.
    async fn document(&self, mut which: Document) -> Result<Option<UserDocument>, TryError> {
        which.insert("erasing", None::<bool>);
        Ok(self.users.find_one(which).await?)
    }

    /// Whether there is a user of this id, and not a stub.
    async fn is_there(&self, id: UserId) -> Result<bool, TryError> {
        let which = doc! { "_id": uuid(id), "erasing": None::<bool> };
        let ids = self.database.collection::<Document>(self.users.name());
        Ok(ids.find_one(which).projection(doc! { "_id": 1 }).await?.is_some())
    }

    /// What else there is of a user whose document is a stub.
    async fn finish_erasing(&self, id: UserId) -> Result<(), TryError> {
        let stubs = self.database.collection::<Stub>(self.users.name());
        let stub = stubs.find_one(doc! { "_id": uuid(id), "erasing": true }).await?;
        for entry in stub.iter().flat_map(|stub| &stub.erased) {
            self.add_erasure(entry).await?;
        }
        self.move_log(stub.as_ref().and_then(|stub| stub.log.as_ref())).await?;
        if let Some(Stub { entries, references, erased, .. }) = stub {
            // What came after it is of somebody new.
            let before = doc! { "$lte": erased.iter().map(|entry| entry.at.0).max().map(Time) };
            self.entries.delete_many(doc! { "_id": { "$in": entries } }).await?;
            self.delete_messages(doc! { "about": { "$in": references }, "received_at": before }).await?;
        }
        self.changes.delete_many(doc! { "user_id": uuid(id) }).await?;
        self.sessions.delete_many(doc! { "user_id": uuid(id) }).await?;
        self.forget_terms(id).await?;
        self.users.delete_one(doc! { "_id": uuid(id), "erasing": true }).await?;
        Ok(())
    }

    /// Finishes the erasures that somebody died over.
    pub(super) async fn finish_all_erasing(&self) -> Result<(), TryError> {
        let stubs = self.database.collection::<Stub>(self.users.name());
        let mut found = stubs.find(doc! { "erasing": true }).await?;
        while found.advance().await? {
            self.finish_erasing(user_id(found.deserialize_current()?.id)).await?;
        }
        Ok(())
    }

    /// The rows of the newest writes, each write whole. Those still with the user are the newest; whatever was moved
    /// since is in both.
    async fn newest(
        &self,
        id: UserId,
        before: Option<i64>,
        limit: u32,
        only_mapped: bool,
    ) -> Result<Vec<ChangesRow>, TryError> {
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
        if only_mapped {
            found.retain(|one| !one.is_unmapped);
            of_user.insert("is_unmapped", false);
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

    /// Of more than [`HISTORY`] changes, the oldest of claims that nobody maps; of more than twice as many, the oldest.
    async fn forget_old(&self, id: UserId) -> Result<(), TryError> {
        for (kept, which) in [(HISTORY, doc! { "is_unmapped": true }), (2 * HISTORY, doc! {})] {
            let of_user = doc! { "user_id": uuid(id) };
            let oldest =
                self.changes.find_one(of_user.clone()).sort(doc! { "version": -1 }).skip(kept.into());
            if let Some(oldest) = oldest.await? {
                let mut old = which;
                old.extend(of_user);
                old.insert("version", doc! { "$lte": oldest.version });
                self.changes.delete_many(old).await?;
            }
        }
        Ok(())
    }
}

fn changes_of(rows: Vec<ChangesRow>) -> Result<Vec<Change>, StoreError> {
    let changes: Vec<Vec<Change>> = rows.into_iter().map(ChangesRow::changes).collect::<Result<_, _>>()?;
    Ok(changes.into_iter().flatten().collect())
}
