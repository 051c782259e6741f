//! The command line: settings, then the command.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::commands::run()
}
