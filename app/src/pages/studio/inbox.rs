//! `/studio/inbox`: the messages that providers pushed, those first that somebody should look at; by pages, in the
//! order of their receipt. What was received is shown by `sparekey inbox show` alone.

use identity::{Message, MessageCount, MessageState, Role, Timestamp};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::inbox_act::{of_all_held, of_drop, of_replay};
use crate::components::{Ago, Content, label, next_page, shown, studio, table};
use crate::inbox::{InboxShown, ReplayMessage};
use crate::way_back::{handing_on, query_of};

/// Messages on a page.
const PAGE: u32 = 50;

#[component]
pub(crate) fn Inbox() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    let insider = crate::require_insider().await?;
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let here = InboxShown::of_address(&visit.query());
    let states = if here.all { MessageState::ALL } else { MessageState::OPEN };
    let read = async {
        let page = ports.inbox.page(states, None, here.after, PAGE).await?;
        Ok::<_, identity::StoreError>((page, ports.inbox.counts().await?))
    };
    let (page, counts) = read.await.map_err(|error| visit.refuse(&error.into()))?;
    let may_act = insider.role >= Role::Operator;
    shown("Inbox · Studio · Sparekey", inbox(&page, &counts, here, may_act, ports.world.now()))
}

fn inbox(
    page: &[Message],
    counts: &[MessageCount],
    here: InboxShown,
    may_act: bool,
    now: Timestamp,
) -> impl IntoView + use<> {
    let rows = page.iter().map(|message| row(message, here, may_act, now)).collect_view();
    let columns = ["Received", "Provider", "Type", "Its id", "State", "Why", ""];
    let next = page.last().filter(|_| page.len() == PAGE as usize);
    let next = next.map(|last| InboxShown { after: Some(last.id), ..here }.address());
    let held: u64 = counts.iter().filter(|one| one.state == MessageState::Held).map(|one| one.count).sum();
    let release = (may_act && held > 0).then(|| {
        view! { <a class="button" href=of_all_held(here)>{format!("Apply all {held} that are held")}</a> }
    });
    let to = InboxShown { all: !here.all, after: None }.address();
    let words = if here.all { "Only those to look at" } else { "All of 30 days" };
    let other = view! { <a class="button" href=to>{words}</a> };
    view! {
        <h1>"Inbox"</h1>
        {figures(counts, now)}
        {match page.is_empty() {
            true => view! { <p class="empty">"There is nothing to look at."</p> }.into_any(),
            false => table("What providers pushed, in the order of its receipt", columns, rows),
        }}
        <nav class="row" aria-label="Pages">{release} {other} {next_page(next, "Newer")}</nav>
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

fn row(message: &Message, here: InboxShown, may_act: bool, now: Timestamp) -> impl IntoView + use<> {
    let (at, provider, state) = (message.received_at, label(&message.provider), message.state.to_string());
    let kind = if message.kind.is_empty() { "unknown".to_owned() } else { message.kind.clone() };
    let reason = message.reason.clone().unwrap_or_default();
    let acts = (may_act && MessageState::OPEN.contains(&message.state)).then(|| acts(message, here));
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

fn acts(message: &Message, here: InboxShown) -> impl IntoView + use<> {
    let again = match message.state {
        MessageState::Held => {
            view! { <a class="button small" href=of_replay(message, here)>"Apply"</a> }.into_any()
        }
        _ => view! {
            <form method="post" action=ReplayMessage::PATH>
                {handing_on(&query_of(&here.address()))}
                <button class="small" name="id" value=message.id.0.to_string()>"Take again"</button>
            </form>
        }
        .into_any(),
    };
    view! {
        {again}
        <a class="button small" href=of_drop(message, here)>"Drop"</a>
    }
}
