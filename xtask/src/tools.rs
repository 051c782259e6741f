//! Cargo's own helpers, each pinned and built once beside everything else that is built.

use std::path::PathBuf;

use anyhow::Result;

use crate::run::{cargo, output, program, run};
use crate::workspace::Workspace;

/// This version of a tool, built where it is not there yet.
pub fn installed(workspace: &Workspace, name: &str, version: &str, features: &[&str]) -> Result<PathBuf> {
    let root = workspace.build.join("tools");
    let tool = root.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let subcommand = name.trim_start_matches("cargo-");
    let there = output(program(&tool).args([subcommand, "--version"]));
    if there.is_ok_and(|said| said.trim() == format!("{name} {version}")) {
        return Ok(tool);
    }
    println!("Building {name}, once: 1 minute on 2 cores.");
    run(cargo()
        .args(["install", "--quiet", "--debug", "--locked", name])
        .arg(format!("--version={version}"))
        .args(features)
        .arg("--root")
        .arg(&root))?;
    Ok(tool)
}
