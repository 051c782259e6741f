//! Users as files, messages and resources, ours and other providers', to and from observations and user lines.
//! Pure: no I/O, no store, no HTTP.

#![warn(missing_docs)]

pub mod files;
mod heard;
pub mod scim;
mod sparekey;
pub mod webhook;

pub use heard::Heard;
pub use sparekey::{IdentityLine, LineError, UserLine};
