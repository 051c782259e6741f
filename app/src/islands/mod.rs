//! What is better alive, in the browser. Everything here goes into the wasm file, and nothing else does: keep
//! it small. Without it, each page is complete and right as it came.

mod fresh_times;
mod still_here;

use leptos::hydration::HydrationScripts;
use leptos::prelude::*;

use fresh_times::FreshTimes;
use still_here::StillHere;

/// The end of a page that holds islands: those that every signed-in page has, and the script that wakes them.
#[component]
pub(crate) fn Alive() -> impl IntoView {
    let scripts =
        use_context::<LeptosOptions>().map(|options| view! { <HydrationScripts options islands=true/> });
    view! {
        <StillHere/>
        <FreshTimes/>
        {scripts}
    }
}
