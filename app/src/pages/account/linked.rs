//! The providers that open one's user, with all that each of them said; linking further ones, unlinking.

use identity::{Claims, Held, Identity, Login, Provider, Timestamp, User};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::components::{Ago, claims_list, field_name, is_last_way_in, known_by, name_of, still};
use crate::{LinkProvider, UnlinkProvider};

/// The linked providers, the one logged in with last first.
pub(super) fn linked(user: &User, now: Timestamp) -> impl IntoView + use<> {
    let rows = user.ranked().map(|one| {
        let name = name_of(&one.provider, &one.issuer);
        view! {
            <li>
                <div class="row apart">
                    {known_by(one)}
                    <small class="quiet">{last_log_in(one, now)}</small>
                </div>
                {claims(&name, &one.claims)}
                {held(one, now)}
                {(!is_last_way_in(user, one)).then(|| unlink(&name, one))}
            </li>
        }
    });
    still(view! { <ul class="ledger">{rows.collect_view()}</ul> })
}

fn last_log_in(one: &Identity, now: Timestamp) -> AnyView {
    match one.last_login_at {
        Some(at) => view! { "last log-in " <Ago at now/> }.into_any(),
        None => "never logged in".into_any(),
    }
}

/// All claims as received.
fn claims(provider: &str, claims: &Claims) -> impl IntoView + use<> {
    view! {
        <details>
            <summary>{format!("All that {provider} said of you ({})", claims.len())}</summary>
            {claims_list(claims)}
        </details>
    }
}

/// What stays as it is, whatever the provider says.
fn held(one: &Identity, now: Timestamp) -> impl IntoView + use<> {
    let rows = one.holds.iter().map(|(held, hold)| {
        let what = match held {
            Held::Field(field) => field_name(*field),
            Held::Standing => "What the provider says of the account",
        };
        view! { <li>{what} " " <small class="quiet">"since " <Ago at=hold.at now/></small></li> }
    });
    let rows = rows.collect_view();
    (!one.holds.is_empty()).then(|| {
        view! {
            <p class="hint">"The people who run this site keep these as they are, whatever the provider says next:"</p>
            <ul class="ledger">{rows}</ul>
        }
    })
}

/// It asks once, without a script.
fn unlink(name: &str, one: &Identity) -> impl IntoView + use<> {
    view! {
        <details>
            <summary>{format!("Unlink {name}")}</summary>
            <p>
                {format!("{name} opens this user no more, and what it said of you leaves your record. Sessions that came by it end. You may have to log in once more first.")}
            </p>
            <form method="post" action=UnlinkProvider::PATH>
                <input type="hidden" name="issuer" value=one.issuer.clone()/>
                <button
                    class="small danger"
                    name="subject"
                    value=one.subject.clone()
                    aria-label=format!("Unlink {name}, {}", one.subject)
                >
                    "Unlink"
                </button>
            </form>
        </details>
    }
}

/// The providers that know nothing of this user yet: name and label.
pub(super) fn unlinked(login: &Login, user: &User) -> Vec<(String, String)> {
    let knows = |provider: &dyn Provider| user.identities.iter().any(|one| provider.vouches_for(&one.issuer));
    let others = login.providers().iter().filter(|provider| !knows(provider.as_ref()));
    others.map(|one| (one.name().to_owned(), one.label().to_owned())).collect()
}

pub(super) fn link(others: Vec<(String, String)>) -> impl IntoView {
    let any = !others.is_empty();
    let forms = others.into_iter().map(|(name, label)| {
        view! {
            <form method="post" action=LinkProvider::PATH>
                <button name="provider" value=name>{format!("Link {label}")}</button>
            </form>
        }
    });
    let forms = forms.collect_view();
    any.then(|| {
        view! {
            <div class="row">{forms} <span class="hint">"You will log in there once. The last provider cannot be unlinked."</span></div>
        }
    })
}
