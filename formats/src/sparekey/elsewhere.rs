//! What the download of one's own data says of what is kept elsewhere than with the user: accounts as their providers call
//! them, messages about the person, and what operators did.

use identity::{Act, Claims, Entry, LogLine, Message, MessageState, Said, Source, Standing, Timestamp};
use serde::Serialize;

use super::micros;

/// One account, as its provider calls it.
#[derive(Serialize)]
#[allow(missing_docs, reason = "each is what the entry has of that name")]
pub struct AccountLine<'a> {
    pub provider: &'a str,
    pub reference: &'a str,
    /// The user name that a SCIM client gave it.
    pub name: Option<&'a str>,
    /// The reference of the account that the provider keeps as one with it.
    pub one_with: Option<&'a str>,
    /// All that a SCIM client sent.
    pub resource: Option<&'a Claims>,
    pub is_gone: bool,
    pub awaits_login: bool,
    /// What was said while nobody knew whose it is, the oldest first.
    pub waiting: Vec<SaidLine<'a>>,
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    #[serde(with = "micros")]
    pub updated_at: Timestamp,
}

/// What was said of an account that waits.
#[derive(Serialize)]
#[allow(missing_docs, reason = "each is what was said under that name")]
pub struct SaidLine<'a> {
    pub claims: &'a Claims,
    pub standing: Option<Standing>,
    #[serde(with = "micros")]
    pub at: Timestamp,
    #[serde(with = "micros")]
    pub received_at: Timestamp,
    pub source: Source,
}

impl<'a> AccountLine<'a> {
    /// The line of an entry.
    pub fn new(entry: &'a Entry) -> Self {
        let said = |said: &'a Said| SaidLine {
            claims: &said.claims,
            standing: said.standing,
            at: said.origin.at,
            received_at: said.origin.received_at,
            source: said.origin.source,
        };
        Self {
            provider: &entry.provider,
            reference: &entry.reference,
            name: entry.name.as_deref(),
            one_with: entry.one_with.as_deref(),
            resource: entry.resource.as_ref(),
            is_gone: entry.is_gone,
            awaits_login: entry.awaits_login,
            waiting: entry.waiting.iter().map(said).collect(),
            created_at: entry.created_at,
            updated_at: entry.updated_at,
        }
    }
}

/// One message about the person, without what was received: that may be about others too.
#[derive(Serialize)]
#[allow(missing_docs, reason = "each is what the message has of that name")]
pub struct MessageLine<'a> {
    pub provider: &'a str,
    pub sender_id: &'a str,
    pub kind: &'a str,
    #[serde(with = "micros")]
    pub received_at: Timestamp,
    pub state: MessageState,
    pub reason: Option<&'a str>,
}

impl<'a> MessageLine<'a> {
    /// The line of a message.
    pub fn new(message: &'a Message) -> Self {
        Self {
            provider: &message.provider,
            sender_id: &message.sender_id,
            kind: &message.kind,
            received_at: message.received_at,
            state: message.state,
            reason: message.reason.as_deref(),
        }
    }
}

/// One thing that an operator did or looked at: what and why, never who of them.
#[derive(Serialize)]
#[allow(missing_docs, reason = "each is what the line of the operators' log has of that name")]
pub struct OperatorLine<'a> {
    #[serde(with = "micros")]
    pub at: Timestamp,
    pub act: Act,
    pub reason: Option<&'a str>,
    pub detail: Option<&'a str>,
}

impl<'a> OperatorLine<'a> {
    /// The line of a line.
    pub fn new(line: &'a LogLine) -> Self {
        Self { at: line.at, act: line.act, reason: line.reason.as_deref(), detail: line.detail.as_deref() }
    }
}
