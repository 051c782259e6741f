//! The shelf of a run: what was read of a provider before anything is written, sheet by sheet, sealed at rest. Written
//! as obligations.

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::{RunId, StoreError, Timestamp};

/// How long what was read is kept where it was not applied.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(7);

/// The store of what was read.
///
/// # Errors
/// All of it: [`StoreError::Unavailable`] where the database does not answer within two seconds or nothing can be
/// sealed; [`StoreError::Unreadable`] where a sheet was sealed under a secret that is lost.
#[async_trait]
pub trait Shelf: Send + Sync {
    /// Keeps a sheet under a number; one that is there already is replaced. When it returns, the sheet survives
    /// `kill -9`.
    async fn shelve(&self, run: RunId, number: u64, content: &[u8], now: Timestamp)
    -> Result<(), StoreError>;

    /// Replaces the content of a sheet, if it is there; whether it is. How long it is kept stays as it is.
    async fn rewrite_sheet(&self, run: RunId, number: u64, content: &[u8]) -> Result<bool, StoreError>;

    /// The sheet under a number; none where there is none.
    async fn sheet(&self, run: RunId, number: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Forgets the sheets of a run.
    async fn clear_shelf(&self, run: RunId) -> Result<(), StoreError>;

    /// The runs of which there are sheets, each once, at most `limit` after the given one in the order of their ids.
    async fn shelved_runs(&self, after: Option<RunId>, limit: u32) -> Result<Vec<RunId>, StoreError>;

    /// Forgets the sheets that were kept before then.
    async fn sweep_shelf(&self, before: Timestamp) -> Result<(), StoreError>;
}
