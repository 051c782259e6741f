//! The providers that open a user.

use identity::{Identity, Standing, Timestamp, User};
use leptos::prelude::*;

use super::{Ago, issuer_host, name_of, still};

/// The linked providers, the one logged in with last first.
pub(crate) fn identities(user: &User, now: Timestamp) -> impl IntoView + use<> {
    let rows = user.ranked().map(|one| {
        view! {
            <li class="row apart">
                {known_by(one)}
                <small class="quiet">
                    {one
                        .last_login_at
                        .map(|at| view! { <Ago at now/> }.into_any())
                        .unwrap_or_else(|| "never logged in".into_any())}
                </small>
            </li>
        }
    });
    still(view! { <ul class="ledger">{rows.collect_view()}</ul> })
}

/// An identity, as people know it: the provider's name and host, and what the account is called there.
pub(crate) fn known_by(one: &Identity) -> impl IntoView + use<> {
    view! {
        <span>
            <b>{name_of(&one.provider, &one.issuer)}</b>
            " "
            <small class="quiet">{issuer_host(&one.issuer)}</small>
            {standing(one.standing)}
            <br/>
            <code>{one.subject.clone()}</code>
        </span>
    }
}

/// What the provider says of the account, where that is worth a word.
fn standing(standing: Standing) -> impl IntoView + use<> {
    let word = match standing {
        Standing::Present => None,
        Standing::Blocked => Some("blocked there"),
        Standing::Deleted => Some("gone there"),
    };
    word.map(|word| view! { " " <small class="badge tombstone">{word}</small> })
}

/// Whether no other identity lets the user in.
pub(crate) fn is_last_way_in(user: &User, one: &Identity) -> bool {
    let other = |other: &Identity| !std::ptr::eq(other, one) && other.standing == Standing::Present;
    !user.identities.iter().any(other)
}
