//! Work that is finished even if whoever asked for it goes away.

use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TrackedFuture;

/// All such work of this process; counted from its beginning, for it is left a moment after its connection ends.
static WORK: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Waits until all of it is done.
pub async fn all_that_was_left() {
    WORK.close();
    WORK.wait().await;
}

/// Begins work that is finished whether or not anybody awaits it.
pub(crate) fn spawn<F>(work: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(WORK.track_future(work))
}

/// Does the work where it is awaited; left halfway, it goes on by itself. Cheaper than a task for each.
pub fn in_any_case<F>(work: F) -> InAnyCase<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    InAnyCase(Some(Box::pin(WORK.track_future(work))))
}

/// See [`in_any_case`]. Nothing is left in it once the work is done.
pub struct InAnyCase<F: Future<Output: Send> + Send + 'static>(Option<Pin<Box<TrackedFuture<F>>>>);

impl<F: Future<Output: Send> + Send + 'static> Future for InAnyCase<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // Taken out, so that work that panics is not gone on with.
        let Some(mut work) = self.0.take() else { return Poll::Pending };
        let answer = work.as_mut().poll(context);
        if answer.is_pending() {
            self.0 = Some(work);
        }
        answer
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for InAnyCase<F> {
    fn drop(&mut self) {
        if let (Some(work), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            drop(runtime.spawn(work));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::{mpsc, oneshot};
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn work_is_done_where_it_is_awaited() {
        assert_eq!(in_any_case(async { 7 }).await, 7);
    }

    #[tokio::test]
    async fn work_that_is_left_halfway_is_finished() {
        let (go_on, told) = oneshot::channel::<()>();
        let (done, mut is_done) = mpsc::channel(1);
        let work = in_any_case(async move {
            told.await.unwrap();
            done.send(()).await.unwrap();
        });
        assert!(timeout(Duration::from_millis(10), work).await.is_err());
        go_on.send(()).unwrap();
        all_that_was_left().await;
        assert_eq!(is_done.try_recv(), Ok(()));
    }

    #[tokio::test]
    #[should_panic(expected = "once")]
    async fn a_panic_is_that_of_whoever_awaits_it() {
        in_any_case(async { panic!("once") }).await
    }
}
