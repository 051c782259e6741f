//! `sparekey inbox list|show|replay|drop`: the messages that providers pushed. Data to stdout, all else to stderr.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use identity::{Inbox, Message, MessageId, MessageName, MessageState};
use serde_json::{Value as Json, json};
use store::Store;

use super::development;
use super::operator::{ask, operator};
use super::terminal::{UNWRITABLE, escaped, tell, visible};
use crate::config::{Config, Environment, SealedConfig};
use crate::database::open;
use crate::inbox::{Hooks, Received, Turn};
use crate::{System, telemetry};

/// Messages read at a time.
const PAGE: u32 = 500;

#[derive(Subcommand)]
pub(super) enum Command {
    /// The messages that wait, are quarantined or held, one a line: id, received, provider, the sender's id, type,
    /// state, reason.
    List {
        /// The processed, ignored and dropped ones too.
        #[arg(long)]
        all: bool,
        /// Only those that are held.
        #[arg(long, conflicts_with = "all")]
        held: bool,
        /// One object a line.
        #[arg(long)]
        json: bool,
    },
    /// One message, with what was received. Needs SESSION_SECRET, for that is encrypted.
    Show {
        /// Our id of it, or PROVIDER/its sender's id.
        name: String,
        /// As one object.
        #[arg(long)]
        json: bool,
    },
    /// Take messages again; of those that are held, that is your yes.
    Replay(Which),
    /// Throw messages away that wait, are quarantined or held.
    Drop(Which),
}

/// Some messages.
#[derive(Args)]
pub(super) struct Which {
    /// Our ids of them, or PROVIDER/the sender's id.
    #[arg(required_unless_present = "held", value_name = "NAME")]
    names: Vec<String>,
    /// All that are held. Asks first.
    #[arg(long, conflicts_with = "names")]
    held: bool,
    /// Does not ask.
    #[arg(long, requires = "held")]
    yes: bool,
    /// Of this provider only.
    #[arg(long, requires = "held")]
    provider: Option<String>,
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { all, held, json } => {
            let config = super::database_config()?;
            let store = open(config.database_url.expose(), &[]).await?;
            let states = match (all, held) {
                (true, _) => MessageState::ALL,
                (_, true) => &[MessageState::Held],
                _ => MessageState::OPEN,
            };
            let done = list(&inbox(&store), states, json).await;
            store.close().await;
            done
        }
        Command::Show { name, json } => {
            let config = SealedConfig::from(&development::with_secret(Environment::read()))?;
            telemetry::start(&config.database.logging);
            let store = open(config.database.database_url.expose(), &config.session_secrets).await?;
            let done = show(&inbox(&store), &name, json).await;
            store.close().await;
            done
        }
        Command::Replay(which) => {
            let config = Config::from(&development::with_secret(Environment::read()), !development::IS_ON)?;
            telemetry::start(&config.logging);
            let store = open(config.database_url.expose(), &config.session_secrets).await?;
            let done = replay(&config, &store, &which).await;
            store.close().await;
            done
        }
        Command::Drop(which) => {
            let config = super::database_config()?;
            let store = open(config.database_url.expose(), &[]).await?;
            let done = throw_away(&inbox(&store), &which).await;
            store.close().await;
            done
        }
    }
}

fn inbox(store: &Store) -> Inbox {
    Inbox::new(store.ports(), Arc::new(System))
}

async fn list(inbox: &Inbox, states: &[MessageState], as_json: bool) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut after = None;
    loop {
        let page = inbox.page(states, None, after, PAGE).await?;
        for message in &page {
            match as_json {
                true => writeln!(out, "{}", escaped(&object(message).to_string())).context(UNWRITABLE)?,
                false => writeln!(out, "{}", row(message)).context(UNWRITABLE)?,
            }
        }
        after = page.last().map(|message| message.id);
        if page.len() < PAGE as usize {
            return out.flush().context(UNWRITABLE);
        }
    }
}

/// No value may break the row or act on the terminal.
fn row(message: &Message) -> String {
    let reason = message.reason.as_deref().unwrap_or("-");
    let kind = if message.kind.is_empty() { "-" } else { &message.kind };
    [
        message.id.0.to_string().as_str(),
        &received_at(message),
        &visible(&message.provider),
        &visible(&message.sender_id),
        &visible(kind),
        &message.state.to_string(),
        &visible(reason),
    ]
    .join("\t")
}

fn received_at(message: &Message) -> String {
    message.received_at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn object(message: &Message) -> Json {
    json!({
        "id": message.id.0,
        "received_at": received_at(message),
        "provider": message.provider,
        "sender_id": message.sender_id,
        "type": message.kind,
        "state": message.state,
        "reason": message.reason,
    })
}

async fn show(inbox: &Inbox, name: &str, as_json: bool) -> anyhow::Result<()> {
    let message = find(inbox, name).await?;
    let Some(received) = message.content.as_deref().and_then(Received::parse) else {
        bail!("what was received was encrypted under another SESSION_SECRET, or forgotten")
    };
    let body = match serde_json::from_slice::<Json>(&received.body) {
        Ok(body) => body,
        Err(_) => Json::from(String::from_utf8_lossy(&received.body)),
    };
    let mut all = object(&message);
    all["body"] = body;
    let text = match as_json {
        true => all.to_string(),
        false => serde_json::to_string_pretty(&all)?,
    };
    writeln!(io::stdout(), "{}", escaped(&text)).context(UNWRITABLE)
}

async fn replay(config: &Config, store: &Store, which: &Which) -> anyhow::Result<()> {
    let inbox = inbox(store);
    let ports = crate::ports(config, store)?;
    let hooks = Hooks::new(config, &ports)?;
    let mut all_well = true;
    for message in all_of(&inbox, which, "replay").await? {
        let again = inbox.replay(&message, &operator()).await?;
        let Some(again) = again else {
            tell(&format!("{} is {}: there is nothing to replay", message.id.0, message.state));
            all_well = false;
            continue;
        };
        let state = match hooks.hook(&again.provider) {
            Some(_) => hooks.work(&again, Turn::Later).await?,
            None if Inbox::is_request(&again) => hooks.work(&again, Turn::Later).await?,
            None => {
                inbox.leave_for_later(&again, "replayed").await?;
                tell(&format!(
                    "{}: these settings have no webhooks of {}; the server takes it up",
                    again.id.0, again.provider
                ));
                MessageState::Waiting
            }
        };
        tell(&format!("{} is {state}", again.id.0));
        all_well &= matches!(state, MessageState::Processed | MessageState::Ignored | MessageState::Waiting);
    }
    if all_well { Ok(()) } else { bail!("not every message could be replayed") }
}

async fn throw_away(inbox: &Inbox, which: &Which) -> anyhow::Result<()> {
    let mut all_well = true;
    for message in all_of(inbox, which, "drop").await? {
        let is_gone = inbox.throw_away(&message, &operator()).await?;
        let state = if is_gone { "dropped".to_owned() } else { message.state.to_string() };
        tell(&format!("{} is {state}", message.id.0));
        all_well &= is_gone;
    }
    if all_well { Ok(()) } else { bail!("not every message could be dropped") }
}

/// The messages that were named, with their content; of `--held` all, those that were received first first.
async fn all_of(inbox: &Inbox, which: &Which, act: &str) -> anyhow::Result<Vec<Message>> {
    let mut all = Vec::new();
    for name in &which.names {
        all.push(find(inbox, name).await?);
    }
    if which.held {
        all = held(inbox, which.provider.as_deref()).await?;
        if all.is_empty() {
            let whose = which.provider.as_ref().map_or(String::new(), |provider| format!(" of {provider}"));
            tell(&format!("no message{whose} is held"));
        }
        if !which.yes && !all.is_empty() {
            ask(&format!("{} messages are held; what {act} does of all of them stays so.", all.len()), act)?;
        }
    }
    Ok(all)
}

async fn held(inbox: &Inbox, provider: Option<&str>) -> anyhow::Result<Vec<Message>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = inbox.page(&[MessageState::Held], provider, after, PAGE).await?;
        for message in &page {
            all.extend(inbox.find(&MessageName::Id(message.id)).await?);
        }
        after = page.last().map(|message| message.id);
        if page.len() < PAGE as usize {
            return Ok(all);
        }
    }
}

async fn find(inbox: &Inbox, name: &str) -> anyhow::Result<Message> {
    let name = match (uuid::Uuid::parse_str(name), name.split_once('/')) {
        (Ok(id), _) => MessageName::Id(MessageId(id)),
        (_, Some((provider, id))) => MessageName::Sender { provider: provider.into(), id: id.into() },
        _ => bail!("a message is named by its id, or by PROVIDER/ and the id that its sender gave it"),
    };
    inbox.find(&name).await?.context("there is no such message; `sparekey inbox list --all` shows all")
}
