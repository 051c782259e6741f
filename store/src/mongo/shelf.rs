//! The shelf in MongoDB.

use async_trait::async_trait;
use identity::{RunId, Shelf, StoreError, Timestamp};
use mongodb::bson::{Binary, Bson, Document, Uuid, doc};
use serde::{Deserialize, Serialize};

use super::Mongo;
use super::documents::{Time, bytes};
use crate::encoding::{open_sheet, seal_sheet, sheet_number};

/// One sheet; its key is that of its run and its number.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct SheetDocument {
    #[serde(rename = "_id")]
    key: SheetKey,
    sealed: Binary,
    kept_at: Time,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct SheetKey {
    run: Uuid,
    number: i64,
}

#[async_trait]
impl Shelf for Mongo {
    async fn shelve(
        &self,
        run: RunId,
        number: u64,
        content: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sealed = bytes(seal_sheet(&self.seal, run, number, content)?);
        let key = SheetKey { run: uuid(run), number: sheet_number(number)? };
        let ours = doc! { "_id": key_document(&key) };
        let sheet = SheetDocument { key, sealed, kept_at: Time(now) };
        self.write(|| async {
            Ok(self.shelf.replace_one(ours.clone(), &sheet).upsert(true).await.map(|_| ())?)
        })
        .await
    }

    async fn rewrite_sheet(&self, run: RunId, number: u64, content: &[u8]) -> Result<bool, StoreError> {
        let sealed = bytes(seal_sheet(&self.seal, run, number, content)?);
        let theirs =
            doc! { "_id": key_document(&SheetKey { run: uuid(run), number: sheet_number(number)? }) };
        let rewritten = self
            .write(|| async {
                let sealed = doc! { "$set": { "sealed": &sealed } };
                Ok(self.shelf.update_one(theirs.clone(), sealed).await?)
            })
            .await?;
        Ok(rewritten.matched_count > 0)
    }

    async fn sheet(&self, run: RunId, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let key = SheetKey { run: uuid(run), number: sheet_number(number)? };
        let find = self.shelf.find_one(doc! { "_id": key_document(&key) });
        let sheet = self.read(async { Ok(find.await?) }).await?;
        sheet.map(|sheet| open_sheet(&self.seal, run, number, &sheet.sealed.bytes)).transpose()
    }

    async fn clear_shelf(&self, run: RunId) -> Result<(), StoreError> {
        let theirs = doc! { "_id.run": uuid(run) };
        self.write(|| async { Ok(self.shelf.delete_many(theirs.clone()).await.map(|_| ())?) }).await
    }

    async fn shelved_runs(&self, after: Option<RunId>, limit: u32) -> Result<Vec<RunId>, StoreError> {
        let filter = match after {
            Some(after) => doc! { "_id.run": { "$gt": uuid(after) } },
            None => doc! {},
        };
        let all = self.read(async { Ok(self.shelf.distinct("_id.run", filter).await?) }).await?;
        let mut runs: Vec<RunId> = all.iter().filter_map(run_of).collect();
        runs.sort_unstable();
        runs.truncate(limit as usize);
        Ok(runs)
    }

    async fn sweep_shelf(&self, before: Timestamp) -> Result<(), StoreError> {
        let old = doc! { "kept_at": { "$lt": Time(before) } };
        self.write(|| async { Ok(self.shelf.delete_many(old.clone()).await.map(|_| ())?) }).await
    }
}

fn key_document(key: &SheetKey) -> Document {
    doc! { "run": key.run, "number": key.number }
}

fn uuid(run: RunId) -> Uuid {
    Uuid::from_bytes(*run.0.as_bytes())
}

fn run_of(value: &Bson) -> Option<RunId> {
    match value {
        Bson::Binary(binary) => {
            binary.bytes.as_slice().try_into().ok().map(|bytes| RunId(uuid::Uuid::from_bytes(bytes)))
        }
        _ => None,
    }
}
