//! What providers push: judged, kept, worked on, answered. `POST /hooks/{provider}`, the job that takes up what waits,
//! and `sparekey inbox` all work with these.

mod believed;
mod gate;
mod received;
mod work;

use std::sync::Arc;
use std::time::Duration;

use app::Ports;
use formats::webhook::Format;
use futures::future::{join, join_all};
use http::HeaderMap;
use identity::{
    Accounts, Arrived, Digest, Directory, Inbox, MessageState, MissingLimit, Provider, Senders, Standing,
    StoreError, Timestamp, World,
};
use provider::admin::AdminInterface;
use provider::{OpenIdProvider, SetUpError};
use tokio::sync::Notify;

use crate::config::{Config, Webhook};

pub(crate) use believed::Refusal;
pub(crate) use received::Received;
pub(crate) use work::Turn;

/// How often it is looked for messages that wait.
const LOOK: Duration = Duration::from_secs(2);
/// Read at a time.
const PAGE: u32 = 20;
/// Longer than this an admin interface is not waited for: the message waits instead.
const PATIENCE: Duration = Duration::from_secs(10);

/// The webhooks of all providers that have some.
pub(crate) struct Hooks {
    pub(crate) inbox: Inbox,
    directory: Directory,
    world: Arc<dyn World>,
    all: Vec<Hook>,
    gate: gate::Gate,
}

/// The webhooks of one provider.
pub(crate) struct Hook {
    provider: Arc<dyn Provider>,
    webhook: Webhook,
    /// Whether its reference is the subject.
    is_subject: bool,
    /// Whether nobody logs in there any more. It is heard, and asked nothing but its keys.
    is_retired: bool,
    limit: MissingLimit,
    /// The admin interface, where we may use it.
    accounts: Option<Arc<dyn Accounts>>,
    /// Whoever works on its messages is told of one that need not wait for the next look.
    wake: Notify,
}

impl Hooks {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// An admin interface's certificate authorities cannot be used.
    pub(crate) fn new(config: &Config, ports: &Ports) -> Result<Self, SetUpError> {
        let mut all = Vec::new();
        for webhook in &config.webhooks {
            let settings = config.providers.iter().find(|one| one.name == webhook.provider);
            let Some(settings) = settings else { continue };
            let active = ports.login.providers().iter().find(|one| one.name() == webhook.provider);
            let provider = match active {
                Some(active) => active.clone(),
                None => Arc::new(OpenIdProvider::new(settings.clone(), ports.world.clone())?),
            };
            let accounts = match settings.is_retired {
                true => None,
                false => AdminInterface::new(settings, ports.world.clone())?,
            };
            all.push(Hook {
                webhook: webhook.clone(),
                is_subject: provider.reference() == "sub",
                is_retired: settings.is_retired,
                provider,
                limit: settings.missing_limit,
                accounts: accounts.map(|one| Arc::new(one.with_patience(PATIENCE)) as Arc<dyn Accounts>),
                wake: Notify::new(),
            });
        }
        Ok(Self {
            inbox: ports.inbox.clone(),
            directory: ports.directory.clone(),
            world: ports.world.clone(),
            all,
            gate: gate::Gate::new(),
        })
    }

    /// The webhooks of this provider.
    pub(crate) fn hook(&self, provider: &str) -> Option<&Hook> {
        self.all.iter().find(|one| one.provider.name() == provider)
    }

    /// Takes a delivery: all of it is kept when this returns, and what it says by itself is merged.
    ///
    /// # Errors
    /// Why it is not taken. What of it was kept already is worked on all the same.
    pub(crate) async fn take(&self, hook: &Hook, headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
        let now = self.world.now();
        let received = hook.believed(headers, body, now).await?;
        let arrived = hook.arrived(&received, now);
        let _turn = self.gate.turn().await.ok_or(Refusal::Busy)?;
        self.keep_and_work(arrived).await.map_err(|error| Refusal::Unavailable(error.into()))
    }

    /// All are kept before the first is worked on, and what one comes to is nothing to the others.
    async fn keep_and_work(&self, arrived: Vec<Arrived>) -> Result<(), StoreError> {
        let mut waiting = Vec::new();
        for one in arrived {
            let message = self.inbox.keep(one).await?;
            waiting.extend((message.state == MessageState::Waiting).then_some(message));
        }
        let mut done = Ok(());
        for message in &waiting {
            done = done.and(self.work(message, Turn::First).await.map(drop));
        }
        done
    }

    /// Takes up what waits, for ever: what nobody finished, and what is done when nobody waits for an answer. Each
    /// provider's by itself, for its interface may keep us waiting.
    pub(crate) async fn work_on(&self) {
        let names: Vec<String> = self.all.iter().map(|hook| hook.provider.name().to_owned()).collect();
        let nobody = Notify::new();
        let mut each = Vec::new();
        for hook in &self.all {
            each.push(self.work_on_those(Senders::One(hook.provider.name()), &hook.wake));
        }
        join(join_all(each), self.work_on_those(Senders::Others(&names), &nobody)).await;
    }

    async fn work_on_those(&self, senders: Senders<'_>, wake: &Notify) {
        loop {
            drop(tokio::time::timeout(LOOK, wake.notified()).await);
            if let Err(error) = self.work_once(senders).await {
                tracing::warn!(code = error.code().as_str(), "messages that wait could not be worked on");
            }
        }
    }

    async fn work_once(&self, senders: Senders<'_>) -> Result<(), StoreError> {
        loop {
            let due = self.inbox.due(senders, PAGE).await?;
            let is_last = due.len() < PAGE as usize;
            for message in due {
                let Some(message) = self.inbox.take_up(message).await? else { continue };
                // One that fails waits for its next turn; the others need not.
                if let Err(error) = self.work(&message, Turn::Later).await {
                    tracing::warn!(id = %message.id.0, code = error.code().as_str(), "a message waits still");
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }
}

impl Hook {
    /// Whether an address is asked about by the sender's challenge: Okta's.
    pub(crate) fn format(&self) -> Format {
        self.webhook.format
    }

    /// The messages of a delivery, each to be kept by itself; what cannot be read as a whole is one.
    fn arrived(&self, received: &Received, now: Timestamp) -> Vec<Arrived> {
        let (format, issuer) = (self.webhook.format, self.provider.issuer());
        let arrived = |sender_id, kind, content: &Received| Arrived {
            provider: self.provider.name().to_owned(),
            sender_id,
            kind,
            about: None,
            gone_at: None,
            received_at: now,
            content: content.to_bytes(),
        };
        let Ok(messages) = received.split(format, issuer) else {
            return vec![arrived(received.id(), String::new(), received)];
        };
        let one = |(message, alone): (formats::webhook::Message, Received)| {
            let (id, kind) = (received::named(&message.id), received::kind(&message.kind));
            let (about, gone_at) = whom(&message, issuer, now);
            Arrived { about, gone_at, ..arrived(id, kind, &alone) }
        };
        messages.into_iter().map(one).collect()
    }
}

/// Whom a message is about, and when they went.
fn whom(
    message: &formats::webhook::Message,
    issuer: &str,
    now: Timestamp,
) -> (Option<Digest>, Option<Timestamp>) {
    use chrono::SubsecRound;
    use formats::webhook::Said;
    let of = |reference: &str| Some(Digest::of_pair(issuer, reference));
    match &message.said {
        Said::Heard(heard) | Said::Changed(heard) => {
            let is_gone = heard.standing == Some(Standing::Deleted);
            let at = heard.at.map_or(now, |at| at.min(now)).trunc_subsecs(6);
            (of(&heard.reference), is_gone.then_some(at))
        }
        Said::SessionsEnded(reference) => (of(reference), None),
        Said::Ignored | Said::Unreadable(_) => (None, None),
    }
}
