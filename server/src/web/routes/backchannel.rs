//! `POST /auth/backchannel-logout`: OpenID Connect Back-Channel Logout 1.0. The provider says that somebody
//! logged out there; their sessions end here.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::{form, once};
use crate::Shared;
use crate::web::refusal::{self, Judged};

/// For the provider of the plain settings.
pub(crate) async fn main(state: State<Shared>, request: Request) -> Response {
    answer(&state, app::MAIN, request).await
}

/// For a named provider.
pub(crate) async fn named(state: State<Shared>, Path(name): Path<String>, request: Request) -> Response {
    answer(&state, &name, request).await
}

/// 200 where the token was believed, whether or not a session ended; 400 and `invalid_request` where it was
/// not; 413 and 415 where there was no reading it.
async fn answer(shared: &Shared, provider: &str, request: Request) -> Response {
    let pairs = match form(request).await {
        Ok(pairs) => pairs,
        Err(code) => return refusal::refuse(code),
    };
    let Some(token) = once(&pairs, "logout_token") else {
        return refused("logout_token is missing or there twice");
    };
    match shared.ports.login.logged_out_at_provider(provider, token).await {
        Ok(Some(_)) => Judged::Proved.on(StatusCode::OK.into_response()),
        Ok(None) => refused("the logout token was used before"),
        Err(error) if error.code().status() == 503 => refusal::answer(&error),
        Err(error) => {
            let code = error.code().as_str();
            Judged::NotTheirs { provider: provider.to_owned(), code }.on(refused(code))
        }
    }
}

fn refused(why: &str) -> Response {
    let body = serde_json::json!({ "error": "invalid_request", "error_description": why });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
