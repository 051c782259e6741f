//! `sparekey studio`: the studio on this machine, for whoever runs the command. No log-in, no provider: the database alone,
//! and the secret where there is one. Its address goes to stdout, all else to stderr.

use std::io::IsTerminal;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::Args;
use tokio::net::TcpListener;

use super::development;
use super::operator::actor;
use super::serve::told_to_stop;
use super::terminal::{print, tell};
use crate::config::{Environment, StudioConfig};
use crate::{Server, telemetry};

/// How many ports after the first are tried.
const PORTS: u16 = 100;

/// Where it listens.
#[derive(Args)]
pub(super) struct Arguments {
    /// The port on 127.0.0.1; where it is taken, the next that is free.
    #[arg(long, default_value_t = 5555)]
    port: u16,
}

pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = StudioConfig::from(&development::with_secret(Environment::read()))?;
    telemetry::start(&config.database.logging);
    let listener = listen(arguments.port).await?;
    let (server, opening) = Server::local(listener, &config, actor()).await?;
    print(&opening.address)?;
    tell("The address above opens the studio once, within ten minutes. Ctrl-C ends it.");
    // Where somebody is there to see it.
    let page = std::io::stderr().is_terminal().then(|| show(&opening.page)).flatten();
    server.run(told_to_stop()).await;
    if let Some(page) = page {
        drop(std::fs::remove_file(page));
    }
    Ok(())
}

/// The first free port.
async fn listen(first: u16) -> anyhow::Result<TcpListener> {
    for port in first..=first.saturating_add(PORTS) {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error).with_context(|| format!("cannot listen on 127.0.0.1:{port}")),
        }
    }
    bail!("no port from {first} on is free; --port names another")
}

/// Opens the browser by a file that only we may read; where there is none, the address is there to be copied.
fn show(page: &str) -> Option<PathBuf> {
    let name = format!("sparekey-studio-{}.html", uuid::Uuid::now_v7());
    let file = std::env::temp_dir().join(name);
    keep(&file, page).ok()?;
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let mut command = Command::new(program);
    command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    drop(command.spawn());
    Some(file)
}

fn keep(file: &Path, page: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(page.as_bytes())
}
