//! How many identities each provider has here, how they stand, and how old the oldest word on them is. Written as
//! obligations.

use async_trait::async_trait;

use crate::{Standing, StoreError, Timestamp};

/// The identities of one provider that stand alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Census {
    /// The provider's name in the settings when they were last seen.
    pub provider: String,
    /// How they stand.
    pub standing: Standing,
    /// How many they are.
    pub count: u64,
    /// Of the times at which each of them was last spoken of, the earliest.
    pub oldest: Timestamp,
}

/// The store's count of identities.
#[async_trait]
pub trait Censuses: Send + Sync {
    /// The identities of all providers, counted by the database itself; pairs without any are left out. Where there are
    /// many it takes long, up to a minute.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the database does not answer within that time,
    /// [`StoreError::Unreadable`] where it holds what we did not write.
    async fn census(&self) -> Result<Vec<Census>, StoreError>;
}
