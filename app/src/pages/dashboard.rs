//! `/dashboard`: you are signed in, and this is your record. One query shows all of it, the one that found
//! the session; what takes more (sessions, changes) is on `/account`.

use identity::{Timestamp, Viewer};
use leptos::prelude::*;

use crate::LOGIN_TRACE;
use crate::components::{Content, identities, page, record, several_providers, shown};
use crate::islands::Alive;
use crate::pages::Development;

#[component]
pub(crate) fn Dashboard() -> impl IntoView {
    page(content())
}

async fn content() -> Content {
    let Some(viewer) = crate::require::viewer_or_login().await? else { return Ok(None) };
    let now = crate::ports()?.world.now();
    shown("Dashboard · Sparekey", dashboard(&viewer, now))
}

fn dashboard(viewer: &Viewer, now: Timestamp) -> impl IntoView + use<> {
    let in_development = use_context::<Development>().is_some();
    view! {
        <h1>"You are signed in."</h1>
        <p class="lead">"Your record is in the database. This is all of it, and who said so."</p>
        {record(&viewer.user, now)}
        <div class="split">
            <section>
                <h2>"Linked providers"</h2>
                {identities(&viewer.user, now)}
            </section>
            <section>
                <h2>"More about you"</h2>
                <ul class="ledger">
                    <li><a href="/account#changes">"What your record said before"</a></li>
                    <li><a href="/account#sessions">"Where you are signed in"</a></li>
                    {several_providers().then(|| view! {
                        <li><a href="/account#providers">"Link another provider"</a></li>
                    })}
                    {in_development.then(|| view! {
                        <li><a href=LOGIN_TRACE rel="external">"What happened at the last log-in"</a> " (development only)"</li>
                    })}
                </ul>
            </section>
        </div>
        <Alive/>
    }
}
