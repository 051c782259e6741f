//! `GET /auth/login`, `/auth/signup` and `/auth/callback`, and what Kinde's starter calls them: the two ends of a log-in.
//! They lead on, so no document is rendered for them; a refusal is a page.

use app::{AppError, Visit};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};

use crate::Shared;
use crate::web::{pages, visit};

/// The visitor leaves for the provider.
pub(super) async fn log_in(State(shared): State<Shared>, request: Request) -> Response {
    leave(&shared, request, None).await
}

/// The same, to an account that they make there.
pub(super) async fn sign_up(State(shared): State<Shared>, request: Request) -> Response {
    leave(&shared, request, Some("create")).await
}

async fn leave(shared: &Shared, request: Request, prompt: Option<&str>) -> Response {
    let visit = at_hand(shared, request);
    let left = app::journey::log_in(&shared.ports.login, &visit, prompt).await;
    answer(shared, visit, left).await
}

/// The visitor comes back from the provider, and goes on to where they wanted.
pub(super) async fn arrive(
    State(shared): State<Shared>,
    provider: Option<Path<String>>,
    request: Request,
) -> Response {
    arrived(&shared, provider, request).await
}

/// The same, where the answer came in another way.
pub(super) async fn arrived(shared: &Shared, provider: Option<Path<String>>, request: Request) -> Response {
    let provider = provider.map_or_else(|| app::MAIN.to_owned(), |Path(provider)| provider);
    let visit = at_hand(shared, request);
    let arrived = app::journey::arrive(&shared.ports.login, &visit, provider, visit.query()).await;
    answer(shared, visit, arrived).await
}

fn at_hand(shared: &Shared, request: Request) -> visit::Request {
    visit::Request::of(request.into_parts().0, &shared.web, &shared.ports.login)
}

async fn answer(shared: &Shared, visit: visit::Request, came_to: Result<(), AppError>) -> Response {
    let (parts, status, headers) = visit.into_answer();
    let mut answer = match came_to {
        Ok(()) => Body::empty().into_response(),
        Err(error) => pages::refusal_page(shared, error, Request::from_parts(parts, Body::empty())).await,
    };
    if let Some(status) = status {
        *answer.status_mut() = status;
    }
    answer.headers_mut().extend(headers);
    answer
}
