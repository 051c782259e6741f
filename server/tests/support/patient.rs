//! A store of users that is asked again where it says that it is busy: as a person does who is told to try again.
//! How long a machine takes for sixty-four log-ins at once is no part of the contract.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use identity::{Change, Decide, StoreError, User, UserId, Users, Whom, Written};

/// The slowest machine that is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Patient(pub Arc<dyn Users>);

#[async_trait]
impl Users for Patient {
    async fn write(&self, whom: Whom<'_>, decide: &Decide<'_>) -> Result<Written, StoreError> {
        let asked = Instant::now();
        loop {
            match self.0.write(whom, decide).await {
                Err(StoreError::Unavailable(_)) if asked.elapsed() < PATIENCE => {}
                answer => return answer,
            }
        }
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.0.find(id).await
    }

    async fn find_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        self.0.find_by_identity(issuer, subject).await
    }

    async fn changes(&self, id: UserId, before: Option<i64>, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.0.changes(id, before, limit).await
    }

    async fn mapped_changes(
        &self,
        id: UserId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        self.0.mapped_changes(id, before, limit).await
    }

    async fn page(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        self.0.page(after, limit).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.0.ping().await
    }
}
