//! Keys of the studio's list. Letters count while a row has the focus and nowhere else (WCAG 2.1.4), so that whoever
//! types or speaks never sets one off.

use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlInputElement, KeyboardEvent};

use super::list::{BOX, ROW, focus, focus_row};

/// The list of keys.
const KEYS: &str = "keys";

#[island]
pub(crate) fn StudioKeys() -> impl IntoView {
    let is_awake = RwSignal::new(false);
    Effect::new(move |_| {
        window_event_listener(ev::keydown, |event| {
            if press(&event).is_some() {
                event.prevent_default();
            }
        });
        is_awake.set(true);
    });
    move || is_awake.get().then(Keys)
}

#[component]
fn Keys() -> impl IntoView {
    let keys = [
        ("↓", "from the box to the first row; and then, in a row:"),
        ("j", "the next row"),
        ("k", "the row before"),
        ("Enter", "opens it"),
        ("x", "ticks it"),
        ("a", "ticks all of the page, or none"),
        ("/", "back to the box"),
        ("?", "this list"),
    ];
    let rows = keys.map(|(key, does)| view! { <li><kbd>{key}</kbd> " " {does}</li> });
    view! {
        <details id=KEYS>
            <summary>"Keys"</summary>
            <ul class="plain">{rows}</ul>
        </details>
    }
}

/// Does what a key stands for; none where it stands for nothing here.
fn press(event: &KeyboardEvent) -> Option<()> {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return None;
    }
    let at = event.target()?.dyn_into::<Element>().ok()?;
    if at.id() == BOX && event.key() == "ArrowDown" {
        return focus_row(&document().query_selector(ROW).ok()??);
    }
    let row = at.closest(ROW).ok()??;
    match event.key().as_str() {
        "j" => focus_row(&row.next_element_sibling()?),
        "k" => focus_row(&row.previous_element_sibling()?),
        "x" => {
            let tick = row.query_selector("input[type=checkbox]").ok()??;
            tick.unchecked_into::<HtmlInputElement>().click();
            Some(())
        }
        "a" => {
            let inputs = document().get_elements_by_tag_name("input");
            let inputs = (0..inputs.length()).filter_map(|at| inputs.item(at));
            let of_rows = inputs.filter(|input| input.closest(ROW).is_ok_and(|row| row.is_some()));
            let ticks: Vec<HtmlInputElement> = of_rows.map(|input| input.unchecked_into()).collect();
            let all = ticks.iter().all(HtmlInputElement::checked);
            ticks.iter().for_each(|tick| tick.set_checked(!all));
            Some(())
        }
        "/" => {
            let typed = document().get_element_by_id(BOX)?.unchecked_into::<HtmlInputElement>();
            typed.select();
            focus(&typed)
        }
        "?" => {
            let keys = document().get_element_by_id(KEYS)?;
            keys.toggle_attribute("open").ok()?;
            focus(&keys.query_selector("summary").ok()??)
        }
        _ => None,
    }
}
