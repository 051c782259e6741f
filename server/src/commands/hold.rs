//! `sparekey hold list|release`: what the operator keeps as it is, whatever the provider says next. An undo with
//! `--hold` sets holds.

use std::io::{BufWriter, Write};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use formats::rfc3339;
use identity::{Directory, Held, User, UserId};
use serde_json::json;

use super::operator::{each, operator};
use super::terminal::{UNWRITABLE, escaped, tell, visible};

#[derive(Subcommand)]
pub(super) enum Command {
    /// One line a hold: user, provider, what is held, since when, by whom, by which undo; tabs between them.
    List(List),
    /// Let a user's fields follow the provider again.
    Release(Release),
}

#[derive(Args)]
pub(super) struct List {
    /// Of this user alone.
    user: Option<uuid::Uuid>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Release {
    /// The user's id.
    user: uuid::Uuid,
    /// A field, or `standing`; without it all that is held.
    field: Option<Held>,
    /// Of this provider's identities alone.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    super::with_directory(async |directory| match command {
        Command::List(asked) => list(directory, &asked).await,
        Command::Release(asked) => release(directory, &asked).await,
    })
    .await
}

async fn list(directory: &Directory, asked: &List) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut pass = |user: &User| lines(user, asked.json).iter().try_for_each(|line| writeln!(out, "{line}"));
    match asked.user {
        None => each(directory, pass).await?,
        Some(id) => pass(&find(directory, id).await?).context(UNWRITABLE)?,
    }
    out.flush().context(UNWRITABLE)
}

fn lines(user: &User, as_json: bool) -> Vec<String> {
    let holds = user.identities.iter().flat_map(|one| one.holds.iter().map(move |hold| (one, hold)));
    let line = |(one, (held, hold)): (&identity::Identity, (&Held, &identity::Hold))| {
        if as_json {
            let line = json!({
                "user": user.id, "provider": one.provider, "issuer": one.issuer, "subject": one.subject,
                "held": held, "at": rfc3339(hold.at), "actor": hold.actor, "run": hold.run,
            });
            return escaped(&line.to_string()).into_owned();
        }
        let dash = || "-".to_owned();
        let columns = [
            user.id.to_string(),
            one.provider.clone(),
            held.to_string(),
            rfc3339(hold.at),
            hold.actor.as_ref().map_or_else(dash, ToString::to_string),
            hold.run.map_or_else(dash, |run| run.to_string()),
        ];
        columns.map(|column| visible(&column).into_owned()).join("\t")
    };
    holds.map(line).collect()
}

async fn release(directory: &Directory, asked: &Release) -> anyhow::Result<()> {
    let user = find(directory, asked.user).await?;
    let provider = asked.provider.as_deref();
    match directory.release_holds(user.id, asked.field, provider, &operator()).await? {
        0 => bail!("nothing of it is held; `sparekey hold list {}` shows what is", user.id),
        released => {
            tell(&format!("{released} released; they are what the provider says next"));
            Ok(())
        }
    }
}

async fn find(directory: &Directory, id: uuid::Uuid) -> anyhow::Result<User> {
    directory.find(UserId(id)).await?.context("there is no such user; `sparekey users list` shows all")
}
