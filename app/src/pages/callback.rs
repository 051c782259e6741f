//! `/auth/callback`: the visitor comes back from the provider, and goes on to where they wanted.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::components::{Content, page};

#[component]
pub(crate) fn Callback() -> impl IntoView {
    let named = use_params_map().with_untracked(|params| params.get("provider"));
    page(arrive(named.unwrap_or_else(|| crate::MAIN.to_owned())))
}

async fn arrive(provider: String) -> Content {
    let response = crate::visit()?.query();
    crate::finish_login(provider, response).await?;
    Ok(None)
}
