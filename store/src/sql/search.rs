//! The index of users in SQL.

mod fill;
mod ranges;
mod select;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use identity::search::{Figures, Hits, Query, When};
use identity::{Search, StoreError, Timestamp, Walk};

use super::Sql;
use super::pool::Pool;

pub(super) use write::{insert_entries, write_entry};

/// What of the database a search reads by; cheap to clone.
#[derive(Clone)]
struct Index(Arc<Pool>);

#[async_trait]
impl Search for Sql {
    async fn search(&self, query: &Query, when: When) -> Result<Hits, StoreError> {
        crate::search::search(&Index(self.pool.clone()), self, &self.kept, query, when).await
    }

    async fn walk(&self, query: &Query, when: When) -> Result<Box<dyn Walk>, StoreError> {
        crate::search::walk(Index(self.pool.clone()), self, query, when).await
    }

    async fn figures(&self, now: Timestamp) -> Result<Option<Figures>, StoreError> {
        self.kept.get(Index(self.pool.clone()), now).await
    }

    async fn fill(&self) -> Result<Option<u64>, StoreError> {
        self.pool.write(|db| fill::some(self.pool.dialect(), db)).await
    }
}
