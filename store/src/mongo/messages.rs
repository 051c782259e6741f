//! The store of messages in MongoDB.

use async_trait::async_trait;
use identity::{
    Digest, LogLine, Message, MessageCount, MessageId, MessageName, MessageState, Messages, Senders,
    StoreError, Timestamp,
};
use mongodb::bson::{Binary, Document, Uuid, doc, serialize_to_bson};
use serde::{Deserialize, Serialize};

use super::Mongo;
use super::documents::{LogDocument, Time, bytes};
use super::try_error::once;
use crate::COUNTING;
use crate::encoding::{digest, open_message, seal_message};
use crate::sealed::Seal;
use crate::try_error::{Moved, TryError};
use crate::users::can_wait;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct MessageDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    key: Binary,
    provider: String,
    sender_id: String,
    kind: String,
    about: Option<Binary>,
    gone_at: Option<Time>,
    received_at: Time,
    state: MessageState,
    reason: Option<String>,
    is_approved: bool,
    tries: i64,
    due_at: Time,
    version: i64,
    /// Left out where it is not asked for.
    sealed: Option<Binary>,
}

#[derive(Deserialize)]
struct Count {
    #[serde(rename = "_id")]
    of: Group,
    count: i64,
    last: Time,
}

#[derive(Deserialize)]
struct Group {
    provider: String,
    state: MessageState,
}

#[async_trait]
impl Messages for Mongo {
    async fn keep(&self, message: &Message) -> Result<Message, StoreError> {
        let document = MessageDocument::sealed(&self.seal, message)?;
        self.write(|| self.keep_once(&document)).await?.message(None)
    }

    async fn put(&self, message: &Message, line: Option<&LogLine>) -> Result<bool, StoreError> {
        let content = message.content.as_deref();
        let sealed = content.map(|content| seal_message(&self.seal, message.id, content)).transpose()?;
        let update = update(message, sealed.map(bytes), line, Uuid::new())?;
        let is_ours = self.write(|| self.put_message(message, &update)).await?;
        if is_ours && line.is_some() {
            can_wait(self.write(|| self.collect_log_of_messages(doc! { "_id": uuid(message.id) })).await);
        }
        Ok(is_ours)
    }

    async fn find(&self, name: &MessageName) -> Result<Option<Message>, StoreError> {
        let which = match name {
            MessageName::Id(id) => doc! { "_id": uuid(*id) },
            MessageName::Sender { provider, id } => {
                doc! { "key": bytes(identity::message_key(provider, id).0) }
            }
        };
        let found = self.read(async { Ok(self.messages.find_one(which).await?) }).await?;
        found.map(|found| self.opened(found)).transpose()
    }

    async fn due(
        &self,
        senders: Senders<'_>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let theirs = match senders {
            Senders::One(provider) => doc! { "$eq": provider },
            Senders::Others(providers) => doc! { "$nin": providers },
        };
        let (state, due_at) = (MessageState::Waiting.to_string(), doc! { "$lte": Time(now) });
        let which = doc! { "state": state, "provider": theirs, "due_at": due_at };
        let found = self.read(self.all(which, doc! { "due_at": 1 }, limit, doc! {})).await?;
        found.into_iter().map(|found| self.opened(found)).collect()
    }

    async fn page(
        &self,
        states: &[MessageState],
        provider: Option<&str>,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let states: Vec<String> = states.iter().map(ToString::to_string).collect();
        let mut which = doc! { "state": { "$in": states } };
        if let Some(provider) = provider {
            which.insert("provider", provider);
        }
        if let Some(after) = after {
            which.insert("_id", doc! { "$gt": uuid(after) });
        }
        let found = self.read(self.all(which, doc! { "_id": 1 }, limit, doc! { "sealed": 0 })).await?;
        found.into_iter().map(|found| found.message(None)).collect()
    }

    async fn about(
        &self,
        about: &[Digest],
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let about: Vec<Binary> = about.iter().map(|one| bytes(one.0)).collect();
        let mut which = doc! { "about": { "$in": about } };
        if let Some(before) = before {
            which.insert("_id", doc! { "$lt": uuid(before) });
        }
        let found = self.read(self.all(which, doc! { "_id": -1 }, limit, doc! { "sealed": 0 })).await?;
        found.into_iter().map(|found| found.message(None)).collect()
    }

    async fn counts(&self) -> Result<Vec<MessageCount>, StoreError> {
        let group = doc! { "$group": {
            "_id": { "provider": "$provider", "state": "$state" },
            "count": { "$sum": 1_i64 },
            "last": { "$max": "$received_at" },
        } };
        let mut counts = self
            .read_for(COUNTING, async {
                let mut found = self.messages.aggregate([group]).with_type::<Count>().await?;
                let mut counts = Vec::new();
                while found.advance().await? {
                    let Count { of, count, last } = found.deserialize_current()?;
                    let Group { provider, state } = of;
                    let count = count.try_into().map_err(StoreError::unreadable)?;
                    counts.push(MessageCount { provider, state, count, last_received_at: last.0 });
                }
                Ok(counts)
            })
            .await?;
        let place = |one: &MessageCount| (one.provider.clone(), one.state.to_string());
        counts.sort_by_key(place);
        Ok(counts)
    }

    async fn gone_at(&self, about: &Digest) -> Result<Option<Timestamp>, StoreError> {
        let which = doc! {
            "about": bytes(about.0),
            "gone_at": { "$ne": None::<Time> },
            "state": MessageState::Processed.to_string(),
        };
        let newest = self.read(self.all(which, doc! { "gone_at": -1 }, 1, doc! { "sealed": 0 })).await?;
        Ok(newest.into_iter().find_map(|one| one.gone_at).map(|time| time.0))
    }

    async fn forget(&self, id: MessageId) -> Result<(), StoreError> {
        let which = doc! { "_id": Uuid::from_bytes(id.0.into_bytes()) };
        self.write(|| self.delete_messages(which.clone())).await
    }

    async fn sweep_messages(&self, before: Timestamp) -> Result<(), StoreError> {
        let old = doc! { "received_at": { "$lt": Time(before) } };
        self.write(|| self.delete_messages(old.clone())).await
    }
}

impl Mongo {
    pub(super) fn opened(&self, document: MessageDocument) -> Result<Message, StoreError> {
        let id = MessageId(uuid::Uuid::from_bytes(document.id.bytes()));
        let sealed = document.sealed.as_ref().map(|sealed| sealed.bytes.as_slice());
        let content = sealed.and_then(|sealed| open_message(&self.seal, id, sealed));
        document.message(content)
    }

    async fn all(
        &self,
        which: Document,
        order: Document,
        limit: u32,
        fields: Document,
    ) -> Result<Vec<MessageDocument>, TryError> {
        // To the driver no limit is 0.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let find = self.messages.find(which).sort(order).limit(limit.into()).projection(fields);
        let (mut found, mut all) = (find.await?, Vec::new());
        while found.advance().await? {
            all.push(found.deserialize_current()?);
        }
        Ok(all)
    }

    /// The document that is there then.
    async fn keep_once(&self, document: &MessageDocument) -> Result<MessageDocument, TryError> {
        if once(self.messages.insert_one(document).await)? {
            return Ok(document.clone());
        }
        let there = self.messages.find_one(doc! { "key": &document.key }).projection(doc! { "sealed": 0 });
        // None where it was forgotten since.
        there.await?.ok_or_else(|| TryError::Conflict(Moved.into()))
    }

    /// Whether the version that is there now is ours; also after a lost answer. A line of an earlier write that nobody
    /// moved is moved first.
    async fn put_message(&self, message: &Message, update: &Update) -> Result<bool, TryError> {
        let id = uuid(message.id);
        if update.has_line {
            self.collect_log_of_messages(doc! { "_id": id }).await?;
        }
        let before = doc! { "_id": id, "version": message.version - 1 };
        let set = doc! { "$set": update.set.clone() };
        if self.messages.update_one(before, set).await?.matched_count == 1 {
            return Ok(true);
        }
        let ours = doc! { "_id": id, "version": message.version, "written_by": update.written_by };
        Ok(self.messages.count_documents(ours).await? == 1)
    }

    /// What operators did to messages is kept longer than they are.
    pub(super) async fn delete_messages(&self, which: Document) -> Result<(), TryError> {
        self.collect_log_of_messages(which.clone()).await?;
        Ok(self.messages.delete_many(which).await.map(drop)?)
    }
}

/// A message's write over the version before it.
struct Update {
    /// Whoever writes it, under a name of their own.
    written_by: Uuid,
    has_line: bool,
    set: Document,
}

fn update(
    message: &Message,
    sealed: Option<Binary>,
    line: Option<&LogLine>,
    written_by: Uuid,
) -> Result<Update, StoreError> {
    let MessageDocument { kind, about, gone_at, reason, due_at, .. } = MessageDocument::new(message);
    let mut set = doc! {
        "kind": kind,
        "about": about,
        "gone_at": gone_at,
        "state": message.state.to_string(),
        "reason": reason,
        "is_approved": message.is_approved,
        "tries": message.tries,
        "due_at": due_at,
        "version": message.version,
        "written_by": written_by,
    };
    if let Some(sealed) = sealed {
        set.insert("sealed", sealed);
    }
    if let Some(line) = line {
        let line = serialize_to_bson(&LogDocument::from(line)).map_err(StoreError::unreadable)?;
        set.insert("log", line);
    }
    Ok(Update { written_by, has_line: line.is_some(), set })
}

impl MessageDocument {
    /// With its content.
    pub(super) fn sealed(seal: &Seal, message: &Message) -> Result<Self, StoreError> {
        let content = message.content.as_deref().unwrap_or_default();
        let sealed = seal_message(seal, message.id, content)?;
        Ok(Self { sealed: Some(bytes(sealed)), ..Self::new(message) })
    }

    /// Without content.
    fn new(message: &Message) -> Self {
        Self {
            id: uuid(message.id),
            key: bytes(message.key().0),
            provider: message.provider.clone(),
            sender_id: message.sender_id.clone(),
            kind: message.kind.clone(),
            about: message.about.map(|about| bytes(about.0)),
            gone_at: message.gone_at.map(Time),
            received_at: Time(message.received_at),
            state: message.state,
            reason: message.reason.clone(),
            is_approved: message.is_approved,
            tries: message.tries,
            due_at: Time(message.due_at),
            version: message.version,
            sealed: None,
        }
    }

    fn message(self, content: Option<Vec<u8>>) -> Result<Message, StoreError> {
        Ok(Message {
            id: MessageId(uuid::Uuid::from_bytes(self.id.bytes())),
            provider: self.provider,
            sender_id: self.sender_id,
            kind: self.kind,
            about: self.about.map(|about| digest(about.bytes)).transpose()?,
            gone_at: self.gone_at.map(|time| time.0),
            received_at: self.received_at.0,
            state: self.state,
            reason: self.reason,
            is_approved: self.is_approved,
            tries: self.tries,
            due_at: self.due_at.0,
            version: self.version,
            content,
        })
    }
}

/// Our id as BSON has it; binary, so that it sorts by age.
fn uuid(id: MessageId) -> Uuid {
    Uuid::from_bytes(id.0.into_bytes())
}
