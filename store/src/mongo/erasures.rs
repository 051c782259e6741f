//! The ledger of erasures in MongoDB. Entries are written with the stub that takes a user's place, and moved to their own
//! collection afterwards.

use async_trait::async_trait;
use identity::{Digest, ErasedName, Erasure, ErasureKey, Erasures, StoreError, Timestamp};
use mongodb::bson::doc;

use super::Mongo;
use super::documents::{ErasureDocument, ErasureKeyDocument, Stub, bytes};
use super::try_error::once;
use crate::erased;
use crate::try_error::TryError;

#[async_trait]
impl Erasures for Mongo {
    async fn erased_at(&self, names: &[ErasedName]) -> Result<Option<Timestamp>, StoreError> {
        let keys = self.erasure_keys().await?;
        if keys.is_empty() {
            return Ok(None);
        }
        let hmacs = erased::hmacs(&keys, names);
        self.read(self.latest(&hmacs)).await
    }

    async fn erasure_keys(&self) -> Result<Vec<ErasureKey>, StoreError> {
        self.read(self.all_keys()).await
    }

    async fn erasures(&self, after: Option<Digest>, limit: u32) -> Result<Vec<Erasure>, StoreError> {
        // To the driver no limit is 0.
        if limit == 0 {
            return Ok(Vec::new());
        }
        // Those of erasures that somebody died over.
        self.write(|| self.finish_all_erasing()).await?;
        let later = after.map(|hmac| doc! { "_id": { "$gt": bytes(hmac.0) } }).unwrap_or_default();
        let documents: Vec<ErasureDocument> = self
            .read(async {
                let mut found = self.erasures.find(later).sort(doc! { "_id": 1 }).limit(limit.into()).await?;
                let mut documents = Vec::new();
                while found.advance().await? {
                    documents.push(found.deserialize_current()?);
                }
                Ok(documents)
            })
            .await?;
        documents.into_iter().map(ErasureDocument::entry).collect()
    }

    async fn take_in_erasures(&self, keys: &[ErasureKey], entries: &[Erasure]) -> Result<(), StoreError> {
        // The keys first: an entry without its key would be found by nobody.
        for key in keys {
            self.write(|| async { self.add_key(&key.into()).await }).await?;
        }
        for entry in entries {
            self.write(|| async { self.add_erasure(&entry.into()).await }).await?;
        }
        Ok(())
    }
}

impl Mongo {
    /// The key by which new entries are made: the oldest, made where there is none.
    pub(super) async fn own_erasure_key(&self, now: Timestamp) -> Result<ErasureKey, TryError> {
        if let Some(key) = self.all_keys().await?.into_iter().next() {
            return Ok(key);
        }
        let fresh = erased::new_key(now)?;
        self.add_key(&(&fresh).into()).await?;
        Ok(fresh)
    }

    async fn all_keys(&self) -> Result<Vec<ErasureKey>, TryError> {
        let mut found = self.erasure_keys.find(doc! {}).sort(doc! { "created_at": 1, "_id": 1 }).await?;
        let mut keys = Vec::new();
        while found.advance().await? {
            keys.push(found.deserialize_current()?.key()?);
        }
        Ok(keys)
    }

    pub(super) async fn add_key(&self, key: &ErasureKeyDocument) -> Result<(), TryError> {
        once(self.erasure_keys.insert_one(key).await).map(drop)
    }

    /// Adds an entry; of one HMAC the later time stays.
    pub(super) async fn add_erasure(&self, entry: &ErasureDocument) -> Result<(), TryError> {
        if !once(self.erasures.insert_one(entry).await)? {
            let later = doc! { "$max": { "at": entry.at } };
            self.erasures.update_one(doc! { "_id": &entry.hmac }, later).await?;
        }
        Ok(())
    }

    /// The latest time of these entries, those of stubs among them: the stub is asked first, for what is in neither when
    /// it is asked second was in none.
    async fn latest(&self, hmacs: &[Digest]) -> Result<Option<Timestamp>, TryError> {
        let hmacs: Vec<_> = hmacs.iter().map(|hmac| bytes(hmac.0)).collect();
        let stubs = self.database.collection::<Stub>(self.users.name());
        let mut times = Vec::new();
        let mut found = stubs.find(doc! { "erased._id": { "$in": &hmacs } }).await?;
        while found.advance().await? {
            let stub = found.deserialize_current()?;
            let ours = stub.erased.into_iter().filter(|entry| hmacs.contains(&entry.hmac));
            times.extend(ours.map(|entry| entry.at.0));
        }
        let mut found = self.erasures.find(doc! { "_id": { "$in": &hmacs } }).await?;
        while found.advance().await? {
            times.push(found.deserialize_current()?.at.0);
        }
        Ok(times.into_iter().max())
    }
}
