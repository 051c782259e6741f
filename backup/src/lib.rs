//! The file of a backup, `sparekey.backup/1`: lines of JSON and a trailer that proves them, compressed by zstd, encrypted
//! by age and signed as minisign does, so that three tools of any system open it without us. Written and read in bounded
//! memory. Nothing here knows of databases, settings or the network.

#![warn(missing_docs)]

mod error;
mod keys;
mod layers;
mod lines;
mod partial;
mod reader;
mod writer;

pub use error::{BackupError, BadKey};
pub use keys::{SigningKey, VerifyingKey, signature_of};
pub use layers::{Identities, Recipients};
pub use lines::{Counts, Header, SCHEMA};
pub use reader::Reader;
pub use writer::{Writer, Written};
