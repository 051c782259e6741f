//! `/auth/login` and `/auth/signup`: the visitor leaves for the provider, or reads why not.

use identity::LoginRequest;
use leptos::prelude::*;

use crate::KINDE;
use crate::components::{Content, page};

#[component]
pub(crate) fn LogIn() -> impl IntoView {
    page(leave(None))
}

#[component]
pub(crate) fn SignUp() -> impl IntoView {
    page(leave(Some("create")))
}

/// What Kinde's links call `return_to`.
const KINDE_RETURN_TO: &str = "post_login_redirect_url";

/// With `prompt`, that instead of what the address asks for.
async fn leave(prompt: Option<&str>) -> Content {
    let visit = crate::visit()?;
    let mut asked = LoginRequest::of_query(&visit.query());
    if visit.address().starts_with(KINDE) {
        asked.return_to = asked.return_to.or(asked.further.remove(KINDE_RETURN_TO));
    }
    if let Some(prompt) = prompt {
        asked.prompt = Some(prompt.to_owned());
    }
    crate::begin_login(asked).await?;
    Ok(None)
}
