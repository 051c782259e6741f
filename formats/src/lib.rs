//! Users as files, messages and resources, ours and other providers', to and from observations and user lines.
//! Pure: no I/O, no store, no HTTP.

#![warn(missing_docs)]

pub mod accounts;
pub mod files;
mod heard;
pub mod scim;
mod sparekey;
pub mod switch;
pub mod webhook;

pub use heard::Heard;
pub use sparekey::{
    AccountLine, ChangeLine, HoldLine, IdentityLine, LineError, MessageLine, OperatorLine, SaidLine,
    SessionLine, UserLine, rfc3339,
};
