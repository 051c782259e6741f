//! What becomes of the messages that providers push: kept before they are answered, taken up again where somebody
//! died over one, judged by the guard, released or thrown away by the operator. What a message says is read by the
//! caller, who knows the provider's format.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use uuid::Uuid;

use crate::removals::{Base, Judged, Removals, judge};
use crate::{
    Act, Digest, Directory, LogLine, Message, MessageCount, MessageId, MessageName, MessageState,
    MissingLimit, Operator, Pushed, Senders, Standing, StoreError, Stores, Timestamp, User, World,
};

/// Before another try: 5 s, 10 s, 20 s, … at most an hour.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
/// How long a message is kept, whatever becomes of it.
const KEPT: TimeDelta = TimeDelta::days(30);
/// Of the time that counting a provider's identities took, how much passes before they are counted again; but never
/// more than [`LONGEST_BASE`].
const BASE_FACTOR: i32 = 20;
const LONGEST_BASE: TimeDelta = TimeDelta::seconds(60);
/// What the ids of held requests begin with: nothing of them is kept that could be replayed.
const REQUEST: &str = "request:";
/// How long a request stays thrown away: as long as the guard counts.
const DROPPED: TimeDelta = TimeDelta::days(7);
/// Read at a time.
const PAGE: u32 = 200;
/// Each try that fails means that somebody else's did not.
const TRIES: u32 = 1000;

/// The messages, and what may be done with them. Cheap to clone.
#[derive(Clone)]
pub struct Inbox {
    stores: Arc<Stores>,
    world: Arc<dyn World>,
    /// How many identities each provider had when they were counted last, and until when that counts.
    bases: Arc<Mutex<HashMap<String, (Base, Timestamp)>>>,
}

/// A message as it came, believed to be its provider's.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// The provider's name in the settings.
    pub provider: String,
    /// The sender's id.
    pub sender_id: String,
    /// The sender's name for what happened.
    pub kind: String,
    /// See [`Message::about`].
    pub about: Option<Digest>,
    /// See [`Message::gone_at`].
    pub gone_at: Option<Timestamp>,
    /// When it was received.
    pub received_at: Timestamp,
    /// What was received.
    pub content: Vec<u8>,
}

/// What the guard says of a SCIM client's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It may be done.
    Goes,
    /// The operator said yes to it: see [`Inbox::request_done`].
    Released,
    /// It is too much: its client comes again.
    Held,
    /// The operator threw it away.
    Dropped,
}

impl Inbox {
    /// How long whoever has taken a message up may be at it before somebody else is.
    pub const TURN: TimeDelta = TimeDelta::seconds(20);

    /// The inbox of one database.
    pub fn new(stores: impl Into<Arc<Stores>>, world: Arc<dyn World>) -> Self {
        Self { stores: stores.into(), world, bases: Arc::default() }
    }

    /// Keeps what arrived: the message as it is now, whose content is what arrived. One that was there before stays as
    /// it is, but one that was not understood is taken again. Only where it waits is something to be done.
    ///
    /// # Errors
    /// The database's: see [`crate::Messages`]; so all methods.
    pub async fn keep(&self, arrived: Arrived) -> Result<Message, StoreError> {
        let message = self.fresh(arrived);
        let there = self.stores.messages.keep(&message).await?;
        if there.id == message.id {
            return Ok(message);
        }
        if there.state != MessageState::Quarantined {
            return Ok(Message { content: message.content, ..there });
        }
        let again = Message {
            id: there.id,
            received_at: there.received_at,
            is_approved: there.is_approved,
            version: there.version + 1,
            ..message
        };
        match self.stores.messages.put(&again, None).await? {
            true => Ok(again),
            // Somebody else has just done something about it.
            false => Ok(Message { content: again.content, ..there }),
        }
    }

    /// Notes what became of a message; whether nobody did before. Of one that is ignored, what was received is not kept.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle(
        &self,
        message: &Message,
        state: MessageState,
        reason: Option<&str>,
    ) -> Result<bool, StoreError> {
        self.stores.messages.put(&settled(message, state, reason), None).await
    }

    /// Lets a message wait for another try, and says why it must.
    ///
    /// # Errors
    /// The database's.
    pub async fn postpone(&self, message: &Message, reason: &str) -> Result<(), StoreError> {
        let doublings = u32::try_from(message.tries).unwrap_or(0).min(16);
        let pause = (FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE);
        let waiting = Message {
            state: MessageState::Waiting,
            reason: Some(reason.to_owned()),
            tries: message.tries + 1,
            due_at: self.world.now() + pause,
            ..next(message)
        };
        self.stores.messages.put(&waiting, None).await.map(drop)
    }

    /// Lets a message wait for whoever takes up next what is due, at once.
    ///
    /// # Errors
    /// The database's.
    pub async fn leave_for_later(&self, message: &Message, reason: &str) -> Result<(), StoreError> {
        let reason = Some(reason.to_owned());
        let waiting =
            Message { state: MessageState::Waiting, reason, due_at: self.world.now(), ..next(message) };
        self.stores.messages.put(&waiting, None).await.map(drop)
    }

    /// At most `limit` messages of these senders that wait and are due, the one that is due longest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn due(&self, senders: Senders<'_>, limit: u32) -> Result<Vec<Message>, StoreError> {
        self.stores.messages.due(senders, self.world.now(), limit).await
    }

    /// Takes up a message that is due: it is the caller's alone for [`Inbox::TURN`]. None where somebody else was
    /// faster.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_up(&self, message: Message) -> Result<Option<Message>, StoreError> {
        let ours = Message { due_at: self.world.now() + Self::TURN, ..next(&message) };
        let is_ours = self.stores.messages.put(&ours, None).await?;
        Ok(is_ours.then_some(Message { content: message.content, ..ours }))
    }

    /// A message with its content.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(&self, name: &MessageName) -> Result<Option<Message>, StoreError> {
        self.stores.messages.find(name).await
    }

    /// At most `limit` messages in these states after the given one, in the order of their receipt, without content.
    ///
    /// # Errors
    /// The database's.
    pub async fn page(
        &self,
        states: &[MessageState],
        provider: Option<&str>,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.stores.messages.page(states, provider, after, limit).await
    }

    /// How many messages of each provider are in which state.
    ///
    /// # Errors
    /// The database's.
    pub async fn counts(&self) -> Result<Vec<MessageCount>, StoreError> {
        self.stores.messages.counts().await
    }

    /// Whether a later message said that this account is gone.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_gone_since(&self, about: &Digest, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.stores.messages.gone_at(about).await?.is_some_and(|gone| gone >= at))
    }

    /// As [`Inbox::replay`], for whoever takes up next what waits.
    ///
    /// # Errors
    /// The database's.
    pub async fn replay_later(&self, message: &Message, by: &Operator) -> Result<(), StoreError> {
        match self.replay(message, by).await? {
            Some(again) => self.leave_for_later(&again, "replayed").await,
            None => Ok(()),
        }
    }

    /// The operator's yes to all that is held, of all providers, up to this message: what came since nobody has seen.
    ///
    /// # Errors
    /// The database's.
    pub async fn replay_held_later(&self, up_to: MessageId, by: &Operator) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let held = self.page(&[MessageState::Held], None, after, PAGE).await?;
            for message in held.iter().filter(|message| message.id <= up_to) {
                self.replay_later(message, by).await?;
            }
            after = held.last().map(|message| message.id);
            if held.len() < PAGE as usize || after >= Some(up_to) {
                return Ok(());
            }
        }
    }

    /// The message of this id, as text.
    ///
    /// # Errors
    /// The database's.
    pub async fn named(&self, id: &str) -> Result<Option<Message>, StoreError> {
        match Uuid::parse_str(id) {
            Ok(id) => self.find(&MessageName::Id(MessageId(id))).await,
            Err(_) => Ok(None),
        }
    }

    /// Whether a message notes a request that its sender makes again.
    pub fn is_request(message: &Message) -> bool {
        message.sender_id.starts_with(REQUEST)
    }

    /// The operator wants a message to be taken again; of one that is held, that is their yes. The message as it is to
    /// be worked on now; none where it is none that waits, is held or not understood.
    ///
    /// # Errors
    /// The database's.
    pub async fn replay(&self, message: &Message, by: &Operator) -> Result<Option<Message>, StoreError> {
        if !MessageState::OPEN.contains(&message.state) {
            return Ok(None);
        }
        let again = Message {
            state: MessageState::Waiting,
            reason: None,
            is_approved: message.is_approved || message.state == MessageState::Held,
            due_at: self.world.now() + Self::TURN,
            ..next(message)
        };
        let line = self.line(by, Act::ReplayMessage, message);
        let is_ours = self.stores.messages.put(&again, Some(&line)).await?;
        Ok(is_ours.then(|| Message { content: message.content.clone(), ..again }))
    }

    /// The operator throws a message away that waits, is held or not understood; whether that was done.
    ///
    /// # Errors
    /// The database's.
    pub async fn throw_away(&self, message: &Message, by: &Operator) -> Result<bool, StoreError> {
        if !MessageState::OPEN.contains(&message.state) {
            return Ok(false);
        }
        let line = self.line(by, Act::DropMessage, message);
        self.stores.messages.put(&settled(message, MessageState::Dropped, None), Some(&line)).await
    }

    /// In the operators' log a message is called by our id: what its sender called it may say whom it is about.
    fn line(&self, by: &Operator, act: Act, message: &Message) -> LogLine {
        let detail = format!("{} {}", message.provider, message.id.0);
        by.line(&*self.world, act, None, Some(detail))
    }

    /// Whether the guard lets what a provider pushed be applied: it takes nobody away, or not too many. Where it does
    /// not, the message is held.
    ///
    /// # Errors
    /// The database's.
    pub async fn lets(
        &self,
        directory: &Directory,
        pushed: &Pushed,
        limit: MissingLimit,
    ) -> Result<bool, StoreError> {
        match takes_away(directory, pushed, limit).await? {
            Some(identity) => self.is_within(&pushed.provider, &identity, limit).await,
            None => Ok(true),
        }
    }

    /// What the guard says of a SCIM client's request. Where it is too much, that is noted, so that the operator sees
    /// it, and the client, who is refused, comes again: what the operator decided about the request of this kind is
    /// found then, however much else is held or was counted meanwhile.
    ///
    /// # Errors
    /// The database's.
    pub async fn judge_request(
        &self,
        directory: &Directory,
        pushed: &Pushed,
        limit: MissingLimit,
    ) -> Result<Ruling, StoreError> {
        let Some(identity) = takes_away(directory, pushed, limit).await? else { return Ok(Ruling::Goes) };
        let noted = self.stores.messages.find(&request_of(pushed)).await?;
        let noted = noted.filter(|noted| noted.kind == request_kind(pushed));
        match noted {
            Some(Message {
                state: MessageState::Waiting | MessageState::Processed,
                is_approved: true,
                ..
            }) => Ok(Ruling::Released),
            Some(Message { state: MessageState::Dropped, due_at, .. })
                if self.world.now() < due_at + DROPPED =>
            {
                Ok(Ruling::Dropped)
            }
            _ if self.is_within(&pushed.provider, &identity, limit).await? => Ok(Ruling::Goes),
            _ => {
                self.hold_request(pushed).await?;
                Ok(Ruling::Held)
            }
        }
    }

    /// Notes that a request which was released has been done: the operator's yes was to that one.
    ///
    /// # Errors
    /// The database's.
    pub async fn request_done(&self, pushed: &Pushed) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let noted = self.stores.messages.find(&request_of(pushed)).await?;
            let Some(noted) = noted.filter(|noted| noted.is_approved) else { return Ok(()) };
            let done = Message { state: MessageState::Processed, is_approved: false, ..next(&noted) };
            if self.stores.messages.put(&done, None).await? {
                return Ok(());
            }
        }
        Err(StoreError::unavailable("the note of a request stays contended"))
    }

    async fn is_within(
        &self,
        provider: &str,
        identity: &Digest,
        limit: MissingLimit,
    ) -> Result<bool, StoreError> {
        self.may_go(provider, identity, |away, of| limit.holds(of, away)).await
    }

    /// Notes that a request is held. Nothing of it is kept that could be replayed: whoever sent it comes again.
    async fn hold_request(&self, pushed: &Pushed) -> Result<(), StoreError> {
        let noted = Message {
            state: MessageState::Held,
            reason: Some("missing_limit".to_owned()),
            ..self.fresh(Arrived {
                provider: pushed.provider.clone(),
                sender_id: request_id(pushed),
                kind: request_kind(pushed),
                about: Some(about(pushed)),
                gone_at: None,
                received_at: pushed.origin.received_at,
                content: b"{}\n{}".to_vec(),
            })
        };
        let there = self.stores.messages.keep(&noted).await?;
        if there.id != noted.id && (there.state != MessageState::Held || there.kind != noted.kind) {
            let again = Message { id: there.id, version: there.version + 1, content: None, ..noted };
            self.stores.messages.put(&again, None).await?;
        }
        Ok(())
    }

    /// Whether a provider may take this identity away, which is counted: a message or a SCIM client says that it is
    /// deleted or blocked. `is_over` says whether so many gone of so many that were there are too many. Not where
    /// others of that provider are held.
    ///
    /// However many race, in however many processes, no more than the limit go.
    ///
    /// # Errors
    /// The database's.
    pub async fn may_go(
        &self,
        provider: &str,
        identity: &Digest,
        is_over: impl Fn(u64, u64) -> bool,
    ) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            let known = self.stores.removals.removals(provider).await?;
            let base = self.base(provider, &known, false).await?;
            let mut judged = judge(&known, identity, self.world.now(), &base, &is_over);
            if judged == Judged::Held {
                // It may be the count that is too old.
                let base = self.base(provider, &known, true).await?;
                judged = judge(&known, identity, self.world.now(), &base, &is_over);
            }
            let more = match judged {
                Judged::Counted => return Ok(true),
                Judged::Held => return Ok(false),
                Judged::Goes(_) if self.holds(provider).await? => return Ok(false),
                Judged::Goes(more) => more,
            };
            if self.stores.removals.put_removals(provider, &more).await? {
                return Ok(true);
            }
        }
        Err(StoreError::unavailable("the guard's count stays contended"))
    }

    /// Whether something of this provider is held.
    ///
    /// # Errors
    /// The database's.
    pub async fn holds(&self, provider: &str) -> Result<bool, StoreError> {
        let held = self.stores.messages.page(&[MessageState::Held], Some(provider), None, 1).await?;
        Ok(!held.is_empty())
    }

    /// Once nothing of a provider is held any more because the operator said yes, the count begins anew: they have
    /// looked at what went.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_anew(&self, provider: &str) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let known = self.stores.removals.removals(provider).await?;
            let none = Removals { all: Vec::new(), version: known.version + 1 };
            if known.all.is_empty()
                || self.holds(provider).await?
                || self.stores.removals.put_removals(provider, &none).await?
            {
                return Ok(());
            }
        }
        Err(StoreError::unavailable("the guard's count stays contended"))
    }

    /// Forgets what is older than 30 days.
    ///
    /// # Errors
    /// The database's.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        self.stores.messages.sweep_messages(self.world.now() - KEPT).await
    }

    fn fresh(&self, arrived: Arrived) -> Message {
        Message {
            id: MessageId(self.world.new_id().0),
            provider: arrived.provider,
            sender_id: arrived.sender_id,
            kind: arrived.kind,
            about: arrived.about,
            gone_at: arrived.gone_at,
            received_at: arrived.received_at,
            state: MessageState::Waiting,
            reason: None,
            is_approved: false,
            tries: 0,
            due_at: arrived.received_at + Self::TURN,
            version: 1,
            content: Some(arrived.content),
        }
    }

    /// How many identities a provider has. Counting takes long where there are many, so that it is done seldom then.
    async fn base(&self, provider: &str, known: &Removals, anew: bool) -> Result<Base, StoreError> {
        let now = self.world.now();
        let kept = self.bases.lock().unwrap_or_else(PoisonError::into_inner).get(provider).cloned();
        if let Some((base, _)) = kept.filter(|(_, until)| !anew && now < *until) {
            return Ok(base);
        }
        let keys: Vec<Digest> = known.all.iter().map(|one| one.identity).collect();
        let present = self.stores.removals.count_present(provider).await?;
        let mut absent = keys.clone();
        if !keys.is_empty() {
            let there = self.stores.removals.which_are_present(&keys).await?;
            absent.retain(|key| !there.contains(key));
        }
        let (base, done) = (Base { present, absent, at: now }, self.world.now());
        let until = done + ((done - now) * BASE_FACTOR).min(LONGEST_BASE);
        let mut bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        bases.insert(provider.to_owned(), (base.clone(), until));
        Ok(base)
    }
}

/// The identity that would not be present any more; none where nobody goes, or where nobody counts.
async fn takes_away(
    directory: &Directory,
    pushed: &Pushed,
    limit: MissingLimit,
) -> Result<Option<Digest>, StoreError> {
    let may_take = matches!(pushed.standing, Some(Standing::Deleted | Standing::Blocked));
    if !may_take || limit == MissingLimit::Off {
        return Ok(None);
    }
    let Some((issuer, subject)) = directory.whose(pushed).await? else { return Ok(None) };
    let present =
        |user: &User| user.identity(&issuer, &subject).is_some_and(|one| one.standing == Standing::Present);
    let before = directory.find_by_identity(&issuer, &subject).await?;
    if !before.as_ref().is_some_and(present) {
        return Ok(None);
    }
    let after = directory.would_push(pushed).await?;
    let goes = after.is_some_and(|write| !present(&write.user));
    Ok(goes.then(|| Digest::of_pair(&issuer, &subject)))
}

fn about(pushed: &Pushed) -> Digest {
    Digest::of_pair(&pushed.issuer, &pushed.reference)
}

/// Under what a request about this account is noted.
fn request_id(pushed: &Pushed) -> String {
    format!("{REQUEST}{}", about(pushed).to_text())
}

fn request_of(pushed: &Pushed) -> MessageName {
    MessageName::Sender { provider: pushed.provider.clone(), id: request_id(pushed) }
}

/// What a request asks for: who was to be blocked may still be deleted.
fn request_kind(pushed: &Pushed) -> String {
    let what: &str = pushed.standing.map_or("", Into::into);
    format!("scim.{what}")
}

/// What became of a message, one version on.
fn settled(message: &Message, state: MessageState, reason: Option<&str>) -> Message {
    // What says nothing of a user who is kept may still name somebody: there is no need of it.
    let content = (state == MessageState::Ignored).then(Vec::new);
    Message { state, reason: reason.map(str::to_owned), content, ..next(message) }
}

/// One version on; its content stays as it is.
fn next(message: &Message) -> Message {
    Message { version: message.version + 1, content: None, ..message.clone() }
}
