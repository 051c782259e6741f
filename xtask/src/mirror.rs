//! A second checkout that may be edited: the watch test changes a source file, and must never
//! leave the real one changed, whatever ends it.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const LEFT_OUT: [&str; 7] =
    [".git", "target", "node_modules", "test-results", "playwright-report", ".env", ".sparekey-dev-secret"];

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

/// What is built, installed or the developer's own, their databases among it.
fn left_out(name: &OsString) -> bool {
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
}
