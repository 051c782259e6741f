//! `sparekey runs list|show`: what scans, imports, undos and their like did.

use std::io::{BufWriter, Write};
use std::sync::Arc;

use anyhow::Context;
use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use formats::rfc3339;
use identity::scan::{Leaving, Listed};
use identity::{
    Change, ChangesOf, Directory, Field, Made, Run, RunId, RunKind, RunState, RunsAsked, Timestamp,
};
use serde_json::{Value as Json, json};

use super::development;
use super::terminal::{UNWRITABLE, escaped, tell, visible};
use super::told::{Told, object, said_of};
use crate::config::{CopyConfig, Environment};
use crate::database::open;
use crate::{System, telemetry};

#[derive(Subcommand)]
pub(super) enum Command {
    /// One line a run, the newest first: id, kind, provider, state, start, end, who, counts; tabs between them.
    List(List),
    /// One run, and what it changed, person by person; of one that the guard holds, whom it would take away.
    Show(Show),
}

#[derive(Args)]
pub(super) struct List {
    /// scan, import, undo, switch or restore.
    #[arg(long)]
    kind: Option<RunKind>,
    /// Of this provider alone.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// running, done, incomplete, held, approved, failed, undone or superseded.
    #[arg(long)]
    state: Option<RunState>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Show {
    /// The run's id.
    run: uuid::Uuid,
    /// JSON: the run on the first line, then one person a line.
    #[arg(long)]
    json: bool,
}

/// Read at a time.
const PAGE: u32 = 500;

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    let asked = match command {
        Command::List(asked) => {
            return super::with_directory(async |directory| list(directory, asked).await).await;
        }
        Command::Show(asked) => asked,
    };
    // What a held run read is sealed.
    let config = CopyConfig::from(&development::with_secret(Environment::read()))?;
    telemetry::start(&config.database.logging);
    let store = open(config.database.database_url.expose(), &config.session_secrets).await?;
    let done = show(&Directory::new(store.ports(), Arc::new(System)), &asked).await;
    store.close().await;
    done
}

async fn list(directory: &Directory, asked: List) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let List { kind, provider, state, json } = asked;
    let mut asked = RunsAsked { kind, provider, state, before: None };
    loop {
        let page = directory.runs(&asked, PAGE).await?;
        for run in &page {
            let line = if json { escaped(&as_json(run).to_string()).into_owned() } else { row(run) };
            writeln!(out, "{line}").context(UNWRITABLE)?;
        }
        asked.before = page.last().map(|run| run.id);
        if page.len() < PAGE as usize {
            return out.flush().context(UNWRITABLE);
        }
    }
}

async fn show(directory: &Directory, asked: &Show) -> anyhow::Result<()> {
    let id = RunId(asked.run);
    let run = find(directory, id).await?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    match asked.json {
        true => writeln!(out, "{}", escaped(&as_json(&run).to_string())),
        false => writeln!(out, "{}", row(&run)),
    }
    .context(UNWRITABLE)?;
    let mut after = None;
    loop {
        let page = directory.made(Made::ByRun(id), after, PAGE).await?;
        for ChangesOf { user, changes } in &page {
            match asked.json {
                true => {
                    let changes: Vec<Json> =
                        all_told(changes).map(|(told, change)| object(&told, change)).collect();
                    let line = json!({ "user": user, "changes": changes }).to_string();
                    writeln!(out, "{}", escaped(&line)).context(UNWRITABLE)?;
                }
                false => {
                    writeln!(out, "{user}").context(UNWRITABLE)?;
                    lines(&mut out, changes)?;
                }
            }
        }
        after = page.last().map(|one| one.user);
        if page.len() < PAGE as usize {
            break;
        }
    }
    if run.state == RunState::Held {
        leaving(directory, &run, asked.json, &mut out).await?;
    }
    out.flush().context(UNWRITABLE)
}

/// Whom a run that is held would take away.
async fn leaving(
    directory: &Directory,
    run: &Run,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut from = None;
    loop {
        let (people, next) = match directory.leaving(run, from, PAGE as usize).await? {
            Listed::Page(people, next) => (people, next),
            Listed::Nothing => {
                tell("what this scan read is kept no more: after 7 days it must be scanned again");
                return Ok(());
            }
            Listed::Sealed => {
                tell("whom this scan would take away is sealed: it is shown where SESSION_SECRET is set");
                return Ok(());
            }
        };
        for Leaving { user, changes } in &people {
            if as_json {
                let would = all_told(changes).map(|(told, change)| said_of(change.identity.as_ref(), &told));
                let would: Vec<Json> = would.collect();
                let line = json!({ "user": user.id, "email": user.text(Field::Email), "would": would });
                writeln!(out, "{}", escaped(&line.to_string())).context(UNWRITABLE)?;
            } else {
                let email = user.text(Field::Email).unwrap_or_default();
                let line = format!("would go: {} {email}", user.id);
                writeln!(out, "{}", visible(line.trim_end())).context(UNWRITABLE)?;
                lines(out, changes)?;
            }
        }
        match next {
            Some(_) => from = next,
            None => return Ok(()),
        }
    }
}

fn all_told(changes: &[Change]) -> impl Iterator<Item = (Told, &Change)> {
    changes.iter().flat_map(|change| Told::all(&change.what).into_iter().map(move |told| (told, change)))
}

/// A line for each change of one person.
fn lines(out: &mut impl Write, changes: &[Change]) -> anyhow::Result<()> {
    for (told, change) in all_told(changes) {
        let whose = change.identity.as_ref().map_or("user", |name| &name.provider);
        writeln!(out, "  {}", visible(&format!("{whose} {told}"))).context(UNWRITABLE)?;
    }
    Ok(())
}

/// The run with this id.
pub(super) async fn find(directory: &Directory, id: RunId) -> anyhow::Result<Run> {
    directory.run(id).await?.context("there is no such run; `sparekey runs list` shows all")
}

/// A run as one object.
pub(super) fn as_json(run: &Run) -> Json {
    json!({
        "id": run.id,
        "kind": run.kind,
        "provider": run.provider,
        "actor": run.actor,
        "about": run.about,
        "state": run.state,
        "counts": run.counts,
        "started_at": rfc3339(run.started_at),
        "finished_at": run.finished_at.map(rfc3339),
    })
}

fn row(run: &Run) -> String {
    let time = |at: Timestamp| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let dash = || "-".to_owned();
    let counts: Vec<String> = run.counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let columns = [
        run.id.to_string(),
        run.kind.to_string(),
        run.provider.clone().unwrap_or_else(dash),
        run.state.to_string(),
        time(run.started_at),
        run.finished_at.map_or_else(dash, time),
        run.actor.as_ref().map_or_else(dash, ToString::to_string),
        counts.join(", "),
    ];
    columns.map(|column| visible(&column).into_owned()).join("\t")
}
