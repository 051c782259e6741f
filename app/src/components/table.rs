//! A table of many of a kind. On a phone its rows stack, and the roles keep what that look would take away.

use leptos::prelude::*;

/// The rows under the heads of their columns; each cell says its column again in `data-label`. Its type is
/// erased: a page of tables would be deeper than the compiler goes.
pub(crate) fn table<const N: usize>(
    caption: &'static str,
    columns: [&'static str; N],
    rows: impl IntoView + 'static,
) -> AnyView {
    let heads = columns.map(|column| view! { <th role="columnheader" scope="col">{column}</th> });
    view! {
        <table role="table">
            <caption>{caption}</caption>
            <thead role="rowgroup">
                <tr role="row">{heads}</tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}
