//! `sparekey backup`, `backup verify` and `restore`, through the real binary, with keys of the system's own tools.

mod erased;
mod killed;
mod refused;
mod schedule;
mod whole;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::databases::{Database, Kind};
use crate::support::opened::Opened;
use crate::support::process::sparekey;

const SECRET: &str = "0707070707070707070707070707070707070707070707070707070707070707";

/// A folder with keys, in which commands are run.
pub(crate) struct Site {
    pub(crate) folder: TempDir,
    pub(crate) recipient: String,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = Command::new("age-keygen").arg("-o").arg(folder.path().join("key")).output().unwrap();
        let recipient = text(&key.stderr).split_whitespace().last().unwrap().to_owned();
        let site = Self { folder, recipient };
        site.minisign("sign");
        site
    }

    fn minisign(&self, name: &str) {
        let made = Command::new("minisign")
            .current_dir(self.folder.path())
            .args(["-G", "-W", "-p", &format!("{name}.pub"), "-s", &format!("{name}.key")])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", text(&made.stderr));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `sparekey` with all that a backup needs, and what is given besides; an empty value takes a setting away.
    fn run(&self, url: &str, more: &[(&str, &str)], arguments: &[&str]) -> Output {
        self.command(url, more, arguments).output().unwrap()
    }

    fn command(&self, url: &str, more: &[(&str, &str)], arguments: &[&str]) -> Command {
        let own = [
            ("DATABASE_URL", url),
            ("SESSION_SECRET", SECRET),
            ("BACKUP_RECIPIENTS", self.recipients()),
            ("BACKUP_SIGN_KEY", "sign.key"),
            ("BACKUP_VERIFY_KEY", "sign.pub"),
        ];
        let is_other = |name: &str| more.iter().any(|(other, _)| *other == name);
        let own = own.into_iter().filter(|(name, _)| !is_other(name));
        let settings: Vec<(&str, &str)> = own.chain(more.iter().copied()).collect();
        let mut command = sparekey(self.folder.path(), &settings, arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn recipients(&self) -> &str {
        &self.recipient
    }

    /// `backup` with these arguments.
    fn back_up(&self, url: &str, more: &[(&str, &str)], arguments: &[&str]) -> Output {
        self.run(url, more, &[&["backup"], arguments].concat())
    }

    fn backup(&self, url: &str, file: &str) -> PathBuf {
        done(&self.back_up(url, &[], &[file]));
        self.path(file)
    }

    /// A command that opens a backup, with the key for it.
    fn opening(&self, url: &str, more: &[(&str, &str)], arguments: &[&str]) -> Output {
        self.run(url, more, &[arguments, &["--identity", "key"]].concat())
    }

    fn restore(&self, url: &str, file: &str) -> Output {
        self.opening(url, &[], &["restore", file])
    }

    /// The lines of an encrypted backup, as the system's tools unpack them.
    fn lines(&self, file: &str) -> Vec<String> {
        let shell = format!("age -d -i key {file} | zstd -d -c");
        let output =
            Command::new("sh").current_dir(self.folder.path()).args(["-c", &shell]).output().unwrap();
        text(&output.stdout).lines().map(str::to_owned).collect()
    }
}

/// What a command said, where it did what it was told.
fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stderr)
}

/// Why a command refused.
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    text(&output.stderr)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Everything that there is, but runs of restores.
async fn everything(store: &Opened) -> Vec<identity::Record> {
    let mut all = crate::store::archive::everything(store).await;
    let is_restore = |one: &identity::Record| matches!(one, identity::Record::Run(run) if run.kind == identity::RunKind::Restore);
    all.retain(|one| !is_restore(one));
    all
}

/// A database that commands have not seen yet, of this kind.
async fn fresh(kind: Kind) -> Database {
    Database::fresh(kind).await
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}
