//! The provider's side of the server.

pub mod presets;
