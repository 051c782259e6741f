//! The forms of the studio whose answer is a page: what an act came to, and claims. The pages themselves ask who posts.

use app::Form;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use leptos::config::LeptosOptions;
use leptos::prelude::IntoView;

use crate::Shared;
use crate::web::{pages, refusal};

/// `POST /studio/acts`.
pub(crate) async fn acts(State(shared): State<Shared>, request: Request) -> Response {
    answer(&shared, request, app::studio_act).await
}

/// `POST /studio/claims`.
pub(crate) async fn claims(State(shared): State<Shared>, request: Request) -> Response {
    answer(&shared, request, app::studio_claims).await
}

async fn answer<V: IntoView + 'static>(
    shared: &Shared,
    request: Request,
    page: fn(LeptosOptions, Form) -> V,
) -> Response {
    let (parts, body) = request.into_parts();
    match super::form(Request::from_parts(parts.clone(), body)).await {
        Ok(form) => pages::of_form(shared, page, form, Request::from_parts(parts, Body::empty())).await,
        Err(code) => refusal::refuse(code),
    }
}
