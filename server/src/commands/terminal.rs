//! What commands say, and to whom.

use std::io::{self, Write};

pub(super) use crate::shown::{escaped, visible};

/// What is said where output fails.
pub(super) const UNWRITABLE: &str = "the output cannot be written";

/// One line to stdout.
///
/// # Errors
/// It cannot be written; [`is_closed`] knows that nobody reads any more.
pub(super) fn print(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{}", visible(line))
}

/// One line to stderr. Where that cannot be written, nobody is there to be told.
pub(super) fn tell(line: &str) {
    drop(writeln!(io::stderr(), "{}", visible(line)));
}

/// Whether our output found no reader any more, as before `head`. A database's broken connection is another error.
pub(super) fn is_closed(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
