//! `backup` of everybody, and `restore` of that into an SQLite file: how fast they are and how much memory they take at
//! most. Not encrypted, which takes the same for every size.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::Programs;
use crate::export::{Export, watched};
use crate::site::Site;

/// What the two did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BackedUp {
    pub(crate) backup: Export,
    pub(crate) restore: Export,
}

/// Backs all users of a site up and restores them.
///
/// # Errors
/// One of the two fails.
pub(crate) fn back_up(site: &Site, programs: &Programs, folder: &Path, users: u64) -> Result<BackedUp> {
    let (file, database) = (format!("{users}.backup"), format!("sqlite://restored-{users}.db?mode=rwc"));
    let mut backup = site.command(programs, folder);
    backup.args(["backup", &file, "--plain"]);
    let mut restore = site.command(programs, folder);
    restore.args(["restore", &file, "--unsigned"]).env("DATABASE_URL", database);
    Ok(BackedUp { backup: timed(&mut backup, users)?, restore: timed(&mut restore, users)? })
}

fn timed(command: &mut Command, users: u64) -> Result<Export> {
    let start = Instant::now();
    let (status, peak) = watched(&mut command.spawn()?)?;
    let took = start.elapsed().as_secs_f64();
    ensure!(status.success(), "{status}");
    Ok(Export { per_second: users as f64 / took, peak })
}
