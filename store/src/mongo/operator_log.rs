//! The store of the operators' log in MongoDB. A line is written with its user, message or run, in that one's own document,
//! and moved to its own collection afterwards, by whoever comes next.

use async_trait::async_trait;
use identity::{LogLine, OperatorLog, RunId, StoreError, UserId};
use mongodb::bson::{Document, doc};
use serde::Deserialize;
use uuid::Uuid;

use super::Mongo;
use super::documents::{LogDocument, uuid};
use super::try_error::once;
use crate::try_error::TryError;

/// Of the document of a user, a stub, a message or a run, the line that was not moved yet.
#[derive(Deserialize)]
struct Carrier {
    #[serde(rename = "_id")]
    id: mongodb::bson::Uuid,
    log: LogDocument,
}

#[async_trait]
impl OperatorLog for Mongo {
    async fn note(&self, line: &LogLine) -> Result<(), StoreError> {
        let document = LogDocument::from(line);
        self.write(|| async { once(self.operator_log.insert_one(&document).await).map(drop) }).await
    }

    async fn lines(&self, before: Option<Uuid>, limit: u32) -> Result<Vec<LogLine>, StoreError> {
        let earlier = before.map(|id| doc! { "_id": { "$lt": id_of(id) } });
        self.some(earlier, -1, limit).await
    }

    async fn lines_about(
        &self,
        user: UserId,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        let mut about = doc! { "user_id": uuid(user) };
        if let Some(id) = before {
            about.insert("_id", doc! { "$lt": id_of(id) });
        }
        self.some(Some(about), -1, limit).await
    }

    async fn lines_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<LogLine>, StoreError> {
        let later = after.map(|id| doc! { "_id": { "$gt": id_of(id) } });
        self.some(later, 1, limit).await
    }
}

impl Mongo {
    async fn some(
        &self,
        which: Option<Document>,
        order: i32,
        limit: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        // To the driver no limit is 0.
        if limit == 0 {
            return Ok(Vec::new());
        }
        // Lines that somebody died over.
        self.write(|| async {
            self.collect_log(self.users.name(), doc! {}).await?;
            self.collect_log(self.runs.name(), doc! {}).await?;
            self.collect_log_of_messages(doc! {}).await
        })
        .await?;
        let documents: Vec<LogDocument> = self
            .read(async {
                let found = self.operator_log.find(which.unwrap_or_default()).sort(doc! { "_id": order });
                let mut found = found.limit(limit.into()).await?;
                let mut documents = Vec::new();
                while found.advance().await? {
                    documents.push(found.deserialize_current()?);
                }
                Ok(documents)
            })
            .await?;
        documents.into_iter().map(LogDocument::line).collect()
    }

    /// Moves the line that a user's document carries.
    pub(super) async fn collect_log_of(&self, id: UserId) -> Result<(), TryError> {
        self.collect_log(self.users.name(), doc! { "_id": uuid(id) }).await
    }

    /// Moves the lines that these messages carry.
    pub(super) async fn collect_log_of_messages(&self, which: Document) -> Result<(), TryError> {
        self.collect_log(self.messages.name(), which).await
    }

    /// Moves the line that a run's document carries.
    pub(super) async fn collect_log_of_run(&self, id: RunId) -> Result<(), TryError> {
        self.collect_log(self.runs.name(), doc! { "_id": id_of(id.0) }).await
    }

    async fn collect_log(&self, carriers: &str, mut which: Document) -> Result<(), TryError> {
        which.insert("log._id", doc! { "$gt": id_of(Uuid::nil()) });
        let carriers = self.database.collection::<Carrier>(carriers);
        let mut found = carriers.find(which).projection(doc! { "log": 1 }).await?;
        while found.advance().await? {
            let Carrier { id, log } = found.deserialize_current()?;
            self.move_log(Some(&log)).await?;
            // A later write has moved it by itself, and may carry another.
            let this = doc! { "_id": id, "log._id": log.id };
            carriers.update_one(this, doc! { "$unset": { "log": "" } }).await?;
        }
        Ok(())
    }

    /// Writes a line that a document carries to its own collection; one that is there already is the same.
    pub(super) async fn move_log(&self, line: Option<&LogDocument>) -> Result<(), TryError> {
        match line {
            Some(line) => once(self.operator_log.insert_one(line).await).map(drop),
            None => Ok(()),
        }
    }
}

fn id_of(id: Uuid) -> mongodb::bson::Uuid {
    mongodb::bson::Uuid::from_bytes(id.into_bytes())
}
