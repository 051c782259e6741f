//! Running programs: what is said about them, and what is made of their output.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// A program to be run, without what `cargo run` told us about our own package: build scripts
/// (ring's is one) take it for theirs, and are run anew, with all that stands on them, at every
/// change between `cargo xtask` and plain `cargo`.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    for (variable, _) in std::env::vars_os() {
        let said = variable.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|ours| said.starts_with(ours)) {
            command.env_remove(&variable);
        }
    }
    command
}

/// The cargo that runs us, so that its toolchain is the one used throughout.
pub fn cargo() -> Command {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Git in this folder, also where a hook of another repository runs us.
pub fn git(folder: &Path) -> Command {
    let mut git = program("git");
    git.current_dir(folder);
    for ours in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        git.env_remove(ours);
    }
    git
}

/// Says what comes now and how long it usually takes, does it, and says how long it took.
pub fn step<T>(what: &str, usual: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n== {what} ({usual})");
    let start = Instant::now();
    let done = work().with_context(|| format!("Failed: {what}"))?;
    println!("== done in {:.0} s", start.elapsed().as_secs_f32());
    Ok(done)
}

/// Runs a program whose output is for whoever called us.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| name(command))?;
    if !status.success() {
        bail!("{} ended with {status}", name(command));
    }
    Ok(())
}

/// Runs a program and returns what it wrote to stdout.
pub fn output(command: &mut Command) -> Result<String> {
    let done = command.stderr(Stdio::inherit()).output().with_context(|| name(command))?;
    if !done.status.success() {
        bail!("{} ended with {}", name(command), done.status);
    }
    Ok(String::from_utf8(done.stdout)?)
}

/// Runs tests, their output passed on, and returns how many passed by their own account.
///
/// # Errors
/// When the runner fails, and when no test ran: a run that tested nothing is no success.
pub fn run_tests(command: &mut Command) -> Result<usize> {
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| name(command))?;
    let lines = child.stdout.take().context("the tests have no output")?;
    let passed = tally(BufReader::new(lines), std::io::stdout())?;
    let status = child.wait()?;
    if !status.success() {
        bail!("{} ended with {status}", name(command));
    }
    if passed == 0 {
        bail!("{} ran no test", name(command));
    }
    Ok(passed)
}

fn tally(lines: impl BufRead, mut shown: impl Write) -> Result<usize> {
    let mut passed = 0;
    for line in lines.lines() {
        let line = line?;
        writeln!(shown, "{line}")?;
        passed += passed_by(&line).unwrap_or(0);
    }
    Ok(passed)
}

/// The number in libtest's `test result: ok. 12 passed; …` and Playwright's `  12 passed (3.4s)`.
fn passed_by(line: &str) -> Option<usize> {
    let line = line.trim();
    let count = line.strip_prefix("test result: ok. ").unwrap_or(line);
    let (number, rest) = count.split_once(" passed")?;
    (rest.starts_with(';') || rest.is_empty() || rest.starts_with(" (")).then(|| number.parse().ok())?
}

/// Where a program of this name is on `PATH`.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

fn name(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_lines_of_both_runners_are_counted() {
        let libtest = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured";
        assert_eq!(passed_by(libtest), Some(12));
        assert_eq!(passed_by("  41 passed (1.2m)"), Some(41));
    }

    #[test]
    fn other_lines_and_failures_count_for_nothing() {
        assert_eq!(passed_by("test result: FAILED. 3 passed; 1 failed"), None);
        assert_eq!(passed_by("test twelve_passed ... ok"), None);
        assert_eq!(passed_by("12 passed the salt"), None);
        assert_eq!(passed_by(""), None);
    }

    #[test]
    fn lines_are_passed_on_and_their_counts_added() {
        let mut shown = Vec::new();
        let lines = "one\ntest result: ok. 2 passed; 0 failed\n  3 passed (1s)\n";
        assert_eq!(tally(lines.as_bytes(), &mut shown).unwrap(), 5);
        assert_eq!(shown, lines.as_bytes());
    }

    #[test]
    fn a_run_without_tests_is_no_success() {
        assert!(run_tests(&mut program("true")).is_err());
    }

    #[test]
    fn programs_are_not_told_that_they_belong_to_this_package() {
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some());
        let seen = output(&mut program("env")).unwrap();
        assert!(!seen.contains("CARGO_PKG_") && !seen.contains("CARGO_MANIFEST_"), "{seen}");
    }

    #[test]
    fn a_failing_program_is_named() {
        let error = run(program("false").arg("--why")).unwrap_err();
        assert!(error.to_string().contains("false --why"));
        assert!(run(&mut program("true")).is_ok());
    }
}
