//! `cargo xtask mutants`: changes the pure crates a little, some hundred times, and says which change
//! no test notices. What may stay unnoticed is listed in docs/mutants.md, each with its reason; the run
//! fails when that list and its findings differ.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::mirror::mirror;
use crate::run::{program, step};
use crate::tools;
use crate::workspace::Workspace;

const VERSION: &str = "27.1.0";
const CRATES: [&str; 3] = ["--package=identity", "--package=refusal", "--package=relying-party"];
const LIST: &str = "docs/mutants.md";

/// Runs cargo-mutants, with further arguments passed on to it: `--package identity` or
/// `--file identity/src/merge.rs` makes it short.
pub fn mutants(workspace: &Workspace, args: &[&str]) -> Result<()> {
    let tool = tools::installed(workspace, "cargo-mutants", VERSION, &[])?;
    let found = workspace.target.join("mutants.out");
    step("Mutants", "40 minutes on 2 cores; a part takes less", || {
        if found.exists() {
            fs::remove_dir_all(&found)?;
        }
        let tree = workspace.target.join("mutants");
        mirror(&workspace.root, &tree)?;
        let status = mutating(&tool, workspace, &tree, args).status().context("running cargo-mutants")?;
        // 2: some were missed, which is for the list to judge. 3: some hung, which is a way to be noticed.
        ensure!(matches!(status.code(), Some(0 | 2 | 3)), "cargo-mutants ended with {status}");
        Ok(())
    })?;
    let survivors: Vec<String> = read(&found.join("missed.txt"))?.lines().filter_map(without_line).collect();
    println!("\n{}", summary(&read(&found.join("outcomes.json"))?)?);
    judge(&survivors, &listed(&read(&workspace.root.join(LIST))?), args.is_empty())
}

/// Each package's own unit tests judge its mutants. They are made in a second checkout, so that the real one
/// may be edited meanwhile; not in the copies that cargo-mutants would make, each of which builds all
/// dependencies anew, and which differ after an edit. Debug information is left out, for nobody reads it.
fn mutating(tool: &Path, workspace: &Workspace, tree: &Path, args: &[&str]) -> Command {
    let named = args.iter().any(|arg| arg.starts_with("-p") || arg.starts_with("--package"));
    let mut command = program(tool);
    command
        .args(["mutants", "--in-place", "--cargo-arg=--lib", "--output"])
        .arg(&workspace.target)
        .args(CRATES.iter().filter(|_| !named))
        .args(args)
        .current_dir(tree)
        .env("CARGO_MUTANTS_MINIMUM_TEST_TIMEOUT", "60")
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        // Or a case at which one mutant failed would be tried on all after it.
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true")
        .env("CARGO_TARGET_DIR", tree.join("target"));
    command
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

/// `src/a.rs:3:9: replace …` without the numbers, which change with every edit above.
fn without_line(survivor: &str) -> Option<String> {
    let (workspace, change) = survivor.split_once(": ")?;
    Some(format!("{}: {change}", workspace.split(':').next()?))
}

/// The entries of the list: "- `src/a.rs: replace …`: reason".
fn listed(page: &str) -> Vec<String> {
    let entries = page.lines().filter_map(|line| line.strip_prefix("- `")?.split_once("`: "));
    entries.filter(|(_, reason)| !reason.trim().is_empty()).map(|(survivor, _)| survivor.to_owned()).collect()
}

fn summary(outcomes: &str) -> Result<String> {
    let outcomes: Value = serde_json::from_str(outcomes)?;
    let number = |name: &str| outcomes[name].as_u64().with_context(|| format!("no number of {name}"));
    ensure!(number("total_mutants")? > 0, "No mutant was tested.");
    Ok(format!(
        "{} mutants: {} caught, {} hung, {} do not compile, {} missed",
        number("total_mutants")?,
        number("caught")?,
        number("timeout")?,
        number("unviable")?,
        number("missed")?
    ))
}

/// Holds the list and the survivors to one another. After a run of everything an entry must have survived.
fn judge(survivors: &[String], listed: &[String], whole: bool) -> Result<()> {
    let unlisted = beyond(survivors, listed);
    if !unlisted.is_empty() {
        bail!(
            "No test notices these, and {LIST} does not say why:\n  {}\nWrite the test, or the reason.",
            unlisted.join("\n  ")
        );
    }
    let stale = beyond(listed, survivors);
    if whole && !stale.is_empty() {
        bail!("{LIST} lists what did not survive:\n  {}\nTake it out.", stale.join("\n  "));
    }
    Ok(())
}

/// What is in the first and not in the second, where twice is not once.
fn beyond(these: &[String], those: &[String]) -> Vec<String> {
    let mut rest = those.to_vec();
    let mut beyond = these.to_vec();
    beyond.retain(|one| match rest.iter().position(|other| other == one) {
        Some(at) => {
            rest.swap_remove(at);
            false
        }
        None => true,
    });
    beyond
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_survivor_is_known_without_its_line() {
        let survivor = "a/src/b.rs:3:9: replace <impl Visitor for V>::expecting -> fmt::Result with Ok(())";
        let known = "a/src/b.rs: replace <impl Visitor for V>::expecting -> fmt::Result with Ok(())";
        assert_eq!(without_line(survivor).as_deref(), Some(known));
    }

    #[test]
    fn an_entry_of_the_list_has_a_reason() {
        let page = "- `a.rs: replace || with && in f`: nobody sees it.\n- `a.rs: delete ! in g`: \n- other\n";
        assert_eq!(listed(page), ["a.rs: replace || with && in f"]);
    }

    #[test]
    fn every_entry_of_the_page_is_read_and_its_file_is_there() {
        let root = Workspace::find().unwrap().root;
        let page = read(&root.join(LIST)).unwrap();
        let entries = listed(&page);
        assert_eq!(entries.len(), page.lines().filter(|line| line.starts_with("- ")).count());
        for entry in entries {
            assert!(root.join(entry.split_once(": ").unwrap().0).is_file(), "{entry}");
        }
    }

    #[test]
    fn a_survivor_is_listed_as_often_as_it_survives() {
        assert!(judge(&lines("a\nb\na"), &lines("b\na\na"), true).is_ok());
        let unlisted = judge(&lines("a\nb\na"), &lines("b\na"), true).unwrap_err().to_string();
        assert!(unlisted.contains(":\n  a\nWrite"), "{unlisted}");
    }

    #[test]
    fn an_entry_that_did_not_survive_goes_unless_only_a_part_was_run() {
        let stale = judge(&lines("a"), &lines("a\nb"), true).unwrap_err().to_string();
        assert!(stale.contains(":\n  b\nTake"), "{stale}");
        assert!(judge(&lines("a"), &lines("a\nb"), false).is_ok());
    }

    #[test]
    fn a_run_that_tested_nothing_is_no_success() {
        let of = |total| {
            let others = r#""missed":1,"caught":2,"timeout":0,"unviable":3"#;
            format!(r#"{{"total_mutants":{total},{others}}}"#)
        };
        let said = summary(&of(6)).unwrap();
        assert_eq!(said, "6 mutants: 2 caught, 0 hung, 3 do not compile, 1 missed");
        assert!(summary(&of(0)).is_err() && summary("{}").is_err());
    }
}
