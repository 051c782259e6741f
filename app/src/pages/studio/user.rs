//! `/studio/users/{id}`: one user, all that is known of them and where it came from, and what can be done.

use identity::{Actor, Change, Field, Role, Session, Standing, Status, Timestamp, User, UserId};
use leptos::prelude::*;

use super::history::history;
use super::identities::identities;
use super::log::{about_address, log_table};
use super::people::actors;
use super::users::{list_address, to_list};
use crate::components::{
    Ago, Content, accounts, device_name, full_name, label, messages as sent, pages as links, record, shown,
    studio, table,
};
use crate::islands::{Alive, CopyButton};
use crate::{AppError, Insider, STUDIO_ACTS, way_back};

/// Writes whose changes are shown at a time.
const WRITES: u32 = 50;
/// Messages, and lines of the operators' log.
const LINES: u32 = 10;

#[component]
pub(crate) fn UserPage() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    let insider = crate::require_insider().await?;
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let refuse = |error: identity::StoreError| visit.refuse(&error.into());
    let user = user_of_address().await?;
    let idle = ports.login.rules().session_idle;
    let sessions = ports.directory.sessions(user.id, idle).await.map_err(refuse)?;
    let asked = identity::form_pairs(&visit.query());
    let before = asked.iter().find(|(name, _)| name == "before").and_then(|(_, text)| text.parse().ok());
    let changes =
        ports.directory.changes_before(user.id, before.unwrap_or(i64::MAX), WRITES).await.map_err(refuse)?;
    let by = changes.iter().filter_map(|change| change.origin.actor.clone());
    let people = actors(&ports.directory, by).await?;
    let now = ports.world.now();
    let name = full_name(&user).unwrap_or_else(|| user.id.to_string());
    let may_act = insider.role == Role::Operator;
    let entries = ports.directory.entries_of(&user).await.map_err(refuse)?;
    let messages = ports.directory.messages_about(&user, &entries, None, LINES).await.map_err(refuse)?;
    let lines = ports.directory.log_about(user.id, None, LINES).await.map_err(refuse)?;
    let log = if lines.is_empty() { None } else { Some(log_table(&lines, now).await?) };
    let list = way_back::list_of(&asked);
    let at_hand = AtHand { user: &user, insider: &insider, list: &list, now };
    shown(
        format!("{name} · Studio · Sparekey"),
        view! {
            <p><a href=list_address(&list)>{to_list(&list)}</a></p>
            <h1><bdi>{name}</bdi></h1>
            {copies(&user)}
            {notice(&user)}
            {record(&user, now)}
            {may_act.then(|| download(user.id))}
            <section>
                <h2>"Identities"</h2>
                {identities(&user, may_act, &list, now)}
            </section>
            {(!entries.is_empty())
                .then(|| view! { <section><h2>"In the providers' own interfaces"</h2> {accounts(&entries, false, now)}</section> })}
            <section id="history">
                <h2>"History"</h2>
                {history(&changes, &people, now)}
                {pages(&user, &changes, before, &list)}
            </section>
            <section>
                <h2>"Sessions"</h2>
                {sessions_of(&sessions, &at_hand)}
            </section>
            {(!messages.is_empty())
                .then(|| view! { <section><h2>"Messages about them"</h2> {sent(&messages, now)}</section> })}
            {log.map(|log| done(user.id, log))}
            {may_act.then(|| acts(&at_hand, !sessions.is_empty()))}
            <Alive/>
        },
    )
}

/// Who is looking at whom, when.
struct AtHand<'a> {
    user: &'a User,
    insider: &'a Insider,
    /// The list that one came from.
    list: &'a str,
    now: Timestamp,
}

/// The user whom the address names, or a refusal (`not_found`): an odd id, nobody's, or that of somebody erased.
pub(super) async fn user_of_address() -> Result<User, AppError> {
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let address = visit.address();
    let path = address.split('?').next().unwrap_or_default();
    let id = path.strip_prefix(crate::STUDIO_USERS).and_then(UserId::parse);
    let found = match id {
        Some(id) => ports.directory.find(id).await.map_err(|error| visit.refuse(&error.into()))?,
        None => None,
    };
    found.ok_or_else(|| visit.refuse(&identity::Code::NotFound.into()))
}

fn notice(user: &User) -> Option<impl IntoView + use<>> {
    let (first, rest) = match user.status() {
        Status::Active => return None,
        Status::Disabled => ("Disabled here.", " Refused at log-in, until an operator enables them."),
        Status::Tombstone => {
            let gone = user.identities.iter().any(|one| one.standing == Standing::Deleted);
            let first = if gone { "Gone at the provider." } else { "Blocked at the provider." };
            (
                first,
                " This user is a tombstone: kept, marked, no access. A log-in by one of their identities revives it.",
            )
        }
    };
    Some(view! { <p class="notice warning"><b>{first}</b> {rest}</p> })
}

/// What support is asked for, to be pasted elsewhere.
fn copies(user: &User) -> impl IntoView + use<> {
    let subject = user.ranked().next().map(|one| one.subject.clone());
    let all = [
        ("Copy id", Some(user.id.to_string())),
        ("Copy subject", subject),
        ("Copy e-mail", user.text(Field::Email)),
    ];
    let stated = all.into_iter().filter_map(|(says, text)| Some((says.to_owned(), text?)));
    let buttons = stated.map(|(says, text)| view! { <CopyButton text says/> });
    view! { <p class="row">{buttons.collect_view()}</p> }
}

/// What operators did and looked at, newest first.
fn done(id: UserId, log: AnyView) -> impl IntoView {
    view! {
        <section>
            <h2>"What operators did"</h2>
            {log}
            <p><a href=about_address(id)>"All of it in the operators' log"</a></p>
        </section>
    }
}

fn download(id: UserId) -> impl IntoView {
    let href = format!("{}{}", super::user_address(id), crate::DATA);
    view! {
        <p class="row">
            <a class="button" href=href rel="external">"Download as JSON"</a>
            " "
            <span class="hint">
                "All that is stored about this user, with all claims, changes and sessions. The operators' log, and they themselves, see that it was taken."
            </span>
        </p>
    }
}

/// Newest and older writes; what leads nowhere is absent.
fn pages(user: &User, changes: &[Change], before: Option<i64>, list: &str) -> AnyView {
    let here = super::user_address(user.id);
    let oldest = changes.last().map(|change| change.version).filter(|version| *version > 1);
    let mut writes: Vec<i64> = changes.iter().map(|change| change.version).collect();
    writes.dedup();
    let older = oldest
        .filter(|_| writes.len() == WRITES as usize)
        .map(|version| way_back::hand_on(&format!("{here}?before={version}"), list) + "#history");
    let newest = before.map(|_| way_back::hand_on(&here, list) + "#history");
    links(newest, older, "Older")
}

fn sessions_of(sessions: &[Session], at_hand: &AtHand<'_>) -> AnyView {
    if sessions.is_empty() {
        return view! { <p class="empty">"No browser is signed in as this user."</p> }.into_any();
    }
    let rows = sessions.iter().map(|one| session(one, at_hand)).collect_view();
    table("Newest use first", ["Device", "Address", "Provider", "Began", "Last seen", "End"], rows)
}

fn session(one: &Session, at_hand: &AtHand<'_>) -> impl IntoView + use<> {
    let now = at_hand.now;
    let address = one.device.address.clone().unwrap_or_else(|| "unknown".to_owned());
    let device = device_name(one.device.user_agent.as_deref());
    let end = match at_hand.insider.role {
        Role::Operator => {
            let here = format!(
                "{STUDIO_ACTS}?act=end_session&user={}&session={}",
                at_hand.user.id,
                one.id.to_text()
            );
            let label = format!("End the session in {device}");
            let here = way_back::hand_on(&here, at_hand.list);
            view! { <a class="button small" href=here aria-label=label>"End"</a> }.into_any()
        }
        Role::Viewer => view! { <span class="quiet">"operators can"</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">{device}</th>
            <td role="cell" data-label="Address"><span>{address}</span></td>
            <td role="cell" data-label="Provider"><span>{label(&one.provider)}</span></td>
            <td role="cell" data-label="Began"><span><Ago at=one.created_at now/></span></td>
            <td role="cell" data-label="Last seen"><span><Ago at=one.last_used_at now/></span></td>
            <td role="cell" data-label="End"><div>{end}</div></td>
        </tr>
    }
}

fn acts(at_hand: &AtHand<'_>, has_sessions: bool) -> impl IntoView + use<> {
    let AtHand { user, insider, list, .. } = at_hand;
    let id = user.id;
    let is_oneself = insider.actor == Actor::User(id);
    let link = |act: &str, class: &'static str, words: &'static str| {
        let href = way_back::hand_on(&format!("{STUDIO_ACTS}?act={act}&user={id}"), list);
        view! { <a class=class href=href>{words}</a> }
    };
    let status = match (user.is_disabled, is_oneself) {
        (true, _) => Some(link("enable", "button", "Enable")),
        (false, false) => Some(link("disable", "button danger", "Disable")),
        (false, true) => None,
    };
    view! {
        <section>
            <h2>"Acts"</h2>
            <p>"Each asks first, and is written to the operators' log with your name."</p>
            <div class="row">
                {has_sessions.then(|| link("end_sessions", "button", "End all sessions"))} {status}
                {(!is_oneself).then(|| link("erase", "button danger", "Erase"))}
            </div>
            {is_oneself
                .then(|| view! { <p class="hint">"This is you: nobody disables or erases themselves."</p> })}
        </section>
    }
}
