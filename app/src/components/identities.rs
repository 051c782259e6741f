//! The providers that open a user.

use identity::{Identity, Standing, Timestamp, User};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::{Ago, label, still};
use crate::UnlinkProvider;

/// The linked providers, the one logged in with last first. Where they can be unlinked, each but the last way in has a
/// button for it.
pub(crate) fn identities(user: &User, now: Timestamp, can_unlink: bool) -> impl IntoView + use<> {
    let rows = user.ranked().map(|one| {
        view! {
            <li class="row apart">
                <span>
                    <b>{label(&one.provider)}</b>
                    " "
                    <small class="quiet">{issuer_host(&one.issuer)}</small>
                    {standing(one.standing).map(|word| view! { " " <small class="badge tombstone">{word}</small> })}
                    <br/>
                    <code>{one.subject.clone()}</code>
                </span>
                <small class="quiet">
                    {one
                        .last_login_at
                        .map(|at| view! { <Ago at now/> }.into_any())
                        .unwrap_or_else(|| "never logged in".into_any())}
                </small>
                {(can_unlink && is_not_last(user, one)).then(|| unlink(one))}
            </li>
        }
    });
    still(view! { <ul class="ledger">{rows.collect_view()}</ul> })
}

/// What the provider says of the account, where that is worth a word.
fn standing(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Present => None,
        Standing::Blocked => Some("blocked there"),
        Standing::Deleted => Some("gone there"),
    }
}

/// Whether another identity lets the user in.
fn is_not_last(user: &User, one: &Identity) -> bool {
    let other = |other: &Identity| !std::ptr::eq(other, one) && other.standing == Standing::Present;
    user.identities.iter().any(other)
}

fn unlink(one: &Identity) -> impl IntoView + use<> {
    view! {
        <form method="post" action=UnlinkProvider::PATH>
            <input type="hidden" name="issuer" value=one.issuer.clone()/>
            <button
                class="small"
                name="subject"
                value=one.subject.clone()
                aria-label=format!("Unlink {}, {}", label(&one.provider), one.subject)
            >
                "Unlink"
            </button>
        </form>
    }
}

/// The host of an issuer, to recognise it by.
pub(crate) fn issuer_host(issuer: &str) -> String {
    let (_, rest) = issuer.split_once("://").unwrap_or(("", issuer));
    rest.split('/').next().unwrap_or(rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_recognised_by_its_host() {
        assert_eq!(issuer_host("https://id.example.org/realms/staff"), "id.example.org");
        assert_eq!(issuer_host("http://127.0.0.1:4000"), "127.0.0.1:4000");
        assert_eq!(issuer_host("accounts.google.com"), "accounts.google.com");
    }
}
