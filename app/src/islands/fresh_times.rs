//! Keeps the relative times of the page right while it stays open: one island for all of them.

use std::time::Duration;

use leptos::prelude::*;
use leptos::web_sys::{Element, js_sys::Date};

use crate::ago::ago;

#[island]
pub(crate) fn FreshTimes() -> impl IntoView {
    Effect::new(|_| set_interval(refresh, Duration::from_secs(15)));
}

fn refresh() {
    let times = document().get_elements_by_tag_name("time");
    for time in (0..times.length()).filter_map(|at| times.item(at)) {
        if time.has_attribute("data-ago") {
            rewrite(&time);
        }
    }
}

fn rewrite(time: &Element) {
    let at = Date::parse(&time.get_attribute("datetime").unwrap_or_default());
    let words = ago(((Date::now() - at) / 1000.0) as i64);
    // Only a change is written: a screen reader or a selection is not disturbed for nothing.
    if time.text_content().as_deref() != Some(&words) {
        time.set_text_content(Some(&words));
    }
}
