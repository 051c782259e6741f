//! `/account/erase`: what being erased means, and the word that does it; `/account/erased` afterwards.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::components::{Content, full_name, page, shown};
use crate::require::{FRESH, viewer_or_step_up};
use crate::{ACCOUNT, ACCOUNT_DATA, EraseAccount, HOME};

#[component]
pub(crate) fn Erase() -> impl IntoView {
    page(ask())
}

/// Only for whoever has just shown who they are.
async fn ask() -> Content {
    let Some(viewer) = viewer_or_step_up(FRESH).await? else { return Ok(None) };
    let missed = crate::visit()?.query().split('&').any(|pair| pair == "missed=1");
    let name = full_name(&viewer.user).map(|name| view! { " as " <bdi>{name}</bdi> });
    shown(
        "Be erased · Sparekey",
        view! {
            <h1>"Be erased?"</h1>
            <p class="lead">"You are signed in" {name} ". This cannot be undone."</p>
            <div class="split">
                <section>
                    <h2>"What goes"</h2>
                    <ul class="ledger">
                        <li>"your record, and all that each provider said of you"</li>
                        <li>"its whole history"</li>
                        <li>"every session, on every device, with the tokens of your providers"</li>
                    </ul>
                </section>
                <section>
                    <h2>"What stays"</h2>
                    <ul class="ledger">
                        <li>
                            "a digest of your ids and the time, from which nobody can read who you were, so that no backup and no provider brings back what you had erased"
                        </li>
                        <li>"your accounts at your providers: those are theirs"</li>
                    </ul>
                </section>
            </div>
            <p>"Your next log-in starts a new user. " <a href=ACCOUNT_DATA rel="external">"Download your data"</a> " first if you may want it later."</p>
            <form method="post" action=EraseAccount::PATH>
                <label for="word">"Type erase to go on"</label>
                <input
                    class="word"
                    id="word"
                    name="word"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    required=true
                    aria-invalid=missed.then_some("true")
                    aria-describedby="word-hint"
                />
                <p class="hint" id="word-hint">
                    {if missed { "That was another word. Nothing was erased." } else { "Five letters, as they stand there." }}
                </p>
                <div class="row">
                    <button class="danger">"Erase everything about me"</button>
                    <a class="button" href=ACCOUNT>"Keep it"</a>
                </div>
            </form>
        },
    )
}

#[component]
pub(crate) fn Erased() -> impl IntoView {
    page(erased())
}

async fn erased() -> Content {
    shown(
        "Erased · Sparekey",
        view! {
            <h1>"You are erased."</h1>
            <p class="lead">"Nothing here says any more who you were. Your next log-in starts a new user."</p>
            <p>"You may still be signed in at your provider; that account is theirs."</p>
            <p class="row">
                <a class="button primary" href=HOME>"Go to Home"</a>
            </p>
        },
    )
}
