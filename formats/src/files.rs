//! Users as the files of other providers: [`export`] to what their importers take, [`import`] from what they
//! write. Streaming and pure: whoever calls opens the files, and gives and takes bytes.

pub mod export;
mod formula;
pub mod import;
