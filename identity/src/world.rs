//! What a pure program cannot have of itself.

use crate::{Secret, Timestamp, UserId};

/// The clock and the dice.
pub trait World: Send + Sync {
    /// Now, to the microsecond.
    fn now(&self) -> Timestamp;
    /// A fresh UUIDv7.
    fn new_id(&self) -> UserId;
    /// 256 fresh bits from the system's generator.
    fn secret(&self) -> Secret;
}
