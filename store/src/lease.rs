//! How long one waits for whoever refreshes a session's tokens.

use std::time::{Duration, Instant};

use identity::{Lease, StoreError, Timestamp};
use tokio::time::sleep;

/// Between two looks at a lease that somebody else holds.
const INTERVAL: Duration = Duration::from_millis(30);
/// A visitor waits no longer. Whoever holds the lease may have died, and it lasts as long as a slow provider may
/// take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Polls every 30 ms; gives up after 3 s, and then it is theirs. `look` is told what time it is by then.
pub(crate) async fn waited<F>(now: Timestamp, look: impl Fn(Timestamp) -> F) -> Result<Lease, StoreError>
where
    F: Future<Output = Result<Option<Lease>, StoreError>>,
{
    let start = Instant::now();
    loop {
        match look(now + start.elapsed()).await? {
            Some(lease) => return Ok(lease),
            None if start.elapsed() >= PATIENCE => return Ok(Lease::Theirs),
            None => sleep(INTERVAL).await,
        }
    }
}
