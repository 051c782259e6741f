//! A user who was written, perhaps: the database's answer was lost. When it is asked again, the user is there
//! as we wrote them, or nothing of it happened.

use std::sync::{Mutex, PoisonError};

use identity::{Recorded, User};

use super::fault::Fault;

/// What an earlier try wrote without hearing so.
#[derive(Default)]
pub(super) struct Unheard(Mutex<Option<Recorded>>);

impl Unheard {
    /// Keeps what was written, where the fault leaves open whether it was.
    pub(super) fn keep(&self, recorded: Recorded, fault: Fault) -> Fault {
        if matches!(fault, Fault::Lost(_)) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(recorded);
        }
        fault
    }

    /// What was written, if that is what is there: version, times and all. Where another process has written
    /// the same user since, it is not, and a log-in counts twice rather than not at all.
    pub(super) fn is_there(&self, user: Option<&User>) -> Option<Recorded> {
        let mut unheard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        unheard.take_if(|unheard| Some(&unheard.user) == user)
    }
}
