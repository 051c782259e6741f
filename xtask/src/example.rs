//! The proof that docs/own-feature.md is true: the feature it explains is kept as a patch, which is put
//! into a mirror of the sources, compiled and tested there.

use std::path::Path;

use anyhow::{Context, Result};

use crate::mirror::{another_version, mirror};
use crate::run::{cargo, git, run, run_tests};
use crate::workspace::Workspace;

const PATCH: &str = "examples/notes.patch";
/// The feature's own tests, and those of ours that a feature adds to.
const TESTS: [&str; 4] = ["notes", "server_function", "another_site", "migrations::"];

/// Puts the patch into the mirror and runs its tests on every database.
pub fn compiles_and_passes(workspace: &Workspace) -> Result<usize> {
    let example = workspace.target.join("example");
    let (patched, copy) = (example.join("edit"), example.join("build"));
    mirror(&workspace.root, &patched)?;
    another_version(&patched.join("Cargo.toml"), "998")?;
    remember(&patched)?;
    let patch = workspace.root.join(PATCH);
    apply(&patch, &patched).with_context(|| how_to_renew(&patch, &patched))?;
    // A second mirror, for in the first one every patched file is newly written each time, and
    // cargo would build all that stands on it.
    mirror(&patched, &copy)?;
    run(cargo().args(["fmt", "--all", "--check"]).current_dir(&copy))?;
    let args = ["test", "--package=server", "--test=main", "--"];
    run_tests(
        cargo()
            .args(args)
            .args(TESTS)
            .current_dir(&copy)
            .env("CARGO_TARGET_DIR", copy.join("target"))
            .env("CARGO_BUILD_BUILD_DIR", &workspace.build),
    )
}

/// Notes in an index of its own what was there before the patch: `git diff` then shows the patch.
fn remember(folder: &Path) -> Result<()> {
    run(git(folder).args(["init", "--quiet"]))?;
    run(git(folder).args(["add", "--all"]))
}

fn apply(patch: &Path, folder: &Path) -> Result<()> {
    run(git(folder).args(["apply", "--whitespace=nowarn"]).arg(patch))
}

fn how_to_renew(patch: &Path, folder: &Path) -> String {
    let (patch, folder) = (patch.display(), folder.display());
    format!(
        "{PATCH} no longer fits; git names above where. To renew it:\n\
         \n  cd '{folder}'\
         \n  git apply --reject '{patch}'    # what fits; what does not is left in files *.rej\
         \n  …                               # write that in by hand and remove the files *.rej\
         \n  git add -N . && git diff -U1 -- . ':!Cargo.lock' > '{patch}'\n\
         \nThen `cargo xtask test example` again, which makes that folder anew.\n"
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_patch_is_put_in_comes_back_the_same_and_is_refused_where_it_does_not_fit() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (folder, patch) = (folder.path(), elsewhere.path().join("one.patch"));
        fs::write(folder.join("a"), "1\n2\n3\n").unwrap();
        remember(folder).unwrap();
        fs::write(folder.join("a"), "1\n2\nnew\n3\n").unwrap();
        fs::write(folder.join("b"), "b\n").unwrap();
        run(git(folder).args(["add", "-N", "."])).unwrap();
        let diff = || crate::run::output(git(folder).args(["diff", "-U1"])).unwrap();
        fs::write(&patch, diff()).unwrap();

        fs::write(folder.join("a"), "0\n1\n2\n3\n").unwrap();
        fs::remove_file(folder.join("b")).unwrap();
        remember(folder).unwrap();
        apply(&patch, folder).unwrap();
        assert_eq!(fs::read_to_string(folder.join("a")).unwrap(), "0\n1\n2\nnew\n3\n");
        assert_eq!(fs::read_to_string(folder.join("b")).unwrap(), "b\n");

        fs::write(folder.join("a"), "other\n").unwrap();
        assert!(apply(&patch, folder).is_err());
    }
}
