//! The top of every page: the mark, where one can go, and Log in or Log out. Right in the first HTML.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::{HOME, LOGIN, LogOut, NAVIGATION, PROVIDERS};

/// Who is looking, as far as the header cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    SignedIn,
    SignedOut,
    /// The database does not answer: neither button would be true.
    Unknown,
}

#[component]
pub(crate) fn Header(here: Option<String>, visitor: Visitor) -> impl IntoView {
    let signed_in = visitor == Visitor::SignedIn;
    let current = move |there: &str| (here.as_deref() == Some(there)).then_some("page");
    view! {
        <a class="skip" href="#main">"Skip to the content"</a>
        <header class=(!signed_in).then_some("apart")>
            <a class="mark" href=HOME aria-current=current(HOME)>
                <Key/>
                " Sparekey"
            </a>
            {signed_in
                .then(|| {
                    view! {
                        <nav aria-label="Main">
                            {NAVIGATION
                                .iter()
                                .map(|&(address, words)| {
                                    view! { <a href=address aria-current=current(address)>{words}</a> }
                                })
                                .collect_view()}
                        </nav>
                        <LogOutButton primary=false/>
                    }
                })}
            {(visitor == Visitor::SignedOut)
                .then(|| {
                    view! {
                        <a class="button" href=log_in_address() rel="external">
                            "Log in"
                        </a>
                    }
                })}
        </header>
    }
}

/// Log out is a plain form: a full page load at the border of a session, the same without JavaScript.
#[component]
pub(crate) fn LogOutButton(primary: bool) -> impl IntoView {
    view! {
        <form method="post" action=LogOut::PATH>
            <button class=primary.then_some("primary")>"Log out"</button>
        </form>
    }
}

/// Where Log in leads: to the choice of a provider where there are several.
pub(crate) fn log_in_address() -> &'static str {
    if several_providers() { PROVIDERS } else { LOGIN }
}

/// Whether there is a choice of providers.
pub(crate) fn several_providers() -> bool {
    crate::login().is_ok_and(|login| login.providers().len() > 1)
}

/// What people call the provider of this name; the name itself where it is in the settings no more.
pub(crate) fn label(provider: &str) -> String {
    let known = crate::login().ok().and_then(|login| Some(login.provider(provider).ok()?.label().to_owned()));
    known.unwrap_or_else(|| provider.to_owned())
}

/// What a provider is called in a sentence; none where there is but the one of the plain settings.
pub(crate) fn spoken(provider: &str) -> Option<String> {
    (provider != crate::MAIN || several_providers()).then(|| label(provider))
}

#[component]
fn Key() -> impl IntoView {
    view! {
        <svg viewBox="0 0 32 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.4">
            <circle cx="6.6" cy="8" r="4.6"></circle>
            <path d="M11.2 8H31M15 5.4v5.2M24.2 8v4.6M29.2 8v3.4"></path>
        </svg>
    }
}
