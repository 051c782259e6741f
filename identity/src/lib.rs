//! What a user, an identity, an observation, a log-in attempt and a session *are*, how facts are merged,
//! and the order of the steps of a log-in.
//!
//! The story in a paragraph: a browser asks to log in ([`Login::begin`]); we remember an [`Attempt`] and send
//! it to the [`Provider`]. It comes back ([`Login::finish`]); the attempt is taken, once; the provider's
//! answer is redeemed for an [`Observation`]; [`merge`](merge::merge) makes a [`User`] and its [`Change`]s of it;
//! [`Users::record`] keeps both in one atomic step; and a [`Session`] starts.
//!
//! Nothing here does I/O, reads a clock, the environment or randomness: those are the ports' ([`Users`],
//! [`Sessions`], [`Provider`], [`World`]), and their adapters live in `server`. Builds for native and wasm.

mod access;
mod attempt;
mod error;
pub mod journal;
mod login;
pub mod merge;
mod observation;
mod provider;
mod return_to;
mod secret;
mod session;
mod sessions;
mod user;
mod users;
mod world;

pub use access::{Access, Flag, FlagValue, Organization, Permission};
pub use attempt::{Attempt, LoginRequest};
pub use error::{LoginError, ProviderError, StoreError};
pub use login::{Arrival, Begun, Login, Rules, Signed, Viewer};
pub use observation::{Claims, Extent, Observation, Source, combine, without_tokens};
pub use provider::{Ask, Provider, Redeemed, Refreshed};
pub use refusal::Code;
pub use return_to::return_to;
pub use secret::{Digest, Secret};
pub use session::{Device, Session, Tokens};
pub use sessions::{Lease, Sessions, Taken};
pub use user::{Change, Fact, Field, Identity, Profile, Shown, Status, Timestamp, User, UserId, Value};
pub use users::{Recorded, Users};
pub use world::World;
