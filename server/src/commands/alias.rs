//! `sparekey alias list|add|remove`: an issuer that is another one under a new name. The same subject at both is the same
//! person then, at log-ins, in messages and in the ledger of erasures.

use std::io::Write;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use identity::{Directory, Operator};

use super::operator::{actor, pages};
use super::terminal::{UNWRITABLE, tell, visible};

#[derive(Subcommand)]
pub(super) enum Command {
    /// The issuers that have another name, one a line: the new one, the one before, since when, by whom.
    List,
    /// Say that an issuer is another one under a new name. Whoever logs in there is whoever has the same subject here.
    Add(Add),
    /// Take that back. Identities that joined by it stay.
    Remove(Remove),
}

#[derive(Args)]
pub(super) struct Add {
    /// The new name, byte for byte as it stands in ID tokens.
    issuer: String,
    /// The name that it had before.
    #[arg(long, value_name = "ISSUER")]
    of: String,
    /// Why; it stands in the operators' log.
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Args)]
pub(super) struct Remove {
    /// The new name.
    issuer: String,
    /// Why; it stands in the operators' log.
    #[arg(long)]
    reason: Option<String>,
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    super::with_directory(async |directory| match command {
        Command::List => list(directory).await,
        Command::Add(asked) => add(directory, asked).await,
        Command::Remove(asked) => remove(directory, asked).await,
    })
    .await
}

async fn list(directory: &Directory) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for alias in directory.aliases().await? {
        let (at, by) = (formats::rfc3339(alias.made_at), alias.actor.to_string());
        let parts = [&alias.issuer, &alias.of, &at, &by].map(|part| visible(part).into_owned());
        writeln!(out, "{}", parts.join("\t")).context(UNWRITABLE)?;
    }
    Ok(())
}

async fn add(directory: &Directory, asked: Add) -> anyhow::Result<()> {
    for issuer in [&asked.issuer, &asked.of] {
        let is_issuer = url::Url::parse(issuer).is_ok_and(|url| url.host().is_some());
        if !is_issuer {
            bail!("{issuer} is no issuer: it is a URL such as https://login.example.com");
        }
    }
    if asked.issuer == asked.of {
        bail!("that is one name, not two");
    }
    let (mut before, mut both) = (0_u64, 0_u64);
    pages(directory, async |page| {
        for user in page {
            let has = |issuer: &str| user.identities.iter().any(|one| one.issuer == issuer);
            before += u64::from(has(&asked.of));
            both += u64::from(has(&asked.of) && has(&asked.issuer));
        }
        Ok(())
    })
    .await?;
    if before == 0 {
        bail!("nobody has an identity of {}: is it spelled so in `sparekey users export`?", asked.of);
    }
    let by = Operator { actor: actor(), reason: asked.reason, request: None };
    directory.add_alias(&by, &asked.issuer, &asked.of).await?;
    tell(&format!(
        "{} is {} under a new name: {before} users are known by its subjects, {both} of them under both names already",
        asked.issuer, asked.of
    ));
    Ok(())
}

async fn remove(directory: &Directory, asked: Remove) -> anyhow::Result<()> {
    let by = Operator { actor: actor(), reason: asked.reason, request: None };
    match directory.remove_alias(&by, &asked.issuer).await? {
        true => tell(&format!("{} is itself alone", asked.issuer)),
        false => bail!("{} has no other name; `sparekey alias list` shows all", asked.issuer),
    }
    Ok(())
}
