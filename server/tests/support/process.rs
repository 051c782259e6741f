//! The real binary, in a folder and with an environment of its own.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use super::app::eventually;
use super::browser::Browser;

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
        let site = format!("http://localhost:{port}");
        let listen = format!("127.0.0.1:{port}");
        let mut command = sparekey(folder, settings, &["serve"]);
        command.env("SITE_URL", &site).env("LEPTOS_SITE_ADDR", &listen);
        let log = std::fs::File::options().create(true).append(true).open(folder.join("log")).unwrap();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let address = listen.parse::<std::net::SocketAddr>().unwrap();
        eventually("the process listens", || async { tokio::net::TcpStream::connect(address).await.is_ok() })
            .await;
        Self { child, site, port }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.site, (Ipv4Addr::LOCALHOST, self.port).into())
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
