//! `sparekey users invite`: a one-time address by which somebody logs in at another provider as the user they are.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use identity::{Directory, Invitation, Invited, Operator, User};
use provider::ProviderSettings;
use serde_json::json;

use super::development;
use super::operator::actor;
use super::terminal::{UNWRITABLE, escaped, tell};
use super::who::{Who, find};
use crate::config::{Config, Environment, SiteUrl};
use crate::database::open;
use crate::{System, telemetry};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    who: Who,
    /// Where they will log in: the provider's name in the settings.
    #[arg(long, value_name = "NAME")]
    provider: String,
    /// Why; it stands in the operators' log.
    #[arg(long)]
    reason: Option<String>,
    /// One JSON object on stdout instead of the address.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(asked: &Arguments) -> anyhow::Result<()> {
    let config = Config::from(&development::with_secret(Environment::read()), !development::IS_ON)?;
    telemetry::start(&config.logging);
    let provider = open_provider(&config, &asked.provider)?;
    // What the address opens is sealed, so the secret is needed too.
    let store = open(config.database_url.expose(), &config.session_secrets).await?;
    let directory = Directory::new(store.ports(), Arc::new(System));
    let done = invite(&directory, &config, provider, asked).await;
    store.close().await;
    done
}

/// The provider of this name, at which people can log in.
pub(super) fn open_provider<'a>(config: &'a Config, name: &str) -> anyhow::Result<&'a ProviderSettings> {
    let found = config.providers.iter().find(|one| one.name == name);
    let found = found.with_context(|| format!("the settings name no provider {name}"))?;
    match found.is_retired {
        true => bail!("{name} is retired: nobody logs in there"),
        false => Ok(found),
    }
}

async fn invite(
    directory: &Directory,
    config: &Config,
    provider: &ProviderSettings,
    asked: &Arguments,
) -> anyhow::Result<()> {
    let user = find(directory, &asked.who).await?;
    may_be_invited(config, &user)?;
    let by = Operator { actor: actor(), reason: asked.reason.clone(), request: None };
    let invitation = Invitation {
        user: user.id,
        provider: provider.name.clone(),
        issuer: provider.issuer.clone(),
        run: None,
    };
    let invited = directory.invite(&by, &invitation).await?.context("there is no such user any more")?;
    let (address, until) = (address(&config.site_url, &invited), formats::rfc3339(invited.until));
    let line = match asked.json {
        true => {
            let (id, provider) = (user.id, &provider.name);
            let object = json!({ "id": id, "provider": provider, "address": address, "until": until });
            escaped(&object.to_string()).into_owned()
        }
        false => address,
    };
    writeln!(std::io::stdout(), "{line}").context(UNWRITABLE)?;
    tell(&format!(
        "good once, until {until}, for a log-in at {}; the user's sessions have ended. Whoever has the address can become \
         this user: send it by a way that only they read",
        provider.name
    ));
    Ok(())
}

/// An invitation is less than a log-in: whoever has a right in the studio, or is shut out, gets none.
pub(super) fn may_be_invited(config: &Config, user: &User) -> anyhow::Result<()> {
    if config.rights.may_concern(user) {
        bail!("operators and viewers are not invited: whoever had the address could become one");
    }
    match user.is_disabled {
        true => bail!("the user is disabled: `sparekey users enable {}` first", user.id),
        false => Ok(()),
    }
}

/// The one-time address.
pub(super) fn address(site: &SiteUrl, invited: &Invited) -> String {
    site.at(&format!("{}?code={}", app::INVITATION, invited.secret.expose()))
}
