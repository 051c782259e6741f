//! `sparekey check`: what is right and wrong about the settings, each provider and the database, a plain
//! line each. Exit status 0 only when all is right.

mod backups;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use identity::{CopyWatch, Right};
use provider::admin::AdminInterface;
use provider::{OpenIdProvider, ProviderSettings};

use store::{OpenError, Store};

use super::development;
use super::terminal::print;

use crate::System;
use crate::config::{Config, Environment, SETTINGS, prefix};
use crate::copy_state::words;
use crate::database::{DatabaseError, open};
use crate::telemetry::with_causes;

/// How long an admin interface is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

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
    let (config, _provider) =
        development::fill_in(&environment, config, development::Which::TheServers).await?;
    for settings in &config.providers {
        print(&format!("provider {}", settings.name))?;
        of_provider(&mut verdicts, settings, &config).await?;
    }
    print("studio")?;
    of_studio(&verdicts, &config)?;
    print("backups")?;
    backups::of_backups(&mut verdicts, &config.backup)?;
    print("database")?;
    of_database(&mut verdicts, &config).await?;
    if verdicts.bad {
        bail!("not all is right");
    }
    Ok(())
}

/// Who may enter the studio, as far as the settings tell.
fn of_studio(verdicts: &Verdicts, config: &Config) -> io::Result<()> {
    for (rights, may) in [(&config.rights.operators, "may act"), (&config.rights.viewers, "may look")] {
        for right in rights {
            verdicts.good(&format!("{right} {may}"))?;
            if let Right::Identity { issuer, .. } = right
                && !config.providers.iter().any(|provider| provider.issuer == *issuer)
            {
                verdicts.note(&format!("  no provider has the issuer {issuer}: nobody logs in by it"))?;
            }
        }
    }
    match config.rights.operators.is_empty() && config.rights.viewers.is_empty() {
        true => verdicts.note("nobody enters it by a log-in: OPERATORS and VIEWERS name nobody"),
        false => Ok(()),
    }
}

async fn of_provider(
    verdicts: &mut Verdicts,
    settings: &ProviderSettings,
    config: &Config,
) -> io::Result<()> {
    if settings.is_retired {
        return verdicts.good("it is retired: nobody logs in there, it is asked nothing, and what it pushes is heard of whom it knows alone");
    }
    let provider = match OpenIdProvider::new(settings.clone(), Arc::new(System)) {
        Ok(provider) => provider,
        Err(error) => return verdicts.bad(&error.to_string()),
    };
    let report = provider.report().await;
    report.good.iter().try_for_each(|line| verdicts.good(line))?;
    report.bad.iter().try_for_each(|line| verdicts.bad(line))?;
    report.notes.iter().try_for_each(|line| verdicts.note(line))?;
    match config.webhooks.iter().find(|webhook| webhook.provider == settings.name) {
        Some(webhook) => {
            let address = config.site_url.at(&format!("{}/{}", app::HOOKS, settings.name));
            let proof = match webhook.secrets.len() {
                0 => "the provider's own keys",
                1 => "one secret",
                _ => "either of two secrets",
            };
            verdicts
                .good(&format!("it may push to {address}: format {}, proved by {proof}", webhook.format))?;
        }
        None => {
            let prefix = prefix(&settings.name);
            verdicts.note(&format!(
                "no webhooks: without {prefix}WEBHOOK_SECRET the copy learns by log-ins and scans"
            ))?
        }
    }
    of_admin_interface(verdicts, settings).await?;
    if let Some(scim) = &settings.scim {
        let address = config.site_url.at(&format!("{}/{}", crate::web::SCIM, settings.name));
        let attribute = scim.reference.attribute();
        verdicts.good(&format!("its SCIM client may keep users at {address}, known by {attribute}"))?;
        if settings.reference == "oid" {
            verdicts.note(&format!("  map objectId to {attribute} there: log-ins state it as oid"))?;
        }
    }
    let backchannel = match settings.name.as_str() {
        app::MAIN => config.site_url.at(app::BACKCHANNEL_LOGOUT),
        name => config.site_url.at(&format!("{}/{name}", app::BACKCHANNEL_LOGOUT)),
    };
    verdicts.note("register there, to the letter:")?;
    verdicts.note(&format!("  redirect URI              {}", settings.redirect_uri))?;
    verdicts.note(&format!("  post-logout redirect URI  {}", settings.post_logout_redirect_uri))?;
    verdicts.note(&format!("  back-channel logout URI   {backchannel}"))
}

/// Whether a scan would be let in, and when the next one comes by itself.
async fn of_admin_interface(verdicts: &mut Verdicts, settings: &ProviderSettings) -> io::Result<()> {
    let interface = match AdminInterface::new(settings, Arc::new(System)) {
        Ok(Some(interface)) => interface,
        Ok(None) => {
            let prefix = prefix(&settings.name);
            return verdicts.note(&format!(
                "no scans: without {prefix}ADMIN_CLIENT_SECRET or {prefix}ADMIN_TOKEN nobody lets us in (docs/copy.md)"
            ));
        }
        Err(error) => return verdicts.bad(&error.to_string()),
    };
    match interface.with_patience(PATIENCE).check().await {
        Ok(line) => verdicts.good(&line)?,
        Err(line) => verdicts.bad(&line)?,
    }
    match settings.scan_every {
        Some(every) => verdicts.note(&format!("scans: every {} seconds while it is served", every.as_secs())),
        None => {
            let prefix = prefix(&settings.name);
            verdicts.note(&format!("scans: only by `sparekey scan`, for {prefix}SCAN_SECONDS is 0"))
        }
    }
}

async fn of_database(verdicts: &mut Verdicts, config: &Config) -> io::Result<()> {
    let (url, scheme) = (config.database_url.expose(), config.database_url.scheme());
    match open(url, &config.session_secrets).await {
        Ok(store) => {
            match store.ports().users.ping().await {
                Ok(()) => {
                    verdicts.good(&format!("{scheme} answers, takes writes and is up to date"))?;
                    of_copy(verdicts, config, &store).await?;
                }
                Err(error) => verdicts
                    .bad(&format!("{scheme} answers, but takes no log-in: {}", with_causes(&error)))?,
            }
            store.close().await;
        }
        // So it is before a first start.
        Err(DatabaseError::Open(error @ (OpenError::Missing | OpenError::Behind(_)))) => {
            verdicts.note(&format!("{scheme}: {error}"))?
        }
        Err(error) => verdicts.bad(&format!("{scheme}: {}", with_causes(&error)))?,
    }
    store::files(url).iter().filter(|file| is_open_to_others(file)).try_for_each(|file| {
        let file = file.display();
        verdicts.note(&format!("{file} holds people's data and is open to others: chmod 600 {file}"))
    })
}

/// How true the copy is, a line for each provider.
async fn of_copy(verdicts: &mut Verdicts, config: &Config, store: &Store) -> io::Result<()> {
    let names = config.providers.iter().map(|one| one.name.clone()).collect();
    match CopyWatch::new(store.ports(), Arc::new(System), names).state().await {
        Ok(state) => state.providers.iter().try_for_each(|one| {
            verdicts.note(&format!("the copy of {}: {}", one.provider, words(one, state.at)))?;
            match one.needs_a_look() {
                true => verdicts.note(
                    "  something waits for you: `sparekey inbox list`, `sparekey runs list --state held`",
                ),
                false => Ok(()),
            }
        }),
        Err(error) => verdicts.bad(&format!("the copy cannot be counted: {}", with_causes(&error))),
    }
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
