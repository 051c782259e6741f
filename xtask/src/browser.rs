//! What the browser tests and wasm-opt need: npm's packages and a Chromium.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::debian;
use crate::run::{on_path, program, run};
use crate::workspace::Workspace;

const OWN_SETTINGS: [&str; 4] = ["OIDC_", "KINDE_", "SESSION_", "POST_LOG"];

/// Installs the packages of `end2end/package-lock.json` where they are missing or older than it.
pub fn packages(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("end2end");
    if up_to_date(&folder) {
        return Ok(());
    }
    if on_path("npm").is_none() {
        bail!(
            "Node.js with npm is missing: it runs the browser tests and brings wasm-opt. Install Node.js 20 or newer (Debian: apt-get install nodejs npm), then run this again."
        );
    }
    println!("Installing the npm packages of end2end (some seconds).");
    run(program("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))
}

/// npm writes `node_modules/.package-lock.json` last, when all is in place.
fn up_to_date(folder: &Path) -> bool {
    let written = |file: &str| folder.join(file).metadata().and_then(|meta| meta.modified());
    match (written("node_modules/.package-lock.json"), written("package-lock.json")) {
        (Ok(installed), Ok(asked)) => installed >= asked,
        _ => false,
    }
}

/// Sees to it that Playwright finds a browser: one that is there, else Debian's, else its own.
pub fn chromium(workspace: &Workspace) -> Result<()> {
    if on_path("chromium").is_some() || std::env::var_os("CHROMIUM").is_some() {
        return Ok(());
    }
    if debian::install(&["chromium"], "a minute")? {
        return Ok(());
    }
    println!("Asking Playwright for its Chromium (a minute, once).");
    let folder = workspace.root.join("end2end");
    run(program("npx").args(["playwright", "install", "chromium"]).current_dir(folder))
        .context("The browser tests need Chromium. Install it (Debian: apt-get install chromium), or set CHROMIUM to where it is, then run this again.")
}

/// Keeps the developer's own settings away from the tests.
pub fn alone(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if OWN_SETTINGS.iter().any(|start| name.starts_with(start)) {
            command.env_remove(name);
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_up_to_date_once_npm_has_finished_after_the_lock_file() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str| std::fs::write(folder.path().join(file), "{}").unwrap();
        write("package-lock.json");
        assert!(!up_to_date(folder.path()));
        std::fs::create_dir(folder.path().join("node_modules")).unwrap();
        write("node_modules/.package-lock.json");
        assert!(up_to_date(folder.path()));
    }
}
