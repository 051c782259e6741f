//! A tab that comes back asks whether its visitor is signed in still, and says so when they are not.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Event, PageTransitionEvent};

#[island]
pub(crate) fn StillHere() -> impl IntoView {
    let gone = RwSignal::new(false);
    Effect::new(move |_| {
        window_event_listener_untyped("visibilitychange", move |_| {
            if !document().hidden() {
                ask(gone);
            }
        });
        // Back to a page that the browser kept as it was.
        window_event_listener_untyped("pageshow", move |event: Event| {
            if event.unchecked_into::<PageTransitionEvent>().persisted() {
                ask(gone);
            }
        });
    });
    move || gone.get().then(Notice)
}

/// Whoever cannot be asked says nothing.
fn ask(gone: RwSignal<bool>) {
    spawn_local(async move {
        if let Ok(signed_in) = crate::is_signed_in().await {
            gone.set(!signed_in);
        }
    });
}

#[component]
fn Notice() -> impl IntoView {
    view! {
        <p class="notice error" role="alert">
            <b>"You were signed out elsewhere."</b>
            " "
            <a href=crate::LOGIN rel="external">"Log in again"</a>
            " to go on."
        </p>
    }
}
