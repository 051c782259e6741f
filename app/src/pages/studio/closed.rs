//! What `sparekey studio` shows to whoever comes without having opened it.

use leptos::prelude::*;

use crate::components::{Visitor, framed};

#[component]
pub(crate) fn Closed() -> impl IntoView {
    let main = view! {
        <h1>"The studio is not open in this browser."</h1>
        <p class="lead">"The address that opens it works once, within ten minutes."</p>
        <p>"Run " <code>"sparekey studio"</code> " again, and open the address that it prints."</p>
    };
    framed(None, Visitor::Unknown, "Closed · Studio · Sparekey".to_owned(), main.into_any())
}
