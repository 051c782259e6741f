//! The databases under measurement: a file for SQLite, and a PostgreSQL server of our own, from the system's
//! packages, on a free port and in a folder that is gone afterwards.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbErr};
use tempfile::TempDir;

use crate::process::free_address;

/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where Debian puts each version's programs.
const PLACE: &str = "/usr/lib/postgresql";

/// Where databases come from.
pub(crate) enum Databases {
    Files(TempDir),
    Postgres(Postgres),
}

/// A running server; killed when this is dropped.
pub(crate) struct Postgres {
    child: Child,
    url: String,
    _folder: TempDir,
}

impl Databases {
    /// SQLite's.
    pub(crate) fn sqlite() -> Result<Self> {
        Ok(Self::Files(tempfile::tempdir()?))
    }

    /// PostgreSQL's; none where its server is not installed.
    pub(crate) fn postgres() -> Result<Option<Self>> {
        programs().map(|programs| Postgres::start(&programs).map(Self::Postgres)).transpose()
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Files(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// An empty database; its URL.
    pub(crate) async fn fresh(&self, name: &str) -> Result<String> {
        match self {
            Self::Files(folder) => {
                Ok(format!("sqlite://{}?mode=rwc", folder.path().join(name).with_extension("db").display()))
            }
            Self::Postgres(server) => {
                let admin = server.admin().await?;
                admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
                admin.close().await?;
                Ok(format!("{}/{name}", server.url))
            }
        }
    }
}

impl Postgres {
    /// With the settings it comes with, but for where it is and whom it lets in.
    fn start(programs: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (data, port) = (folder.path().join("data"), free_address()?.port());
        if is_root() {
            ensure!(Command::new("chown").arg("nobody").arg(folder.path()).status()?.success());
        }
        let mut make = as_nobody(&programs.join("initdb"));
        make.args(["--auth=trust", "--username=sparekey", "--encoding=UTF8", "--locale=C", "--pgdata"]);
        ensure!(quiet(make.arg(&data), folder.path()).status()?.success(), "initdb failed");
        let mut serve = as_nobody(&programs.join("postgres"));
        serve.arg("-D").arg(&data).arg("-k").arg(folder.path()).args(["-p", &port.to_string()]);
        serve.args(["-c", "listen_addresses=127.0.0.1"]);
        let child = quiet(&mut serve, folder.path()).spawn()?;
        Ok(Self { child, url: format!("postgres://sparekey@127.0.0.1:{port}"), _folder: folder })
    }

    /// Waits until it serves.
    async fn admin(&self) -> Result<DatabaseConnection, DbErr> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Database::connect(format!("{}/postgres", self.url)).await {
                Err(_) if Instant::now() < deadline => tokio::time::sleep(Duration::from_millis(100)).await,
                answer => return answer,
            }
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(PLACE).ok()?.flatten().map(|entry| entry.path());
    let newest = versions.max_by_key(|path| path.file_name()?.to_str()?.parse::<u32>().ok());
    newest.map(|version| version.join("bin")).filter(|bin| bin.join("postgres").exists())
}

/// The server refuses to run as root.
fn as_nobody(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program);
    command
}

fn quiet<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}
