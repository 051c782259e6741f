//! The command line: settings, then the command.

use std::process::ExitCode;

/// A page is a thousand small allocations; docs/performance.md has the figures.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::commands::run()
}
