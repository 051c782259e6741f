//! A time, told by its distance.

use chrono::SecondsFormat;
use identity::Timestamp;
use leptos::prelude::*;

use crate::ago::ago;

/// "3 minutes ago". `data-ago` marks it for the island that keeps it fresh.
#[component]
pub(crate) fn Ago(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! {
        <time datetime=at.to_rfc3339_opts(SecondsFormat::Secs, true) title=exactly(at) data-ago="">
            {ago((now - at).num_seconds())}
        </time>
    }
}

/// The time itself, in UTC, and how long ago that was: where it is looked up what happened when.
#[component]
pub(crate) fn Moment(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! {
        <time datetime=at.to_rfc3339_opts(SecondsFormat::Secs, true)>{exactly(at)}</time>
        " "
        <small class="quiet"><Ago at now/></small>
    }
}

fn exactly(at: Timestamp) -> String {
    at.format("%-d %b %Y, %H:%M:%S UTC").to_string()
}
