//! The system's clock and dice, as `identity` asks for them.

use chrono::{DurationRound, TimeDelta, Utc};
use identity::{Secret, Timestamp, UserId, World};
use uuid::Uuid;

/// The real world.
pub struct System;

impl World for System {
    fn now(&self) -> Timestamp {
        let now = Utc::now();
        now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
    }

    fn new_id(&self) -> UserId {
        UserId(Uuid::now_v7())
    }

    /// # Panics
    /// Where the system has no randomness; nothing safe can be done then.
    #[expect(clippy::expect_used, reason = "a secret that is not random must never be used")]
    fn secret(&self) -> Secret {
        let mut random = [0; 32];
        getrandom::fill(&mut random).expect("the system has no source of randomness");
        Secret::new(random)
    }
}
