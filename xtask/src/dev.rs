//! `cargo xtask dev`: build, serve with live reload, and say which address to open.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::http;
use crate::leptos::Leptos;
use crate::run::run;
use crate::workspace::Workspace;

/// Serves until interrupted.
pub fn dev(workspace: &Workspace) -> Result<()> {
    let address = listen_address(workspace)?;
    let leptos = Leptos::ready(workspace)?;
    if workspace.binary("debug", "sparekey").exists() {
        println!("Building what has changed (usually some seconds).");
    } else {
        println!("Building Sparekey for the first time: 5 minutes on 2 cores, less on more.");
    }
    println!("It then serves, and builds again and reloads the page at every change. Ctrl-C ends it.");
    // The interrupt reaches cargo-leptos too, which stops the server in good order: wait for that.
    ctrlc::set_handler(|| {}).context("listening for Ctrl-C")?;
    let serving = Arc::new(AtomicBool::new(true));
    let announcer = announce(address, public_address(workspace), serving.clone());
    let ended = run(leptos.command(workspace, &["watch"]).envs(Leptos::unmarked("")));
    serving.store(false, Ordering::Relaxed);
    let _ = announcer.join();
    ended
}

/// Where the server will listen, and a plain sentence when somebody already does.
fn listen_address(workspace: &Workspace) -> Result<SocketAddr> {
    let address = setting(workspace, "LEPTOS_SITE_ADDR").unwrap_or_else(|| "127.0.0.1:3000".into());
    let address: SocketAddr =
        address.parse().with_context(|| format!("LEPTOS_SITE_ADDR is no address with a port: {address}"))?;
    if TcpListener::bind(address).is_err() {
        bail!(
            "Another program listens at {address}. End it, or choose another port in .env:\n\
             LEPTOS_SITE_ADDR=127.0.0.1:3010\nSITE_URL=http://localhost:3010"
        );
    }
    Ok(address)
}

fn public_address(workspace: &Workspace) -> String {
    setting(workspace, "SITE_URL")
        .or_else(|| setting(workspace, "KINDE_SITE_URL"))
        .unwrap_or_else(|| "http://localhost:3000".into())
}

fn announce(server: SocketAddr, address: String, serving: Arc<AtomicBool>) -> std::thread::JoinHandle<()> {
    let an_hour = Duration::from_secs(3600);
    std::thread::spawn(move || {
        if http::wait_for(server, an_hour, || serving.load(Ordering::Relaxed)).is_ok() {
            println!("\n    Sparekey is running. Open {address}\n");
        }
    })
}

/// A setting as the server will see it: from the environment, else from `.env`.
fn setting(workspace: &Workspace, name: &str) -> Option<String> {
    let file = || std::fs::read_to_string(workspace.root.join(".env")).ok();
    std::env::var(name).ok().or_else(|| in_file(&file()?, name))
}

fn in_file(file: &str, name: &str) -> Option<String> {
    file.lines().find_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let value = line.strip_prefix(name)?.trim_start().strip_prefix('=')?;
        Some(value.trim().trim_matches(['"', '\'']).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_found_in_the_file_by_its_whole_name() {
        let file =
            "# SITE_URL=no\nKINDE_SITE_URL=http://localhost:1\n export SITE_URL = \"http://localhost:2\"\n";
        assert_eq!(in_file(file, "SITE_URL").unwrap(), "http://localhost:2");
        assert_eq!(in_file(file, "KINDE_SITE_URL").unwrap(), "http://localhost:1");
        assert_eq!(in_file(file, "SITE"), None);
    }
}
