//! `sparekey check`: what is right and wrong about the settings, each provider and the database, a plain
//! line each. Exit status 0 only when all is right.

use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use provider::{OpenIdProvider, ProviderSettings};

use store::OpenError;

use super::development;
use super::terminal::print;

use crate::config::{Config, Environment, SETTINGS};
use crate::telemetry::with_causes;
use crate::{System, seal};

/// Lines so far, and whether one of them is bad.
struct Verdicts {
    bad: bool,
}

impl Verdicts {
    fn good(&self, line: &str) -> io::Result<()> {
        print(&format!("  ok   {line}"))
    }

    fn bad(&mut self, line: &str) -> io::Result<()> {
        self.bad = true;
        print(&format!("  BAD  {line}"))
    }

    fn note(&self, line: &str) -> io::Result<()> {
        print(&format!("       {line}"))
    }
}

pub(super) async fn check() -> anyhow::Result<()> {
    let environment = Environment::read();
    let config = Config::from(&environment, !development::IS_ON)?;
    let mut verdicts = Verdicts { bad: false };
    print("settings")?;
    verdicts.good(&format!("SITE_URL is {}", config.site_url.origin()))?;
    let is_given = |name: &&str| environment.get(name).is_some_and(|value| !value.trim().is_empty());
    let given: Vec<&str> = SETTINGS.iter().copied().filter(is_given).collect();
    for name in given.iter().filter(|name| **name != "SITE_URL") {
        verdicts.good(&format!("{name} is set, and can be read"))?;
    }
    verdicts.note(&format!("{} others have their defaults", SETTINGS.len() - given.len()))?;
    for warning in &config.warnings {
        verdicts.note(warning)?;
    }
    let (config, _provider) = development::fill_in(&environment, config).await?;
    for settings in &config.providers {
        print(&format!("provider {}", settings.name))?;
        of_provider(&mut verdicts, settings, &config).await?;
    }
    print("database")?;
    of_database(&mut verdicts, &config).await?;
    if verdicts.bad {
        bail!("not all is right");
    }
    Ok(())
}

async fn of_provider(
    verdicts: &mut Verdicts,
    settings: &ProviderSettings,
    config: &Config,
) -> io::Result<()> {
    let provider = match OpenIdProvider::new(settings.clone(), Arc::new(System)) {
        Ok(provider) => provider,
        Err(error) => return verdicts.bad(&error.to_string()),
    };
    let report = provider.report().await;
    report.good.iter().try_for_each(|line| verdicts.good(line))?;
    report.bad.iter().try_for_each(|line| verdicts.bad(line))?;
    report.notes.iter().try_for_each(|line| verdicts.note(line))?;
    let backchannel = match settings.name.as_str() {
        app::MAIN => config.site_url.at(app::BACKCHANNEL_LOGOUT),
        name => config.site_url.at(&format!("{}/{name}", app::BACKCHANNEL_LOGOUT)),
    };
    verdicts.note("register there, to the letter:")?;
    verdicts.note(&format!("  redirect URI              {}", settings.redirect_uri))?;
    verdicts.note(&format!("  post-logout redirect URI  {}", settings.post_logout_redirect_uri))?;
    verdicts.note(&format!("  back-channel logout URI   {backchannel}"))
}

async fn of_database(verdicts: &mut Verdicts, config: &Config) -> io::Result<()> {
    let (url, scheme) = (config.database_url.expose(), config.database_url.scheme());
    match store::open(url, seal(&config.session_secrets)).await {
        Ok(store) => {
            match store.ports().users.ping().await {
                Ok(()) => verdicts.good(&format!("{scheme} answers, takes writes and is up to date"))?,
                Err(error) => verdicts
                    .bad(&format!("{scheme} answers, but takes no log-in: {}", with_causes(&error)))?,
            }
            store.close().await;
        }
        // So it is before a first start.
        Err(error @ (OpenError::Missing | OpenError::Behind(_))) => {
            verdicts.note(&format!("{scheme}: {error}"))?
        }
        Err(error) => verdicts.bad(&format!("{scheme}: {}", with_causes(&error)))?,
    }
    store::files(url).iter().filter(|file| is_open_to_others(file)).try_for_each(|file| {
        let file = file.display();
        verdicts.note(&format!("{file} holds people's data and is open to others: chmod 600 {file}"))
    })
}

/// Whether anybody but the owner may read or write the file.
#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}
