//! `/studio/runs`: scans, imports, undos and their like, the newest first.

use identity::{Actor, Run, RunId, RunsAsked, Timestamp};
use leptos::prelude::*;

use crate::STUDIO_RUNS;
use crate::components::{Ago, Content, label, pages, shown, studio, table};

/// Runs on a page.
const PAGE: u32 = 50;

#[component]
pub(crate) fn Runs() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    crate::require_insider().await?;
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let query = visit.query();
    let before = query.split('&').find_map(|pair| pair.strip_prefix("before="));
    let before = before.and_then(|id| Some(RunId(id.parse().ok()?)));
    let asked = RunsAsked { before, ..RunsAsked::default() };
    let runs = ports.directory.runs(&asked, PAGE).await.map_err(|error| visit.refuse(&error.into()))?;
    let now = ports.world.now();
    let older = runs.last().filter(|_| runs.len() == PAGE as usize);
    let older = older.map(|run| format!("{STUDIO_RUNS}?before={}", run.id));
    let newest = before.map(|_| STUDIO_RUNS.to_owned());
    let columns = ["Run", "State", "Provider", "What it did", "Who", "Begun"];
    let rows = runs.iter().map(|run| row(run, now)).collect_view();
    let body = match runs.is_empty() {
        true => view! { <p class="empty">"Nothing was scanned, imported or undone yet."</p> }.into_any(),
        false => table("Newest first", columns, rows),
    };
    shown(
        "Runs · Studio · Sparekey",
        view! {
            <h1>"Runs"</h1>
            <p class="lead">"Each piece of work that changed many people at once. Each can be taken back."</p>
            {body}
            {pages(newest, older, "Older")}
        },
    )
}

/// Where the page of this run is.
pub(super) fn run_address(id: RunId) -> String {
    format!("{STUDIO_RUNS}/{id}")
}

/// Where it is asked whether the list of this run shall be applied.
pub(super) fn approve_address(id: RunId) -> String {
    format!("{}/approve", run_address(id))
}

fn row(run: &Run, now: Timestamp) -> impl IntoView + use<> {
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                <a href=run_address(run.id)>{run.kind.to_string()}</a>
            </th>
            <td role="cell" data-label="State"><span>{run.state.to_string()}</span></td>
            <td role="cell" data-label="Provider"><span>{of_provider(run)}</span></td>
            <td role="cell" data-label="What it did"><span>{counts(run)}</span></td>
            <td role="cell" data-label="Who"><span>{who(run)}</span></td>
            <td role="cell" data-label="Begun"><span><Ago at=run.started_at now/></span></td>
        </tr>
    }
}

pub(super) fn of_provider(run: &Run) -> String {
    run.provider.as_deref().map_or_else(|| "several".to_owned(), label)
}

pub(super) fn counts(run: &Run) -> String {
    let counts: Vec<String> =
        run.counts.iter().map(|(name, count)| format!("{count} {}", name.replace('_', " "))).collect();
    match counts.is_empty() {
        true => "nothing yet".to_owned(),
        false => counts.join(", "),
    }
}

pub(super) fn who(run: &Run) -> AnyView {
    match &run.actor {
        None => "by itself".into_any(),
        Some(Actor::Cli(name)) => view! { <bdi>{name.clone()}</bdi> " (command line)" }.into_any(),
        Some(Actor::User(id)) => view! { <a href=super::user_address(*id)>"an operator"</a> }.into_any(),
    }
}
