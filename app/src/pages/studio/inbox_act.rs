//! `/studio/inbox/confirm`: what cannot be taken back asks first. `act=replay-held`, or `act=replay` or `act=drop` with
//! the `id` of a message; `list` is what of the inbox one came from. What is asked about is what is done: of what is held, nothing that came since.

use identity::{Message, MessageState, Timestamp};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::STUDIO_INBOX_CONFIRM;
use crate::components::{Ago, Content, label, shown, studio};
use crate::inbox::{DropMessage, InboxShown, ReplayHeld, ReplayMessage};
use crate::way_back::{hand_on, handing_on, list_of, query_of};

/// The most messages that are applied at once.
const MOST: u32 = 1000;
/// So many of them are listed.
const LISTED: usize = 50;

/// Where it is asked whether all that is held shall be applied.
pub(super) fn of_all_held(from: InboxShown) -> String {
    asked(from, "act=replay-held")
}

/// Where it is asked whether this message shall be applied.
pub(super) fn of_replay(message: &Message, from: InboxShown) -> String {
    asked(from, &format!("act=replay&id={}", message.id.0))
}

/// Where it is asked whether this message shall be thrown away.
pub(super) fn of_drop(message: &Message, from: InboxShown) -> String {
    asked(from, &format!("act=drop&id={}", message.id.0))
}

fn asked(from: InboxShown, what: &str) -> String {
    hand_on(&format!("{STUDIO_INBOX_CONFIRM}?{what}"), &query_of(&from.address()))
}

#[component]
pub(crate) fn InboxAct() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    if crate::operator_or_step_up(&visit.address()).await?.is_none() {
        return Ok(None);
    }
    let pairs = identity::form_pairs(&visit.query());
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let from = InboxShown::of_address(&list_of(&pairs));
    let refuse = |error: identity::StoreError| visit.refuse(&error.into());
    let one = match value("id") {
        Some(id) => ports.inbox.named(id).await.map_err(refuse)?,
        None => None,
    };
    let now = ports.world.now();
    let question = match (value("act"), one) {
        (Some("replay-held"), _) => {
            let held = ports.inbox.page(&[MessageState::Held], None, None, MOST).await.map_err(refuse)?;
            of_all(&held, from, now).into_any()
        }
        (Some("replay"), Some(message)) => {
            let words = "It takes somebody's access away, and was held because there were many of its kind.";
            of_one(&message, "Apply this message?", words, ReplayMessage::PATH, "Apply", from, now).into_any()
        }
        (Some("drop"), Some(message)) => {
            let words = "What it says is not done, and it cannot be taken again.";
            of_one(&message, "Drop this message?", words, DropMessage::PATH, "Drop", from, now).into_any()
        }
        _ => return Err(visit.refuse(&identity::Code::NotFound.into())),
    };
    shown("Inbox · Studio · Sparekey", question)
}

fn of_all(held: &[Message], from: InboxShown, now: Timestamp) -> impl IntoView + use<> {
    let up_to = held.last().map(|message| message.id.0.to_string());
    let rows = held.iter().take(LISTED).map(|message| line(message, now)).collect_view();
    let more = held.len().saturating_sub(LISTED);
    let form = up_to.map(|up_to| {
        view! {
            <form method="post" action=ReplayHeld::PATH>
                <input type="hidden" name="up_to" value=up_to/>
                {handing_on(&query_of(&from.address()))}
                <div class="row">
                    <button class="danger">{format!("Apply these {}", held.len())}</button>
                    <a class="button" href=from.address()>"Do nothing"</a>
                </div>
            </form>
        }
    });
    view! {
        <h1>"Apply what is held?"</h1>
        <p class="lead">
            {match held.len() {
                0 => "Nothing is held any more.",
                _ => "Each of these takes somebody's access away. They were held because there were so many.",
            }}
        </p>
        {form}
        <ul class="ledger" aria-label="Held messages">{rows}</ul>
        {(more > 0).then(|| view! { <p class="quiet">"… and " {more} " more"</p> })}
    }
}

fn of_one(
    message: &Message,
    question: &'static str,
    words: &'static str,
    action: &'static str,
    act: &'static str,
    from: InboxShown,
    now: Timestamp,
) -> impl IntoView + use<> {
    view! {
        <h1>{question}</h1>
        <p class="lead">{words}</p>
        <ul class="ledger" aria-label="The message">{line(message, now)}</ul>
        <form method="post" action=action>
            <input type="hidden" name="id" value=message.id.0.to_string()/>
            {handing_on(&query_of(&from.address()))}
            <div class="row">
                <button class="danger">{act}</button>
                <a class="button" href=from.address()>"Do nothing"</a>
            </div>
        </form>
    }
}

fn line(message: &Message, now: Timestamp) -> impl IntoView + use<> {
    let (kind, id, provider) = (message.kind.clone(), message.sender_id.clone(), label(&message.provider));
    view! {
        <li>
            <bdi>{kind}</bdi> " from " <bdi>{provider}</bdi> ", " <bdi>{id}</bdi> ", "
            <Ago at=message.received_at now/>
        </li>
    }
}
