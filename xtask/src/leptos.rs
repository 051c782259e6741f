//! Who makes the site: a cargo-leptos on `PATH` whose version fits, or the pinned one in
//! `xtask/leptos`, built once.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::{cargo, on_path, output, program, run};
use crate::workspace::Workspace;

/// What the browser's half is compiled for.
pub const WASM: &str = "wasm32-unknown-unknown";
const OLDEST: [u32; 3] = [0, 3, 11];

/// A cargo-leptos that is ready to run.
pub struct Leptos {
    program: PathBuf,
    path: OsString,
}

impl Leptos {
    /// Finds or builds one, and adds the wasm target where it is missing.
    pub fn ready(workspace: &Workspace) -> Result<Self> {
        wasm_target()?;
        let npm = workspace.root.join("end2end/node_modules/.bin");
        if let Some(program) = on_path("cargo-leptos").filter(|found| version_fits(found)) {
            println!("Using the cargo-leptos on your PATH.");
            return Ok(Self { program, path: path_with(&[npm])? });
        }
        let program = build_pinned(workspace)?;
        let links = wasm_bindgen_link(&program)?;
        Ok(Self { program, path: path_with(&[links, npm])? })
    }

    /// `cargo-leptos` with these arguments, run in the application's folder.
    pub fn command(&self, workspace: &Workspace, args: &[&str]) -> Command {
        let mut command = program(&self.program);
        command.args(args).current_dir(&workspace.root).env("PATH", &self.path);
        command
    }

    /// What `watch` is to call instead of `cargo` for the server. It sets `LEPTOS_WATCH` for the
    /// compiler too, where that only marks places for a hot reload which needs nightly, and where
    /// every change of it builds leptos and all above it anew. Cargo does not get to see it, and
    /// so `watch` and `cargo test` share what they build.
    pub fn unmarked(settings: &str) -> Option<(&'static str, String)> {
        let cargo = format!("env -u LEPTOS_WATCH {settings} cargo");
        cfg!(unix).then_some(("LEPTOS_BIN_CARGO_COMMAND", cargo))
    }

    /// The program itself, for whoever starts it instead of us.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The `PATH` that it needs.
    pub fn path(&self) -> &OsStr {
        &self.path
    }
}

fn wasm_target() -> Result<()> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libraries = output(program(rustc).args(["--print=target-libdir", "--target", WASM]))?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    if on_path("rustup").is_none() {
        bail!(
            "Rust's target {WASM} is missing, and there is no rustup to add it. Add it the way you installed Rust, then run this again."
        );
    }
    println!("Adding Rust's target {WASM} (a few seconds).");
    run(program("rustup").args(["target", "add", WASM]))
}

fn version_fits(found: &Path) -> bool {
    output(program(found).arg("--version")).is_ok_and(|said| fits(&said))
}

/// Patches from 0.3.11 on: settings of ours are not known before, and 0.4 may know others.
fn fits(said: &str) -> bool {
    let version = said.split_whitespace().last().unwrap_or_default();
    let parts: Vec<u32> = version.split('.').flat_map(str::parse).collect();
    parts.len() == 3 && parts[..2] == OLDEST[..2] && parts[2] >= OLDEST[2]
}

fn build_pinned(workspace: &Workspace) -> Result<PathBuf> {
    let manifest = workspace.leptos_manifest();
    let own = Workspace::at(&manifest)?;
    let built = own.binary("debug", "sparekey-leptos");
    if !built.exists() {
        println!("Building cargo-leptos, once: 6 minutes on 2 cores, 1 on a fast machine.");
    }
    run(cargo().args(["build", "--quiet", "--locked", "--manifest-path"]).arg(&manifest))?;
    Ok(built)
}

/// A folder that holds nothing but `wasm-bindgen`, which is the same binary under another name.
fn wasm_bindgen_link(program: &Path) -> Result<PathBuf> {
    let folder = program.with_extension("path");
    let link = folder.join(format!("wasm-bindgen{}", std::env::consts::EXE_SUFFIX));
    std::fs::create_dir_all(&folder)?;
    if link.symlink_metadata().is_ok() {
        std::fs::remove_file(&link)?;
    }
    #[cfg(unix)]
    let made = std::os::unix::fs::symlink(program, &link);
    #[cfg(not(unix))]
    let made = std::fs::copy(program, &link).map(drop);
    made.with_context(|| format!("making {}", link.display()))?;
    Ok(folder)
}

fn path_with(first: &[PathBuf]) -> Result<OsString> {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let all = first.iter().cloned().chain(std::env::split_paths(&old));
    Ok(std::env::join_paths(all)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_fits_from_0_3_11_on_and_before_0_4() {
        assert!(fits("cargo-leptos 0.3.11"));
        assert!(fits("cargo-leptos 0.3.27\n"));
        assert!(!fits("cargo-leptos 0.3.10"));
        assert!(!fits("cargo-leptos 0.4.0"));
        assert!(!fits("cargo-leptos 1.3.11"));
        assert!(!fits("cargo-leptos 0.3.12-rc1"));
        assert!(!fits(""));
    }
}
