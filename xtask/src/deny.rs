//! What a dependency may be: without a known hole, under a licence that fits ours, there once, from the
//! registry. `deny.toml` says so, with a reason for each exception; cargo-deny judges.
//!
//! The known holes are RustSec's, kept as one file, so that a test says the same today and tomorrow and needs
//! no network. `cargo xtask advisories` brings them up to date.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::run::{cargo, git, program, run};
use crate::tools;
use crate::workspace::Workspace;

const VERSION: &str = "0.20.2";
const KEPT: &str = "xtask/advisories.tar.gz";
const SOURCE: &str = "https://github.com/RustSec/advisory-db";
/// Where cargo-deny looks for the clone of `SOURCE`: the end is a hash of that address.
const CLONE: &str = "advisory-db-3157b0e258782691";

/// What is looked for twice in: the release. Elsewhere a duplicate costs nobody but the developer.
const RELEASE: [&str; 6] = [
    "--exclude=bench",
    "--exclude=dev-provider",
    "--no-default-features",
    "--features=server/mongodb",
    "check",
    "bans",
];

/// Judges the three workspaces. The tools are in no release: for them only holes count.
pub fn check(workspace: &Workspace) -> Result<usize> {
    let tool = tools::installed(workspace, "cargo-deny", VERSION, &["--no-default-features"])?;
    let advisories = unpack(workspace)?;
    let application = workspace.root.join("Cargo.toml");
    let judge = |manifest: &Path, args: &[&str]| {
        run(program(&tool)
            .args(["--offline", "--manifest-path"])
            .arg(manifest)
            .args(args)
            .env("ADVISORIES", &advisories))
    };
    for manifest in [&application, &workspace.xtask_manifest(), &workspace.leptos_manifest()] {
        // cargo-deny reads every platform's packages, of which building fetches only its own.
        run(cargo().args(["fetch", "--quiet", "--locked", "--manifest-path"]).arg(manifest))?;
        judge(manifest, &["--all-features", "check", "advisories", "sources"])?;
    }
    judge(&application, &["--all-features", "check", "licenses"])?;
    judge(&application, &RELEASE)?;
    Ok(0)
}

/// Lays the kept advisories out as cargo-deny wants them.
fn unpack(workspace: &Workspace) -> Result<PathBuf> {
    let all = workspace.target.join("advisories");
    let clone = all.join(CLONE);
    if all.exists() {
        fs::remove_dir_all(&all)?;
    }
    fs::create_dir_all(clone.join(".git"))?;
    fs::write(clone.join(".git/FETCH_HEAD"), "")?;
    run(program("tar").arg("-xzf").arg(workspace.root.join(KEPT)).arg("-C").arg(&clone))?;
    // Every file of the archive bears the time of its commit.
    let age = SystemTime::now().duration_since(fs::metadata(clone.join("crates"))?.modified()?);
    let days = age.map_or(0, |age| age.as_secs() / 86_400);
    println!("The advisories are {days} days old; `cargo xtask advisories` renews them.");
    Ok(all)
}

/// Keeps today's advisories instead of the ones before, from RustSec or from a clone that is named.
pub fn advisories(workspace: &Workspace, from: &str) -> Result<()> {
    let clone = workspace.target.join("advisory-db");
    if clone.exists() {
        fs::remove_dir_all(&clone)?;
    }
    run(git(&workspace.root).args(["clone", "--quiet", "--bare", "--depth=1", from]).arg(&clone))?;
    let kept = workspace.root.join(KEPT);
    run(git(&clone)
        .args(["archive", "--format=tar.gz", "HEAD", "crates", "LICENSE.txt", "--output"])
        .arg(&kept))?;
    fs::remove_dir_all(&clone).with_context(|| format!("removing {}", clone.display()))?;
    println!("{KEPT} is new. `cargo xtask test deny` says what it means.");
    Ok(())
}

/// Where the advisories come from unless told otherwise.
pub fn source<'a>(named: &[&'a str]) -> &'a str {
    named.first().copied().unwrap_or(SOURCE)
}
