//! `/studio`: whoever is searched for, filtered and sorted, by pages. All state stands in the address of a plain form, so
//! that it works without a script, and coming back finds the same list.

mod acts;
mod columns;
mod figures;
mod form;
mod list;
mod rows;

use identity::Role;
use identity::search::{Count, Hits, Meaning};
use leptos::prelude::*;

use crate::components::{Content, shown, studio, whole};
use crate::islands::{ASKED, Alive, FOUND, STATUS, SearchAsYouType, StudioKeys};
use list::List;

#[component]
pub(crate) fn Users() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    let insider = crate::require_insider().await?;
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let list = List::of_address(&visit.query());
    let refuse = |error: identity::StoreError| visit.refuse(&error.into());
    let figures = ports.directory.figures().await.map_err(refuse)?;
    let hits = ports.directory.search(&list.query, ports.login.rules().session_idle).await.map_err(refuse)?;
    let is_operator = insider.role == Role::Operator;
    let providers = figures.as_ref().map(|figures| figures.by_provider.clone()).unwrap_or_default();
    shown(
        "Users · Studio · Sparekey",
        view! {
            <h1>"Users"</h1>
            {figures::figures(figures.as_ref(), ports.world.now())}
            {form::form(&list, &providers)}
            <div id=ASKED>{form::active(&list)}</div>
            <p id=STATUS role="status" class="hint">{said(&list, &hits)}</p>
            {found(&list, &hits, is_operator, ports.world.now())}
            <SearchAsYouType/>
            <StudioKeys/>
            <Alive/>
        },
    )
}

fn found(list: &List, hits: &Hits, may_act: bool, now: identity::Timestamp) -> impl IntoView + use<> {
    let is_empty = hits.users.is_empty();
    view! {
        <div id=FOUND class="found" data-address=list.address()>
            {notices(hits)}
            {match is_empty {
                true => nobody(list, hits).into_any(),
                false => rows::table(list, hits, may_act, now).into_any(),
            }}
            {(may_act && !is_empty).then(|| acts::acts(list))}
            <nav class="row apart" aria-label="Pages">
                <div class="row">{pages(list, hits)}</div>
                {may_act.then(|| exports(list, hits.is_filling))}
            </nav>
            {form::columns(list)}
        </div>
    }
}

/// Where the list is that a page hands on.
pub(super) fn list_address(query: &str) -> String {
    List::of_address(query).address()
}

/// What leads there says so: back, where one came from a list that shows less than everybody.
pub(super) fn to_list(query: &str) -> &'static str {
    if query.is_empty() { "All users" } else { "Back to the list" }
}

/// How many there are, and how the query was read.
fn said(list: &List, hits: &Hits) -> String {
    let number = match hits.count {
        Count::Exact(1) => "1 user".to_owned(),
        Count::Exact(number) => format!("{} users", whole(number)),
        Count::Many => format!("More than {} users", whole(identity::search::COUNTED)),
        Count::AtLeast(number) => {
            format!("At least {} users; counting was given up for its cost", whole(number))
        }
        Count::About(number, at) => format!("About {} users at {} UTC", whole(number), at.format("%H:%M:%S")),
    };
    let filtered = match hits.count {
        _ if list.query.filters.is_empty() => "",
        Count::Exact(1) => " who meets all filters",
        _ => " who meet all filters",
    };
    match hits.asked.meaning {
        Meaning::Everybody => format!("{number}{filtered}."),
        meaning => format!("{number}{filtered}. Searched for {}.", meaning.said()),
    }
}

fn notices(hits: &Hits) -> impl IntoView + use<> {
    let say = |is: bool, text: &'static str| is.then(|| view! { <p class="notice warning">{text}</p> });
    view! {
        {say(hits.is_filling, "Users who were here before there was a search are still being taken in: some are missing.")}
        {say(hits.is_lost, "The place in the list that the address names is not there any more. This is its beginning.")}
        {say(
            hits.is_stopped,
            "This took too long to look for, and was given up on the way: add a word or a filter, or go on with Older.",
        )}
        {say(hits.asked.is_cut, "Only the beginning of what was typed was looked for.")}
    }
}

/// No rows: because nobody is here yet, or because nobody is found.
fn nobody(list: &List, hits: &Hits) -> impl IntoView + use<> {
    let is_asked = !list.query.filters.is_empty() || hits.asked.meaning != Meaning::Everybody;
    match is_asked || hits.is_stopped {
        true => view! {
            <p class="empty">"Nobody is found so. "<a href=crate::STUDIO>"Show everybody"</a></p>
        }
        .into_any(),
        false => view! { <p class="empty">"Nobody has logged in yet."</p> }.into_any(),
    }
}

fn pages(list: &List, hits: &Hits) -> impl IntoView + use<> {
    let link = |cursor: Option<String>, rel: &'static str, word: &'static str, from: fn(String) -> _| {
        cursor.map(|cursor| {
            let href = list.changed(|query| query.from = from(cursor));
            view! { <a class="button" rel=rel href=href>{word}</a> }
        })
    };
    view! {
        {link(hits.newer.clone(), "prev", "Newer", identity::search::From::Before)}
        {link(hits.older.clone(), "next", "Older", identity::search::From::After)}
    }
}

/// The file has whoever is on the list, in an order of its own. None is made that would lack some.
fn exports(list: &List, is_filling: bool) -> AnyView {
    if is_filling {
        return view! { <p class="hint">"This list can be exported once all users are in the search."</p> }
            .into_any();
    }
    let asked = list.whom().address();
    let href = |file: &str| match asked.is_empty() {
        true => file.to_owned(),
        false => format!("{file}?{asked}"),
    };
    view! {
        <p class="hint">
            "Export this list, all pages, as " <a href=href(crate::EXPORT_NDJSON) rel="external">"NDJSON"</a> " or "
            <a href=href(crate::EXPORT_CSV) rel="external">"CSV"</a>
        </p>
    }
    .into_any()
}
