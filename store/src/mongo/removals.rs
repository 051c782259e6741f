//! The store of removals in MongoDB.

use async_trait::async_trait;
use identity::{Digest, RemovalStore, Removals, Standing, StoreError};
use mongodb::bson::{Binary, Document, doc};
use serde::{Deserialize, Serialize};

use super::Mongo;
use super::documents::bytes;
use super::try_error::once;
use crate::encoding;
use crate::try_error::TryError;

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct RemovalsDocument {
    #[serde(rename = "_id")]
    provider: String,
    entries: String,
    version: i64,
}

#[derive(Deserialize)]
struct Counted {
    count: i64,
}

#[derive(Deserialize)]
struct Found {
    key: Binary,
}

#[async_trait]
impl RemovalStore for Mongo {
    async fn removals(&self, provider: &str) -> Result<Removals, StoreError> {
        let find = async { Ok(self.removals.find_one(doc! { "_id": provider }).await?) };
        let found = self.read(find).await?;
        found.map_or(Ok(Removals::default()), |found| encoding::removals(&found.entries, found.version))
    }

    async fn put_removals(&self, provider: &str, removals: &Removals) -> Result<bool, StoreError> {
        let document = RemovalsDocument {
            provider: provider.to_owned(),
            entries: encoding::removals_text(removals)?,
            version: removals.version,
        };
        self.write(|| self.put_all(&document)).await
    }

    async fn count_present(&self, provider: &str) -> Result<u64, StoreError> {
        let these = doc! { "identities.provider": provider, "identities.standing": present() };
        let each = [
            doc! { "$match": &these },
            doc! { "$project": { "identities.provider": 1, "identities.standing": 1 } },
            doc! { "$unwind": "$identities" },
            doc! { "$match": &these },
            doc! { "$count": "count" },
        ];
        let counted: Vec<Counted> = self.read(self.asked(each)).await?;
        let count = counted.first().map_or(0, |counted| counted.count);
        count.try_into().map_err(StoreError::unreadable)
    }

    async fn which_are_present(&self, identities: &[Digest]) -> Result<Vec<Digest>, StoreError> {
        let mut there = Vec::new();
        for some in identities.chunks(1000) {
            let keys: Vec<Binary> = some.iter().map(|one| bytes(one.0)).collect();
            let these = doc! { "identities.key": { "$in": keys }, "identities.standing": present() };
            let each = [
                doc! { "$match": &these },
                doc! { "$project": { "identities.key": 1, "identities.standing": 1 } },
                doc! { "$unwind": "$identities" },
                doc! { "$match": &these },
                doc! { "$project": { "key": "$identities.key" } },
            ];
            let found: Vec<Found> = self.read(self.asked(each)).await?;
            for one in found {
                there.push(encoding::digest(one.key.bytes)?);
            }
        }
        Ok(there)
    }
}

impl Mongo {
    pub(super) async fn asked<T>(&self, steps: impl IntoIterator<Item = Document>) -> Result<Vec<T>, TryError>
    where
        T: serde::de::DeserializeOwned + Send + Sync + Unpin,
    {
        let mut found = self.users.aggregate(steps).with_type::<T>().await?;
        let mut all = Vec::new();
        while found.advance().await? {
            all.push(found.deserialize_current()?);
        }
        Ok(all)
    }

    /// Whether the document that is there now is what was to be written: nobody else writes the same.
    async fn put_all(&self, document: &RemovalsDocument) -> Result<bool, TryError> {
        if document.version == 1 && once(self.removals.insert_one(document).await)? {
            return Ok(true);
        }
        let before = doc! { "_id": &document.provider, "version": document.version - 1 };
        if self.removals.replace_one(before, document).await?.matched_count == 1 {
            return Ok(true);
        }
        let there = self.removals.find_one(doc! { "_id": &document.provider }).await?;
        Ok(there.as_ref() == Some(document))
    }
}

fn present() -> String {
    Standing::Present.to_string()
}
