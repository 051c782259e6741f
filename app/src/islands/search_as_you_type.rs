//! Searches while somebody types into the studio's box: fetches the address that the form leads to, puts the list that
//! comes in the place of the one that is there, and has the address bar say so. The form stays as it is, focus and all.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{
    AbortController, AbortSignal, Element, Event, FormData, HtmlFormElement, HtmlTemplateElement,
    RequestInit, Response, UrlSearchParams,
};
use wasm_bindgen_futures::JsFuture;

use super::list::{ASKED, BOX, FORM, FOUND, ROW, STATUS, by_id, focus, focus_row};

/// The attribute of the list in which its address stands.
const ADDRESS: &str = "data-address";

/// How long nobody may have typed.
const PAUSE: Duration = Duration::from_millis(180);

#[island]
pub(crate) fn SearchAsYouType() -> impl IntoView {
    Effect::new(|_| {
        let running = Rc::new(RefCell::new(None::<AbortController>));
        let search = debounce(PAUSE, move |()| {
            if let Some(older) = running.take() {
                older.abort();
            }
            let Ok(newer) = AbortController::new() else { return };
            let signal = newer.signal();
            running.replace(Some(newer));
            spawn_local(async move {
                let shown = show(&signal).await;
                // One that was given up says nothing: another one is under way.
                if !signal.aborted() {
                    set_busy(false);
                    if shown.is_err() {
                        say("The list did not come. Search asks again.");
                    }
                }
            });
        });
        let search = RefCell::new(search);
        window_event_listener_untyped("input", move |event: Event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if target.is_some_and(|target| target.id() == BOX) {
                search.borrow_mut()(());
            }
        });
    });
}

/// Fetches and shows what the form asks for now.
async fn show(signal: &AbortSignal) -> Result<(), JsValue> {
    set_busy(true);
    say("Searching…");
    let address = address()?;
    let asked = RequestInit::new();
    asked.set_signal(Some(signal));
    let response = JsFuture::from(window().fetch_with_str_and_init(&address, &asked)).await?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        // Signed out meanwhile, or a refusal: the page itself says it best.
        return window().location().assign(&address);
    }
    let page = JsFuture::from(response.text()?).await?;
    put(&page.as_string().unwrap_or_default())
}

/// Where the form leads.
fn address() -> Result<String, JsValue> {
    let form = by_id(FORM)?.unchecked_into::<HtmlFormElement>();
    let filled = FormData::new_with_form(&form)?;
    let asked = UrlSearchParams::new_with_str_sequence_sequence(filled.as_ref())?;
    Ok(format!("{}?{}", crate::STUDIO, String::from(asked.to_string())))
}

/// Puts the list of a page in the place of the one that is there.
fn put(page: &str) -> Result<(), JsValue> {
    let template = document().create_element("template")?.unchecked_into::<HtmlTemplateElement>();
    template.set_inner_html(page);
    let of_page = |id: &str| template.content().query_selector(&format!("#{id}"))?.ok_or(JsValue::NULL);
    let (asked, found, count) = (of_page(ASKED)?, of_page(FOUND)?, of_page(STATUS)?);
    by_id(ASKED)?.replace_with_with_node_1(&asked)?;
    let older = by_id(FOUND)?;
    let had_focus = document().active_element().is_some_and(|at| older.contains(Some(&at)));
    older.replace_with_with_node_1(&found)?;
    if had_focus {
        // Whoever went on to the rows before these came stays among them.
        match found.query_selector(ROW)? {
            Some(row) => focus_row(&row),
            None => focus(&by_id(BOX)?),
        };
    }
    say(&count.text_content().unwrap_or_default());
    let address = found.get_attribute(ADDRESS);
    window().history()?.replace_state_with_url(&JsValue::NULL, "", address.as_deref())
}

fn set_busy(is_busy: bool) {
    if let Ok(found) = by_id(FOUND) {
        let _ = found.set_attribute("aria-busy", if is_busy { "true" } else { "false" });
    }
}

fn say(text: &str) {
    if let Ok(status) = by_id(STATUS) {
        status.set_text_content(Some(text));
    }
}
