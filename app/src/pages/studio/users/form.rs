//! The question: one box and the filters, as a form whose answer is the same page. A new search starts at the beginning.

use identity::search::{Filters, LastLogin, Query, SIZES, Sort, Verified};
use identity::{Standing, Status};
use leptos::prelude::*;

use super::columns::{self, Column};
use super::list::List;
use crate::components::label;
use crate::islands::{BOX, FORM};

/// A choice of a filter: the word in the address, and the one that people read.
type Choice = (String, String);

pub(super) fn form(list: &List, providers: &[(String, u64)]) -> impl IntoView + use<> {
    let query = &list.query;
    let filters = &query.filters;
    let statuses = [Status::Active, Status::Disabled, Status::Tombstone].map(|one| same(&one));
    let verified =
        [(Verified::Yes, "verified"), (Verified::No, "not verified"), (Verified::None, "no e-mail")];
    let standings = [Standing::Present, Standing::Blocked, Standing::Deleted].map(|one| same(&one));
    let mut known: Vec<Choice> = providers.iter().map(|(name, _)| (name.clone(), label(name))).collect();
    if let Some(asked) = &filters.provider
        && !known.iter().any(|(name, _)| name == asked)
    {
        known.push((asked.clone(), label(asked)));
    }
    let more = has_more(filters);
    let sort = query.sort.map(|sort| hidden("sort", sort.to_string()));
    let dir = query.direction.map(|dir| hidden("dir", dir.to_string()));
    let shown = list.written_columns().map(|words| hidden(columns::PARAMETER, words));
    view! {
        <search>
            <form id=FORM class="filters" action=crate::STUDIO>
                <p>
                    <label for=BOX>"Name, e-mail, phone, subject or id"</label>
                    <input id=BOX name="q" type="search" autocomplete="off" spellcheck="false" value=query.q.clone()/>
                </p>
                {select("status", "Status", &statuses, filters.status.map(|one| one.to_string()))}
                {select("provider", "Provider", &known, filters.provider.clone())}
                {select("login", "Last log-in", &logins(), filters.login.map(|one| one.to_string()))}
                <p>
                    <button class="primary">"Search"</button>
                </p>
                <details class="more" open=more>
                    <summary>"More filters"</summary>
                    <div class="filters">
                        {select("verified", "E-mail", &words(&verified), filters.verified.map(|one| one.to_string()))}
                        {select("standing", "At the provider", &standings, filters.standing.map(|one| one.to_string()))}
                        {day("from", "First seen from (UTC)", filters.from)}
                        {day("to", "First seen to (UTC)", filters.to)}
                        {tick("several", "More than one identity", filters.several)}
                        {tick("online", "Signed in now", filters.online)}
                        {tick("hold", "On hold", filters.hold)}
                        {sizes(query.size)}
                    </div>
                </details>
                {sort}
                {dir}
                {shown}
            </form>
        </search>
    }
}

/// Whether one of the filters is on that are folded away.
fn has_more(filters: &Filters) -> bool {
    let shown = Filters {
        status: filters.status,
        provider: filters.provider.clone(),
        login: filters.login,
        ..Filters::default()
    };
    shown != *filters
}

fn same(word: &impl ToString) -> Choice {
    (word.to_string(), word.to_string())
}

fn words<T: ToString>(choices: &[(T, &str)]) -> Vec<Choice> {
    choices.iter().map(|(word, read)| (word.to_string(), (*read).to_owned())).collect()
}

fn logins() -> Vec<Choice> {
    words(&[
        (LastLogin::Today, "today (UTC)"),
        (LastLogin::Week, "last 7 days"),
        (LastLogin::Month, "last 30 days"),
        (LastLogin::Older, "longer ago"),
        (LastLogin::Never, "never"),
    ])
}

fn select(
    name: &'static str,
    says: &'static str,
    choices: &[Choice],
    chosen: Option<String>,
) -> impl IntoView + use<> {
    let options: Vec<_> = choices
        .iter()
        .map(|(word, read)| {
            let is_chosen = chosen.as_deref() == Some(word);
            view! { <option value=word.clone() selected=is_chosen>{read.clone()}</option> }
        })
        .collect();
    view! {
        <p>
            <label for=name>{says}</label>
            <select id=name name=name>
                <option value="">"any"</option>
                {options}
            </select>
        </p>
    }
    .into_any()
}

fn day(name: &'static str, says: &'static str, value: Option<chrono::NaiveDate>) -> impl IntoView {
    view! {
        <p>
            <label for=name>{says}</label>
            <input id=name name=name type="date" value=value.map(|day| day.to_string())/>
        </p>
    }
}

fn tick(name: &'static str, says: &'static str, is_on: bool) -> impl IntoView {
    view! {
        <p class="tick">
            <input id=name name=name type="checkbox" value="1" checked=is_on/>
            <label for=name>{says}</label>
        </p>
    }
}

fn sizes(size: u32) -> impl IntoView {
    let options = SIZES.map(|one| {
        view! { <option value=one.to_string() selected={one == size}>{one.to_string()}</option> }
    });
    view! {
        <p>
            <label for="size">"Rows on a page"</label>
            <select id="size" name="size">{options}</select>
        </p>
    }
}

/// Which columns are shown: a form of its own, so that a search's address has no word of them.
pub(super) fn columns(list: &List) -> impl IntoView + use<> {
    let asked = list.beginning().pairs().into_iter().map(|(name, value)| hidden(name, value));
    let asked = asked.collect_view();
    let boxes = columns::ALL.iter().map(|column: &Column| {
        let (id, is_on) = (format!("column-{}", column.word), list.columns.contains(&column));
        view! {
            <p class="tick">
                <input id=id.clone() name=columns::PARAMETER type="checkbox" value=column.word checked=is_on/>
                <label for=id>{column.head}</label>
            </p>
        }
    });
    let boxes = boxes.collect_view();
    view! {
        <details class="columns">
            <summary>"Columns"</summary>
            <form class="filters" action=crate::STUDIO>
                {asked}
                {hidden(columns::PARAMETER, columns::NAME.to_owned())}
                {boxes}
                <p>
                    <button>"Show these"</button>
                </p>
            </form>
        </details>
    }
}

fn hidden(name: &'static str, value: String) -> impl IntoView + use<> {
    view! { <input type="hidden" name=name value=value/> }
}

/// What is on, each to be taken away by itself.
pub(super) fn active(list: &List) -> impl IntoView + use<> {
    let query = &list.query;
    let filters = &query.filters;
    let mut on: Vec<(String, String)> = Vec::new();
    let mut add = |says: Option<String>, without: fn(&mut Query)| {
        on.extend(says.map(|says| (says, list.changed(without))));
    };
    let q = (!query.q.trim().is_empty()).then(|| format!("“{}”", query.q.trim()));
    add(q, |query| query.q.clear());
    add(filters.status.map(|one| format!("status: {one}")), |query| query.filters.status = None);
    add(filters.provider.as_deref().map(|one| format!("provider: {}", label(one))), |query| {
        query.filters.provider = None;
    });
    add(filters.verified.map(|one| format!("e-mail verified: {one}")), |query| query.filters.verified = None);
    let login = filters.login.map(|login| said_login(login).to_owned());
    add(login.map(|login| format!("last log-in: {login}")), |query| query.filters.login = None);
    add(filters.from.map(|day| format!("first seen from {day}")), |query| query.filters.from = None);
    add(filters.to.map(|day| format!("first seen to {day}")), |query| query.filters.to = None);
    let flag = |is: bool, says: &str| is.then(|| says.to_owned());
    add(flag(filters.several, "more than one identity"), |query| query.filters.several = false);
    add(flag(filters.online, "signed in now"), |query| query.filters.online = false);
    add(flag(filters.hold, "on hold"), |query| query.filters.hold = false);
    add(filters.standing.map(|one| format!("at the provider: {one}")), |query| query.filters.standing = None);
    if query.sort.is_some_and(|sort| sort != Sort::Login) || (query.sort.is_some() && !query.q.is_empty()) {
        let sort = query.sort.map_or("", super::rows::sorted_by);
        add(Some(format!("sorted by {sort}")), |query| (query.sort, query.direction) = (None, None));
    }
    let links: Vec<_> = on
        .into_iter()
        .map(|(says, href)| {
            let without = format!("{says}: take it away");
            view! {
                <li>
                    <a class="button small" href=href aria-label=without>
                        <bdi>{says}</bdi>
                        <span aria-hidden="true">" ✕"</span>
                    </a>
                </li>
            }
        })
        .collect();
    (!links.is_empty())
        .then(|| view! { <ul class="row plain" aria-label="What is searched and filtered by">{links}</ul> })
}

fn said_login(login: LastLogin) -> &'static str {
    match login {
        LastLogin::Today => "today",
        LastLogin::Week => "last 7 days",
        LastLogin::Month => "last 30 days",
        LastLogin::Older => "longer ago than 30 days",
        LastLogin::Never => "never",
    }
}
