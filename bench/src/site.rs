//! Sparekey as it is run under measurement: the release with a database and a client of its own.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use dev_provider::{Client, DevProvider};

use crate::Programs;
use crate::browser::Browser;
use crate::process::{Process, free_address};

/// Where Sparekey will be, before it is there.
pub(crate) struct Site {
    address: SocketAddr,
    settings: Vec<(&'static str, String)>,
    url: String,
}

impl Site {
    /// A site registered at the provider under this id.
    pub(crate) fn new(provider: &DevProvider, id: &str, database: &str) -> Result<Self> {
        let address = free_address()?;
        let url = format!("http://localhost:{}", address.port());
        provider.register(Client::for_site(id, Some("bench-secret"), &url));
        let settings = vec![
            ("SITE_URL", url.clone()),
            ("LEPTOS_SITE_ADDR", address.to_string()),
            ("DATABASE_URL", database.to_owned()),
            ("SESSION_SECRET", "07".repeat(32)),
            ("OIDC_ISSUER_URL", provider.issuer().to_owned()),
            ("OIDC_CLIENT_ID", id.to_owned()),
            ("OIDC_CLIENT_SECRET", "bench-secret".to_owned()),
            ("RATE_LIMIT", "off".to_owned()),
        ];
        Ok(Self { address, settings, url })
    }

    /// Starts it, in this folder, with no other settings; its first page is Home. It logs as it does unless
    /// told otherwise, into a file.
    pub(crate) fn start(&self, programs: &Programs, folder: &Path) -> Result<Process> {
        let log = folder.join(format!("{}.log", self.address.port()));
        let mut command = self.command(programs, folder);
        let started = Process::start(command.stderr(File::create(&log)?), self.address, "/");
        started.with_context(|| std::fs::read_to_string(&log).unwrap_or_default())
    }

    /// The program with the site's settings.
    pub(crate) fn command(&self, programs: &Programs, folder: &Path) -> Command {
        let mut command = Command::new(&programs.sparekey);
        command.current_dir(folder).env_clear().envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Its origin.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn browser(&self) -> Result<Browser> {
        Browser::new(&self.url, self.address)
    }
}
