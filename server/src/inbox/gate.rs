//! How much is done at once for those who push, so that a provider that sends a thousand a second leaves the database to
//! log-ins.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// Messages that are worked on at once.
const AT_WORK: usize = 4;
/// Deliveries that wait for their turn.
const WAITING: usize = 64;
/// How long one waits; its sender hangs up soon after.
const PATIENCE: Duration = Duration::from_secs(2);

/// A door that lets a few in and a few more wait.
pub(super) struct Gate {
    waiting: Semaphore,
    at_work: Semaphore,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self { waiting: Semaphore::new(WAITING), at_work: Semaphore::new(AT_WORK) }
    }

    /// A turn; none where too many wait already, or it does not come soon.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let _waiting = self.waiting.try_acquire().ok()?;
        timeout(PATIENCE, self.at_work.acquire()).await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_few_are_at_work_a_few_more_wait_and_the_rest_is_sent_away() {
        let gate = Gate::new();
        let mut at_work = Vec::new();
        for _ in 0..AT_WORK {
            at_work.push(gate.turn().await.unwrap());
        }
        let waiting = futures::future::join_all((0..WAITING + 10).map(|_| gate.turn()));
        let done = waiting.await.into_iter().filter(Option::is_some).count();
        assert_eq!(done, 0, "whoever waited in vain is told so");
        drop(at_work.pop());
        assert!(gate.turn().await.is_some());
    }
}
