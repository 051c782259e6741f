//! `sparekey users waiting` and `users adopt`: accounts of providers whose people we do not know yet, and the operator's
//! word on whose they are.

use std::io::{BufWriter, Write};

use anyhow::{Context, bail};
use clap::Args;
use formats::rfc3339;
use identity::{Directory, Entry, EntryId, EntryLinked, UserId};
use serde_json::json;

use super::development;
use super::operator::operator;
use super::terminal::{UNWRITABLE, escaped, tell, visible};
use crate::config::Config;

/// Accounts read at a time.
const PAGE: u32 = 500;

#[derive(Args)]
pub(super) struct Waiting {
    /// Of this provider alone.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Adopt {
    /// The user's id.
    id: uuid::Uuid,
    /// The account's id here, as `users waiting` and SCIM say it.
    #[arg(long, value_name = "ID")]
    account: uuid::Uuid,
}

pub(super) async fn list(directory: &Directory, asked: &Waiting) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut after = None;
    loop {
        let page = directory.waiting_entries(asked.provider.as_deref(), after, PAGE).await?;
        for entry in &page {
            writeln!(out, "{}", line(entry, asked.json)).context(UNWRITABLE)?;
        }
        after = page.last().map(|entry| entry.id);
        if page.len() < PAGE as usize {
            return out.flush().context(UNWRITABLE);
        }
    }
}

fn line(entry: &Entry, as_json: bool) -> String {
    let (email, name) = (entry.said("email"), entry.said("name"));
    if as_json {
        let line = json!({
            "id": entry.id.0, "provider": entry.provider, "reference": entry.reference,
            "since": rfc3339(entry.created_at), "email": email, "name": name,
        });
        return escaped(&line.to_string()).into_owned();
    }
    let dash = || "-".to_owned();
    let columns = [
        entry.id.to_string(),
        entry.provider.clone(),
        entry.reference.clone(),
        rfc3339(entry.created_at),
        email.unwrap_or_else(dash),
        name.unwrap_or_else(dash),
    ];
    columns.map(|column| visible(&column).into_owned()).join("\t")
}

pub(super) async fn adopt(directory: &Directory, asked: &Adopt) -> anyhow::Result<()> {
    let id = EntryId(asked.account);
    let entry = directory.entry(id).await?;
    let entry = entry.context("there is no such account; `sparekey users waiting` lists those that wait")?;
    let config = Config::from_environment(!development::IS_ON)?;
    let settings = config.providers.iter().find(|one| one.name == entry.provider);
    let settings = settings.with_context(|| format!("the settings name no provider {}", entry.provider))?;
    let is_subject = settings.reference == "sub";
    let user = UserId(asked.id);
    let linked = directory.link_entry(&operator(), id, user, &settings.issuer, is_subject).await?;
    match linked {
        EntryLinked::Done | EntryLinked::AsItWas => {
            tell(&format!("the account {} is one of {user}", entry.id));
            Ok(())
        }
        EntryLinked::Nobody => bail!("there is no such user; `sparekey users list` shows all"),
        EntryLinked::Taken => bail!("the account is another user's"),
        EntryLinked::NoIdentity => bail!(
            "the user has no identity of {}, or several of them: which one the account is, only a log-in says",
            entry.provider
        ),
    }
}
