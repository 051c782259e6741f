//! Messages that providers pushed: kept, sealed, before they are answered, and for 30 days after. Written as
//! obligations.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Digest, LogLine, StoreError, Timestamp};

/// Our own id of a message: a UUIDv7, so that messages sort by their receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub Uuid);

/// What has become of a message.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MessageState {
    /// Something of it is still to be done.
    Waiting,
    /// All that it says is done.
    Processed,
    /// It says nothing of a user who is kept.
    Ignored,
    /// It is not understood: somebody must look.
    Quarantined,
    /// It would take more away than the guard lets: it waits for the operator.
    Held,
    /// The operator threw it away.
    Dropped,
}

impl MessageState {
    /// Those that somebody may want to do something about.
    pub const OPEN: &[MessageState] = &[MessageState::Waiting, MessageState::Quarantined, MessageState::Held];
    /// Every state.
    pub const ALL: &[MessageState] = &[
        MessageState::Waiting,
        MessageState::Processed,
        MessageState::Ignored,
        MessageState::Quarantined,
        MessageState::Held,
        MessageState::Dropped,
    ];
}

/// One message, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Our own id.
    pub id: MessageId,
    /// The provider's name in the settings.
    pub provider: String,
    /// The sender's id, the same each time it is sent; unique within the provider.
    pub sender_id: String,
    /// The sender's name for what happened.
    pub kind: String,
    /// Whom it is about: the digest of (issuer, reference), by which an erase finds it. None where it names nobody.
    pub about: Option<Digest>,
    /// When the account went, where it says that it is gone.
    pub gone_at: Option<Timestamp>,
    /// When we received it.
    pub received_at: Timestamp,
    /// What has become of it.
    pub state: MessageState,
    /// Why, as one stable word.
    pub reason: Option<String>,
    /// Whether the operator said yes to it: the guard is not asked again.
    pub is_approved: bool,
    /// How often something was tried in vain.
    pub tries: i64,
    /// While it waits: when it is to be taken up, unless somebody is at it.
    pub due_at: Timestamp,
    /// Grows by one with each write; the store writes only over the version that was read.
    pub version: i64,
    /// What was received, encrypted at rest. None where it was not read, or was sealed under a secret that is lost.
    #[serde(with = "content")]
    pub content: Option<Vec<u8>>,
}

/// What was received as text: base64 (RFC 4648 4).
mod content {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(content: &Option<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
        content.as_ref().map(|bytes| STANDARD.encode(bytes)).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| STANDARD.decode(text)).transpose().map_err(serde::de::Error::custom)
    }
}

impl Message {
    /// What makes the sender's id unique.
    pub fn key(&self) -> Digest {
        message_key(&self.provider, &self.sender_id)
    }
}

/// The key of the sender's id of a message.
pub fn message_key(provider: &str, sender_id: &str) -> Digest {
    Digest::of_pair(provider, sender_id)
}

/// How one message is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageName {
    /// By our id.
    Id(MessageId),
    /// By its provider and the sender's id.
    Sender {
        /// The provider's name in the settings.
        provider: String,
        /// The sender's id.
        id: String,
    },
}

/// Whose messages are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Senders<'a> {
    /// This provider's.
    One(&'a str),
    /// Those of all but these.
    Others(&'a [String]),
}

/// How many messages of a provider are in a state, and when the last of them came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageCount {
    /// The provider's name in the settings.
    pub provider: String,
    /// The state.
    pub state: MessageState,
    /// How many.
    pub count: u64,
    /// When the newest was received.
    pub last_received_at: Timestamp,
}

/// The store of messages.
///
/// # Errors
/// All of it: [`StoreError::Unavailable`] where the database does not answer within two seconds, or nothing can be
/// sealed; [`StoreError::Unreadable`] where it holds what we did not write.
#[async_trait]
pub trait Messages: Send + Sync {
    /// Keeps a message with its content, unless one of the same provider and sender's id is there. The one that is
    /// there then, without content: it is the given one if it has its id, also where the database's answer was lost.
    /// When it returns, the message survives `kill -9`.
    async fn keep(&self, message: &Message) -> Result<Message, StoreError>;

    /// Writes a message, if the version that is there is the one before it, and with it the line of the operator whose
    /// act that is; whether that is so. Without content, what is there of that stays. Asked again after a lost answer,
    /// it knows its own write from one of the same by somebody else.
    async fn put(&self, message: &Message, line: Option<&LogLine>) -> Result<bool, StoreError>;

    /// A message with its content.
    async fn find(&self, name: &MessageName) -> Result<Option<Message>, StoreError>;

    /// At most `limit` messages of these senders that wait and are due, with content, the one that is due longest
    /// first.
    async fn due(&self, senders: Senders<'_>, now: Timestamp, limit: u32)
    -> Result<Vec<Message>, StoreError>;

    /// At most `limit` messages in one of these states after the given one, in the order of their ids, without
    /// content; of one provider, or of all.
    async fn page(
        &self,
        states: &[MessageState],
        provider: Option<&str>,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;

    /// At most `limit` messages about one of these, newest first, those before the given one, without content.
    async fn about(
        &self,
        about: &[Digest],
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;

    /// How many there are of each provider in each state; pairs without any are left out.
    async fn counts(&self) -> Result<Vec<MessageCount>, StoreError>;

    /// The newest time at which a message that was processed said that this account is gone.
    async fn gone_at(&self, about: &Digest) -> Result<Option<Timestamp>, StoreError>;

    /// Forgets a message, whatever its state. Those about somebody who is erased go with the user: see
    /// [`Erase`](crate::Erase).
    async fn forget(&self, id: MessageId) -> Result<(), StoreError>;

    /// Forgets what was received before then, whatever its state.
    async fn sweep_messages(&self, before: Timestamp) -> Result<(), StoreError>;
}
