//! How long one waits for whoever refreshes a session's tokens.

use std::time::{Duration, Instant};

use identity::{Lease, StoreError};
use tokio::time::sleep;

/// Between two looks at a lease that somebody else holds.
const LOOK: Duration = Duration::from_millis(30);
/// A visitor waits no longer. Whoever holds the lease may have died, and it lasts as long as a slow provider may
/// take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Looks until the lease is somebody's for good; after a while it is theirs.
pub(super) async fn waited<F>(look: impl Fn() -> F) -> Result<Lease, StoreError>
where
    F: Future<Output = Result<Option<Lease>, StoreError>>,
{
    let end = Instant::now() + PATIENCE;
    loop {
        match look().await? {
            Some(lease) => return Ok(lease),
            None if Instant::now() >= end => return Ok(Lease::Theirs),
            None => sleep(LOOK).await,
        }
    }
}
