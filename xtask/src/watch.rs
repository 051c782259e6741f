//! The proof that `cargo leptos watch` serves, and reloads the page after an edit. The edit is
//! made in a mirror of the sources, so that nothing can leave it behind in the real ones.

use std::path::PathBuf;

use anyhow::Result;

use crate::browser;
use crate::leptos::Leptos;
use crate::mirror::{another_version, mirror};
use crate::place::Place;
use crate::run::{program, run_tests};

/// Lets Playwright start `watch` in the mirror, edit a page there, and see it change.
pub fn reloads_after_an_edit(place: &Place) -> Result<usize> {
    browser::packages(place)?;
    browser::chromium(place)?;
    let leptos = Leptos::ready(place)?;
    let copy = place.target.join("watch");
    mirror(&place.root, &copy)?;
    another_version(&copy.join("Cargo.toml"), "999")?;
    // The mirror builds in the folders of the real sources, so that only the project's own crates
    // are built once more, and puts what it finishes into a folder of its own.
    let server = format!("CARGO_BUILD_BUILD_DIR={:?}", place.build);
    run_tests(
        browser::alone(&mut program("npm"))
            .args(["run", "--silent", "watch"])
            .current_dir(place.root.join("end2end"))
            .env("PATH", leptos.path())
            .env("WATCH_PROGRAM", leptos.program())
            .env("WATCH_FOLDER", &copy)
            .env("CARGO_TARGET_DIR", copy.join("target"))
            .env("CARGO_BUILD_BUILD_DIR", front_build(place))
            .envs(Leptos::unmarked(&server)),
    )
}

/// cargo-leptos gives the browser's half a target folder of its own, unless all of Cargo's
/// building goes to one place anyway.
fn front_build(place: &Place) -> PathBuf {
    if place.build == place.target { place.target.join("front") } else { place.build.clone() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_crate_takes_its_version_from_the_workspace() {
        let root = Place::find().unwrap().root;
        for entry in fs::read_dir(root).unwrap() {
            let manifest = entry.unwrap().path().join("Cargo.toml");
            let Ok(text) = fs::read_to_string(&manifest) else { continue };
            let shared = text.contains("\nversion.workspace = true\n") || text.contains("[workspace]\n");
            assert!(shared, "{}", manifest.display());
        }
    }
}
