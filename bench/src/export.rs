//! `users export` of everybody: how fast it is and how much memory it takes at most.

use std::io::Read;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::Programs;
use crate::process::memory;
use crate::site::Site;

/// Between two looks at its memory.
const LOOK: Duration = Duration::from_millis(20);

/// What one command over all users did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Export {
    pub(crate) per_second: f64,
    /// In MiB.
    pub(crate) peak: f64,
}

/// Exports all users of a site and counts the lines.
///
/// # Errors
/// It fails, or there are not as many lines as users.
pub(crate) fn export(site: &Site, programs: &Programs, folder: &Path, users: u64) -> Result<Export> {
    let start = Instant::now();
    let mut command = site.command(programs, folder);
    let mut child = command.args(["users", "export"]).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("it has no output")?;
    let counting = std::thread::spawn(move || lines(output));
    let (status, peak) = watched(&mut child)?;
    let took = start.elapsed().as_secs_f64();
    let lines = counting.join().ok().context("counting failed")??;
    ensure!(status.success() && lines == users, "{lines} lines of {users} users, {status}");
    Ok(Export { per_second: users as f64 / took, peak })
}

/// How a process ended, and the MiB that it took at most.
pub(crate) fn watched(child: &mut Child) -> Result<(ExitStatus, f64)> {
    let mut peak = 0.0_f64;
    loop {
        // Of a process that has ended it cannot be asked any more.
        peak = memory(child.id()).map_or(peak, |memory| peak.max(memory.peak));
        match child.try_wait()? {
            Some(status) => return Ok((status, peak)),
            None => std::thread::sleep(LOOK),
        }
    }
}

fn lines(mut output: impl Read) -> std::io::Result<u64> {
    let (mut buffer, mut lines) = (vec![0; 1 << 16], 0);
    loop {
        match output.read(&mut buffer)? {
            0 => return Ok(lines),
            read => lines += buffer[..read].iter().filter(|byte| **byte == b'\n').count() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted() {
        assert_eq!(lines(b"{}\n{}\n".as_slice()).unwrap(), 2);
    }
}
