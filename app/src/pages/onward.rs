//! Where an answer leads on and cannot do so by a redirect: a page that goes on by itself, and has a button for
//! whoever it does not take along.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::Meta;

use crate::components::{Visitor, framed};

/// Where a page goes on to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Onward {
    /// To an address, by GET.
    Address(String),
    /// To an address of ours, by POST, with these values.
    Form { action: String, values: Vec<(String, String)> },
}

#[component]
pub(crate) fn GoOn(onward: Onward) -> impl IntoView {
    let main = match onward {
        Onward::Address(url) => by_address(url).into_any(),
        Onward::Form { action, values } => by_form(action, values).into_any(),
    };
    let main = view! {
        <h1>"One moment."</h1>
        <p class="lead">"You are being sent on. If nothing happens, press the button."</p>
        {main}
    };
    // Whoever is looking is about to change.
    framed(None, Visitor::Unknown, "One moment · Sparekey".to_owned(), main.into_any())
}

fn by_address(url: String) -> impl IntoView {
    view! {
        <Meta http_equiv="refresh" content=format!("0;url={url}")/>
        <p class="row">
            <a class="button primary" href=url rel="external">"Continue"</a>
        </p>
    }
}

/// Without script it takes the button: nothing else sends a form.
fn by_form(action: String, values: Vec<(String, String)>) -> impl IntoView {
    let values = values
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    view! {
        <form method="post" action=action>
            {values}
            <button class="primary">"Continue"</button>
        </form>
        <script nonce=use_nonce()>"document.forms[0].submit()"</script>
    }
}
