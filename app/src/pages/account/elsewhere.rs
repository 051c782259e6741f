//! What is kept of one beside one's record: what providers call one's accounts, what was sent about one, and what the
//! people who run the site did.

use identity::{Act, Directory, Entry, LogLine, Message, MessageId, StoreError, Timestamp, User};
use leptos::prelude::*;

use super::Pages;
use crate::ACCOUNT;
use crate::components::{Ago, accounts, act_name, label, messages, table};

/// Lines of a page.
const LINES: usize = 20;

/// All of it, as far as a page shows it.
pub(super) struct Elsewhere {
    entries: Vec<(String, Entry)>,
    messages: Vec<Message>,
    acts: Vec<LogLine>,
}

impl Elsewhere {
    pub(super) async fn read(directory: &Directory, user: &User, pages: &Pages) -> Result<Self, StoreError> {
        let entries = directory.entries_of(user).await?;
        // One more says whether there is another page.
        let limit = LINES as u32 + 1;
        let before = pages.messages.as_deref().and_then(|id| Some(MessageId(id.parse().ok()?)));
        let messages = directory.messages_about(user, &entries, before, limit).await?;
        let before = pages.acts.as_deref().and_then(|id| id.parse().ok());
        let acts = directory.log_about(user.id, before, limit).await?;
        Ok(Self { entries, messages, acts })
    }

    /// The accounts; nothing where each is called by its subject.
    pub(super) fn accounts(&self, now: Timestamp) -> Option<impl IntoView + use<>> {
        (!self.entries.is_empty()).then(|| {
            view! {
                <section id="accounts">
                    <h2>"What your providers call you"</h2>
                    {accounts(&self.entries, true, now)}
                </section>
            }
        })
    }

    /// The messages of the last 30 days.
    pub(super) fn messages(&self, now: Timestamp) -> impl IntoView + use<> {
        let shown = &self.messages[..self.messages.len().min(LINES)];
        let older = older("messages", "Older messages", shown.last().map(|one| one.id.0.to_string()));
        let older = older.filter(|_| self.messages.len() > LINES);
        view! {
            <section id="messages">
                <h2>"What was sent about you"</h2>
                {match shown.is_empty() {
                    true => view! { <p class="empty">"No provider sent a message about you in the last 30 days."</p> }.into_any(),
                    false => messages(shown, now),
                }}
                {older}
                <p class="hint">
                    "Messages are kept sealed for 30 days, as they came. What they say of you is in your record; they may name others, so they are not shown."
                </p>
            </section>
        }
    }

    /// What the people who run the site did, without who of them.
    pub(super) fn acts(&self, now: Timestamp) -> impl IntoView + use<> {
        let shown = &self.acts[..self.acts.len().min(LINES)];
        let older = older("acts", "Older acts", shown.last().map(|one| one.id.to_string()));
        let older = older.filter(|_| self.acts.len() > LINES);
        let rows = shown.iter().map(|line| row(line, now)).collect_view();
        view! {
            <section id="acts">
                <h2>"What the people who run this site did"</h2>
                {match shown.is_empty() {
                    true => view! { <p class="empty">"Nobody changed anything of you, or looked at what providers said of you."</p> }.into_any(),
                    false => table("Newest first", ["What", "Why", "When"], rows),
                }}
                {older}
            </section>
        }
    }
}

fn row(line: &LogLine, now: Timestamp) -> impl IntoView + use<> {
    let of = match line.act {
        Act::LookAtClaims | Act::Link | Act::Unlink | Act::Invite => line.detail.as_deref().map(label),
        _ => None,
    };
    let why = match line.reason.clone() {
        Some(reason) => view! { <bdi>{reason}</bdi> }.into_any(),
        None => view! { <span class="quiet">"not said"</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                {act_name(line.act)} {of.map(|of| view! { " " <small class="quiet">{of}</small> })}
            </th>
            <td role="cell" data-label="Why"><span>{why}</span></td>
            <td role="cell" data-label="When"><span><Ago at=line.at now/></span></td>
        </tr>
    }
}

fn older(list: &'static str, words: &'static str, last: Option<String>) -> Option<AnyView> {
    let last = last?;
    Some(
        view! {
            <nav class="row" aria-label=words>
                <a href=format!("{ACCOUNT}?{list}={last}#{list}")>{words}</a>
            </nav>
        }
        .into_any(),
    )
}
