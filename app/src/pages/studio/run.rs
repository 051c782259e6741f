//! `/studio/runs/{id}`: what one run changed, person by person.

use identity::{ChangesOf, Made, Role, Run, RunId, RunKind, RunState, Timestamp, UserId};
use leptos::prelude::*;

use super::changes::line;
use super::leaving::leaving;
use super::runs::{approve_address, counts, of_provider, run_address, who};
use crate::components::{Ago, Content, pages, shown, studio};
use crate::{AppError, STUDIO_RUNS};

/// People on a page.
const PAGE: u32 = 50;

#[component]
pub(crate) fn RunPage() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    let insider = crate::require_insider().await?;
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let run = run_of_address().await?;
    let query = visit.query();
    let after = query.split('&').find_map(|pair| pair.strip_prefix("after="));
    let after = after.and_then(|id| Some(UserId(id.parse().ok()?)));
    let made = ports.directory.made(Made::ByRun(run.id), after, PAGE).await;
    let people = made.map_err(|error| visit.refuse(&error.into()))?;
    let from = query.split('&').find_map(|pair| pair.strip_prefix("from=")?.parse().ok());
    let leaving = match run.state {
        RunState::Held => {
            let leaving = leaving(&ports.directory, &run, from, &run_address(run.id)).await;
            Some(leaving.map_err(|error| visit.refuse(&error.into()))?)
        }
        _ => None,
    };
    let next = people.last().filter(|_| people.len() == PAGE as usize);
    let next = next.map(|last| format!("{}?after={}", run_address(run.id), last.user));
    let now = ports.world.now();
    let is_done = run.state.is_over() && run.state != RunState::Undone;
    let may_undo = insider.role == Role::Operator && is_done && !people.is_empty();
    shown(
        format!("{} · Studio · Sparekey", title(run.kind)),
        view! {
            <h1>{title(run.kind)}</h1>
            {facts(&run, now)}
            {(run.kind == RunKind::Switch).then(|| progress(&run))}
            {may_undo
                .then(|| {
                    view! {
                        <p class="row">
                            <a class="button danger" href=format!("{}/undo", run_address(run.id))>"Undo this run"</a>
                            <span class="hint">"It asks first, and says what would come back."</span>
                        </p>
                    }
                })}
            {run.may_be_approved().then(|| approval(&run, insider.role == Role::Operator))}
            {leaving}
            <section>
                <h2>"What it changed"</h2>
                {match people.is_empty() {
                    true => view! { <p class="empty">"Nobody was changed by it."</p> }.into_any(),
                    false => people_list(&people),
                }}
                {pages(None, next, "More")}
            </section>
        },
    )
}

/// That it waits for somebody's yes, and how one says it.
fn approval(run: &Run, may_act: bool) -> impl IntoView + use<> {
    let why = match run.state {
        RunState::Held => {
            "The guard holds this scan: nothing of it is written. A later scan that is applied supersedes it."
        }
        _ => "This list was not whole: nothing of it is written. To apply it takes nobody away.",
    };
    let button = may_act.then(|| {
        view! { <p class="row"><a class="button danger" href=approve_address(run.id)>"Apply this list"</a></p> }
    });
    view! {
        <p>
            {why} " Within 7 days an operator may apply this list and no other, here or by "
            <code>{format!("sparekey scan approve {}", run.id)}</code> "."
        </p>
        {button}
    }
}

/// The run whose id the address has after that of the list.
pub(super) async fn run_of_address() -> Result<Run, AppError> {
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let address = visit.address();
    let path = address.split('?').next().unwrap_or_default();
    let id = path.strip_prefix(STUDIO_RUNS).and_then(|rest| rest.strip_prefix('/'));
    let id = id.and_then(|rest| rest.split('/').next()?.parse().ok());
    let found = match id {
        Some(id) => ports.directory.run(RunId(id)).await.map_err(|error| visit.refuse(&error.into()))?,
        None => None,
    };
    found.ok_or_else(|| visit.refuse(&identity::Code::NotFound.into()))
}

pub(super) fn title(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Scan => "Scan",
        RunKind::Import => "Import",
        RunKind::Undo => "Undo",
        RunKind::Switch => "Switch",
        RunKind::Restore => "Restore",
    }
}

/// How far a switch is with what its plan says, and whom the plan leaves out.
fn progress(run: &Run) -> impl IntoView + use<> {
    let of = |name: &str| run.counts.get(name).copied().unwrap_or_default();
    let planned = of("planned");
    let done = ["joined", "already", "invited", "by_email"].into_iter().map(of).sum::<u64>();
    let left = run.counts.iter().filter_map(|(name, count)| {
        let why = name.strip_prefix("left_out: ")?.replace('_', " ");
        Some(view! { <li>{*count} " left out by the plan: " {why}</li> })
    });
    let left = left.collect_view();
    view! {
        <section>
            <h2>"How far it is"</h2>
            <p>
                <progress max=planned.to_string() value=done.to_string() aria-label="Who can get in there">
                    {format!("{done} of {planned}")}
                </progress>
                {format!(" {done} of {planned} people of the plan are known there, invited or awaited by their address.")}
            </p>
            <ul>{left}</ul>
            <p class="row">
                <a class="button" href=format!("{}/left-out", run_address(run.id))>"Who has no way in"</a>
            </p>
            <p class="hint">
                "Whether each account is there is said by " <code>{format!("sparekey switch verify {}", run.id)}</code>
                "; accounts that were made there are taken away by " <code>{format!("sparekey switch undo {} --accounts", run.id)}</code> "."
            </p>
        </section>
    }
}

fn facts(run: &Run, now: Timestamp) -> impl IntoView + use<> {
    let about = run.about.map(|about| {
        view! {
            <div>
                <dt>"Took back"</dt>
                <dd><a href=run_address(about)>"another run"</a></dd>
            </div>
        }
    });
    let finished = run.finished_at.map(|at| {
        view! {
            <div>
                <dt>"Ended"</dt>
                <dd><Ago at now/></dd>
            </div>
        }
    });
    view! {
        <dl class="fields">
            <div><dt>"State"</dt><dd>{run.state.to_string()}</dd></div>
            <div><dt>"Provider"</dt><dd>{of_provider(run)}</dd></div>
            <div><dt>"What it did"</dt><dd>{counts(run)}</dd></div>
            <div><dt>"Who"</dt><dd>{who(run)}</dd></div>
            <div><dt>"Begun"</dt><dd><Ago at=run.started_at now/></dd></div>
            {finished}
            {about}
            <div><dt>"Id"</dt><dd><code>{run.id.to_string()}</code></dd></div>
        </dl>
    }
}

fn people_list(people: &[ChangesOf]) -> AnyView {
    let people = people.iter().map(|ChangesOf { user, changes }| {
        let lines = changes.iter().filter_map(line).map(|line| view! { <li>{line}</li> }).collect_view();
        view! {
            <li>
                <a href=super::user_address(*user)><code>{user.to_string()}</code></a>
                <ul>{lines}</ul>
            </li>
        }
    });
    view! { <ul class="ledger" aria-label="Person by person">{people.collect_view()}</ul> }.into_any()
}
