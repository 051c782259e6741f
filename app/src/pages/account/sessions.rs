//! Where one is signed in: each session with its device, network and times, and how to end it.

use identity::{Session, Timestamp};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::components::{Ago, device_name, name_of, table};
use crate::{ACCOUNT, EndOtherSessions, EndSession, LogOutEverywhere};

/// How many sessions a page shows.
const SESSIONS: usize = 20;

/// The sessions of one page, and the acts on all of them.
pub(super) fn sessions(
    all: Vec<Session>,
    this: &Session,
    page: usize,
    now: Timestamp,
) -> impl IntoView + use<> {
    let count = all.len();
    let from = page.saturating_mul(SESSIONS);
    let from = if from < count { from } else { 0 };
    let rows = all.into_iter().skip(from).take(SESSIONS).map(|one| row(one, this, now)).collect_view();
    let link = |page: usize, words: &'static str| {
        view! { <a href=format!("{ACCOUNT}?sessions={page}#sessions")>{words}</a> }
    };
    let newer = (from > 0).then(|| link(from / SESSIONS - 1, "Used later"));
    let older = (from + SESSIONS < count).then(|| link(from / SESSIONS + 1, "Used earlier"));
    view! {
        {table("Newest use first", ["Device", "Network", "Last seen", "Began", "Ends", "Provider", "End"], rows)}
        <nav class="row" aria-label="Pages of sessions">{newer} " " {older}</nav>
        <div class="row">
            {(count > 1)
                .then(|| {
                    view! {
                        <form method="post" action=EndOtherSessions::PATH>
                            <button>"End all other sessions"</button>
                        </form>
                    }
                })}
            <form method="post" action=LogOutEverywhere::PATH>
                <button class="danger">"Log out everywhere"</button>
            </form>
        </div>
    }
}

fn row(one: Session, this: &Session, now: Timestamp) -> impl IntoView + use<> {
    let device = device_name(one.device.user_agent.as_deref());
    let mine = one.id == this.id;
    let near = one.device.address == this.device.address;
    let end = match mine {
        true => view! { <span class="quiet">"use Log out"</span> }.into_any(),
        false => end_form(one.id.to_text(), &device).into_any(),
    };
    let provider = name_of(&one.provider, &one.issuer);
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                {device} {mine.then(|| view! { " " <small class="quiet">"this one"</small> })}
            </th>
            <td role="cell" data-label="Network">
                <span>
                    {one.device.address.clone().map(|address| view! { <bdi>{address}</bdi> " " })}
                    <small class="quiet">{if near { "this network" } else { "another network" }}</small>
                </span>
            </td>
            <td role="cell" data-label="Last seen"><span><Ago at=one.last_used_at now/></span></td>
            <td role="cell" data-label="Began"><span><Ago at=one.created_at now/></span></td>
            <td role="cell" data-label="Ends">
                <span>
                    <time datetime=one.expires_at.format("%FT%TZ").to_string()>
                        {one.expires_at.format("%-d %b %Y").to_string()}
                    </time>
                </span>
            </td>
            <td role="cell" data-label="Provider"><span>{provider}</span></td>
            <td role="cell" data-label="End"><div>{end}</div></td>
        </tr>
    }
}

fn end_form(session: String, device: &str) -> impl IntoView + use<> {
    view! {
        <form method="post" action=EndSession::PATH>
            <button class="small" name="session" value=session aria-label=format!("End the session in {device}")>
                "End"
            </button>
        </form>
    }
}
