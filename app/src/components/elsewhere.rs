//! What is kept of a person beside their record: what their providers call their accounts, and what was sent about them.

use identity::{Claims, Entry, Message, MessageState, Timestamp};
use leptos::prelude::*;

use super::{Ago, claims_list, label, table};

/// The accounts, as their providers call them; `is_whole` with all that was sent of the person.
pub(crate) fn accounts(entries: &[(String, Entry)], is_whole: bool, now: Timestamp) -> AnyView {
    let items = entries.iter().map(|(_, entry)| account(entry, is_whole, now)).collect_view();
    view! { <ul class="ledger">{items}</ul> }.into_any()
}

fn account(entry: &Entry, is_whole: bool, now: Timestamp) -> impl IntoView + use<> {
    let Entry { reference, name, one_with, is_gone, awaits_login, updated_at, .. } = entry;
    let gone = is_gone.then(|| view! { " " <small class="badge tombstone">"gone there"</small> });
    let waits = awaits_login.then_some(" It counts from the next log-in on.");
    let name = name.clone().map(|name| view! { "User name " <bdi>{name}</bdi> ". " });
    let one_with = one_with.clone().map(|other| view! { "One with " <code>{other}</code> " there. " });
    let sent = entry.resource.as_ref().filter(|_| is_whole);
    let sent = sent.map(|sent| all("All that the provider keeps of you here", sent));
    let waiting = entry.waiting.iter().filter(|_| is_whole);
    let waiting =
        waiting.map(|said| all("Said before it was known whose it is", &said.claims)).collect_view();
    view! {
        <li>
            <b>{label(&entry.provider)}</b>
            " "
            <code>{reference.clone()}</code>
            {gone}
            <br/>
            <small class="quiet">{name} {one_with} "Last change " <Ago at=*updated_at now/> "." {waits}</small>
            {sent}
            {waiting}
        </li>
    }
}

fn all(says: &str, claims: &Claims) -> impl IntoView + use<> {
    view! {
        <details>
            <summary>{format!("{says} ({})", claims.len())}</summary>
            {claims_list(claims)}
        </details>
    }
}

/// The messages, newest first.
pub(crate) fn messages(messages: &[Message], now: Timestamp) -> AnyView {
    let rows = messages.iter().map(|message| {
        let kind = if message.kind.is_empty() { "unknown".to_owned() } else { message.kind.clone() };
        view! {
            <tr role="row">
                <th role="rowheader" scope="row"><bdi>{kind}</bdi></th>
                <td role="cell" data-label="Provider"><span>{label(&message.provider)}</span></td>
                <td role="cell" data-label="What became of it"><span>{became(message.state)}</span></td>
                <td role="cell" data-label="When"><span><Ago at=message.received_at now/></span></td>
            </tr>
        }
    });
    table("Newest first", ["Message", "Provider", "What became of it", "When"], rows.collect_view())
}

fn became(state: MessageState) -> &'static str {
    match state {
        MessageState::Waiting => "is being worked on",
        MessageState::Processed => "done",
        MessageState::Ignored => "nothing of it is kept",
        MessageState::Quarantined => "not understood yet",
        MessageState::Held => "held until an operator says yes",
        MessageState::Dropped => "thrown away",
    }
}
