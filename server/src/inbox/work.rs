//! What is done about one message: what it says is merged, whoever is shut out there is out here, and where it says no
//! more than that somebody changed, they are read again at the provider.

use chrono::{SubsecRound, TimeDelta};
use formats::Heard;
use formats::webhook::{Said, Unreadable};
use identity::{
    Account, Code, Digest, Field, Inbox, Message, MessageState, Origin, Pushed, PushedTo, Source, Standing,
    StoreError, Timestamp,
};

use super::{Hook, Hooks, Received};

/// How far a provider's clock may be behind ours.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// After so many tries in vain, about half a day, somebody must look.
const TRIES: i64 = 20;

/// When a message is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Its sender waits for the answer.
    First,
    /// Nobody waits.
    Later,
}

/// What becomes of it.
enum Outcome {
    Done,
    /// Done, but there was nothing to do, and why.
    Nothing(&'static str),
    Ignored,
    Held,
    Quarantined(&'static str),
    /// The rest is done when nobody waits.
    Soon,
    /// It is tried again, because of this.
    Again(&'static str),
}

impl Hooks {
    /// Does what a message that waits asks for, and notes what became of it.
    ///
    /// # Errors
    /// The database's; the message waits then, and is taken up again.
    pub(crate) async fn work(&self, message: &Message, turn: Turn) -> Result<MessageState, StoreError> {
        let outcome = match self.hook(&message.provider) {
            // Its sender comes again, and is heard then.
            _ if Inbox::is_request(message) => Outcome::Nothing("released"),
            Some(hook) => self.act(hook, message, turn).await?,
            None => Outcome::Again("provider_unknown"),
        };
        let (state, reason) = match outcome {
            Outcome::Done => (MessageState::Processed, None),
            Outcome::Nothing(why) => (MessageState::Processed, Some(why)),
            Outcome::Ignored => (MessageState::Ignored, None),
            Outcome::Held => (MessageState::Held, Some("missing_limit")),
            Outcome::Quarantined(why) => (MessageState::Quarantined, Some(why)),
            Outcome::Again(why) if message.tries >= TRIES => (MessageState::Quarantined, Some(why)),
            Outcome::Soon => {
                self.inbox.leave_for_later(message, "read_again").await?;
                self.hook(&message.provider).iter().for_each(|hook| hook.wake.notify_one());
                return Ok(MessageState::Waiting);
            }
            Outcome::Again(why) => {
                self.inbox.postpone(message, why).await?;
                return Ok(MessageState::Waiting);
            }
        };
        if self.inbox.settle(message, state, reason).await? {
            log(message, state, reason);
        }
        if message.is_approved {
            self.inbox.count_anew(&message.provider).await?;
        }
        Ok(state)
    }

    async fn act(&self, hook: &Hook, message: &Message, turn: Turn) -> Result<Outcome, StoreError> {
        let received = message.content.as_deref().and_then(Received::parse);
        let Some(received) = received else { return Ok(Outcome::Quarantined("sealed_by_another_secret")) };
        let issuer = hook.provider.issuer();
        let read = match received.message(hook.webhook.format, issuer, &message.sender_id) {
            Ok(read) => read,
            Err(unreadable) => return Ok(Outcome::Quarantined(unreadable.code())),
        };
        match read.said {
            Said::Ignored => Ok(Outcome::Ignored),
            Said::Unreadable(unreadable) => Ok(Outcome::Quarantined(Unreadable::code(unreadable))),
            Said::SessionsEnded(reference) => self.end_sessions(hook, message, &reference, read.at).await,
            Said::Heard(heard) => self.hear(hook, message, hook.pushed(heard, message)).await,
            Said::Changed(heard) => {
                let reference = heard.reference.clone();
                // Nobody starts by a bare name where the provider can be asked who that is.
                let heard = match hook.accounts.is_some() && says_nothing(&heard) {
                    true => Outcome::Done,
                    false => self.hear(hook, message, hook.pushed(heard, message)).await?,
                };
                match heard {
                    Outcome::Done | Outcome::Nothing(_) if hook.accounts.is_some() => match turn {
                        Turn::First => Ok(Outcome::Soon),
                        Turn::Later => self.read_again(hook, message, &reference).await,
                    },
                    outcome => Ok(outcome),
                }
            }
        }
    }

    /// Takes in what was said of one account, where the guard lets it.
    async fn hear(&self, hook: &Hook, message: &Message, pushed: Pushed) -> Result<Outcome, StoreError> {
        if pushed.standing != Some(Standing::Deleted) && self.is_gone_since(&pushed).await? {
            return Ok(Outcome::Nothing("gone_since"));
        }
        if !message.is_approved && !self.inbox.lets(&self.directory, &pushed, hook.limit).await? {
            return Ok(Outcome::Held);
        }
        Ok(match self.directory.pushed(&pushed).await? {
            PushedTo::User(_) => Outcome::Done,
            PushedTo::Waits(_) => Outcome::Nothing("waits_for_login"),
            PushedTo::Linked => Outcome::Nothing("linked"),
            PushedTo::Nobody => Outcome::Nothing("nobody"),
        })
    }

    /// Whether somebody whom nobody knows would start although a later message said that they are gone: senders keep no
    /// order.
    async fn is_gone_since(&self, pushed: &Pushed) -> Result<bool, StoreError> {
        let about = Digest::of_pair(&pushed.issuer, &pushed.reference);
        if !self.inbox.is_gone_since(&about, pushed.origin.stated_at()).await? {
            return Ok(false);
        }
        let Some((issuer, subject)) = self.directory.whose(pushed).await? else { return Ok(true) };
        Ok(self.directory.find_by_identity(&issuer, &subject).await?.is_none())
    }

    /// The sessions of that account end which began before the provider said so.
    async fn end_sessions(
        &self,
        hook: &Hook,
        message: &Message,
        reference: &str,
        at: Option<Timestamp>,
    ) -> Result<Outcome, StoreError> {
        let heard = Heard::gone(reference.to_owned(), at);
        let pushed = Pushed { standing: None, ..hook.pushed(heard, message) };
        let Some((issuer, subject)) = self.directory.whose(&pushed).await? else {
            return Ok(Outcome::Nothing("nobody"));
        };
        let before = (pushed.origin.stated_at() + SKEW).min(message.received_at);
        match self.directory.end_sessions_of_identity(&issuer, &subject, before).await? {
            0 => Ok(Outcome::Nothing("no_session")),
            _ => Ok(Outcome::Done),
        }
    }

    /// Reads somebody again at the provider.
    async fn read_again(
        &self,
        hook: &Hook,
        message: &Message,
        reference: &str,
    ) -> Result<Outcome, StoreError> {
        let Some(accounts) = &hook.accounts else { return Ok(Outcome::Done) };
        let now = self.world.now();
        let asked = hook.pushed(Heard::gone(reference.to_owned(), Some(now)), message);
        let known = self.known_claims(&asked).await?;
        let turn = Inbox::TURN.to_std().unwrap_or_default() * 3 / 4;
        let code = match tokio::time::timeout(turn, accounts.by_id(reference, &known)).await {
            Ok(Ok(Some(account))) => return self.hear(hook, message, said_of(account, asked, now)).await,
            Ok(Ok(None)) => {
                return self.hear(hook, message, Pushed { origin: read_at(now), ..asked }).await;
            }
            Ok(Err(error)) => error.code,
            // Our turn at the message would be over.
            Err(_) => Code::ProviderUnavailable,
        };
        tracing::warn!(
            provider = hook.provider.name(),
            code = code.as_str(),
            "a changed account could not be read again; it is tried later"
        );
        Ok(Outcome::Again(Code::as_str(code)))
    }

    /// The claims of the account as they are known.
    async fn known_claims(&self, pushed: &Pushed) -> Result<identity::Claims, StoreError> {
        let Some((issuer, subject)) = self.directory.whose(pushed).await? else {
            return Ok(Default::default());
        };
        let user = self.directory.find_by_identity(&issuer, &subject).await?;
        let identity = user.as_ref().and_then(|user| user.identity(&issuer, &subject));
        Ok(identity.map(|identity| identity.claims.clone()).unwrap_or_default())
    }
}

impl Hook {
    /// What a message says of one account of this provider.
    fn pushed(&self, heard: Heard, message: &Message) -> Pushed {
        let at = heard.at.unwrap_or(message.received_at).trunc_subsecs(6);
        Pushed {
            provider: self.provider.name().to_owned(),
            issuer: self.provider.issuer().to_owned(),
            is_subject: self.is_subject,
            is_retired: self.is_retired,
            reference: heard.reference,
            origin: Origin {
                at,
                received_at: message.received_at,
                source: Source::Webhook,
                actor: None,
                run: None,
            },
            extent: heard.extent,
            claims: heard.claims,
            standing: heard.standing,
            linked: heard.linked,
        }
    }
}

/// Whether it names somebody and says nothing of them that has a place, nor that they are shut out.
fn says_nothing(heard: &Heard) -> bool {
    let is_stated = |field: &Field| heard.claims.contains_key(field.as_str());
    matches!(heard.standing, None | Some(Standing::Present)) && !Field::ALL.iter().any(is_stated)
}

/// What the provider's admin interface says of the account that was asked for.
fn said_of(account: Account, asked: Pushed, now: Timestamp) -> Pushed {
    Pushed {
        origin: read_at(now),
        extent: account.extent,
        claims: account.claims,
        standing: account.standing,
        linked: account.linked,
        ..asked
    }
}

/// The time of a single read is that of its request.
fn read_at(now: Timestamp) -> Origin {
    Origin { at: now, received_at: now, source: Source::Scan, actor: None, run: None }
}

fn log(message: &Message, state: MessageState, reason: Option<&str>) {
    let (id, provider, reason) = (message.id.0, message.provider.as_str(), reason.unwrap_or("none"));
    match state {
        MessageState::Quarantined | MessageState::Held => {
            tracing::warn!(%id, provider, %state, reason, "a message needs a look: `sparekey inbox list`");
        }
        _ => tracing::debug!(%id, provider, %state, reason, "a message was worked on"),
    }
}
