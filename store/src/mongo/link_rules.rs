//! The link rules in MongoDB.

use async_trait::async_trait;
use identity::{Digest, LinkRule, LinkRuleKind, LinkRules, StoreError, Timestamp};
use mongodb::bson::{Binary, doc};
use serde::{Deserialize, Serialize};

use super::Mongo;
use super::documents::{Time, bytes};
use crate::encoding::{json, to_text};

/// One rule.
#[derive(Deserialize, Serialize)]
pub(super) struct LinkRuleDocument {
    #[serde(rename = "_id")]
    key: Binary,
    kind: String,
    content: String,
    until: Option<Time>,
}

impl LinkRuleDocument {
    pub(super) fn new(rule: &LinkRule) -> Result<Self, StoreError> {
        Ok(Self {
            key: bytes(rule.key().0),
            kind: rule.kind().to_string(),
            content: to_text(rule)?,
            until: rule.until().map(Time),
        })
    }
}

#[async_trait]
impl LinkRules for Mongo {
    async fn put_rule(&self, rule: &LinkRule) -> Result<(), StoreError> {
        let document = LinkRuleDocument::new(rule)?;
        let same = doc! { "_id": &document.key };
        self.write(|| async {
            let replace = self.link_rules.replace_one(same.clone(), &document).upsert(true);
            Ok(replace.await.map(|_| ())?)
        })
        .await
    }

    async fn rule(&self, key: &Digest) -> Result<Option<LinkRule>, StoreError> {
        let same = doc! { "_id": bytes(key.0) };
        let found = self.read(async { Ok(self.link_rules.find_one(same).await?) }).await?;
        found.map(|document| json(&document.content)).transpose()
    }

    async fn drop_rule(&self, key: &Digest) -> Result<bool, StoreError> {
        let same = doc! { "_id": bytes(key.0) };
        let delete = || async { Ok(self.link_rules.delete_one(same.clone()).await?.deleted_count > 0) };
        self.write(delete).await
    }

    async fn rules(
        &self,
        kind: Option<LinkRuleKind>,
        after: Option<Digest>,
        limit: u32,
    ) -> Result<Vec<LinkRule>, StoreError> {
        // To the driver no limit is 0.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut asked = after.map(|key| doc! { "_id": { "$gt": bytes(key.0) } }).unwrap_or_default();
        if let Some(kind) = kind {
            asked.insert("kind", kind.to_string());
        }
        let documents: Vec<LinkRuleDocument> = self
            .read(async {
                let mut found =
                    self.link_rules.find(asked).sort(doc! { "_id": 1 }).limit(limit.into()).await?;
                let mut documents = Vec::new();
                while found.advance().await? {
                    documents.push(found.deserialize_current()?);
                }
                Ok(documents)
            })
            .await?;
        documents.iter().map(|document| json(&document.content)).collect()
    }

    async fn sweep_rules(&self, now: Timestamp) -> Result<(), StoreError> {
        let over = doc! { "until": { "$lte": Time(now) } };
        self.write(|| async { Ok(self.link_rules.delete_many(over.clone()).await.map(|_| ())?) }).await
    }
}
