//! Where the project and what it builds are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::run::{cargo, output};

/// The folders of one workspace. Cargo is asked for them, so that `CARGO_TARGET_DIR`,
/// `CARGO_BUILD_BUILD_DIR` and everybody's own Cargo settings hold here too.
pub struct Workspace {
    /// The folder of the application's `Cargo.toml`.
    pub root: PathBuf,
    /// Where finished binaries and the site go.
    pub target: PathBuf,
    /// Where everything between goes; by default the same.
    pub build: PathBuf,
}

impl Workspace {
    /// The application's workspace, which is the folder above this one.
    pub fn find() -> Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.parent().context("xtask has no folder above it")?;
        Self::at(&root.join("Cargo.toml"))
    }

    /// The workspace of this `Cargo.toml`.
    pub fn at(manifest: &Path) -> Result<Self> {
        let said = output(
            cargo()
                .args(["metadata", "--format-version=1", "--no-deps"])
                .arg("--manifest-path")
                .arg(manifest),
        )?;
        Self::parse(&said).with_context(|| format!("reading {}", manifest.display()))
    }

    fn parse(metadata: &str) -> Result<Self> {
        let metadata: Value = serde_json::from_str(metadata)?;
        let folder = |name: &str| metadata[name].as_str().map(PathBuf::from);
        let target = folder("target_directory").context("cargo named no target folder")?;
        Ok(Self {
            root: folder("workspace_root").context("cargo named no workspace")?,
            build: folder("build_directory").unwrap_or_else(|| target.clone()),
            target,
        })
    }

    /// The manifest of the commands themselves.
    pub fn xtask_manifest(&self) -> PathBuf {
        self.root.join("xtask/Cargo.toml")
    }

    /// The manifest of the pinned cargo-leptos.
    pub fn leptos_manifest(&self) -> PathBuf {
        self.root.join("xtask/leptos/Cargo.toml")
    }

    /// A finished binary: `debug` or `release`, and its name without any ending.
    pub fn binary(&self, profile: &str, name: &str) -> PathBuf {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.target.join(profile).join(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_folder_is_the_target_folder_unless_cargo_says_otherwise() {
        let plain = Workspace::parse(r#"{"workspace_root":"/p","target_directory":"/p/target"}"#);
        assert_eq!(plain.unwrap().build, Path::new("/p/target"));
        let apart = Workspace::parse(
            r#"{"workspace_root":"/p","target_directory":"/p/target","build_directory":"/c"}"#,
        );
        assert_eq!(apart.unwrap().build, Path::new("/c"));
    }

    #[test]
    fn this_project_is_found() {
        let workspace = Workspace::find().unwrap();
        assert!(workspace.xtask_manifest().is_file());
        assert!(workspace.leptos_manifest().is_file());
    }
}
