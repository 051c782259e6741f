//! The real binary, in a folder and with an environment of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use dev_provider::{DevProvider, Settings};
use tempfile::TempDir;

use super::app::{CLIENT_ID, CLIENT_SECRET, eventually};
use super::browser::Browser;

/// `SESSION_SECRET` of those who bring none of their own.
pub(crate) const SECRET: &str = "0707070707070707070707070707070707070707070707070707070707070707";

/// Where one process serves, and its provider.
pub(crate) struct Site {
    pub(crate) folder: TempDir,
    pub(crate) port: u16,
    pub(crate) provider: DevProvider,
}

impl Site {
    pub(crate) async fn new() -> Self {
        let port = free_port();
        let provider = dev_provider::start(Settings::for_site(&url(port))).await.unwrap();
        Self { folder: tempfile::tempdir().unwrap(), port, provider }
    }

    pub(crate) fn url(&self) -> String {
        url(self.port)
    }

    /// What it takes to serve, and more.
    pub(crate) fn settings<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let own = [
            ("SESSION_SECRET", SECRET),
            ("OIDC_ISSUER_URL", self.provider.issuer()),
            ("OIDC_CLIENT_ID", CLIENT_ID),
            ("OIDC_CLIENT_SECRET", CLIENT_SECRET),
        ];
        [&own, more].concat()
    }

    /// Starts a process with these settings besides.
    pub(crate) async fn serve(&self, more: &[(&str, &str)]) -> Serving {
        Serving::start(self.folder.path(), self.port, &self.settings(more)).await
    }

    /// The same by a shell that does this first.
    pub(crate) async fn serve_after(&self, first: &str) -> Serving {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{first} && exec \"$0\" serve"), env!("CARGO_BIN_EXE_sparekey")]);
        shell.current_dir(self.folder.path()).env_clear().envs(self.settings(&[]));
        Serving::run(&self.url(), self.port, shell.env("PATH", "/usr/bin:/bin")).await
    }
}

fn url(port: u16) -> String {
    format!("http://localhost:{port}")
}

/// `sparekey` with these settings and no others, in this folder.
pub(crate) fn sparekey(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sparekey"));
    command.current_dir(folder).env_clear().envs(settings.iter().copied()).args(arguments);
    command
}

/// Runs it to its end.
pub(crate) fn run(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    sparekey(folder, settings, arguments).stdin(Stdio::null()).output().unwrap()
}

/// A serving process; killed when this is dropped.
pub(crate) struct Serving {
    child: Child,
    pub(crate) site: String,
    port: u16,
}

impl Serving {
    /// Starts it and waits until it answers. What it logs goes to the file `log` in the folder.
    pub(crate) async fn start(folder: &Path, port: u16, settings: &[(&str, &str)]) -> Self {
        Self::of_site(&url(port), folder, port, settings).await
    }

    /// As `start`, of a site that stands before several.
    pub(crate) async fn of_site(site: &str, folder: &Path, port: u16, settings: &[(&str, &str)]) -> Self {
        Self::run(site, port, &mut sparekey(folder, settings, &["serve"])).await
    }

    /// Runs this command as a server of this site, in the command's own folder.
    pub(crate) async fn run(site: &str, port: u16, command: &mut Command) -> Self {
        let listen = format!("127.0.0.1:{port}");
        let log = command.get_current_dir().unwrap().join("log");
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        command.env("SITE_URL", site).env("LEPTOS_SITE_ADDR", &listen);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let address = listen.parse::<std::net::SocketAddr>().unwrap();
        eventually("the process listens", || async { tokio::net::TcpStream::connect(address).await.is_ok() })
            .await;
        Self { child, site: site.to_owned(), port }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.site, self.door())
    }

    pub(crate) fn door(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by its name, such as `TERM`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([format!("-{name}"), id]).status().unwrap().success());
    }

    /// How it ended, once it has.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        eventually("the process ends", || {
            let ended = self.child.try_wait().unwrap().is_some();
            async move { ended }
        })
        .await;
        self.child.wait().unwrap()
    }

    /// `kill -9`: nothing is finished, nothing is closed.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
