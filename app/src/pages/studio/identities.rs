//! The identities of a user, as the studio shows them: standing, times, and, on demand, claims as received.

use identity::{Hold, Identity, Standing, Timestamp, User};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::components::{Ago, label, still};
use crate::holds::ReleaseHold;
use crate::way_back::handing_on;
use crate::{STUDIO_ACTS, STUDIO_CLAIMS};

/// All of them, the one logged in with last first.
pub(super) fn identities(user: &User, may_act: bool, list: &str, now: Timestamp) -> AnyView {
    if user.identities.is_empty() {
        return view! { <p class="empty">"No identity: nobody can log in as this user."</p> }.into_any();
    }
    let several = user.identities.len() > 1;
    let items = user.ranked().map(|one| {
        view! {
            <li>
                <b>{label(&one.provider)}</b>
                " "
                {standing(one, now)}
                <br/>
                <code>{one.issuer.clone()}</code>
                " "
                <code>{one.subject.clone()}</code>
                <br/>
                <small class="quiet">
                    "First seen " <Ago at=one.first_seen_at now/> ", last heard of " <Ago at=one.last_seen_at now/>
                    {last_login(one, now)} "."
                </small>
                {holds(user, one, may_act, list)}
                {may_act.then(|| acts(user, one, several, list))}
            </li>
        }
    });
    let items = items.collect_view();
    still(view! { <ul class="ledger">{items}</ul> }).into_any()
}

fn standing(one: &Identity, now: Timestamp) -> AnyView {
    let (class, words) = match one.standing {
        Standing::Present => ("badge active", "present there"),
        Standing::Blocked => ("badge tombstone", "blocked there"),
        Standing::Deleted => ("badge tombstone", "deleted there"),
    };
    let since =
        (one.standing_at > Timestamp::UNIX_EPOCH).then(|| view! { ", said " <Ago at=one.standing_at now/> });
    view! { <span class=class>{words}</span> <small class="quiet">{since}</small> }.into_any()
}

fn last_login(one: &Identity, now: Timestamp) -> AnyView {
    match one.last_login_at {
        Some(at) => view! { ", last log-in " <Ago at now/> }.into_any(),
        None => ", never logged in".into_any(),
    }
}

/// What the operator keeps as it is.
fn holds(user: &User, one: &Identity, may_act: bool, list: &str) -> Option<impl IntoView + use<>> {
    let rows = one.holds.iter().map(|(held, hold)| {
        let what = held.to_string();
        let told = told(&what, hold);
        let release = may_act.then(|| release(user, one, what, list));
        view! { <li class="row">{told} " " {release}</li> }
    });
    let rows = rows.collect_view();
    (!one.holds.is_empty())
        .then(|| view! { <p class="hint">"On hold:"</p><ul aria-label="On hold">{rows}</ul> })
}

/// Lets it follow the provider again.
fn release(user: &User, one: &Identity, what: String, list: &str) -> impl IntoView + use<> {
    let words = format!("Release {what} of {}", label(&one.provider));
    view! {
        <form method="post" action=ReleaseHold::PATH>
            <input type="hidden" name="user" value=user.id.to_string()/>
            <input type="hidden" name="held" value=what/>
            <input type="hidden" name="provider" value=one.provider.clone()/>
            {handing_on(list)}
            <button class="small" aria-label=words>"Release"</button>
        </form>
    }
}

fn told(what: &str, hold: &Hold) -> String {
    let by = hold.actor.as_ref().map(|actor| format!(" by {actor}")).unwrap_or_default();
    format!("{what}, since {}{by}", hold.at.format("%F"))
}

fn acts(user: &User, one: &Identity, several: bool, list: &str) -> impl IntoView + use<> {
    let names =
        [("user", user.id.to_string()), ("issuer", one.issuer.clone()), ("subject", one.subject.clone())];
    let hidden = || {
        names
            .clone()
            .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
            .collect_view()
    };
    let of = format!("{}, {}", label(&one.provider), one.subject);
    view! {
        <div class="row">
            <form method="post" action=STUDIO_CLAIMS>
                {hidden()} {handing_on(list)}
                <button class="small" aria-label=format!("Show the claims of {of}")>"Show all claims"</button>
            </form>
            {several
                .then(|| {
                    view! {
                        <form method="get" action=STUDIO_ACTS>
                            <input type="hidden" name="act" value="unlink"/>
                            {hidden()} {handing_on(list)}
                            <button class="small" aria-label=format!("Unlink {of}")>"Unlink"</button>
                        </form>
                    }
                })}
        </div>
    }
}
