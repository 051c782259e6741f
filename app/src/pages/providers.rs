//! `/auth/providers`: choose one of several providers. What the address asks of the log-in goes along.

use identity::LoginRequest;
use leptos::prelude::*;

use crate::LOGIN;
use crate::components::{Content, issuer_host, page, shown};

#[component]
pub(crate) fn Providers() -> impl IntoView {
    page(choose())
}

async fn choose() -> Content {
    let (login, visit) = (crate::login()?, crate::visit()?);
    let asked = LoginRequest::of_query(&visit.query());
    let choices = login.providers().iter().map(|provider| {
        view! {
            <li>
                <a class="row apart" href=log_in_at(&asked, provider.name()) rel="external">
                    <b>{provider.label().to_owned()}</b>
                    " "
                    <small class="quiet">{issuer_host(provider.issuer())}</small>
                </a>
            </li>
        }
    });
    let choices = choices.collect_view();
    shown(
        "Choose a provider · Sparekey",
        view! {
            <h1>"Where do you want to log in?"</h1>
            <p class="lead">"Choose a provider that knows you. You come back here afterwards."</p>
            <ul class="ledger choices">{choices}</ul>
            <p class="notice">
                <b>"Been here before?"</b>
                " Take the provider you used last time. Another one starts a new user; you can link a second provider later, on "
                <i>"Your data"</i> "."
            </p>
        },
    )
}

/// The same log-in, at this provider.
fn log_in_at(asked: &LoginRequest, provider: &str) -> String {
    let url = asked.choose_at(LOGIN);
    let sep = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sep}provider={provider}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_of_a_provider_keeps_what_was_asked() {
        assert_eq!(log_in_at(&LoginRequest::default(), "kinde"), "/auth/login?provider=kinde");
        let asked = LoginRequest { return_to: Some("/a?b&c".to_owned()), ..Default::default() };
        let url = log_in_at(&asked, "kinde");
        let (_, query) = url.split_once('?').unwrap();
        assert_eq!(
            LoginRequest::of_query(query),
            LoginRequest { provider: Some("kinde".to_owned()), ..asked }
        );
    }
}
