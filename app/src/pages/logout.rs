//! `GET /auth/logout`: the button. It changes nothing; the `POST` to the same address does.

use identity::Viewer;
use leptos::prelude::*;

use crate::components::{Content, LogOutButton, full_name, page, shown, spoken};
use crate::{DASHBOARD, HOME};

#[component]
pub(crate) fn LogOutPage() -> impl IntoView {
    page(ask())
}

async fn ask() -> Content {
    let visit = crate::visit()?;
    match visit.viewer().await.map_err(|error| visit.refuse(&error))? {
        Some(viewer) => shown("Log out · Sparekey", signed_in(&viewer)),
        None => shown("Logged out · Sparekey", signed_out()),
    }
}

fn signed_in(viewer: &Viewer) -> impl IntoView + use<> {
    let name = full_name(&viewer.user).map(|name| view! { " as " <bdi>{name}</bdi> });
    let there = crate::words::name("{who}", spoken(&viewer.session.provider).as_deref());
    view! {
        <h1>"Log out?"</h1>
        <p class="lead">"You are signed in" {name} "."</p>
        <p>"Logging out ends this session here, then at " {there} ". Your record stays."</p>
        <div class="row">
            <LogOutButton primary=true/>
            <a class="button" href=DASHBOARD>"Stay signed in"</a>
        </div>
        <p class="hint">"Signed in elsewhere too? " <a href="/account#sessions">"See your sessions"</a> "."</p>
    }
}

fn signed_out() -> impl IntoView {
    view! {
        <h1>"You are logged out."</h1>
        <p class="lead">"Nobody is signed in in this browser."</p>
        <p class="row">
            <a class="button primary" href=HOME>"Go to Home"</a>
        </p>
    }
}
