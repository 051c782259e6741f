//! The top of every page: the mark, where one can go, and Log in or Log out. Right in the first HTML.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::several_providers;
use crate::{HOME, LOGIN, LogOut, NAVIGATION, PROVIDERS, STUDIO, STUDIO_NAVIGATION};

/// Who is looking, as far as the header cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    SignedIn {
        /// Whether they may be in the studio.
        in_studio: bool,
    },
    /// Nobody is signed in: the studio was opened by `sparekey studio`.
    Local,
    SignedOut,
    /// The database does not answer: neither button would be true.
    Unknown,
}

#[component]
pub(crate) fn Header(here: Option<String>, visitor: Visitor) -> impl IntoView {
    let signed_in = matches!(visitor, Visitor::SignedIn { .. });
    let in_studio = matches!(visitor, Visitor::SignedIn { in_studio: true } | Visitor::Local);
    let places = NAVIGATION.iter().filter(|_| signed_in).chain(STUDIO_LINK.iter().filter(|_| in_studio));
    let places: Vec<_> = places.copied().collect();
    let is_below = |there: &str| there == STUDIO && here.as_deref().is_some_and(is_of_studio);
    let current = |there: &str| (here.as_deref() == Some(there) || is_below(there)).then_some("page");
    let home = if visitor == Visitor::Local { STUDIO } else { HOME };
    view! {
        <a class="skip" href="#main">"Skip to the content"</a>
        <header class=places.is_empty().then_some("apart")>
            <a class="mark" href=home aria-current=current(HOME)>
                <Key/>
                " Sparekey"
            </a>
            {(!places.is_empty())
                .then(|| {
                    view! {
                        <nav aria-label="Main">
                            {places
                                .iter()
                                .map(|&(address, words)| {
                                    view! { <a href=address aria-current=current(address)>{words}</a> }
                                })
                                .collect_view()}
                        </nav>
                    }
                })}
            {signed_in.then(|| view! { <LogOutButton primary=false/> })}
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

/// Where whoever may be there finds the studio.
const STUDIO_LINK: &[(&str, &str)] = &[(STUDIO, "Studio")];

fn is_of_studio(path: &str) -> bool {
    path == STUDIO || path.strip_prefix(STUDIO).is_some_and(|rest| rest.starts_with('/'))
}

/// The pages of the studio, on each of them.
#[component]
pub(super) fn StudioNavigation(here: Option<String>) -> impl IntoView {
    let links = STUDIO_NAVIGATION.iter().map(move |&(address, words)| {
        let current = (here.as_deref() == Some(address)).then_some("page");
        view! { <a href=address aria-current=current>{words}</a> }
    });
    view! { <nav class="places" aria-label="Studio">{links.collect_view()}</nav> }
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

#[component]
fn Key() -> impl IntoView {
    view! {
        <svg viewBox="0 0 32 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.4">
            <circle cx="6.6" cy="8" r="4.6"></circle>
            <path d="M11.2 8H31M15 5.4v5.2M24.2 8v4.6M29.2 8v3.4"></path>
        </svg>
    }
}
