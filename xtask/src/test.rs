//! `cargo xtask test`: every check and test there is, cheapest first, so that a fault shows early.

use std::thread::available_parallelism;

use anyhow::{Result, bail};

use crate::http::free_address;
use crate::leptos::{Leptos, WASM};
use crate::run::{cargo, program, run, run_tests, step};
use crate::workspace::Workspace;
use crate::{browser, build, databases, deny, example, watch};

/// One part of the whole; `work` returns how many tests passed.
struct Step {
    name: &'static str,
    what: &'static str,
    usual: &'static str,
    long: bool,
    work: fn(&Workspace) -> Result<usize>,
}

const fn short(
    name: &'static str,
    what: &'static str,
    usual: &'static str,
    work: fn(&Workspace) -> Result<usize>,
) -> Step {
    Step { name, what, usual, long: false, work }
}

const fn long(
    name: &'static str,
    what: &'static str,
    usual: &'static str,
    work: fn(&Workspace) -> Result<usize>,
) -> Step {
    Step { long: true, ..short(name, what, usual, work) }
}

const STEPS: [Step; 15] = [
    short("fmt", "Formatting", "a second", formatting),
    short("clippy", "Clippy, for the server", "2 minutes the first time", clippy),
    short("clippy-wasm", "Clippy, for the browser", "1 minute the first time", clippy_wasm),
    short("doc", "Documentation", "some seconds", documentation),
    short(
        "deny",
        "Dependencies: holes, licences, duplicates, sources",
        "1 minute the first time",
        deny::check,
    ),
    short("rust", "Rust tests", "5 minutes the first time", rust),
    short("xtask", "These commands themselves", "half a minute the first time", xtask),
    short("example", "The worked example", "3 minutes the first time, then 1", example::compiles_and_passes),
    short("browser", "Browser tests", "10 minutes the first time, then 2", end_to_end),
    short("watch", "Reload after an edit", "3 minutes the first time, then 1", watch::reloads_after_an_edit),
    long("databases", "The journey in a browser on every database", "5 to 8 minutes", databases::journey),
    long("keycloak", "The journey at a real Keycloak", "5 minutes the first time, then 2", keycloak),
    long("canaille", "A real SCIM client, Canaille", "2 minutes the first time, then half a one", canaille),
    long("scan", "A hundred thousand people, scanned", "20 minutes", scan),
    long("build", "The release", "8 minutes the first time", build::build),
];

/// Runs the steps of these names, or all short ones where there is no name, or, with `--all`, all.
/// Returns how many tests passed.
pub fn test(workspace: &Workspace, args: &[&str]) -> Result<usize> {
    let mut passed = 0;
    for Step { what, usual, work, .. } in chosen(args)? {
        passed += step(what, usual, || work(workspace))?;
    }
    Ok(passed)
}

fn chosen(args: &[&str]) -> Result<Vec<&'static Step>> {
    match args {
        [] => Ok(STEPS.iter().filter(|step| !step.long).collect()),
        ["--all"] => Ok(STEPS.iter().collect()),
        names => names.iter().map(|name| named(name)).collect(),
    }
}

fn named(name: &str) -> Result<&'static Step> {
    let Some(step) = STEPS.iter().find(|step| step.name == name) else {
        let all = STEPS.map(|step| step.name).join(", ");
        bail!("There is no step `{name}`. The steps are {all}; `--all` runs them all.");
    };
    Ok(step)
}

fn formatting(workspace: &Workspace) -> Result<usize> {
    for manifest in
        [workspace.root.join("Cargo.toml"), workspace.xtask_manifest(), workspace.leptos_manifest()]
    {
        run(cargo().args(["fmt", "--all", "--check", "--manifest-path"]).arg(manifest))?;
    }
    Ok(0)
}

fn clippy(workspace: &Workspace) -> Result<usize> {
    let args = ["clippy", "--all-targets", "--features=server/full-run", "--", "--deny=warnings"];
    run(cargo().args(args).current_dir(&workspace.root))?;
    Ok(0)
}

/// `frontend` turns on what `app` is in the browser.
fn clippy_wasm(workspace: &Workspace) -> Result<usize> {
    run(cargo()
        .args(["clippy", "-p=frontend", "-p=app", "--target", WASM, "--target-dir"])
        .arg(workspace.target.join("front"))
        .args(["--", "--deny=warnings"])
        .current_dir(&workspace.root))?;
    Ok(0)
}

fn documentation(workspace: &Workspace) -> Result<usize> {
    run(cargo()
        .args(["doc", "--no-deps"])
        .env("RUSTDOCFLAGS", "--deny=warnings")
        .current_dir(&workspace.root))?;
    Ok(0)
}

/// Among them the contract on four databases, and the journey at a provider of npm's. Most of them wait for servers and
/// disks most of the time, so there are two at a time for each core.
fn rust(workspace: &Workspace) -> Result<usize> {
    databases::servers()?;
    browser::packages(workspace)?;
    let threads = 2 * available_parallelism()?.get();
    run_tests(cargo().arg("test").current_dir(&workspace.root).env("RUST_TEST_THREADS", threads.to_string()))
}

/// A real Keycloak, from Maven Central: first the flow over HTTP, then the journey in a browser.
fn keycloak(workspace: &Workspace) -> Result<usize> {
    browser::packages(workspace)?;
    browser::chromium(workspace)?;
    let args = ["test", "--package=server", "--features=full-run", "--test=main", "keycloak"];
    let flow = run_tests(cargo().args(args).current_dir(&workspace.root))?;
    run(&mut Leptos::ready(workspace)?.command(workspace, &["build"]))?;
    let journey = run_tests(
        browser::alone(program("npm").args(["run", "peers"]).current_dir(workspace.root.join("end2end")))
            .env("PEER", "keycloak")
            .env("SPAREKEY_BINARY", workspace.binary("debug", "sparekey")),
    )?;
    Ok(flow + journey)
}

/// Canaille from PyPI: people log in there, and it keeps them here.
fn canaille(workspace: &Workspace) -> Result<usize> {
    let args = ["test", "--package=server", "--features=full-run", "--test=main", "canaille"];
    run_tests(cargo().args(args).current_dir(&workspace.root))
}

/// In bounded memory, and how fast.
fn scan(workspace: &Workspace) -> Result<usize> {
    let args = ["test", "--package=server", "--features=full-run", "--test=main", "people_are_scanned"];
    run_tests(cargo().args(args).args(["--", "--nocapture"]).current_dir(&workspace.root))
}

fn xtask(workspace: &Workspace) -> Result<usize> {
    let manifest = workspace.xtask_manifest();
    run(cargo()
        .args(["clippy", "--all-targets", "--manifest-path"])
        .arg(&manifest)
        .args(["--", "--deny=warnings"]))?;
    run_tests(cargo().args(["test", "--manifest-path"]).arg(&manifest))
}

/// As anybody with cargo-leptos runs it: `cargo leptos end-to-end`. The server that it starts
/// beside the tests idles, away from the developer's own; Playwright starts another for itself.
fn end_to_end(workspace: &Workspace) -> Result<usize> {
    browser::packages(workspace)?;
    browser::chromium(workspace)?;
    let address = free_address()?;
    run_tests(
        browser::alone(&mut Leptos::ready(workspace)?.command(workspace, &["end-to-end"]))
            .env("LEPTOS_SITE_ADDR", address.to_string())
            .env("SITE_URL", format!("http://localhost:{}", address.port()))
            .env("DATABASE_URL", "sqlite::memory:")
            .env("SPAREKEY_BINARY", workspace.binary("debug", "sparekey")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(args: &[&str]) -> Vec<&'static str> {
        chosen(args).unwrap().iter().map(|step| step.name).collect()
    }

    #[test]
    fn what_takes_long_runs_only_when_asked_for() {
        assert!(!names(&[]).contains(&"build"));
        assert!(names(&["--all"]).contains(&"build"));
        assert_eq!(names(&["build"]), ["build"]);
    }

    #[test]
    fn a_step_that_does_not_exist_is_answered_with_those_that_do() {
        let error = named("browsers").err().unwrap().to_string();
        assert!(error.contains("watch, databases, keycloak, canaille, scan, build"), "{error}");
        assert_eq!(names(&["fmt", "browser"]), ["fmt", "browser"]);
    }
}
