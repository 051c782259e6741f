//! A button that puts a text on the clipboard. Where no script runs it keeps its place and is not seen.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::js_sys::{Function, Promise, Reflect};
use wasm_bindgen_futures::JsFuture;

/// How long it is said that it was copied.
const SAID: Duration = Duration::from_secs(2);

#[island]
pub(crate) fn CopyButton(text: String, says: String) -> impl IntoView {
    let (is_awake, is_copied) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move |_| is_awake.set(true));
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            let copied = async { JsFuture::from(write(&text)?).await }.await;
            if copied.is_ok() {
                is_copied.set(true);
                set_timeout(move || is_copied.set(false), SAID);
            }
        });
    };
    view! {
        <button type="button" class="small copy" data-awake=move || is_awake.get().then_some("") on:click=copy>
            {says}
            <span aria-hidden="true">{move || if is_copied.get() { " ✓" } else { "" }}</span>
        </button>
        <span class="unseen" role="status">{move || if is_copied.get() { "Copied" } else { "" }}</span>
    }
}

/// `navigator.clipboard.writeText`, which `web-sys` would want a feature for.
fn write(text: &str) -> Result<Promise, JsValue> {
    let of = |object: &JsValue, name: &str| Reflect::get(object, &name.into());
    let clipboard = of(&of(&window().into(), "navigator")?, "clipboard")?;
    of(&clipboard, "writeText")?.dyn_into::<Function>()?.call1(&clipboard, &text.into())?.dyn_into()
}
