//! What is better alive, in the browser. Everything here goes into the wasm file, and nothing else does: keep
//! it small. Without it, each page is complete and right as it came.

mod copy_button;
mod fresh_times;
mod list;
mod search_as_you_type;
mod still_here;
mod studio_keys;

use leptos::hydration::HydrationScripts;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

use fresh_times::FreshTimes;
use still_here::StillHere;

pub(crate) use copy_button::CopyButton;
pub(crate) use list::{ASKED, BOX, FORM, FOUND, STATUS};
pub(crate) use search_as_you_type::SearchAsYouType;
pub(crate) use studio_keys::StudioKeys;

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
