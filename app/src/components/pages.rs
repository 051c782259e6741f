//! The links from one page of a list to another. The one that leads nowhere is absent.

use leptos::prelude::*;

/// The link to the next page, which says so in this word; none where there is no more.
pub(crate) fn next_page(address: Option<String>, word: &'static str) -> Option<impl IntoView> {
    address.map(|href| view! { <a class="button" rel="next" href=href>{word}</a> })
}

/// The links of a list that goes one way: to its newest page, unless that is shown, and to the next. Its type is erased, as
/// that of [`table`](super::table).
pub(crate) fn pages(newest: Option<String>, next: Option<String>, word: &'static str) -> AnyView {
    if newest.is_none() && next.is_none() {
        return ().into_any();
    }
    let newest = newest.map(|href| view! { <a class="button" href=href>"Newest"</a> });
    view! { <nav class="row" aria-label="Pages">{newest} {next_page(next, word)}</nav> }.into_any()
}
