//! `/studio/runs/{id}/approve`: whom the list of a scan that was held, or was incomplete, would take away, and the button
//! that says yes to it.

use identity::scan::Place;
use identity::{Run, RunState};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::leaving::leaving;
use super::run::run_of_address;
use super::runs::{approve_address, of_provider, run_address};
use crate::approve::ApproveRun;
use crate::components::{Content, shown, studio};

#[component]
pub(crate) fn ApprovePage() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    if crate::operator_or_step_up(&visit.address()).await?.is_none() {
        return Ok(None);
    }
    let run = run_of_address().await?;
    let query = visit.query();
    let from: Option<Place> = query.split('&').find_map(|pair| pair.strip_prefix("from=")?.parse().ok());
    let body = match run.state {
        _ if !run.may_be_approved() => over(&run).into_any(),
        RunState::Held => {
            let people = leaving(&ports.directory, &run, from, &approve_address(run.id)).await;
            let people = people.map_err(|error| visit.refuse(&error.into()))?;
            view! {
                <p class="lead">
                    "The guard holds it, because it would take so many away. This applies exactly this list; the run can be undone afterwards."
                </p>
                {ask(&run)}
                {people}
            }
            .into_any()
        }
        _ => view! {
            <p class="lead">
                "The list was not whole, so it proves nobody's absence: what it says of those who are in it is applied, and nobody is taken away."
            </p>
            {ask(&run)}
        }
        .into_any(),
    };
    shown(
        "Approve · Studio · Sparekey",
        view! {
            <h1>{format!("Apply this scan of {}?", of_provider(&run))}</h1>
            {body}
        },
    )
}

fn over(run: &Run) -> impl IntoView + use<> {
    let words = match run.state {
        RunState::Approved => {
            "It was approved, and is applied within some seconds by the server, or by `sparekey scan approve`."
        }
        RunState::Superseded => "A later scan of this provider was applied since: this list is older.",
        _ => "There is nothing to approve: it was neither held nor incomplete.",
    };
    view! {
        <p class="lead">{words}</p>
        <p class="row"><a class="button" href=run_address(run.id)>"Back to the run"</a></p>
    }
}

fn ask(run: &Run) -> impl IntoView + use<> {
    view! {
        <form method="post" action=ApproveRun::PATH>
            <input type="hidden" name="run" value=run.id.to_string()/>
            <input type="hidden" name="list" value=run.list()/>
            <p>"The list of the run " <code>{run.id.to_string()}</code> ": " {run.list()} "."</p>
            <p>
                <label for="reason">"Why"</label>
                <input
                    id="reason"
                    name="reason"
                    autocomplete="off"
                    maxlength="1000"
                    required=true
                    aria-describedby="why"
                />
                <span class="hint" id="why">"It stands in the operators' log, with your name."</span>
            </p>
            <div class="row">
                <button class="danger">"Apply this list"</button>
                <a class="button" href=run_address(run.id)>"Do nothing"</a>
            </div>
        </form>
    }
}
