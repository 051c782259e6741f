//! Parts of a page that wait for nothing.

use leptos::prelude::*;
use leptos::tachys::html::InertElement;

/// Such a part, written at once. A page may wait anywhere, so Leptos writes each element of it into buffers of
/// its own first. Nothing in `view` may wait (`Suspend`, `Await`) or come alive (an island).
pub(crate) fn still(view: impl IntoView) -> InertElement {
    InertElement::new(view.into_view().to_html())
}
