//! Writers of the same user within this process wait for each other instead of colliding, and while they wait
//! they hold no connection.

use std::time::Duration;

use identity::StoreError;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use super::fault::Silence;

const TURNS: usize = 64;
/// Longer than a database may take to answer: whoever waits here waits for writes that get done.
const QUEUE: Duration = Duration::from_secs(10);

/// The queues. A queue is of several users, of each user there is one.
pub(super) struct Turns([Mutex<()>; TURNS]);

impl Turns {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }

    /// The turn of whoever writes what this key names.
    pub(super) async fn of(&self, key: &[u8]) -> Result<MutexGuard<'_, ()>, StoreError> {
        let last = key.last().copied().unwrap_or_default();
        let turn = self.0[usize::from(last) % TURNS].lock();
        timeout(QUEUE, turn).await.map_err(|_| StoreError::unavailable(Silence))
    }
}
