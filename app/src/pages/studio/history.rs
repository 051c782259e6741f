//! What changed of a user, by identity, from what to what, by whom and in which run: as it was kept, newest first.

use std::collections::BTreeMap;

use identity::{Change, Fact, Hold, Source, Standing, Timestamp, UserId, Value, What};
use leptos::prelude::*;

use super::people::actor;
use super::runs::run_address;
use crate::components::{Moment, field_name, label, short, table};

/// All changes that were given.
pub(super) fn history(changes: &[Change], people: &BTreeMap<UserId, String>, now: Timestamp) -> AnyView {
    let rows: Vec<_> = changes.iter().filter_map(|change| row(change, people, now)).collect();
    match rows.is_empty() {
        true => view! { <p class="empty">"Nothing changed."</p> }.into_any(),
        false => table("Newest first", ["What", "From", "To", "Source", "When"], rows.collect_view()),
    }
}

fn row(change: &Change, people: &BTreeMap<UserId, String>, now: Timestamp) -> Option<impl IntoView + use<>> {
    let (what, from, to) = told(&change.what)?;
    let origin = &change.origin;
    let of = change.identity.as_ref().map(|name| label(&name.provider));
    let who = origin.actor.as_ref().map(|by| view! { ", " {actor(by, people)} });
    let run = origin.run.map(|run| {
        let short: String = run.to_string().chars().take(8).collect();
        view! { <br/> <small class="quiet">"run " <a href=run_address(run)><code>{short}</code></a></small> }
    });
    let side = |text: Option<String>| match text {
        Some(text) => view! { <bdi>{short(text)}</bdi> }.into_any(),
        None => view! { <span class="quiet">"nothing"</span> }.into_any(),
    };
    Some(view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                {what} {of.clone().map(|of| view! { " " <small class="quiet">{of}</small> })}
            </th>
            <td role="cell" data-label="From"><span>{side(from)}</span></td>
            <td role="cell" data-label="To"><span>{side(to)}</span></td>
            <td role="cell" data-label="Source">
                <span>{source(origin.source, of.as_deref())} {who} {run}</span>
            </td>
            <td role="cell" data-label="When"><span><Moment at=origin.at now/></span></td>
        </tr>
    })
}

/// What it was, from what, to what; none where that an identity came forward says nothing by itself.
fn told(what: &What) -> Option<(String, Option<String>, Option<String>)> {
    let one =
        |name: &str, from: &str, to: &str| (name.to_owned(), Some(from.to_owned()), Some(to.to_owned()));
    let on = |is_on: bool| if is_on { "yes" } else { "no" };
    Some(match what {
        What::Fact { field, from, to } => (field_name(*field).to_owned(), value(from), value(to)),
        What::Claims { from, to } => {
            let names = |claims: &identity::Claims| {
                let names: Vec<&str> = claims.keys().map(String::as_str).collect();
                (!names.is_empty()).then(|| names.join(", "))
            };
            ("Claims, by name".to_owned(), names(from), names(to))
        }
        What::Standing { from, to } => one("Standing there", standing(from.0), standing(to.0)),
        What::Linked => ("Identity linked".to_owned(), None, Some("linked".to_owned())),
        What::Unlinked(identity) => ("Identity unlinked".to_owned(), Some(identity.subject.clone()), None),
        What::Disabled { to, reason } => {
            let (name, from, to) = one("Disabled here", on(!to), on(*to));
            let to = reason.as_ref().map_or(to.clone(), |why| to.map(|to| format!("{to}: {why}")));
            (name, from, to)
        }
        What::Held { held, from, to } => {
            let is_held = |hold: &Option<Hold>| on(hold.is_some());
            one(&format!("On hold: {held}"), is_held(from), is_held(to))
        }
        What::Withdrawn { to } => one("Taken away by an undo", on(!to), on(*to)),
        What::AccountMade => ("Account made there".to_owned(), None, Some("by a switch".to_owned())),
        What::Invited { provider } => ("Invited to log in".to_owned(), None, Some(label(provider))),
        What::CameForward { .. } => return None,
    })
}

fn value(fact: &Option<Fact>) -> Option<String> {
    match fact.as_ref()?.value.as_ref()? {
        Value::Text(text) => Some(text.clone()),
        Value::Flag(true) => Some("yes".to_owned()),
        Value::Flag(false) => Some("no".to_owned()),
    }
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Present => "present",
        Standing::Blocked => "blocked",
        Standing::Deleted => "deleted",
    }
}

fn source(source: Source, provider: Option<&str>) -> String {
    let provider = provider.unwrap_or("a provider");
    match source {
        Source::Login => format!("log-in at {provider}"),
        Source::Refresh => format!("renewed at {provider}"),
        Source::Webhook => format!("webhook from {provider}"),
        Source::Scim => format!("SCIM from {provider}"),
        Source::Scan => format!("read from {provider}"),
        Source::Import => "imported".to_owned(),
        Source::Operator => "operator".to_owned(),
    }
}
