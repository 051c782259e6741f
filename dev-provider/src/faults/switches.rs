//! The switches: a fault is off, on until it is switched off, or on for one log-in.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::fault::Spent;
use super::in_force::InForce;
use super::table::Fault;
use crate::bounded::Locked;

/// Longer than the 10 seconds that an application waits for a provider.
const DELAY: Duration = Duration::from_secs(15);

/// Which faults are on, and how slow "slow" is.
pub struct Faults {
    on: Locked<Switched>,
    delay: Locked<Duration>,
    released: Notify,
    waiting: AtomicUsize,
}

#[derive(Default)]
struct Switched {
    kept: BTreeSet<Fault>,
    once: BTreeSet<Fault>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            on: Locked::default(),
            delay: Locked::new(DELAY),
            released: Notify::new(),
            waiting: AtomicUsize::new(0),
        }
    }
}

impl Faults {
    /// On until cleared.
    pub fn set(&self, fault: Fault) {
        self.on.lock().kept.insert(fault);
    }

    /// On for the next log-in, or the next call where the fault belongs to no log-in.
    pub fn set_once(&self, fault: Fault) {
        self.on.lock().once.insert(fault);
    }

    /// Off.
    pub fn clear(&self, fault: Fault) {
        let mut on = self.on.lock();
        on.kept.remove(&fault);
        on.once.remove(&fault);
    }

    /// All off, and whoever a slow answer holds goes on.
    pub fn clear_all(&self) {
        *self.on.lock() = Switched::default();
        self.release();
    }

    /// Every fault that is on, for good or once.
    pub fn active(&self) -> Vec<Fault> {
        let on = self.on.lock();
        on.kept.union(&on.once).copied().collect()
    }

    /// How long the slow faults hold an answer; 15 seconds at the start.
    pub fn slow_for(&self, delay: Duration) {
        *self.delay.lock() = delay;
    }

    /// Lets every answer go that a slow fault holds now.
    pub fn release(&self) {
        self.released.notify_waiters();
    }

    /// How many answers a slow fault holds now.
    pub fn held(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    pub(crate) async fn wait(&self) {
        let delay = *self.delay.lock();
        let released = self.released.notified();
        let _held = Held::new(&self.waiting);
        tokio::select! {
            () = released => {}
            () = tokio::time::sleep(delay) => {}
        }
    }

    /// What concerns an answer of a log-in that took `taken` along.
    pub(crate) fn with(&self, taken: &InForce) -> InForce {
        let kept = self.on.lock().kept.clone();
        let taken = taken.0.iter().filter(|fault| !kept.contains(fault));
        InForce(kept.iter().chain(taken).copied().collect())
    }

    /// Takes out what is spent by this and returns it beside what stays on.
    pub(crate) fn spend(&self, by: Spent) -> InForce {
        let mut on = self.on.lock();
        let spent = |fault: &Fault| fault.spent() == by;
        let taken: BTreeSet<Fault> = on.once.iter().copied().filter(spent).collect();
        on.once.retain(|fault| !taken.contains(fault));
        InForce(on.kept.union(&taken).copied().collect())
    }

    /// Takes the faults out that go with one log-in, without those that stay on.
    pub(crate) fn take_for_a_log_in(&self) -> InForce {
        let InForce(mut faults) = self.spend(Spent::WithALogIn);
        let on = self.on.lock();
        faults.retain(|fault| !on.kept.contains(fault));
        InForce(faults)
    }
}

/// Counts itself for as long as it lives, also when the caller hangs up.
struct Held<'a>(&'a AtomicUsize);

impl<'a> Held<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::Endpoint;

    #[test]
    fn a_fault_set_once_goes_with_one_log_in_and_a_kept_one_stays() {
        let faults = Faults::default();
        faults.set_once(Fault::WrongNonce);
        faults.set(Fault::WrongIssuer);
        let taken = faults.take_for_a_log_in();
        assert!(faults.with(&taken).0.contains(&Fault::WrongNonce));
        let next = faults.take_for_a_log_in();
        assert!(!faults.with(&next).0.contains(&Fault::WrongNonce));
        assert!(faults.with(&next).0.contains(&Fault::WrongIssuer));
    }

    #[test]
    fn a_fault_of_the_keys_waits_for_a_call_of_the_keys() {
        let faults = Faults::default();
        faults.set_once(Fault::Jwks500);
        faults.take_for_a_log_in();
        assert!(faults.spend(Spent::At(Endpoint::Jwks)).0.contains(&Fault::Jwks500));
        assert!(!faults.spend(Spent::At(Endpoint::Jwks)).0.contains(&Fault::Jwks500));
    }

    #[tokio::test]
    async fn a_release_lets_go_what_is_held() {
        let faults = Faults::default();
        faults.slow_for(Duration::from_secs(600));
        tokio::join!(faults.wait(), async {
            assert_eq!(faults.held(), 1);
            faults.release();
        });
        assert_eq!(faults.held(), 0);
    }
}
