//! `cargo xtask build`: the release in one folder, which runs from anywhere.

use std::fs;

use anyhow::{Context, Result};

use crate::browser;
use crate::leptos::Leptos;
use crate::notices;
use crate::release::{self, FEATURES};
use crate::run::{run, step};
use crate::workspace::Workspace;

/// Whose code is in a release, and under which licences.
pub const NOTICES: &str = "THIRD-PARTY-NOTICES";

/// Makes `target/dist/sparekey`, `target/dist/site` and the notices, then holds them to what is promised
/// of them; returns how many checks that were.
pub fn build(workspace: &Workspace) -> Result<usize> {
    browser::packages(workspace)?;
    let leptos = Leptos::ready(workspace)?;
    let dist = workspace.target.join("dist");
    let site = dist.join("site");
    step("Building the release", "8 minutes on 2 cores the first time, then 1 or 2", || {
        if dist.exists() {
            fs::remove_dir_all(&dist)?;
        }
        fs::create_dir_all(&site)?;
        // Its own site folder: a server started by `cargo xtask dev` goes on serving the other.
        let features = FEATURES.map(|argument| format!("--bin-cargo-args={argument}"));
        run(leptos
            .command(workspace, &["build", "--release", "--precompress"])
            .args(features)
            .env("LEPTOS_SITE_ROOT", &site))?;
        let binary = workspace.binary("release", "sparekey");
        let name = binary.file_name().context("the binary has no name")?;
        fs::copy(&binary, dist.join(name))?;
        fs::write(dist.join(NOTICES), notices::notices(workspace)?)?;
        Ok(())
    })?;
    let proven = step("Proving the release", "a few seconds", || release::prove(workspace))?;
    println!("\nThe release is in {}.", dist.display());
    println!("Copy the folder anywhere; `sparekey` finds its site beside itself.");
    Ok(proven)
}
