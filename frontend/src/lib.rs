//! What the browser loads: the islands of `app`, brought to life.

use std::time::Duration;

// The islands are found by their exported names; this links them in.
use app as _;
use leptos::prelude::set_timeout;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn mark(name: &str);
}

/// Called by the page's script, which then wakes the islands one by one, in microtasks.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
    // A timer comes after all microtasks: the islands of the page are ready.
    set_timeout(|| mark("hydrated"), Duration::ZERO);
}
