//! The figures as they were counted last: kept for a minute, counted by one at a time, and not waited for where there
//! are older ones.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use identity::search::Figures;
use identity::{StoreError, Timestamp};
use tokio::sync::watch;
use tokio::time::timeout;

use super::Ranges;

/// How old they may be.
const MINUTE: TimeDelta = TimeDelta::seconds(60);
/// How long the first count is waited for; of many users it takes longer.
const WAIT: Duration = Duration::from_millis(500);

/// The figures as they were counted last.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    figures: Option<Figures>,
    /// Whoever counts drops its end when done.
    counting: Option<watch::Receiver<()>>,
}

impl Kept {
    /// What there is, without asking anybody.
    pub(super) fn at_hand(&self, _now: Timestamp) -> Option<Figures> {
        self.lock().figures.clone()
    }

    /// Fresh figures, older ones while fresh ones are counted, or none.
    pub(crate) async fn get<R>(&self, ranges: R, now: Timestamp) -> Result<Option<Figures>, StoreError>
    where
        R: Ranges + 'static,
    {
        let mut done = {
            let mut state = self.lock();
            if let Some(figures) = &state.figures
                && now - figures.at < MINUTE
            {
                return Ok(Some(figures.clone()));
            }
            match &state.counting {
                Some(done) => done.clone(),
                None => {
                    let (counting, done) = watch::channel(());
                    state.counting = Some(done.clone());
                    tokio::spawn(self.clone().count(ranges, now, counting));
                    done
                }
            }
        };
        if self.lock().figures.is_none() {
            drop(timeout(WAIT, done.changed()).await);
        }
        Ok(self.at_hand(now))
    }

    async fn count(self, ranges: impl Ranges, now: Timestamp, counting: watch::Sender<()>) {
        let counted = ranges.figures(now).await;
        let mut state = self.lock();
        state.counting = None;
        match counted {
            Ok(figures) => state.figures = Some(figures),
            Err(error) => tracing::warn!(%error, "the users were not counted"),
        }
        drop(state);
        drop(counting);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
