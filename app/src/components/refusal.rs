//! What a refusal looks like: what happened, what to do next, and the ticket with code and request id.
//! It starts no log-in by itself.

use identity::LoginRequest;
use leptos::prelude::*;

use super::provider::{several_providers, spoken};
use crate::words::{Step, Words, name, words};
use crate::{AppError, HOME, LOGIN, PROVIDERS};

/// The title and the `main` of a refusal.
pub(super) fn refusal(error: AppError) -> (String, AnyView) {
    let Words { title, lead, advice, step } = words(error.code);
    let provider = error.provider.as_deref().and_then(spoken);
    let said = |text| name(text, provider.as_deref());
    let heading = said(title);
    let title = format!("{} · Sparekey", heading.trim_end_matches('.'));
    let main = view! {
        <h1>{heading}</h1>
        <p class="lead">{said(lead)}</p>
        <p>{said(advice)}</p>
        <p class="row">{steps(step, error.provider.as_deref())}</p>
        <p class="ref">
            "Code " <code>{error.code.as_str()}</code> " · request " <code>{error.request_id}</code> <br/>
            "If you ask for help, send this line along."
        </p>
    };
    (title, main.into_any())
}

fn steps(step: Step, provider: Option<&str>) -> impl IntoView + use<> {
    let plain = || LOGIN.to_owned();
    let first = match step {
        Step::LogIn => Some(("Log in again", plain())),
        Step::Anew => Some(("Log in again", anew(provider))),
        Step::Retry => Some(("Try again", plain())),
        Step::Home => None,
    };
    let choice = first.is_some() && several_providers();
    let home = if first.is_some() { "button" } else { "button primary" };
    view! {
        {first.map(|(label, to)| view! { <a class="button primary" href=to rel="external">{label}</a> " " })}
        {choice.then(|| view! { <a class="button" href=PROVIDERS>"Choose another provider"</a> " " })}
        <a class=home href=HOME>"Go to Home"</a>
    }
}

/// A log-in at which the provider asks the person: one that takes no heed of `max_age` often does of `prompt`.
fn anew(provider: Option<&str>) -> String {
    let asked = LoginRequest {
        provider: provider.map(str::to_owned),
        prompt: Some("login".to_owned()),
        ..LoginRequest::default()
    };
    format!("{LOGIN}?{}", asked.query())
}
