//! `cargo xtask wait`: how long a developer waits. The first build, from nothing, in a throw-away folder; then
//! one word changed under `watch`, until the open page shows it. Another checkout can be named, so that before
//! and after are measured alike.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::leptos::Leptos;
use crate::mirror::mirror;
use crate::run::{run, run_tests};
use crate::workspace::Workspace;
use crate::{browser, watch};

/// Edits of each kind that count; one more goes before them.
const ROUNDS: &str = "4";

/// Measures this checkout, or the one in the folder that is named. Processor time is what to compare: on a
/// machine that does other things too, the rest moves.
pub fn wait(workspace: &Workspace, folders: &[&str]) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "The processor time is read from /proc: it needs Linux.");
    let sources = folders.first().map_or(workspace.root.as_path(), Path::new);
    browser::packages(workspace)?;
    browser::chromium(workspace)?;
    let leptos = Leptos::ready(workspace)?;
    let copy = workspace.target.join("wait");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    mirror(sources, &copy)?;
    let target = copy.join("target");
    println!("Building from nothing: 5 minutes on 2 cores.");
    let (start, before) = (Instant::now(), children()?);
    run(leptos
        .command(workspace, &["build"])
        .current_dir(&copy)
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("CARGO_BUILD_BUILD_DIR"))?;
    let (wall, cpu) = (start.elapsed().as_secs_f64(), children()? - before);
    println!("The first build: {wall:.0} s, {cpu:.0} CPU s");
    let built = watch::Built { target: target.clone(), server: target.clone(), front: target.join("front") };
    run_tests(
        watch::command(workspace, &leptos, &copy, &built).env("WAIT_ROUNDS", ROUNDS).args(["--", "wait"]),
    )?;
    Ok(fs::remove_dir_all(&copy)?)
}

/// Processor seconds of all programs that we ran and that have ended.
fn children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let ticks = ticks(&stat).context("/proc/self/stat has no times")?;
    // Linux tells programs of 100 ticks a second, whatever it counts itself.
    Ok(ticks as f64 / 100.0)
}

/// `cutime` and `cstime`, the 16th and 17th field; the second is in brackets and may hold blanks.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(13);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_what_has_ended_is_read_whatever_the_program_is_called() {
        let stat = "42 (a (odd) name) S 1 1 1 0 -1 4194560 9 0 0 0 30 12 7 8 20 0 3 0 1";
        assert_eq!(ticks(stat), Some(15));
        assert_eq!(ticks("nonsense"), None);
    }
}
