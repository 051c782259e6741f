//! What is fetched from a provider and kept for a while: its metadata, its keys.
//!
//! One fetch at a time; a failure is remembered too, so that a provider that is down or forged tokens cost
//! a bounded number of calls. Nothing runs in the background: a fetch happens when somebody needs it.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use identity::Code;
use tokio::sync::Mutex;

use crate::background::in_any_case;

/// A value that somebody else keeps the truth of.
pub(super) struct Cache<T> {
    /// How long a value is kept at most.
    ttl: Duration,
    /// The least time between two fetches after a failure, and between two that were forced.
    cooldown: Duration,
    state: Arc<Mutex<State<T>>>,
}

struct State<T> {
    kept: Option<Kept<T>>,
    failed: Option<(Instant, Fault)>,
    forced: Option<Instant>,
}

struct Kept<T> {
    value: Arc<T>,
    until: Instant,
}

/// Why there is no value. Cloned from memory while the provider is left alone.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{sentence}")]
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) sentence: String,
}

/// A fetched value, and for how long its source says that it holds.
pub(super) struct Fetched<T> {
    pub(super) value: T,
    pub(super) max_age: Option<u64>,
}

impl<T: Send + Sync + 'static> Cache<T> {
    pub(super) fn new(ttl: Duration, cooldown: Duration) -> Self {
        Self { ttl, cooldown, state: Arc::new(Mutex::new(State { kept: None, failed: None, forced: None })) }
    }

    /// The value, fetched if there is none or it is too old.
    pub(super) async fn get<F>(&self, fetch: impl FnOnce() -> F) -> Result<Arc<T>, Fault>
    where
        F: Future<Output = Result<Fetched<T>, Fault>>,
    {
        let mut state = self.state.lock().await;
        match &state.kept {
            Some(kept) if kept.until > Instant::now() => return Ok(kept.value.clone()),
            _ => {}
        }
        match &state.failed {
            Some((at, fault)) if at.elapsed() < self.cooldown => return Err(fault.clone()),
            _ => {}
        }
        fill(&mut state, self.ttl, fetch()).await
    }

    /// A newer value than `stale`: one that somebody else fetched meanwhile, or a fetch, but not more often
    /// than the cooldown allows. None where `stale` was fetched so lately that it counts as new; a fault where
    /// a newer one could not be had. The fetch goes on when whoever asked is gone: nobody else may make one for
    /// the cooldown, so a stranger who hangs up would keep everybody from the new value.
    pub(super) async fn newer<F>(
        &self,
        stale: &Arc<T>,
        fetch: impl FnOnce() -> F,
    ) -> Result<Option<Arc<T>>, Fault>
    where
        F: Future<Output = Result<Fetched<T>, Fault>> + Send + 'static,
    {
        let mut state = self.state.clone().lock_owned().await;
        match &state.kept {
            Some(kept) if !Arc::ptr_eq(&kept.value, stale) => return Ok(Some(kept.value.clone())),
            _ => {}
        }
        if state.forced.is_some_and(|at| at.elapsed() < self.cooldown) {
            return state.failed.as_ref().map_or(Ok(None), |(_, fault)| Err(fault.clone()));
        }
        state.forced = Some(Instant::now());
        let (ttl, fetching) = (self.ttl, fetch());
        in_any_case(async move { fill(&mut state, ttl, fetching).await }).await.map(Some)
    }

    /// The last value, however old.
    pub(super) async fn last(&self) -> Option<Arc<T>> {
        self.state.lock().await.kept.as_ref().map(|kept| kept.value.clone())
    }
}

async fn fill<T, F>(state: &mut State<T>, ttl: Duration, fetch: F) -> Result<Arc<T>, Fault>
where
    F: Future<Output = Result<Fetched<T>, Fault>>,
{
    match fetch.await {
        Ok(Fetched { value, max_age }) => {
            let value = Arc::new(value);
            let ttl = max_age.map_or(ttl, |seconds| ttl.min(Duration::from_secs(seconds)));
            state.kept = Some(Kept { value: value.clone(), until: Instant::now() + ttl });
            state.failed = None;
            Ok(value)
        }
        Err(fault) => {
            state.failed = Some((Instant::now(), fault.clone()));
            Err(fault)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    const LONG: Duration = Duration::from_secs(3600);

    async fn fetched(calls: Arc<AtomicU32>, max_age: Option<u64>) -> Result<Fetched<u32>, Fault> {
        Ok(Fetched { value: calls.fetch_add(1, Ordering::SeqCst), max_age })
    }

    async fn failing(calls: Arc<AtomicU32>) -> Result<Fetched<u32>, Fault> {
        calls.fetch_add(1, Ordering::SeqCst);
        Err(Fault { code: Code::ProviderUnavailable, sentence: "down".to_owned() })
    }

    #[tokio::test]
    async fn a_value_is_fetched_once_and_kept() {
        let (cache, calls) = (Cache::new(LONG, LONG), Arc::new(AtomicU32::new(0)));
        for _ in 0..3 {
            assert_eq!(*cache.get(|| fetched(calls.clone(), None)).await.unwrap(), 0);
        }
    }

    #[tokio::test]
    async fn a_value_that_has_run_out_is_fetched_again() {
        let (cache, calls) = (Cache::new(Duration::ZERO, LONG), Arc::new(AtomicU32::new(0)));
        assert_eq!(*cache.get(|| fetched(calls.clone(), Some(60))).await.unwrap(), 0);
        assert_eq!(*cache.get(|| fetched(calls.clone(), Some(60))).await.unwrap(), 1);
        assert_eq!(cache.last().await.as_deref(), Some(&1));
    }

    #[tokio::test]
    async fn a_failure_is_remembered_for_the_cooldown_and_no_longer() {
        let (cache, calls) = (Cache::new(LONG, LONG), Arc::new(AtomicU32::new(0)));
        for _ in 0..5 {
            assert!(cache.get(|| failing(calls.clone())).await.is_err());
        }
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        let (cache, calls) = (Cache::new(LONG, Duration::ZERO), Arc::new(AtomicU32::new(0)));
        assert!(cache.get(|| failing(calls.clone())).await.is_err());
        assert!(cache.get(|| fetched(calls.clone(), None)).await.is_ok());
    }

    #[tokio::test]
    async fn two_hundred_forced_fetches_cost_one() {
        let (cache, calls) = (Cache::new(LONG, LONG), Arc::new(AtomicU32::new(0)));
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
        let (cache, calls) = (Cache::new(LONG, LONG), Arc::new(AtomicU32::new(0)));
        let first = cache.get(|| fetched(calls.clone(), None)).await.unwrap();
        for _ in 0..3 {
            assert!(cache.newer(&first, || failing(calls.clone())).await.is_err());
        }
        assert_eq!(calls.load(Ordering::SeqCst), 2);
        assert_eq!(*cache.get(|| fetched(calls.clone(), None)).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_forced_fetch_goes_on_when_whoever_asked_is_gone() {
        let (cache, calls) = (Cache::new(LONG, LONG), Arc::new(AtomicU32::new(0)));
        let first = cache.get(|| fetched(calls.clone(), None)).await.unwrap();
        let (answer, answered) = tokio::sync::oneshot::channel::<()>();
        let (slow, left) = (calls.clone(), Duration::from_millis(10));
        let asked = cache.newer(&first, || async {
            answered.await.unwrap();
            fetched(slow, None).await
        });
        assert!(tokio::time::timeout(left, asked).await.is_err());
        answer.send(()).unwrap();
        let newer = cache.newer(&first, || fetched(calls.clone(), None)).await.unwrap();
        assert_eq!((newer.as_deref(), calls.load(Ordering::SeqCst)), (Some(&1), 2));
    }
}
