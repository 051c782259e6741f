//! `/studio/runs/{id}/left-out`: who of the provider that a switch leaves has no identity at the one that it leads to, so
//! that a log-in there would be a stranger's.

use identity::{Run, Standing, User, UserId};
use leptos::prelude::*;

use super::people::name_or_id;
use super::run::run_of_address;
use super::runs::{of_provider, run_address};
use crate::components::{Content, full_name, pages, shown, studio};

/// People on a page.
const LISTED: usize = 50;
/// Users that are looked through for a page, and how many of them are read at a time.
const LOOKED_AT: usize = 5000;
const PAGE: u32 = 200;

#[component]
pub(crate) fn LeftOut() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    crate::require_insider().await?;
    let visit = crate::visit()?;
    let run = run_of_address().await?;
    let query = visit.query();
    let after = query.split('&').find_map(|pair| pair.strip_prefix("after="));
    let after = after.and_then(|id| Some(UserId(id.parse().ok()?)));
    let provider = run.provider.clone().unwrap_or_default();
    let (people, next) = outside(left(&run), &provider, after).await?;
    let next = next.map(|last| format!("{}/left-out?after={last}", run_address(run.id)));
    let body = match (people.is_empty(), &next) {
        (true, None) => {
            view! { <p class="empty">"Nobody: everybody who follows is known there."</p> }.into_any()
        }
        (true, Some(_)) => {
            view! { <p class="empty">"Nobody among those who were looked through so far."</p> }.into_any()
        }
        (false, _) => {
            let rows = people.iter().map(row).collect_view();
            view! { <ul class="ledger" aria-label="Person by person">{rows}</ul> }.into_any()
        }
    };
    shown(
        "No way in · Studio · Sparekey",
        view! {
            <h1>{format!("Who has no way in at {}", of_provider(&run))}</h1>
            <p class="lead">
                "They have no identity there, so a log-in there would be a stranger's. Whoever was invited, or is known by their address, leaves this list by that log-in."
            </p>
            <p class="row"><a class="button" href=run_address(run.id)>"Back to the run"</a></p>
            {body}
            {pages(None, next, "More")}
        },
    )
}

/// The provider that people leave, by its name in the settings, as the counts of the run have it.
fn left(run: &Run) -> Option<&str> {
    run.counts.keys().find_map(|name| name.strip_prefix("from: "))
}

/// The next users with an identity of the provider that is left and none of this one, and whom the next page comes after.
async fn outside(
    left: Option<&str>,
    provider: &str,
    mut after: Option<UserId>,
) -> Result<(Vec<User>, Option<UserId>), crate::AppError> {
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let (mut people, mut looked_at) = (Vec::new(), 0);
    loop {
        let page = ports.directory.page(after, PAGE).await.map_err(|error| visit.refuse(&error.into()))?;
        let is_last = page.len() < PAGE as usize;
        looked_at += page.len();
        for user in page {
            after = Some(user.id);
            let has = |name: &str| user.identities.iter().any(|one| one.provider == name);
            if left.is_none_or(has) && !has(provider) {
                people.push(user);
            }
            if people.len() == LISTED {
                return Ok((people, after));
            }
        }
        if is_last || looked_at >= LOOKED_AT {
            return Ok((people, after.filter(|_| !is_last)));
        }
    }
}

fn row(user: &User) -> impl IntoView + use<> {
    let is_present = user.identities.iter().any(|one| one.standing == Standing::Present);
    let why = match (user.is_disabled, is_present) {
        (true, _) => "disabled here",
        (false, false) => "no provider has them any more",
        (false, true) => "not reached by the plan",
    };
    view! {
        <li>
            <a href=super::user_address(user.id)>{name_or_id(user.id, full_name(user))}</a>
            " " <span class="quiet">{why}</span>
        </li>
    }
}
