//! The record of one user: term, value, and who said so when.

use identity::{Field, Profile, Shown, Source, Status, Timestamp, User, Value};
use leptos::prelude::*;

use super::{Ago, field_name, full_name, name_of, still};

/// All of it, for the person it is about.
pub(crate) fn record(user: &User, now: Timestamp) -> impl IntoView + use<> {
    let profile = user.profile();
    // A `…_verified` flag stands beside its value.
    let fields = Field::ALL.iter().filter(|field| field.vouches_for().is_none());
    let rows = fields.map(|&field| row(field, &profile, now)).collect_view();
    let heading = full_name(user).map(|name| view! { <bdi>{name}</bdi> }.into_any());
    still(view! {
        <article class="record" aria-labelledby="who">
            <header>
                <h2 id="who">{heading.unwrap_or_else(|| "No name stated".into_any())}</h2>
                <p class="row hint">
                    <Badge status=user.status()/>
                    " "
                    <code>{user.id.to_string()}</code>
                </p>
            </header>
            <dl class="fields">
                {rows}
                <div>
                    <dt>"Log-ins"</dt>
                    <dd>{user.login_count}</dd>
                    <dd class="from">"our own count"</dd>
                </div>
            </dl>
            <footer>
                "Kept since " <Day at=user.created_at/> ". Last change " <Ago at=user.updated_at now/> "."
            </footer>
        </article>
    })
}

/// The status, as a word and a shape.
#[component]
pub(crate) fn Badge(status: Status) -> impl IntoView {
    let word: &'static str = status.into();
    view! { <span class=format!("badge {word}")>{word}</span> }
}

#[component]
fn Day(at: Timestamp) -> impl IntoView {
    view! { <time datetime=at.format("%F").to_string()>{at.format("%-d %B %Y").to_string()}</time> }
}

fn row(field: Field, profile: &Profile<'_>, now: Timestamp) -> impl IntoView + use<> {
    let shown = profile.get(&field);
    let value = match shown.map(|shown| shown.value) {
        Some(Value::Text(text)) => text_value(text.clone()),
        Some(Value::Flag(flag)) => if *flag { "yes" } else { "no" }.into_any(),
        None => view! { <span class="quiet">"not stated"</span> }.into_any(),
    };
    let verified = shown.and(verdict(field, profile));
    view! {
        <div>
            <dt>{field_name(field)}</dt>
            <dd>{value} {verified.map(|word| view! { " " <small class="quiet">{word}</small> })}</dd>
            {shown.map(|shown| view! { <dd class="from">{from(shown)} <Ago at=shown.at now/></dd> })}
        </div>
    }
}

/// Some values are a page long (a picture's address of 4 kB): their beginning first, all of it on demand.
fn text_value(text: String) -> AnyView {
    match text.char_indices().nth(160) {
        None => view! { <bdi>{text}</bdi> }.into_any(),
        Some((end, _)) => {
            let beginning = format!("{}…", &text[..end]);
            view! {
                <details>
                    <summary>{beginning}</summary>
                    <bdi>{text}</bdi>
                </details>
            }
            .into_any()
        }
    }
}

/// Whether somebody vouches for a value; a value that came without a flag is unverified.
fn verdict(field: Field, profile: &Profile<'_>) -> Option<&'static str> {
    let vouched = profile.get(&field.vouched_by()?).and_then(|shown| shown.value.flag());
    Some(if vouched == Some(true) { "verified" } else { "unverified" })
}

fn from(shown: &Shown<'_>) -> String {
    let provider = name_of(&shown.identity.provider, &shown.identity.issuer);
    match shown.source {
        Source::Operator => "from the people who run this site, ".to_owned(),
        Source::Import => format!("imported from {provider}, "),
        Source::Login | Source::Refresh | Source::Webhook | Source::Scim | Source::Scan => {
            format!("from {provider}, ")
        }
    }
}
