//! `POST /auth/backchannel-logout`: OpenID Connect Back-Channel Logout 1.0. The provider says that somebody
//! logged out there; their sessions end here.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use identity::LoginError;

use super::{form, once};
use crate::web::refusal;
use crate::{Shared, telemetry};

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
    match log_out(shared, provider, token).await {
        Ok(true) => StatusCode::OK.into_response(),
        Ok(false) => refused("the logout token was used before"),
        Err(error) if error.code().status() == 503 => refusal::answer(&error),
        Err(error) => {
            telemetry::refusal(&error);
            refused(error.code().as_str())
        }
    }
}

/// Believes the token, spends its id, ends the sessions; false where the id was spent before.
async fn log_out(shared: &Shared, provider: &str, token: &str) -> Result<bool, LoginError> {
    let provider = shared.provider(provider)?;
    let now = shared.login.world.now();
    let token = provider.logout_token(token, now).await?;
    let sessions = &shared.login.sessions;
    // A time beyond the calendar is only reached by clocks that may differ by as much.
    let usable_until = chrono::DateTime::from_timestamp(token.usable_until, 0).unwrap_or(now);
    if !sessions.spend(&token.issuer, &token.jti, usable_until).await? {
        return Ok(false);
    }
    let (subject, sid) = (token.subject.as_deref(), token.sid.as_deref());
    let ended = sessions.end_at_provider(&token.issuer, subject, sid).await?;
    tracing::info!(provider = provider.settings().name, ended, "the provider logged somebody out");
    Ok(true)
}

fn refused(why: &str) -> Response {
    let body = serde_json::json!({ "error": "invalid_request", "error_description": why });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
