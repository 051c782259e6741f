//! `/studio/log`: what operators did and looked at. Nothing here can be changed.

use std::collections::BTreeMap;

use identity::{LogLine, Role, RunId, Timestamp, UserId};
use leptos::prelude::*;

use super::people::{actor, actors, name_or_id, names};
use super::runs::run_address;
use crate::components::{Content, Moment, act_name, label, pages, shown, studio, table};
use crate::{AppError, STUDIO_LOG};

/// Lines on a page.
const PAGE: u32 = 50;

#[component]
pub(crate) fn Log() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    let insider = crate::require_insider().await?;
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let query = identity::form_pairs(&visit.query());
    let given = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let before = given("before").and_then(|id| id.parse().ok());
    let whom = given("user").and_then(UserId::parse);
    let lines = match whom {
        Some(user) => ports.directory.log_about(user, before, PAGE).await,
        None => ports.directory.log(before, PAGE).await,
    };
    let lines = lines.map_err(|error| visit.refuse(&error.into()))?;
    let older = lines.last().filter(|_| lines.len() == PAGE as usize).map(|line| {
        let also = whom.map(|user| format!("user={user}&")).unwrap_or_default();
        format!("{STUDIO_LOG}?{also}before={}", line.id)
    });
    let newest = before.map(|_| whom.map_or(STUDIO_LOG.to_owned(), about_address));
    let may_export = insider.role == Role::Operator;
    let body = match lines.is_empty() {
        true => view! { <p class="empty">"Nobody has done anything here yet."</p> }.into_any(),
        false => log_table(&lines, ports.world.now()).await?,
    };
    let of_one = match whom {
        Some(user) => Some(only(user, names(&ports.directory, &[user]).await?.pop().flatten())),
        None => None,
    };
    shown(
        "Operators' log · Studio · Sparekey",
        view! {
            <h1>"Operators' log"</h1>
            <p class="lead">"What operators did and looked at, and why. Nobody can change it."</p>
            {of_one}
            {body}
            {pages(newest, older, "Older")}
            {may_export.then(exports)}
        },
    )
}

/// Where the lines about a user are.
pub(super) fn about_address(user: UserId) -> String {
    format!("{STUDIO_LOG}?user={user}")
}

/// Whom the lines are about, to be taken away.
fn only(user: UserId, name: Option<String>) -> impl IntoView {
    view! {
        <ul class="row plain" aria-label="What is filtered by">
            <li>
                <a class="button small" href=STUDIO_LOG aria-label="About one user: show all lines">
                    "about " {name_or_id(user, name)} <span aria-hidden="true">" ✕"</span>
                </a>
            </li>
        </ul>
    }
}

fn exports() -> impl IntoView {
    view! {
        <p class="hint">
            "Export the whole log as " <a href=crate::LOG_NDJSON rel="external">"NDJSON"</a> " or "
            <a href=crate::LOG_CSV rel="external">"CSV"</a>
        </p>
    }
}

/// Lines of the log.
pub(super) async fn log_table(lines: &[LogLine], now: Timestamp) -> Result<AnyView, AppError> {
    let people = people(lines).await?;
    let rows = lines.iter().map(|line| row(line, &people, now)).collect_view();
    Ok(table("Newest first. Times are UTC.", ["What", "Who", "Whom", "Why", "When", "Request"], rows))
}

/// What everybody is called who did something or whom it was done to.
async fn people(lines: &[LogLine]) -> Result<BTreeMap<UserId, String>, AppError> {
    let directory = crate::ports()?.directory;
    let mut people = actors(&directory, lines.iter().map(|line| line.actor.clone())).await?;
    let whom: Vec<UserId> =
        lines.iter().filter_map(|line| line.user).filter(|id| !people.contains_key(id)).collect();
    let names = names(&directory, &whom).await?;
    people.extend(whom.into_iter().zip(names).filter_map(|(id, name)| Some((id, name?))));
    Ok(people)
}

fn row(line: &LogLine, people: &BTreeMap<UserId, String>, now: Timestamp) -> impl IntoView + use<> {
    let whom = match line.user {
        None => view! { <span class="quiet">"nobody by name"</span> }.into_any(),
        Some(id) => match people.get(&id) {
            Some(name) => {
                view! { <a href=super::user_address(id)>{name_or_id(id, Some(name.clone()))}</a> }.into_any()
            }
            None => name_or_id(id, None),
        },
    };
    let said = |text: &Option<String>| match text.clone() {
        Some(text) => view! { <bdi>{text}</bdi> }.into_any(),
        None => view! { <span class="quiet">"not said"</span> }.into_any(),
    };
    let detail =
        line.detail.as_deref().map(|detail| view! { " " <small class="quiet">{told(detail)}</small> });
    let request = match line.request.clone() {
        Some(id) => view! { <code>{id}</code> }.into_any(),
        None => view! { <span class="quiet">"none"</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">{act_name(line.act)} {detail}</th>
            <td role="cell" data-label="Who"><span>{actor(&line.actor, people)}</span></td>
            <td role="cell" data-label="Whom"><span>{whom}</span></td>
            <td role="cell" data-label="Why"><span>{said(&line.reason)}</span></td>
            <td role="cell" data-label="When"><span><Moment at=line.at now/></span></td>
            <td role="cell" data-label="Request"><span>{request}</span></td>
        </tr>
    }
}

/// More about an act: a run leads to its page, and a provider goes by its label.
fn told(detail: &str) -> AnyView {
    let run = detail.strip_prefix("run ").and_then(|rest| rest.split_at_checked(36));
    match run.and_then(|(id, rest)| Some((RunId(id.parse().ok()?), rest.to_owned()))) {
        Some((run, rest)) => {
            view! { "run " <a href=run_address(run)><code>{run.to_string()}</code></a> <bdi>{rest}</bdi> }
                .into_any()
        }
        None => view! { <bdi>{label(detail)}</bdi> }.into_any(),
    }
}
