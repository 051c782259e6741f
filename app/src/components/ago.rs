//! A time, told by its distance.

use chrono::SecondsFormat;
use identity::Timestamp;
use leptos::prelude::*;

use crate::ago::ago;

/// "3 minutes ago". `data-ago` marks it for the island that keeps it fresh.
#[component]
pub(crate) fn Ago(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! {
        <time datetime=at.to_rfc3339_opts(SecondsFormat::Secs, true) data-ago="">
            {ago((now - at).num_seconds())}
        </time>
    }
}
