//! The proof that `cargo leptos watch` serves, and reloads the page after an edit. The edit is
//! made in a mirror of the sources, so that nothing can leave it behind in the real ones.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::browser;
use crate::leptos::Leptos;
use crate::mirror::{another_version, mirror};
use crate::run::{program, run_tests};
use crate::workspace::Workspace;

/// Lets Playwright start `watch` in the mirror, edit a page there, and see it change.
pub fn reloads_after_an_edit(workspace: &Workspace) -> Result<usize> {
    browser::packages(workspace)?;
    browser::chromium(workspace)?;
    let leptos = Leptos::ready(workspace)?;
    let copy = workspace.target.join("watch");
    mirror(&workspace.root, &copy)?;
    another_version(&copy.join("Cargo.toml"), "999")?;
    // The mirror builds in the folders of the real sources, so that only the project's own crates
    // are built once more, and puts what it finishes into a folder of its own.
    let built =
        Built { target: copy.join("target"), server: workspace.build.clone(), front: front_build(workspace) };
    run_tests(&mut command(workspace, &leptos, &copy, &built))
}

/// Where a mirror builds.
pub struct Built {
    /// What is finished.
    pub target: PathBuf,
    /// What lies between, for the server and for the browser.
    pub server: PathBuf,
    pub front: PathBuf,
}

/// Playwright, which starts `watch` in the mirror.
pub fn command(workspace: &Workspace, leptos: &Leptos, mirror: &Path, built: &Built) -> Command {
    let server = format!("CARGO_BUILD_BUILD_DIR={:?}", built.server);
    let mut command = program("npm");
    browser::alone(&mut command)
        .args(["run", "--silent", "watch"])
        .current_dir(workspace.root.join("end2end"))
        .env("PATH", leptos.path())
        .env("WATCH_PROGRAM", leptos.program())
        .env("WATCH_FOLDER", mirror)
        .env("CARGO_TARGET_DIR", &built.target)
        .env("CARGO_BUILD_BUILD_DIR", &built.front)
        .envs(Leptos::unmarked(&server));
    command
}

/// cargo-leptos gives the browser's half a target folder of its own, unless all of Cargo's
/// building goes to one place anyway.
fn front_build(workspace: &Workspace) -> PathBuf {
    if workspace.build == workspace.target { workspace.target.join("front") } else { workspace.build.clone() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_crate_takes_its_version_from_the_workspace() {
        let root = Workspace::find().unwrap().root;
        for entry in fs::read_dir(root).unwrap() {
            let manifest = entry.unwrap().path().join("Cargo.toml");
            let Ok(text) = fs::read_to_string(&manifest) else { continue };
            let shared = text.contains("\nversion.workspace = true\n") || text.contains("[workspace]\n");
            assert!(shared, "{}", manifest.display());
        }
    }
}
