//! `sparekey users list|show|export|import|disable|enable`: the operator's way to the copy. Data to stdout, all else
//! to stderr; all users are read by pages, in bounded memory.

use std::io::{BufWriter, Write};
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use formats::UserLine;
use identity::{Directory, Field, Status, User, UserId};

use super::operator::{actor, each};
use super::terminal::{UNWRITABLE, escaped, tell, visible};
use super::{export, import};
use crate::{System, seal};

#[derive(Subcommand)]
pub(super) enum Command {
    /// One line a user for people: id, status, e-mail, name, last log-in; tabs between them.
    List,
    /// One user, as `export` prints it.
    Show(Who),
    /// All users: one a line as `sparekey.user/1` (JSON Lines), or as another provider takes them.
    Export(export::Arguments),
    /// Users out of a file: another provider's, a table of your own, or another Sparekey's.
    Import(import::Arguments),
    /// Shut a user out: refused at log-in, out at the next request. The record stays.
    Disable(Who),
    /// Let a user in again.
    Enable(Who),
}

/// A user: by id, or by an identity.
#[derive(Args)]
pub(super) struct Who {
    /// The user's id.
    #[arg(required_unless_present = "subject")]
    id: Option<uuid::Uuid>,
    /// The issuer of one of their identities.
    #[arg(long, requires = "subject", conflicts_with = "id", allow_hyphen_values = true)]
    issuer: Option<String>,
    /// The subject of the same identity.
    #[arg(long, requires = "issuer", conflicts_with = "id", allow_hyphen_values = true)]
    subject: Option<String>,
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    let config = super::database_config()?;
    let store = store::open(config.database_url.expose(), seal(&[])).await?;
    let directory = Directory::new(store.ports(), Arc::new(System));
    let done = act(&directory, command).await;
    store.close().await;
    done
}

async fn act(directory: &Directory, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List => list(directory).await,
        Command::Export(arguments) => export::run(directory, arguments).await,
        Command::Import(arguments) => import::run(directory, arguments).await,
        Command::Show(who) => show(&find(directory, &who).await?),
        Command::Disable(who) => set_disabled(directory, &who, true).await,
        Command::Enable(who) => set_disabled(directory, &who, false).await,
    }
}

async fn list(directory: &Directory) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    each(directory, |user| writeln!(out, "{}", row(user))).await?;
    out.flush().context(UNWRITABLE)
}

fn show(user: &User) -> anyhow::Result<()> {
    let line = serde_json::to_string(&UserLine::full(user))?;
    writeln!(std::io::stdout(), "{}", escaped(&line)).context(UNWRITABLE)
}

/// No value may break the row or act on the terminal.
fn row(user: &User) -> String {
    let text = |field| visible(&user.text(field).unwrap_or_default()).into_owned();
    let last = user.last_login_at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    [
        user.id.to_string(),
        user.status().to_string(),
        text(Field::Email),
        text(Field::Name),
        last.unwrap_or_else(|| "never".to_owned()),
    ]
    .join("\t")
}

async fn find(directory: &Directory, who: &Who) -> anyhow::Result<User> {
    let found = match (who.id, &who.issuer, &who.subject) {
        (Some(id), _, _) => directory.find(UserId(id)).await?,
        (None, Some(issuer), Some(subject)) => directory.find_by_identity(issuer, subject).await?,
        _ => None,
    };
    found.context("there is no such user; `sparekey users list` shows all")
}

async fn set_disabled(directory: &Directory, who: &Who, to: bool) -> anyhow::Result<()> {
    let user = find(directory, who).await?;
    let user = directory.set_disabled(user.id, to, None, Some(actor())).await?.unwrap_or(user);
    tell(&format!("{} is {}", user.id, user.status()));
    if !to && user.status() == Status::Tombstone {
        tell("no provider has this user any more; a log-in by one of their identities lets them in");
    }
    Ok(())
}
