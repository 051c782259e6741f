//! Users as files, messages and resources, ours and other providers', to and from observations and user lines.
//! Pure: no I/O, no store, no HTTP.

mod sparekey;

pub use sparekey::{IdentityLine, UserLine};
