//! The providers that open a user.

use identity::{Timestamp, User};
use leptos::prelude::*;

use super::{Ago, label, still};

/// The linked providers, the one logged in with last first.
pub(crate) fn identities(user: &User, now: Timestamp) -> impl IntoView + use<> {
    let mut identities: Vec<_> = user.identities.iter().collect();
    identities.sort_by_key(|one| std::cmp::Reverse(one.last_login_at));
    let rows = identities.into_iter().map(|one| {
        view! {
            <li class="row apart">
                <span>
                    <b>{label(&one.provider)}</b>
                    " "
                    <small class="quiet">{issuer_host(&one.issuer)}</small>
                    <br/>
                    <code>{one.subject.clone()}</code>
                </span>
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
