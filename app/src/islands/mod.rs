//! What is better alive, in the browser. Everything here goes into the wasm file, and nothing else does: keep
//! it small. Without it, each page is complete and right as it came.

mod fresh_times;
mod still_here;

use leptos::hydration::HydrationScripts;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

use fresh_times::FreshTimes;
use still_here::StillHere;

/// Takes what wakes the islands out of its template.
const WAKE: &str = "document.body.append(document.getElementById('alive').content)";

/// The end of a page that holds islands: those that every signed-in page has, and the script that wakes them.
/// It lies in a template with its preloads: where no script runs, nothing is fetched for it.
#[component]
pub(crate) fn Alive() -> impl IntoView {
    let scripts = use_context::<LeptosOptions>().map(|options| {
        view! {
            <template id="alive"><HydrationScripts options islands=true/></template>
            <script nonce=use_nonce()>{WAKE}</script>
        }
    });
    view! {
        <StillHere/>
        <FreshTimes/>
        {scripts}
    }
}
