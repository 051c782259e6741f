//! `cargo xtask bench`: the release against a bare handler and a bare page, on this machine. What is
//! measured is in `bench/src`; here everything for it is built, and its table written down.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::run::{cargo, on_path, output, program, run, step};
use crate::workspace::Workspace;
use crate::{browser, build, debian};

/// Between these the README keeps the table.
const BEGINNING: &str = "<!-- bench -->\n";
const END: &str = "<!-- /bench -->";

/// Builds, measures and prints. `--write` puts the table into the README; `--users N` (with or without a
/// second one) compares databases of that many users instead; `--built` takes what was built before.
pub fn bench(workspace: &Workspace, args: &[&str]) -> Result<()> {
    let (own, passed_on): (Vec<&str>, Vec<&str>) =
        args.iter().partition(|arg| ["--write", "--built"].contains(*arg));
    let writes = own.contains(&"--write");
    if writes && !passed_on.is_empty() {
        bail!("The README keeps the table of `cargo xtask bench --write`, without `--users`.");
    }
    if !cfg!(target_os = "linux") {
        bail!("The benchmark reads processor time and memory from /proc: it needs Linux.");
    }
    wrk()?;
    browser::packages(workspace)?;
    browser::chromium(workspace)?;
    if !own.contains(&"--built") {
        build::build(workspace)?;
        step("Building the benchmark", "3 minutes on 2 cores the first time", || {
            run(cargo().args(DRIVER).current_dir(&workspace.root))
        })?;
    }
    let table = step("Measuring", usual(&passed_on), || output(&mut driver(workspace, &passed_on)))?;
    println!("\n{table}");
    if writes {
        let readme = workspace.root.join("README.md");
        fs::write(&readme, with_table(&fs::read_to_string(&readme)?, &table)?)?;
        println!("The table is in {}.", readme.display());
    }
    Ok(())
}

const DRIVER: [&str; 6] =
    ["build", "--release", "--package=bench", "--locked", "--message-format=short", "--quiet"];

fn usual(passed_on: &[&str]) -> &'static str {
    if passed_on.is_empty() { "2 minutes" } else { "a million users take 7 minutes" }
}

fn driver(workspace: &Workspace, passed_on: &[&str]) -> Command {
    let sparekey = workspace.target.join("dist").join(format!("sparekey{}", std::env::consts::EXE_SUFFIX));
    let mut driver = program(workspace.binary("release", "bench"));
    driver.arg(sparekey).arg(workspace.binary("release", "bare")).args(passed_on).stdin(Stdio::null());
    driver
}

/// The load generator, a package of Debian.
fn wrk() -> Result<()> {
    if on_path("wrk").is_none() && !debian::install(&["wrk"], "some seconds")? {
        bail!(
            "`wrk` is missing, which makes the load. Install it (Debian: apt-get install wrk), then run this again."
        );
    }
    Ok(())
}

/// The README with this table instead of the one it has.
fn with_table(readme: &str, table: &str) -> Result<String> {
    let (before, rest) = readme.split_once(BEGINNING).context("the README has no place for the table")?;
    let (_, after) = rest.split_once(END).context("the README's place for the table has no end")?;
    let by = "Made by `cargo xtask bench --write`. [docs/performance.md](docs/performance.md) says how it is measured.";
    Ok(format!("{before}{BEGINNING}## Figures\n\n{}\n\n{by}\n{END}{after}", table.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_takes_the_place_of_the_one_before_and_of_nothing_else() {
        let readme = "a\n<!-- bench -->\nold\n<!-- /bench -->\nb\n";
        let written = with_table(readme, "| new |\n\n").unwrap();
        assert!(written.starts_with("a\n<!-- bench -->\n## Figures\n\n| new |\n\nMade by"), "{written}");
        assert!(written.ends_with("\n<!-- /bench -->\nb\n") && !written.contains("old"), "{written}");
        assert_eq!(with_table(&written, "| new |").unwrap(), written);
    }

    #[test]
    fn a_readme_without_the_place_is_left_alone() {
        assert!(with_table("a\n", "x").is_err());
        assert!(with_table("a\n<!-- bench -->\n", "x").is_err());
    }
}
