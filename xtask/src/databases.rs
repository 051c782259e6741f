//! The databases that the tests run on, and the proxy before them. The tests start the servers themselves; here they are installed.

use std::path::Path;
use std::process::Stdio;

use anyhow::Result;

use crate::run::{cargo, on_path, program, run, run_tests};
use crate::workspace::Workspace;
use crate::{browser, debian, leptos::Leptos};

/// A server: Debian's package of it, whether it is here, and the setting that names another one.
struct Server {
    package: &'static str,
    is_here: fn() -> bool,
    elsewhere: Option<&'static str>,
}

const SERVERS: [Server; 7] = [
    Server { package: "postgresql", is_here: postgres, elsewhere: Some("POSTGRES_TEST_URL") },
    Server { package: "mariadb-server", is_here: mariadb, elsewhere: Some("MYSQL_TEST_URL") },
    // SecantusDB is a package of Python's; the tests put it into an environment of its own.
    Server { package: "python3-venv", is_here: python, elsewhere: Some("MONGODB_TEST_URL") },
    // Who judges the file of a backup.
    Server { package: "age", is_here: || on_path("age").is_some(), elsewhere: None },
    Server { package: "minisign", is_here: || on_path("minisign").is_some(), elsewhere: None },
    Server { package: "zstd", is_here: || on_path("zstd").is_some(), elsewhere: None },
    Server { package: "nginx-light", is_here: nginx, elsewhere: None },
];

/// Installs what is missing. Where that is not ours to do, the tests say what they lack.
pub fn servers() -> Result<()> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|url| !url.is_empty());
    let missing =
        SERVERS.iter().filter(|server| !server.elsewhere.is_some_and(is_set) && !(server.is_here)());
    let packages: Vec<&str> = missing.map(|server| server.package).collect();
    if !packages.is_empty() {
        debian::install(&packages, "a minute")?;
    }
    Ok(())
}

/// Debian keeps each version's programs in a folder of its own.
fn postgres() -> bool {
    let versions = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    on_path("postgres").is_some() || versions.into_iter().any(|one| one.path().join("bin/postgres").exists())
}

fn mariadb() -> bool {
    on_path("mariadbd").is_some() || Path::new("/usr/sbin/mariadbd").exists()
}

fn nginx() -> bool {
    on_path("nginx").is_some() || Path::new("/usr/sbin/nginx").exists()
}

fn python() -> bool {
    let asked = program("python3").args(["-c", "import ensurepip, venv"]).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// The browser tests of the journey once for each database, one after the other.
pub fn journey(workspace: &Workspace) -> Result<usize> {
    servers()?;
    browser::packages(workspace)?;
    browser::chromium(workspace)?;
    run(&mut Leptos::ready(workspace)?.command(workspace, &["build"]))?;
    let args = ["test", "--package=server", "--features=full-run", "--test=main", "in_a_browser"];
    run_tests(browser::alone(
        cargo().args(args).args(["--", "--test-threads=1"]).current_dir(&workspace.root),
    ))
}
