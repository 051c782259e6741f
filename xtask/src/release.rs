//! What is promised of a release and can be seen only in the finished one.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::http::{self, free_address};
use crate::run::{cargo, output, program};
use crate::workspace::Workspace;

/// What a release is compiled with: all that the server can do, but for the development provider.
pub const FEATURES: [&str; 2] = ["--no-default-features", "--features=mongodb"];

/// A sentence of the development provider's page: found in its sources, so that this check cannot
/// outlive it, and not in the binary.
const OF_THE_DEV_PROVIDER: &str = "No passwords, nobody real";

/// Where the release keeps its one stylesheet.
const STYLE: &str = "/pkg/sparekey.css";

/// Holds the release in `target/dist` to its promises; returns how many were checked.
pub fn prove(workspace: &Workspace) -> Result<usize> {
    let dist = workspace.target.join("dist");
    let binary = dist.join(format!("sparekey{}", std::env::consts::EXE_SUFFIX));
    let checks: [(&str, &dyn Fn() -> Result<()>); 5] = [
        ("it depends on no development provider", &|| independent(workspace)),
        ("the development provider is not in it", &|| no_dev_provider(workspace, &binary)),
        ("without settings it exits with 78", &|| refuses_without_settings(&binary)),
        ("it serves from another folder", &|| serves(&binary)),
        ("every file of its site is precompressed", &|| precompressed(&dist.join("site"))),
    ];
    for (what, check) in &checks {
        check().with_context(|| format!("Not so: {what}"))?;
        println!("ok: {what}");
    }
    Ok(checks.len())
}

/// Neither the development provider nor what it alone asks for is compiled for a release.
fn independent(workspace: &Workspace) -> Result<()> {
    ensure!(!packages(workspace, &FEATURES)?.contains("dev-provider"), "dev-provider is in its `cargo tree`");
    ensure!(packages(workspace, &[])?.contains("dev-provider"), "dev-provider is called otherwise now");
    Ok(())
}

/// The names of all packages that the server is made of.
fn packages(workspace: &Workspace, features: &[&str]) -> Result<HashSet<String>> {
    let tree = output(
        cargo()
            .args(["tree", "--locked", "--package=server", "--edges=no-dev", "--prefix=none"])
            .args(features)
            .current_dir(&workspace.root),
    )?;
    Ok(tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

fn no_dev_provider(workspace: &Workspace, binary: &Path) -> Result<()> {
    let sentence = OF_THE_DEV_PROVIDER.as_bytes();
    let mut sources = files_of(&workspace.root.join("dev-provider/src"))?.into_iter();
    ensure!(
        sources.any(|file| fs::read(file).is_ok_and(|text| holds(&text, sentence))),
        "the development provider no longer says {OF_THE_DEV_PROVIDER:?}: choose another sentence"
    );
    ensure!(!holds(&fs::read(binary)?, sentence), "the release binary says {OF_THE_DEV_PROVIDER:?}");
    Ok(())
}

/// `EX_CONFIG`, as the README promises for faults in the settings.
fn refuses_without_settings(binary: &Path) -> Result<()> {
    let folder = Folder::new("refuses")?;
    let status = program(binary).env_clear().current_dir(&folder.0).stderr(Stdio::null()).status()?;
    ensure!(status.code() == Some(78), "it ended with {status}");
    Ok(())
}

/// With an unreachable provider on purpose: the pages do not depend on it.
fn serves(binary: &Path) -> Result<()> {
    let folder = Folder::new("serves")?;
    let address = free_address()?;
    let mut server = Server(
        program(binary)
            .env_clear()
            .env("SITE_URL", format!("http://localhost:{}", address.port()))
            .env("LEPTOS_SITE_ADDR", address.to_string())
            .env("DATABASE_URL", "sqlite://sparekey.db?mode=rwc")
            .env("SESSION_SECRET", "5".repeat(64))
            .env("OIDC_ISSUER_URL", "http://127.0.0.1:9")
            .env("OIDC_CLIENT_ID", "release-check")
            .current_dir(&folder.0)
            .spawn()?,
    );
    http::wait_for(address, Duration::from_secs(20), || server.runs())?;
    let home = http::get(address, "/", "")?;
    ensure!(home.status == 200, "GET / answered {}", home.status);
    let page = String::from_utf8_lossy(&home.body);
    ensure!(page.contains("<h1"), "GET / has no heading: {page}");
    ensure!(page.contains(STYLE), "GET / does not load {STYLE}");
    let style = http::get(address, STYLE, "br")?;
    ensure!(style.status == 200, "GET {STYLE} answered {}", style.status);
    ensure!(style.head.contains("content-encoding: br"), "{STYLE} came uncompressed: {}", style.head);
    Ok(())
}

fn precompressed(site: &Path) -> Result<()> {
    let files = files_of(site)?;
    ensure!(files.iter().any(|file| ending(file, ".wasm")), "the site has no wasm file");
    for file in files.iter().filter(|file| !ending(file, ".br") && !ending(file, ".gz")) {
        for packed in [".br", ".gz"] {
            let packed = PathBuf::from(format!("{}{packed}", file.display()));
            ensure!(files.contains(&packed), "{} is missing", packed.display());
        }
    }
    Ok(())
}

fn ending(file: &Path, with: &str) -> bool {
    file.to_string_lossy().ends_with(with)
}

/// Every file in a folder and below.
pub fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_of(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// A server that ends with the check.
struct Server(Child);

impl Server {
    fn runs(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An empty folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("sparekey-{name}-{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_depends_on_no_development_provider() {
        independent(&Workspace::find().unwrap()).unwrap();
    }

    #[test]
    fn a_file_without_its_compressed_twins_is_noticed() {
        let site = tempfile::tempdir().unwrap();
        let write = |file: &str| fs::write(site.path().join(file), "").unwrap();
        write("a.wasm");
        write("a.wasm.br");
        assert!(precompressed(site.path()).is_err());
        write("a.wasm.gz");
        assert!(precompressed(site.path()).is_ok());
    }

    #[test]
    fn a_sentence_is_found_wherever_it_stands_in_a_binary() {
        assert!(holds(b"\0\x01no passwords\xff", b"no passwords"));
        assert!(!holds(b"no password", b"no passwords"));
    }
}
