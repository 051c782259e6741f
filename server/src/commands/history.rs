//! `sparekey users history`: what changed of one user, newest first, a line each.

use std::io::{BufWriter, Write};

use anyhow::Context;
use clap::Args;
use identity::{Change, Directory};

use super::terminal::{UNWRITABLE, escaped, visible};
use super::told::{Told, object};
use super::who::{Who, find};

/// Writes read at a time.
const PAGE: u32 = 200;

/// Whose history, and how it is told.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    who: Who,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Prints all of it, by pages, in bounded memory.
pub(super) async fn run(directory: &Directory, arguments: &Arguments) -> anyhow::Result<()> {
    let user = find(directory, &arguments.who).await?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut before = None;
    loop {
        let changes = directory.changes_before(user.id, before.unwrap_or(i64::MAX), PAGE).await?;
        for change in &changes {
            for told in Told::all(&change.what) {
                let line = if arguments.json { json(&told, change) } else { line(&told, change) };
                writeln!(out, "{line}").context(UNWRITABLE)?;
            }
        }
        match changes.last() {
            Some(oldest) => before = Some(oldest.version),
            None => break,
        }
    }
    out.flush().context(UNWRITABLE)
}

fn json(told: &Told, change: &Change) -> String {
    escaped(&object(told, change).to_string()).into_owned()
}

fn line(told: &Told, change: &Change) -> String {
    let origin = &change.origin;
    let provider = change.identity.as_ref().map_or("-", |name| name.provider.as_str());
    let actor = origin.actor.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    let run = origin.run.map_or_else(|| "-".to_owned(), |run| run.to_string());
    let source: &str = origin.source.into();
    let (at, told) = (formats::rfc3339(origin.at), told.to_string());
    let parts: [&str; 6] = [&at, &told, source, provider, &actor, &run];
    parts.map(|part| visible(part).into_owned()).join("\t")
}
