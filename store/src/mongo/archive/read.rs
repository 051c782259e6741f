//! Everything, by way of a scratch database.

use std::collections::BTreeMap;

use async_trait::async_trait;
use identity::{
    Archive, Erasures, LinkRules, MessageState, OperatorLog, Record, Snapshot, StoreError, User, UserId,
    Users,
};
use mongodb::bson::{Binary, Document, Uuid, doc};
use serde::Deserialize;

use super::super::documents::{ChangesDocument, RunDocument, UserDocument, user_id, uuid};
use super::Mongo;
use crate::encoding::digest;
use crate::scratch::{ScratchDatabase, Standings};
use crate::try_error::TryError;

/// Documents read at a time. A user's may be of half a megabyte.
const PAGE: i64 = 100;
/// Users looked at at a time, for who moved.
const LOOK: i64 = 1000;
/// How often whoever moved is read again.
const PASSES: usize = 8;

/// Identities went from user to user all the time.
#[derive(Debug, thiserror::Error)]
#[error(
    "identities moved between users all the time, so that one could be there twice or not at all: try again"
)]
struct Restless;

/// What was read, at rest.
pub(super) struct MongoSnapshot {
    inner: Box<dyn Snapshot>,
    _scratch: ScratchDatabase,
}

/// Which user, in which state.
#[derive(Deserialize)]
struct Known {
    #[serde(rename = "_id")]
    id: Uuid,
    version: i64,
    #[serde(default)]
    identities: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    key: Binary,
}

#[async_trait]
impl Snapshot for MongoSnapshot {
    fn is_of_one_moment(&self) -> bool {
        false
    }

    async fn next(&mut self) -> Result<Vec<Record>, StoreError> {
        self.inner.next().await
    }
}

impl MongoSnapshot {
    pub(super) async fn read(mongo: &Mongo) -> Result<Self, StoreError> {
        let scratch = ScratchDatabase::make(mongo.seal.clone()).await.map_err(StoreError::unavailable)?;
        let reader = Reader { mongo, scratch: &scratch };
        reader.users().await?;
        reader.until_nobody_moved().await?;
        reader.runs().await?;
        reader.entries_and_messages().await?;
        reader.log_and_ledger().await?;
        let inner = scratch.sql.snapshot().await?;
        Ok(Self { inner, _scratch: scratch })
    }
}

struct Reader<'a> {
    mongo: &'a Mongo,
    scratch: &'a ScratchDatabase,
}

impl Reader<'_> {
    async fn users(&self) -> Result<(), TryError> {
        let mut after = None;
        loop {
            let mut which = doc! { "erasing": None::<bool> };
            if let Some(after) = after {
                which.insert("_id", doc! { "$gt": after });
            }
            let page = self.documents(which).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            self.keep(page).await?;
        }
    }

    /// At most a page of users, in the order of their ids.
    async fn documents(&self, which: Document) -> Result<Vec<UserDocument>, TryError> {
        let mut found = self.mongo.users.find(which).sort(doc! { "_id": 1 }).limit(PAGE).await?;
        let mut page = Vec::new();
        while found.advance().await? {
            page.push(found.deserialize_current()?);
        }
        Ok(page)
    }

    /// Puts users with their changes into the scratch database. Who has an identity that is there already is left out:
    /// it moved, and whoever is without it now is found by the next look.
    async fn keep(&self, page: Vec<UserDocument>) -> Result<(), TryError> {
        let ids: Vec<Uuid> = page.iter().map(|one| one.id).collect();
        let mut changes: BTreeMap<UserId, BTreeMap<(i64, i64), ChangesDocument>> = BTreeMap::new();
        let mut found = self.mongo.changes.find(doc! { "user_id": { "$in": ids } }).await?;
        let pending = page.iter().flat_map(|one| one.pending.clone());
        let mut all: Vec<ChangesDocument> = pending.collect();
        while found.advance().await? {
            all.push(found.deserialize_current()?);
        }
        for one in all {
            let key = (one.version, one.ordinal);
            changes.entry(user_id(one.user_id)).or_default().insert(key, one);
        }
        for document in page {
            let user = document.user()?;
            let theirs = changes.remove(&user.id).unwrap_or_default();
            let mut records = vec![Record::User(Box::new(user.clone()))];
            for one in theirs.into_values().filter(|one| one.version <= user.version) {
                records.push(Record::Changes(Box::new(one.row()?.written(user.id)?)));
            }
            self.put(&user, &records).await?;
        }
        Ok(())
    }

    async fn put(&self, user: &User, records: &[Record]) -> Result<(), TryError> {
        match self.scratch.sql.put(records).await {
            Err(error) if self.is_owned_by_another(user).await? => {
                tracing::debug!(%error, "an identity moved while it was read");
                Ok(())
            }
            done => Ok(done?),
        }
    }

    async fn is_owned_by_another(&self, user: &User) -> Result<bool, TryError> {
        for one in &user.identities {
            let owner = self.scratch.sql.find_by_identity(&one.issuer, &one.subject).await?;
            if owner.is_some_and(|owner| owner.id != user.id) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads again who was written since, until one look finds nobody whose identities are others than in the look
    /// before: then all of them were at once what they are here.
    async fn until_nobody_moved(&self) -> Result<(), TryError> {
        for _ in 0..PASSES {
            if !self.read_again().await? {
                return Ok(());
            }
        }
        Err(StoreError::unavailable(Restless).into())
    }

    /// Whether somebody's identities moved.
    async fn read_again(&self) -> Result<bool, TryError> {
        let (mut after, mut moved, mut again, mut gone) = (None, false, Vec::new(), Vec::new());
        loop {
            let (now, is_last) = self.look(after).await?;
            let to = (!is_last).then(|| now.keys().next_back().copied()).flatten();
            let then = self.scratch.sql.standings(after, to).await?;
            for (id, (version, identities)) in &now {
                match then.get(id) {
                    Some((known, _)) if known == version => {}
                    Some((_, known)) => {
                        moved |= known != identities;
                        again.push(*id);
                    }
                    None => again.push(*id),
                }
            }
            let lost = then.keys().filter(|id| !now.contains_key(id));
            gone.extend(lost.copied());
            match to {
                Some(to) => after = Some(to),
                None => break,
            }
        }
        moved |= !gone.is_empty();
        gone.extend(again.iter().copied());
        for some in gone.chunks(PAGE as usize) {
            self.scratch.sql.forget_users(some).await?;
        }
        for some in again.chunks(PAGE as usize) {
            let ids: Vec<Uuid> = some.iter().map(|id| uuid(*id)).collect();
            let page = self.documents(doc! { "_id": { "$in": ids }, "erasing": None::<bool> }).await?;
            self.keep(page).await?;
        }
        Ok(moved)
    }

    /// The users after one as they are now, and whether these are all.
    async fn look(&self, after: Option<UserId>) -> Result<(Standings, bool), TryError> {
        let mut which = doc! { "erasing": None::<bool> };
        if let Some(after) = after {
            which.insert("_id", doc! { "$gt": uuid(after) });
        }
        let known = self.mongo.database.collection::<Known>(self.mongo.users.name());
        let found = known.find(which).sort(doc! { "_id": 1 }).limit(LOOK);
        let mut found = found.projection(doc! { "version": 1, "identities.key": 1 }).await?;
        let mut all = Standings::new();
        while found.advance().await? {
            let one = found.deserialize_current()?;
            let keys = one.identities.into_iter().map(|one| digest(one.key.bytes));
            all.insert(user_id(one.id), (one.version, keys.collect::<Result<_, _>>()?));
        }
        let is_last = all.len() < LOOK as usize;
        Ok((all, is_last))
    }

    async fn runs(&self) -> Result<(), TryError> {
        let mut found = self.mongo.runs.find(doc! {}).await?;
        while found.advance().await? {
            let run: RunDocument = found.deserialize_current()?;
            self.scratch.sql.put(&[Record::Run(run.run()?)]).await?;
        }
        Ok(())
    }

    async fn entries_and_messages(&self) -> Result<(), TryError> {
        let mut found = self.mongo.entries.find(doc! {}).await?;
        while found.advance().await? {
            let Some(entry) = self.mongo.settled(found.deserialize_current()?).await? else { continue };
            self.scratch.sql.put(&[Record::Entry(Box::new(entry))]).await?;
        }
        let open: Vec<String> = MessageState::OPEN.iter().map(ToString::to_string).collect();
        let mut found = self.mongo.messages.find(doc! { "state": { "$in": open } }).await?;
        while found.advance().await? {
            let message = self.mongo.opened(found.deserialize_current()?)?;
            self.scratch.sql.put(&[Record::Message(Box::new(message))]).await?;
        }
        Ok(())
    }

    /// The ledger last: who was erased after they were read is known by it.
    async fn log_and_ledger(&self) -> Result<(), TryError> {
        let mut after = None;
        loop {
            let lines = self.mongo.lines_after(after, PAGE as u32).await?;
            let Some(last) = lines.last() else { break };
            after = Some(last.id);
            let lines: Vec<Record> = lines.into_iter().map(Record::Log).collect();
            self.scratch.sql.put(&lines).await?;
        }
        let mut after = None;
        loop {
            let rules = self.mongo.rules(None, after, PAGE as u32).await?;
            let Some(last) = rules.last() else { break };
            after = Some(last.key());
            let rules: Vec<Record> = rules.into_iter().map(Record::LinkRule).collect();
            self.scratch.sql.put(&rules).await?;
        }
        let mut after = None;
        loop {
            let page = self.mongo.erasures(after, PAGE as u32).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.hmac);
            self.scratch.sql.take_in_erasures(&self.mongo.erasure_keys().await?, &page).await?;
        }
        self.scratch.sql.take_in_erasures(&self.mongo.erasure_keys().await?, &[]).await?;
        Ok(())
    }
}
