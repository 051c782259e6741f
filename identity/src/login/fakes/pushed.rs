//! What providers push, which a log-in has nothing to do with.

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    Digest, LogLine, Message, MessageCount, MessageId, MessageName, MessageState, Messages, RemovalStore,
    Removals, Senders, StoreError, Timestamp,
};

#[async_trait]
impl Messages for MemoryStore {
    async fn keep(&self, _: &Message) -> Result<Message, StoreError> {
        unreachable!("a log-in is no message")
    }

    async fn put(&self, _: &Message, _: Option<&LogLine>) -> Result<bool, StoreError> {
        unreachable!("a log-in is no message")
    }

    async fn find(&self, _: &MessageName) -> Result<Option<Message>, StoreError> {
        unreachable!("a log-in is no message")
    }

    async fn due(&self, _: Senders<'_>, _: Timestamp, _: u32) -> Result<Vec<Message>, StoreError> {
        unreachable!("a log-in is no message")
    }

    async fn page(
        &self,
        _: &[MessageState],
        _: Option<&str>,
        _: Option<MessageId>,
        _: u32,
    ) -> Result<Vec<Message>, StoreError> {
        Ok(Vec::new())
    }

    async fn about(&self, _: &[Digest], _: Option<MessageId>, _: u32) -> Result<Vec<Message>, StoreError> {
        unreachable!("a log-in is no message")
    }

    async fn counts(&self) -> Result<Vec<MessageCount>, StoreError> {
        unreachable!("a log-in is no message")
    }

    async fn gone_at(&self, _: &Digest) -> Result<Option<Timestamp>, StoreError> {
        unreachable!("a log-in is no message")
    }

    async fn forget(&self, _: MessageId) -> Result<(), StoreError> {
        unreachable!("there are none")
    }

    async fn sweep_messages(&self, _: Timestamp) -> Result<(), StoreError> {
        unreachable!("a log-in is no message")
    }
}

#[async_trait]
impl RemovalStore for MemoryStore {
    async fn removals(&self, _: &str) -> Result<Removals, StoreError> {
        unreachable!("a log-in takes nobody away")
    }

    async fn put_removals(&self, _: &str, _: &Removals) -> Result<bool, StoreError> {
        unreachable!("a log-in takes nobody away")
    }

    async fn count_present(&self, _: &str) -> Result<u64, StoreError> {
        unreachable!("a log-in takes nobody away")
    }

    async fn which_are_present(&self, _: &[Digest]) -> Result<Vec<Digest>, StoreError> {
        unreachable!("a log-in takes nobody away")
    }
}
