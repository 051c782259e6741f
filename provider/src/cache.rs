//! What is fetched from a provider and kept for a while: its metadata, its keys.
//!
//! One fetch at a time, which is finished whoever goes away; a value that is still good is read without waiting
//! for it. A failure is remembered too, so that a provider that is down or forged tokens cost a bounded number
//! of calls. A fetch begins when somebody needs it, never by itself.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use identity::Code;

use crate::background;

/// A value that somebody else keeps the truth of.
pub(super) struct Cache<T> {
    times: Times,
    /// Never locked while something is waited for.
    state: Arc<Mutex<State<T>>>,
}

/// How long a cache does what.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// How long a value is kept at most.
    pub(super) ttl: Duration,
    /// The least time between two fetches after a failure, and between two that were forced.
    pub(super) cooldown: Duration,
    /// How long a fetch may take, and with it whoever waits for one.
    pub(super) patience: Duration,
}

struct State<T> {
    kept: Option<Kept<T>>,
    failed: Option<(Instant, Problem)>,
    forced: Option<Instant>,
    fetching: Option<Fetching<T>>,
}

struct Kept<T> {
    value: Arc<T>,
    until: Instant,
}

/// The fetch that is under way, for all who wait for it.
type Fetching<T> = Shared<BoxFuture<'static, Result<Arc<T>, Problem>>>;

/// Why there is no value. Cloned from memory while the provider is left alone.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{sentence}")]
pub(super) struct Problem {
    pub(super) code: Code,
    pub(super) sentence: String,
}

/// A fetched value, and for how long its source says that it holds.
pub(super) struct Fetched<T> {
    pub(super) value: T,
    pub(super) max_age: Option<u64>,
}

impl<T: Send + Sync + 'static> Cache<T> {
    pub(super) fn new(times: Times) -> Self {
        let state = State { kept: None, failed: None, forced: None, fetching: None };
        Self { times, state: Arc::new(Mutex::new(state)) }
    }

    /// The value, fetched if there is none or it is too old.
    pub(super) async fn get<F>(&self, fetch: impl FnOnce() -> F) -> Result<Arc<T>, Problem>
    where
        F: Future<Output = Result<Fetched<T>, Problem>> + Send + 'static,
    {
        let fetching = {
            let mut state = lock(&self.state);
            match &state.kept {
                Some(kept) if kept.until > Instant::now() => return Ok(kept.value.clone()),
                _ => {}
            }
            match (state.under_way(), &state.failed) {
                (Some(fetching), _) => fetching,
                (None, Some((at, problem))) if at.elapsed() < self.times.cooldown => {
                    return Err(problem.clone());
                }
                _ => self.begin(&mut state, fetch()),
            }
        };
        fetching.await
    }

    /// A newer value than `stale`: one that somebody else fetched meanwhile, or a fetch, but not more often
    /// than the cooldown allows. None where `stale` was fetched so lately that it counts as new; a problem where
    /// a newer one could not be had.
    pub(super) async fn newer<F>(
        &self,
        stale: &Arc<T>,
        fetch: impl FnOnce() -> F,
    ) -> Result<Option<Arc<T>>, Problem>
    where
        F: Future<Output = Result<Fetched<T>, Problem>> + Send + 'static,
    {
        let fetching = {
            let mut state = lock(&self.state);
            match &state.kept {
                Some(kept) if !Arc::ptr_eq(&kept.value, stale) => return Ok(Some(kept.value.clone())),
                _ => {}
            }
            match state.under_way() {
                Some(fetching) => fetching,
                None if state.forced.is_some_and(|at| at.elapsed() < self.times.cooldown) => {
                    return state.failed.as_ref().map_or(Ok(None), |(_, problem)| Err(problem.clone()));
                }
                None => {
                    state.forced = Some(Instant::now());
                    self.begin(&mut state, fetch())
                }
            }
        };
        fetching.await.map(Some)
    }

    /// The last value, however old.
    pub(super) fn last(&self) -> Option<Arc<T>> {
        lock(&self.state).kept.as_ref().map(|kept| kept.value.clone())
    }

    /// Begins a fetch that goes on by itself: a stranger who asks and hangs up would else keep everybody from
    /// the value.
    fn begin<F>(&self, state: &mut State<T>, fetch: F) -> Fetching<T>
    where
        F: Future<Output = Result<Fetched<T>, Problem>> + Send + 'static,
    {
        let (times, kept_in) = (self.times, self.state.clone());
        let fetched = background::spawn(async move {
            let fetched = tokio::time::timeout(times.patience, fetch).await.unwrap_or_else(|_| Err(late()));
            lock(&kept_in).fill(fetched, times.ttl)
        });
        let fetching = fetched.map(|fetched| fetched.unwrap_or_else(|_| Err(broken()))).boxed().shared();
        state.fetching = Some(fetching.clone());
        fetching
    }
}

impl<T> State<T> {
    /// A fetch that broke is over too, though nothing was filled in.
    fn under_way(&self) -> Option<Fetching<T>> {
        self.fetching.clone().filter(|fetching| fetching.peek().is_none())
    }

    fn fill(&mut self, fetched: Result<Fetched<T>, Problem>, ttl: Duration) -> Result<Arc<T>, Problem> {
        self.fetching = None;
        match fetched {
            Ok(Fetched { value, max_age }) => {
                let value = Arc::new(value);
                let ttl = max_age.map_or(ttl, |seconds| ttl.min(Duration::from_secs(seconds)));
                self.kept = Some(Kept { value: value.clone(), until: Instant::now() + ttl });
                self.failed = None;
                Ok(value)
            }
            Err(problem) => {
                self.failed = Some((Instant::now(), problem.clone()));
                Err(problem)
            }
        }
    }
}

/// Nothing in here panics halfway, so what another thread left is whole.
fn lock<T>(state: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn late() -> Problem {
    Problem { code: Code::ProviderUnavailable, sentence: "no answer: it takes too long".to_owned() }
}

fn broken() -> Problem {
    Problem { code: Code::Internal, sentence: "the fetch broke off".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::oneshot;

    const LONG: Duration = Duration::from_secs(3600);

    fn keeping(ttl: Duration, cooldown: Duration) -> Cache<u32> {
        Cache::new(Times { ttl, cooldown, patience: LONG })
    }

    async fn fetched(calls: Arc<AtomicU32>, max_age: Option<u64>) -> Result<Fetched<u32>, Problem> {
        Ok(Fetched { value: calls.fetch_add(1, Ordering::SeqCst), max_age })
    }

    async fn failing(calls: Arc<AtomicU32>) -> Result<Fetched<u32>, Problem> {
        calls.fetch_add(1, Ordering::SeqCst);
        Err(Problem { code: Code::ProviderUnavailable, sentence: "down".to_owned() })
    }

    #[tokio::test]
    async fn a_value_is_fetched_once_and_kept() {
        let (cache, calls) = (keeping(LONG, LONG), Arc::new(AtomicU32::new(0)));
        for _ in 0..3 {
            assert_eq!(*cache.get(|| fetched(calls.clone(), None)).await.unwrap(), 0);
        }
    }

    #[tokio::test]
    async fn a_value_that_has_run_out_is_fetched_again() {
        let (cache, calls) = (keeping(Duration::ZERO, LONG), Arc::new(AtomicU32::new(0)));
        assert_eq!(*cache.get(|| fetched(calls.clone(), Some(60))).await.unwrap(), 0);
        assert_eq!(*cache.get(|| fetched(calls.clone(), Some(60))).await.unwrap(), 1);
        assert_eq!(cache.last().as_deref(), Some(&1));
    }

    #[tokio::test]
    async fn a_failure_is_remembered_for_the_cooldown_and_no_longer() {
        let (cache, calls) = (keeping(LONG, LONG), Arc::new(AtomicU32::new(0)));
        for _ in 0..5 {
            assert!(cache.get(|| failing(calls.clone())).await.is_err());
        }
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        let (cache, calls) = (keeping(LONG, Duration::ZERO), Arc::new(AtomicU32::new(0)));
        assert!(cache.get(|| failing(calls.clone())).await.is_err());
        assert!(cache.get(|| fetched(calls.clone(), None)).await.is_ok());
    }

    #[tokio::test]
    async fn two_hundred_forced_fetches_cost_one() {
        let (cache, calls) = (keeping(LONG, LONG), Arc::new(AtomicU32::new(0)));
        let first = cache.get(|| fetched(calls.clone(), None)).await.unwrap();
        let second = cache.newer(&first, || fetched(calls.clone(), None)).await.unwrap().unwrap();
        assert_eq!(*second, 1);
        for _ in 0..200 {
            assert!(cache.newer(&second, || fetched(calls.clone(), None)).await.unwrap().is_none());
        }
        assert_eq!(calls.load(Ordering::SeqCst), 2);
        let others = cache.newer(&first, || fetched(calls.clone(), None)).await.unwrap();
        assert_eq!(others.as_deref(), Some(&1), "what somebody else fetched is free");
    }

    #[tokio::test]
    async fn a_forced_fetch_that_failed_says_so_for_the_cooldown_and_the_old_value_stays() {
        let (cache, calls) = (keeping(LONG, LONG), Arc::new(AtomicU32::new(0)));
        let first = cache.get(|| fetched(calls.clone(), None)).await.unwrap();
        for _ in 0..3 {
            assert!(cache.newer(&first, || failing(calls.clone())).await.is_err());
        }
        assert_eq!(calls.load(Ordering::SeqCst), 2);
        assert_eq!(*cache.get(|| fetched(calls.clone(), None)).await.unwrap(), 0);
    }

    /// A provider that answers when it is told to.
    fn slow(
        calls: &Arc<AtomicU32>,
    ) -> (oneshot::Sender<()>, impl Future<Output = Result<Fetched<u32>, Problem>> + use<>) {
        let ((answer, told), calls) = (oneshot::channel::<()>(), calls.clone());
        (answer, async move {
            told.await.unwrap();
            fetched(calls, None).await
        })
    }

    /// Whether it waits for something.
    async fn waits<T>(work: impl Future<Output = T>) -> bool {
        tokio::time::timeout(Duration::from_millis(20), work).await.is_err()
    }

    #[tokio::test]
    async fn a_fetch_goes_on_when_whoever_asked_is_gone_and_is_not_made_twice() {
        let (cache, calls) = (keeping(LONG, LONG), Arc::new(AtomicU32::new(0)));
        let (answer, first) = slow(&calls);
        assert!(waits(cache.get(|| first)).await);
        assert!(waits(cache.get(|| fetched(calls.clone(), None))).await, "one fetch at a time");
        answer.send(()).unwrap();
        let value = cache.get(|| fetched(calls.clone(), None)).await.unwrap();
        assert_eq!((*value, calls.load(Ordering::SeqCst)), (0, 1));
        let (answer, forced) = slow(&calls);
        assert!(waits(cache.newer(&value, || forced)).await);
        answer.send(()).unwrap();
        let newer = cache.newer(&value, || fetched(calls.clone(), None)).await.unwrap();
        assert_eq!((newer.as_deref(), calls.load(Ordering::SeqCst)), (Some(&1), 2));
    }

    #[tokio::test]
    async fn a_value_that_is_still_good_is_read_while_a_newer_one_is_fetched() {
        let (cache, calls) = (keeping(LONG, LONG), Arc::new(AtomicU32::new(0)));
        let value = cache.get(|| fetched(calls.clone(), None)).await.unwrap();
        let (_never, forced) = slow(&calls);
        assert!(waits(cache.newer(&value, || forced)).await);
        assert!(!waits(cache.get(|| fetched(calls.clone(), None))).await);
        assert_eq!(cache.last().as_deref(), Some(&0));
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_a_fetch_may_take() {
        let times = Times { ttl: LONG, cooldown: LONG, patience: Duration::from_millis(5) };
        let (cache, calls) = (Cache::new(times), Arc::new(AtomicU32::new(0)));
        let (_never, silent) = slow(&calls);
        let problem = cache.get(|| silent).await.unwrap_err();
        assert_eq!(problem.code, Code::ProviderUnavailable);
    }

    #[tokio::test]
    async fn a_fetch_that_breaks_costs_whoever_waits_and_nobody_else() {
        let (cache, calls) = (keeping(LONG, LONG), Arc::new(AtomicU32::new(0)));
        let problem = cache.get(|| async { panic!("once") }).await.unwrap_err();
        assert_eq!(problem.code, Code::Internal);
        assert!(cache.get(|| fetched(calls.clone(), None)).await.is_ok());
    }
}
