//! `cargo xtask drill`: a provider with many people is gone, and everybody is in at another one as the user they were; with
//! two real Keycloaks.

use anyhow::{Result, bail};

use crate::browser;
use crate::run::{cargo, run};
use crate::workspace::Workspace;

/// Runs it; `--users N` and `--logins N` instead of 10,000 and 300. The copy is in SQLite and is restored into PostgreSQL,
/// or with `--from postgres` the other way round.
pub fn drill(workspace: &Workspace, args: &[&str]) -> Result<()> {
    browser::packages(workspace)?;
    let mut test = cargo();
    test.args([
        "test",
        "--package=server",
        "--features=full-run",
        "--test=main",
        "drill",
        "--",
        "--nocapture",
    ]);
    for pair in args.chunks(2) {
        match pair {
            ["--users", number] if number.parse::<u32>().is_ok() => test.env("DRILL_USERS", number),
            ["--logins", number] if number.parse::<u32>().is_ok() => test.env("DRILL_LOGINS", number),
            ["--from", from @ ("sqlite" | "postgres")] => test.env("DRILL_FROM", from),
            _ => bail!("cargo xtask drill [--users N] [--logins N] [--from sqlite|postgres]"),
        };
    }
    run(test.current_dir(&workspace.root))
}
