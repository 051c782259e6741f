//! What Debian's packages bring: installed without a question where that is ours to do.

use anyhow::Result;

use crate::run::{on_path, output, program, run};

/// Installs these packages and says so; false where there is no apt-get or we may not install.
pub fn install(packages: &[&str], usual: &str) -> Result<bool> {
    if on_path("apt-get").is_none() || !is_root() {
        return Ok(false);
    }
    println!("Installing {} by apt-get ({usual}).", packages.join(", "));
    run(program("apt-get").args(["update", "--quiet"]))?;
    run(program("apt-get")
        .args(["install", "--yes", "--quiet", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))?;
    Ok(true)
}

fn is_root() -> bool {
    output(program("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
