//! The store of provider entries in MongoDB: a document each.

use async_trait::async_trait;
use identity::{Digest, Entries, Entry, EntryCounts, EntryId, StoreError};
use mongodb::bson::{Binary, Document, Uuid, doc};
use serde::{Deserialize, Serialize};

use super::Mongo;
use super::documents::{Time, bytes};
use super::try_error::once;
use crate::COUNTING;
use crate::encoding::{json, to_text};
use crate::try_error::TryError;

/// An entry. What is unique is left out where it is not there, for null would be there twice.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct EntryDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    key: Binary,
    /// The key of one that stands aside while another entry takes its reference; `key` is nobody's reference then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    aside: Option<Binary>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name_key: Option<Binary>,
    identity_key: Option<Binary>,
    provider: String,
    reference: String,
    issuer: Option<String>,
    subject: Option<String>,
    name: Option<String>,
    one_with: Option<String>,
    resource: Option<String>,
    waiting: String,
    awaits_login: bool,
    is_gone: bool,
    created_at: Time,
    updated_at: Time,
    version: i64,
}

#[async_trait]
impl Entries for Mongo {
    async fn find(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        self.entry(doc! { "_id": uuid(id) }).await
    }

    async fn find_by_reference(&self, provider: &str, reference: &str) -> Result<Option<Entry>, StoreError> {
        let key = key(provider, reference);
        match self.entry(doc! { "key": &key }).await? {
            Some(entry) => Ok(Some(entry)),
            None => self.entry(doc! { "aside": key }).await,
        }
    }

    async fn find_by_name(&self, provider: &str, name: &str) -> Result<Option<Entry>, StoreError> {
        self.entry(doc! { "name_key": key(provider, name) }).await
    }

    async fn of_identity(&self, issuer: &str, subject: &str) -> Result<Vec<Entry>, StoreError> {
        self.entries_of(doc! { "identity_key": key(issuer, subject) }, 0).await
    }

    async fn one_with(&self, provider: &str, reference: &str) -> Result<Vec<Entry>, StoreError> {
        self.entries_of(doc! { "provider": provider, "one_with": reference }, 0).await
    }

    async fn put(&self, before: Option<&Entry>, entry: &Entry) -> Result<bool, StoreError> {
        let document = EntryDocument::new(entry)?;
        let version = before.map(|before| before.version);
        self.write(|| self.put_once(version, &document)).await
    }

    async fn put_instead(&self, before: &Entry, entry: &Entry, other: &Entry) -> Result<bool, StoreError> {
        let (document, goes) = (EntryDocument::new(entry)?, EntryDocument::new(other)?);
        let aside = goes.clone().aside();
        // Whoever dies between two of these is followed by the next reader (`settled`).
        let put = || async {
            let is_aside = self.put_once(Some(goes.version), &aside).await?;
            let is_kept = self.put_once(Some(before.version), &document).await;
            let as_put = doc! { "_id": aside.id, "version": aside.version };
            if matches!(is_kept, Ok(true)) {
                self.entries.delete_one(as_put).await?;
            } else if is_aside {
                once(self.entries.replace_one(as_put, &goes).await)?;
            }
            is_kept
        };
        self.write(put).await
    }

    async fn page(
        &self,
        provider: Option<&str>,
        after: Option<EntryId>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        // To the driver no limit is 0.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut which = Document::new();
        if let Some(provider) = provider {
            which.insert("provider", provider);
        }
        if let Some(after) = after {
            which.insert("_id", doc! { "$gt": uuid(after) });
        }
        self.entries_of(which, limit).await
    }

    async fn count(&self, provider: &str) -> Result<EntryCounts, StoreError> {
        let theirs = doc! { "provider": provider, "is_gone": false };
        let (mut kept, mut waiting) = (theirs.clone(), theirs);
        kept.insert("resource", doc! { "$ne": None::<String> });
        let nobodys = doc! { "identity_key": None::<Binary>, "one_with": None::<String> };
        waiting.insert("$or", vec![nobodys, doc! { "awaits_login": true }]);
        self.read_for(COUNTING, async {
            let resources = self.entries.count_documents(kept).await?;
            let waiting = self.entries.count_documents(waiting).await?;
            Ok(EntryCounts { resources, waiting })
        })
        .await
    }
}

impl Mongo {
    async fn entry(&self, which: Document) -> Result<Option<Entry>, StoreError> {
        self.read(async {
            match self.entries.find_one(which).await? {
                Some(found) => self.settled(found).await,
                None => Ok(None),
            }
        })
        .await
    }

    /// The entry of a document. One that stands aside for another goes where that has its reference, and else has it
    /// back: whoever was about to take it died, or tries again.
    pub(super) async fn settled(&self, found: EntryDocument) -> Result<Option<Entry>, TryError> {
        let Some(key) = &found.aside else { return Ok(Some(found.entry()?)) };
        let as_found = doc! { "_id": found.id, "version": found.version };
        if self.entries.find_one(doc! { "key": key }).await?.is_some() {
            self.entries.delete_one(as_found).await?;
            return Ok(None);
        }
        once(self.entries.replace_one(as_found, found.clone().back()?).await)?;
        let there = self.entries.find_one(doc! { "_id": found.id }).await?;
        Ok(there.filter(|there| there.aside.is_none()).map(EntryDocument::entry).transpose()?)
    }

    /// In the order of their ids.
    async fn entries_of(&self, which: Document, limit: u32) -> Result<Vec<Entry>, StoreError> {
        self.read(async {
            let mut found = self.entries.find(which).sort(doc! { "_id": 1 }).limit(limit.into()).await?;
            let mut entries = Vec::new();
            while found.advance().await? {
                entries.extend(self.settled(found.deserialize_current()?).await?);
            }
            Ok(entries)
        })
        .await
    }

    /// Whether the document that is there then is ours; also after a lost answer.
    async fn put_once(&self, before: Option<i64>, ours: &EntryDocument) -> Result<bool, TryError> {
        let is_kept = match before {
            None => once(self.entries.insert_one(ours).await)?,
            Some(version) => {
                let as_read = doc! { "_id": ours.id, "version": version };
                let replaced = self.entries.replace_one(as_read, ours).await;
                let is_there = replaced.as_ref().is_ok_and(|replaced| replaced.matched_count == 1);
                once(replaced)? && is_there
            }
        };
        Ok(is_kept || self.entries.find_one(doc! { "_id": ours.id }).await?.as_ref() == Some(ours))
    }
}

impl EntryDocument {
    pub(super) fn new(entry: &Entry) -> Result<Self, StoreError> {
        let identity = entry.identity.as_ref();
        Ok(Self {
            id: uuid(entry.id),
            key: key(&entry.provider, &entry.reference),
            aside: None,
            name_key: entry.name.as_ref().map(|name| key(&entry.provider, name)),
            identity_key: identity.map(|(issuer, subject)| key(issuer, subject)),
            provider: entry.provider.clone(),
            reference: entry.reference.clone(),
            issuer: identity.map(|(issuer, _)| issuer.clone()),
            subject: identity.map(|(_, subject)| subject.clone()),
            name: entry.name.clone(),
            one_with: entry.one_with.clone(),
            resource: entry.resource.as_ref().map(to_text).transpose()?,
            waiting: to_text(&entry.waiting)?,
            awaits_login: entry.awaits_login,
            is_gone: entry.is_gone,
            created_at: Time(entry.created_at),
            updated_at: Time(entry.updated_at),
            version: entry.version,
        })
    }

    /// Without its reference and its name, which another one may take.
    fn aside(self) -> Self {
        // No provider is called nothing.
        let key = key("", &self.id.to_string());
        Self { aside: Some(self.key), key, name_key: None, version: self.version + 1, ..self }
    }

    /// As it was before [`EntryDocument::aside`].
    fn back(self) -> Result<Self, StoreError> {
        let version = self.version - 1;
        Self::new(&Entry { version, ..self.entry()? })
    }

    fn entry(self) -> Result<Entry, StoreError> {
        Ok(Entry {
            id: EntryId(uuid::Uuid::from_bytes(self.id.bytes())),
            provider: self.provider,
            reference: self.reference,
            identity: self.issuer.zip(self.subject),
            awaits_login: self.awaits_login,
            waiting: json(&self.waiting)?,
            resource: self.resource.as_deref().map(json).transpose()?,
            name: self.name,
            one_with: self.one_with,
            is_gone: self.is_gone,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
            version: self.version,
        })
    }
}

fn uuid(id: EntryId) -> Uuid {
    Uuid::from_bytes(id.0.into_bytes())
}

fn key(one: &str, other: &str) -> Binary {
    bytes(Digest::of_pair(one, other).0)
}
