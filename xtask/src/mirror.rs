//! A second checkout that may be edited: the watch test changes a source file, and must never
//! leave the real one changed, whatever ends it.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const LEFT_OUT: [&str; 7] =
    [".git", "target", "node_modules", "test-results", "playwright-report", ".env", ".sparekey-dev-secret"];
const VERSION: &str = "[workspace.package]\nversion = \"";

/// Makes `to` the same as `from`, but for what is left out. A file that is the same already is
/// left as it is, so that cargo sees no change in it.
pub fn mirror(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let mut names = HashSet::new();
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if left_out(&entry.file_name()) {
            continue;
        }
        let copy = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            mirror(&entry.path(), &copy)?;
        } else {
            copy_changed(&entry.path(), &copy)
                .with_context(|| format!("copying {}", entry.path().display()))?;
        }
        names.insert(entry.file_name());
    }
    remove_others(to, &names)
}

/// Gives the mirrored crates a version of their own: the real one behind `number`, another for each
/// mirror. To Cargo a crate of a workspace is its name, its version and its place in there; without
/// this it would take the edited one for the real one.
pub fn another_version(manifest: &Path, number: &str) -> Result<()> {
    let text = fs::read_to_string(manifest)?;
    let (before, after) = text.split_once(VERSION).context("no version to change")?;
    Ok(fs::write(manifest, format!("{before}{VERSION}{number}{after}"))?)
}

/// What is built, installed or the developer's own, their databases among it.
pub fn left_out(name: &OsString) -> bool {
    LEFT_OUT.iter().any(|other| name == other) || name.to_string_lossy().contains(".db")
}

fn copy_changed(from: &Path, to: &Path) -> Result<()> {
    let wanted = fs::read(from)?;
    if fs::read(to).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    Ok(fs::write(to, wanted)?)
}

fn remove_others(folder: &Path, names: &HashSet<OsString>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if names.contains(&entry.file_name()) || left_out(&entry.file_name()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_follows_its_source_and_leaves_the_same_files_alone() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (from, to) = (from.path(), to.path());
        fs::create_dir_all(from.join("src")).unwrap();
        fs::create_dir_all(from.join("target")).unwrap();
        fs::write(from.join("src/a"), "a").unwrap();
        fs::write(from.join("b"), "b").unwrap();
        mirror(from, to).unwrap();
        assert!(!to.join("target").exists());
        let before = fs::metadata(to.join("b")).unwrap().modified().unwrap();

        fs::write(to.join("src/a"), "edited").unwrap();
        fs::write(to.join("new"), "").unwrap();
        mirror(from, to).unwrap();
        assert_eq!(fs::read_to_string(to.join("src/a")).unwrap(), "a");
        assert!(!to.join("new").exists());
        assert_eq!(fs::metadata(to.join("b")).unwrap().modified().unwrap(), before);
    }
    #[test]
    fn the_mirrored_crates_have_another_version() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("Cargo.toml");
        fs::copy(crate::workspace::Workspace::find().unwrap().root.join("Cargo.toml"), &manifest).unwrap();
        another_version(&manifest, "999").unwrap();
        let text = fs::read_to_string(&manifest).unwrap();
        assert!(text.contains("\nversion = \"9990."), "{text}");
        fs::write(&manifest, "[workspace]").unwrap();
        assert!(another_version(&manifest, "999").is_err());
    }
}
