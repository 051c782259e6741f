//! `/studio/runs/{id}/undo`: what taking a run back would do, and the button that does it. Runs of more people than a
//! page can wait for are the command line's.

use identity::directory::UndoneUser;
use identity::{Run, RunId, RunKind, RunState};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::changes::{line, words};
use super::run::{run_of_address, title};
use super::runs::run_address;
use crate::components::{Content, shown, studio};
use crate::undo::{UNDER_WAY, UndoRun, asked, people};

/// So many are listed.
const LISTED: usize = 50;

#[component]
pub(crate) fn UndoPage() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let address = visit.address();
    let Some(operator) = crate::operator_or_step_up(&address).await? else { return Ok(None) };
    let run = run_of_address().await?;
    let people = people(&ports.directory, run.id).await.map_err(|error| visit.refuse(&error.into()))?;
    let body = match people {
        _ if !run.state.is_over() => not_over(run.id).into_any(),
        _ if run.state == RunState::Undone => taken_back(run.id).into_any(),
        _ if visit.query() == UNDER_WAY => under_way(run.id).into_any(),
        None => by_command(&run).into_any(),
        Some(people) => {
            let mut would = Vec::new();
            for id in &people {
                let one = ports
                    .directory
                    .would_undo(*id, &asked(run.id, false), Some(operator.actor.clone()))
                    .await;
                would.extend(one.map_err(|error| visit.refuse(&error.into()))?);
            }
            ask(&run, &would).into_any()
        }
    };
    shown(
        "Undo · Studio · Sparekey",
        view! {
            <h1>{format!("Undo this {}?", title(run.kind).to_lowercase())}</h1>
            {body}
        },
    )
}

fn not_over(run: RunId) -> impl IntoView {
    view! {
        <p class="lead">"It is not over yet, so it would go on changing people behind the undo. Come back when it is."</p>
        <p class="row"><a class="button" href=run_address(run)>"Back to the run"</a></p>
    }
}

fn taken_back(run: RunId) -> impl IntoView {
    view! {
        <p class="lead">"It is taken back already. The undo is a run of its own, and can be undone."</p>
        <p class="row"><a class="button" href=run_address(run)>"Back to the run"</a></p>
    }
}

fn under_way(run: RunId) -> impl IntoView {
    view! {
        <p class="lead">"Somebody else is taking it back at this moment. Nothing was done twice."</p>
        <p class="row">
            <a class="button" href=format!("{}/undo", run_address(run))>"Look again"</a>
            <a class="button" href=run_address(run)>"Back to the run"</a>
        </p>
    }
}

fn by_command(run: &Run) -> impl IntoView + use<> {
    let (what, command) = match run.kind {
        RunKind::Switch => (
            "It changed more people than a page can wait for. The command line takes away the identities by which nobody has logged in, and with --accounts the accounts that were made for them:",
            format!("sparekey switch undo {}", run.id),
        ),
        _ => (
            "It changed more people than a page can wait for. On the command line it says first what it would do:",
            format!("sparekey undo --run {}", run.id),
        ),
    };
    view! {
        <p class="lead">{what}</p>
        <pre><code>{command}</code></pre>
        <p class="row"><a class="button" href=run_address(run.id)>"Back to the run"</a></p>
    }
}

fn ask(run: &Run, would: &[UndoneUser]) -> impl IntoView + use<> {
    let of_one = |one: &UndoneUser| {
        let changes = one.undone.write.iter().flat_map(|write| &write.changes);
        let back = changes.filter_map(line).map(|line| view! { <li>{line}</li> }).collect_view();
        let left = one.undone.left.iter().filter_map(|left| Some((words(&left.what)?, left.why)));
        let left =
            left.map(|(what, why)| view! { <li class="quiet">"left: " {what} ": " {why.to_string()}</li> });
        view! {
            <li>
                <code>{one.user.id.to_string()}</code>
                <ul>{back} {left.collect_view()}</ul>
            </li>
        }
    };
    let changed = would.iter().filter(|one| one.undone.write.is_some()).count();
    let rows = would.iter().take(LISTED).map(of_one).collect_view();
    let more = would.len().saturating_sub(LISTED);
    view! {
        <p class="lead">
            {changed} " people would be as they were before it. What has changed again since is left. The undo is a run, and can be undone."
        </p>
        <form method="post" action=UndoRun::PATH>
            <input type="hidden" name="run" value=run.id.to_string()/>
            <p>
                <label>
                    <input type="checkbox" name="hold" value="true"/>
                    " Keep what comes back, whatever the provider says next"
                </label>
            </p>
            <div class="row">
                <button class="danger" disabled=changed == 0>"Undo this run"</button>
                <a class="button" href=run_address(run.id)>"Do nothing"</a>
            </div>
        </form>
        <section>
            <h2>"Person by person"</h2>
            <ul class="ledger" aria-label="Person by person">{rows}</ul>
            {(more > 0).then(|| view! { <p class="quiet">"… and " {more} " more"</p> })}
        </section>
    }
}
