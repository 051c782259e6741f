//! Everything in MongoDB. Without transactions there is no moment that could be read: what is read goes to a scratch
//! database first, and whoever moved meanwhile is read again, until nobody's identities did.

mod put;
mod read;

use async_trait::async_trait;
use identity::{Archive, Record, Snapshot, StoreError};
use mongodb::bson::{Document, doc};

use self::read::MongoSnapshot;
use super::Mongo;
use crate::try_error::TryError;

/// All collections but the ledger of erasures and the version of the schema. The runs last: among them is the mark that the
/// rest is to be cleared.
const CLEARED: [&str; 12] = [
    "sessions",
    "search_terms",
    "changes",
    "users",
    "tickets",
    "entries",
    "messages",
    "removals",
    "shelf",
    "operator_log",
    "link_rules",
    "runs",
];

#[async_trait]
impl Archive for Mongo {
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(Box::new(MongoSnapshot::read(self).await?))
    }

    async fn is_empty(&self) -> Result<bool, StoreError> {
        for name in ["users", "entries", "changes", "operator_log"] {
            let any = self.database.collection::<Document>(name);
            if self
                .read(async { Ok(any.find_one(doc! {}).projection(doc! { "_id": 1 }).await?) })
                .await?
                .is_some()
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn put(&self, records: &[Record]) -> Result<(), StoreError> {
        Ok(self.put_records(records).await?)
    }

    async fn clear(&self) -> Result<(), StoreError> {
        let clear = async {
            // What stubs carry for the ledger is written there first.
            self.finish_all_erasing().await?;
            for name in CLEARED {
                self.database.collection::<Document>(name).delete_many(doc! {}).await?;
            }
            Ok::<_, TryError>(())
        };
        Ok(clear.await?)
    }
}
