//! `/studio/inbox`: the messages that providers pushed, those first that somebody should look at; by pages, in the
//! order of their receipt. What was received is shown by `sparekey inbox show` alone.

use identity::{Message, MessageCount, MessageId, MessageState, Role, Timestamp};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::inbox_act::{of_all_held, of_drop, of_replay};
use crate::components::{Ago, Content, label, shown, studio, table};
use crate::inbox::ReplayMessage;

/// Messages on a page.
const PAGE: u32 = 50;

#[component]
pub(crate) fn Inbox() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    let insider = crate::require_insider().await?;
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let query = visit.query();
    let all = query.split('&').any(|pair| pair == "all=1");
    let after = query.split('&').find_map(|pair| pair.strip_prefix("after="));
    let after = after.and_then(|id| Some(MessageId(id.parse().ok()?)));
    let states = if all { MessageState::ALL } else { MessageState::OPEN };
    let read = async {
        let page = ports.inbox.page(states, None, after, PAGE).await?;
        Ok::<_, identity::StoreError>((page, ports.inbox.counts().await?))
    };
    let (page, counts) = read.await.map_err(|error| visit.refuse(&error.into()))?;
    let may_act = insider.role >= Role::Operator;
    shown("Inbox · Studio · Sparekey", inbox(&page, &counts, all, may_act, ports.world.now()))
}

fn inbox(
    page: &[Message],
    counts: &[MessageCount],
    all: bool,
    may_act: bool,
    now: Timestamp,
) -> impl IntoView + use<> {
    let rows = page.iter().map(|message| row(message, may_act, now)).collect_view();
    let columns = ["Received", "Provider", "Type", "Its id", "State", "Why", ""];
    let also = if all { "all=1&" } else { "" };
    let next = page.last().filter(|_| page.len() == PAGE as usize).map(|last| {
        let to = format!("{}?{also}after={}", crate::STUDIO_INBOX, last.id.0);
        view! { <a class="button" rel="next" href=to>"Newer"</a> }
    });
    let held: u64 = counts.iter().filter(|one| one.state == MessageState::Held).map(|one| one.count).sum();
    let release = (may_act && held > 0).then(|| {
        view! { <a class="button" href=of_all_held()>{format!("Apply all {held} that are held")}</a> }
    });
    let (to, words) = match all {
        true => (crate::STUDIO_INBOX.to_owned(), "Only those to look at"),
        false => (format!("{}?all=1", crate::STUDIO_INBOX), "All of 30 days"),
    };
    let other = view! { <a class="button" href=to>{words}</a> };
    view! {
        <h1>"Inbox"</h1>
        {figures(counts, now)}
        {match page.is_empty() {
            true => view! { <p class="empty">"There is nothing to look at."</p> }.into_any(),
            false => table("What providers pushed, in the order of its receipt", columns, rows),
        }}
        <nav class="row" aria-label="Pages">{release} {other} {next}</nav>
    }
}

/// How many of each provider are in which state, and when the last one came.
fn figures(counts: &[MessageCount], now: Timestamp) -> impl IntoView + use<> {
    let rows = counts.iter().map(|one| {
        let (at, provider, state) = (one.last_received_at, label(&one.provider), one.state.to_string());
        view! {
            <tr role="row">
                <th role="rowheader" scope="row"><bdi>{provider}</bdi></th>
                <td role="cell" data-label="State"><span>{state}</span></td>
                <td role="cell" data-label="Messages"><span>{one.count}</span></td>
                <td role="cell" data-label="Last one"><span><Ago at now/></span></td>
            </tr>
        }
    });
    let columns = ["Provider", "State", "Messages", "Last one"];
    let rows = rows.collect_view();
    (!counts.is_empty()).then(|| table("Messages of the last 30 days", columns, rows))
}

fn row(message: &Message, may_act: bool, now: Timestamp) -> impl IntoView + use<> {
    let (at, provider, state) = (message.received_at, label(&message.provider), message.state.to_string());
    let kind = if message.kind.is_empty() { "unknown".to_owned() } else { message.kind.clone() };
    let reason = message.reason.clone().unwrap_or_default();
    let acts = (may_act && MessageState::OPEN.contains(&message.state)).then(|| acts(message));
    view! {
        <tr role="row">
            <th role="rowheader" scope="row"><Ago at now/></th>
            <td role="cell" data-label="Provider"><span><bdi>{provider}</bdi></span></td>
            <td role="cell" data-label="Type"><span><bdi>{kind}</bdi></span></td>
            <td role="cell" data-label="Its id"><span><bdi>{message.sender_id.clone()}</bdi></span></td>
            <td role="cell" data-label="State"><span>{state}</span></td>
            <td role="cell" data-label="Why"><span>{reason}</span></td>
            <td role="cell" data-label=""><span class="row">{acts}</span></td>
        </tr>
    }
}

fn acts(message: &Message) -> impl IntoView + use<> {
    let again = match message.state {
        MessageState::Held => {
            view! { <a class="button small" href=of_replay(message)>"Apply"</a> }.into_any()
        }
        _ => view! {
            <form method="post" action=ReplayMessage::PATH>
                <button class="small" name="id" value=message.id.0.to_string()>"Take again"</button>
            </form>
        }
        .into_any(),
    };
    view! {
        {again}
        <a class="button small" href=of_drop(message)>"Drop"</a>
    }
}
