//! `/`: what this is, and one button: Log in or Log out.

use identity::{Timestamp, Viewer};
use leptos::prelude::*;
use leptos_meta::Meta;

use crate::components::{
    Ago, Content, LogOutButton, called, log_in_address, page, several_providers, shown, spoken,
};
use crate::{DASHBOARD, SIGNUP};

/// What search engines say of the page.
const DESCRIPTION: &str = "Log in with any OpenID Connect provider. Sparekey keeps its own record of every user, so that \
                           the loss of the provider is not the loss of the users.";

#[component]
pub(crate) fn Home() -> impl IntoView {
    page(content())
}

async fn content() -> Content {
    let visit = crate::visit()?;
    let main = match visit.viewer().await.map_err(|error| visit.refuse(&error))? {
        Some(viewer) => {
            let now = crate::ports()?.world.now();
            ("Sparekey: you are signed in", signed_in(&viewer, now).into_any())
        }
        None => ("Sparekey: log in with any provider", signed_out().into_any()),
    };
    shown(main.0, view! { <Meta name="description" content=DESCRIPTION/> {main.1} })
}

fn signed_out() -> impl IntoView {
    // Whoever signs up chooses among several providers too.
    let sign_up = if several_providers() { "/auth/providers?prompt=create" } else { SIGNUP };
    view! {
        <div class="split hero">
            <div>
                <h1>"Log in with any provider; keep your users when it is gone."</h1>
                <p class="lead">
                    "Providers close, move and forget. Sparekey keeps its own record of every user, like a spare key in a drawer."
                </p>
                <p class="row">
                    <a class="button primary" href=log_in_address() rel="external">"Log in"</a>
                    <a class="button" href=sign_up rel="external">"Sign up"</a>
                </p>
            </div>
            <Drawer/>
        </div>
        <Promises/>
    }
}

fn signed_in(viewer: &Viewer, now: Timestamp) -> impl IntoView + use<> {
    let Viewer { user, session } = viewer;
    let name = called(user).map(|name| view! { ", " <bdi>{name}</bdi> });
    let provider = crate::words::name("{who}", spoken(&session.provider).as_deref());
    view! {
        <div class="split hero">
            <div>
                <h1>"Good to see you" {name} "."</h1>
                <p class="lead">
                    "You logged in with " {provider} " " <Ago at=session.created_at now/>
                    ". Your record is in its drawer."
                </p>
                <div class="row">
                    <a class="button primary" href=DASHBOARD>"Open your dashboard"</a>
                    <LogOutButton primary=false/>
                </div>
            </div>
            <Drawer/>
        </div>
        <Promises/>
    }
}

#[component]
fn Promises() -> impl IntoView {
    view! {
        <section class="split">
            <div>
                <h2>"What happens"</h2>
                <p>
                    "You log in at a provider you already trust. It tells us who you are, we check every word of it, and we write your record down."
                </p>
            </div>
            <div>
                <h2>"What is kept"</h2>
                <p>
                    "What your provider said about you, when it said so, and what changed since. You can read all of it and download it."
                </p>
            </div>
            <div>
                <h2>"What is not"</h2>
                <p>
                    "Your password, which we never see. And no token from your provider ever reaches a browser."
                </p>
            </div>
        </section>
    }
}

/// A catalogue card with a key tied to it.
#[component]
fn Drawer() -> impl IntoView {
    view! {
        <svg viewBox="0 0 360 312" aria-hidden="true" fill="none" stroke-linejoin="round" stroke-linecap="round">
            <g transform="rotate(5 240 90)">
                <path d="M128 62 152 34H340V148H152L128 120Z" fill="var(--card)" stroke="var(--edge)" stroke-width="1.5"></path>
                <path d="M184 84H328M184 106H328M184 128H328" stroke="var(--line)"></path>
                <path d="M176 44V138" stroke="var(--metal-edge)"></path>
                <text x="186" y="72" font-family="var(--serif)" font-size="21" fill="var(--ink)">"Ada Lovelace"</text>
                <text x="186" y="100" font-family="var(--sans)" font-size="11.5" fill="var(--quiet)">"ada@example.com"</text>
                <text x="186" y="122" font-family="var(--sans)" font-size="11.5" fill="var(--quiet)">"from kinde"</text>
                <circle cx="152" cy="91" r="8.5" fill="var(--paper)" stroke="var(--metal-edge)" stroke-width="5"></circle>
            </g>
            <path d="M152 83C116 58 64 74 63 138" stroke="var(--edge)" stroke-width="2.5"></path>
            <g transform="translate(72 158) rotate(31)" stroke="var(--metal-edge)" stroke-width="1.75">
                <path fill-rule="evenodd" fill="var(--metal)" d="M0-42A42 42 0 1 1 0 42A42 42 0 1 1 0-42ZM0-23A23 23 0 1 0 0 23A23 23 0 1 0 0-23Z"></path>
                <path fill="var(--metal)" d="M41-8H228Q236-8 236 0Q236 8 228 8H222V34H209V22H198V40H183V8H41Z"></path>
                <path fill="var(--metal)" d="M48-14H58V14H48ZM64-11H70V11H64Z"></path>
                <path d="M78-3H226M-21-23A31 31 0 0 1 21-23" stroke="var(--metal-lit)" stroke-width="3"></path>
            </g>
            <path d="M152 83C126 88 94 102 82 138C78 149 64 150 63 138" stroke="var(--edge)" stroke-width="2.5"></path>
        </svg>
    }
}
