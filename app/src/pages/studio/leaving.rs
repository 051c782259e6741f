//! Whom a scan that the guard holds would take away: a part of the run's page, by pages of its own.

use identity::scan::{Leaving, Listed, Place};
use identity::{Directory, Field, Run, StoreError};
use leptos::prelude::*;

use super::changes::line;
use crate::components::{full_name, next_page};

/// People on a page.
const PAGE: usize = 50;

/// The part of the page at `address`; `from` is where this page of it begins.
pub(super) async fn leaving(
    directory: &Directory,
    run: &Run,
    from: Option<Place>,
    address: &str,
) -> Result<AnyView, StoreError> {
    let people = match directory.leaving(run, from, PAGE).await? {
        Listed::Page(people, next) => page(address, &people, next),
        Listed::Nothing => view! {
            <p class="empty">"What this scan read is kept no more: after 7 days it must be scanned again."</p>
        }
        .into_any(),
        Listed::Sealed => view! {
            <p class="empty">"What this scan read is sealed, and the key is not here: it is shown where SESSION_SECRET is set."</p>
        }
        .into_any(),
    };
    Ok(view! {
        <section id="leaving">
            <h2>"Whom it would take away"</h2>
            {people}
        </section>
    }
    .into_any())
}

fn page(address: &str, people: &[Leaving], next: Option<Place>) -> AnyView {
    let next = next.map(|next| format!("{address}?from={next}#leaving"));
    if people.is_empty() {
        return view! { <p class="empty">"Nobody any more: who was missing has been heard of since."</p> }
            .into_any();
    }
    let rows = people.iter().map(|Leaving { user, changes }| {
        let name = full_name(user).unwrap_or_else(|| user.id.to_string());
        let lines = changes.iter().filter_map(line).map(|line| view! { <li>{line}</li> }).collect_view();
        view! {
            <li>
                <a href=super::user_address(user.id)><bdi>{name}</bdi></a>
                " "
                <small class="quiet">{user.text(Field::Email)}</small>
                <ul>{lines}</ul>
            </li>
        }
    });
    let rows = rows.collect_view();
    view! {
        <ul class="ledger" aria-label="Whom it would take away">{rows}</ul>
        {next.is_some().then(|| view! { <nav class="row" aria-label="Pages of those who would go">{next_page(next, "More")}</nav> })}
    }
    .into_any()
}
