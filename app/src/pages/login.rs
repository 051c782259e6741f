//! `/auth/login` and `/auth/signup`: the visitor leaves for the provider, or reads why not.

use identity::LoginRequest;
use leptos::prelude::*;

use crate::components::{Content, Place, page};

#[component]
pub(crate) fn LogIn() -> impl IntoView {
    page(Place::Elsewhere, leave(None))
}

#[component]
pub(crate) fn SignUp() -> impl IntoView {
    page(Place::Elsewhere, leave(Some("create")))
}

/// With `prompt`, that instead of what the address asks for.
async fn leave(prompt: Option<&str>) -> Content {
    let mut asked = LoginRequest::of_query(&crate::visit()?.query());
    if let Some(prompt) = prompt {
        asked.prompt = Some(prompt.to_owned());
    }
    crate::begin_login(asked).await?;
    Ok(None)
}
