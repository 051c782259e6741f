//! What a user, an identity, an observation, a log-in attempt and a session *are*, how facts are merged,
//! and the order of the steps of a log-in.
//!
//! The story in a paragraph: a browser asks to log in ([`Login::begin`]); we remember an [`Attempt`] and send
//! it to the [`Provider`]. It comes back ([`Login::finish`]); the attempt is taken, once; the provider's
//! answer is redeemed for an [`Observation`]; [`merge`](merge::merge) makes a [`User`] and its [`Change`]s of it;
//! [`Users::write`] keeps both in one atomic step, in which a [`Session`] starts. Whatever else finds or changes
//! users is [`Directory`]'s.
//!
//! Nothing here does I/O, reads a clock, the environment or randomness: those are the ports' ([`Users`],
//! [`Sessions`], [`Tickets`], [`Provider`], [`World`]), and their adapters live in `store`, `provider` and `server`.
//! Builds for native and wasm.

#![warn(missing_docs)]

mod access;
pub mod acts;
mod attempt;
mod change;
mod claims;
mod decision;
mod directory;
mod error;
mod field;
pub mod history;
pub mod import;
mod login;
pub mod login_trace;
pub mod merge;
mod observation;
mod provider;
mod return_to;
mod secret;
mod session;
mod sessions;
mod tickets;
mod user;
mod users;
mod world;

pub use access::{Access, Flag, FlagValue, Organization, Permission};
pub use attempt::{Attempt, Link, LoginRequest};
pub use change::{Actor, Change, IdentityName, NoActor, Origin, RunId, What};
pub use claims::{Claims, Source, without_tokens};
pub use decision::{Decision, Ends, Write, Written};
pub use directory::{Directory, Stores};
pub use error::{LoginError, ProviderError, StoreError};
pub use field::{Field, Value};
pub use login::{Arrival, Begun, Login, Rules, Signed, Viewer};
pub use observation::{Extent, Observation, combine};
pub use provider::{Ask, LoggedOut, Provider, Redeemed, Refreshed};
pub use refusal::Code;
pub use return_to::return_to;
pub use secret::{Digest, Secret};
pub use session::{Device, Session, Tokens};
pub use sessions::{Lease, Sessions};
pub use tickets::{Taken, Ticket, TicketKind, Tickets};
pub use user::{Fact, Facts, Identity, Profile, Shown, Standing, Status, Timestamp, User, UserId};
pub use users::{Decide, Users, Whom};
pub use world::World;
