//! Claims as they were received.

use identity::Claims;
use leptos::prelude::*;

/// Name and value of each; a long value is cut.
pub(crate) fn claims_list(claims: &Claims) -> impl IntoView + use<> {
    let rows = claims.iter().map(|(name, value)| {
        let value = match value.as_str() {
            Some(text) => cut(text),
            None => cut(&value.to_string()),
        };
        view! {
            <div>
                <dt><code>{name.clone()}</code></dt>
                <dd><bdi>{value}</bdi></dd>
            </div>
        }
    });
    view! { <dl class="fields">{rows.collect_view()}</dl> }
}

/// Some are pages long; the download has all of them.
fn cut(text: &str) -> String {
    match text.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
