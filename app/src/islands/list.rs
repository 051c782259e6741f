//! The studio's list as it stands in the page: what its parts are called, and how the focus gets to them.

use leptos::prelude::document;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{Element, HtmlElement};

/// The form.
pub(crate) const FORM: &str = "search";
/// Its box.
pub(crate) const BOX: &str = "q";
/// Where it is said how many there are. It stays in the page, so that a screen reader hears of it.
pub(crate) const STATUS: &str = "count";
/// What a search replaces: what is searched by, and the list, which says its own address.
pub(crate) const ASKED: &str = "asked";
pub(crate) const FOUND: &str = "found";
/// A row.
pub(super) const ROW: &str = ".people tbody tr";

pub(super) fn by_id(id: &str) -> Result<Element, JsValue> {
    document().get_element_by_id(id).ok_or(JsValue::NULL)
}

/// The link of a row takes the focus.
pub(super) fn focus_row(row: &Element) -> Option<()> {
    focus(&row.query_selector("th a").ok()??)
}

pub(super) fn focus(element: &Element) -> Option<()> {
    element.dyn_ref::<HtmlElement>()?.focus().ok()
}
