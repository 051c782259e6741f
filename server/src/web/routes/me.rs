//! `GET /api/me`: the signed-in user as JSON, or 401.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use formats::UserLine;
use http::{HeaderMap, StatusCode};
use identity::Code;

use crate::Shared;
use crate::web::refusal;

/// `sparekey.user/1` without claims.
pub(crate) async fn me(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let viewer = match shared.web.cookies.session(&headers) {
        Some(session) => crate::viewer(&shared.ports.login, session).await,
        None => Ok(None),
    };
    match viewer {
        Ok(Some(viewer)) => Json(UserLine::public(&viewer.user)).into_response(),
        Ok(None) => {
            let body = serde_json::json!({ "error": Code::SignedOut, "login_url": app::LOGIN });
            (StatusCode::UNAUTHORIZED, Json(body)).into_response()
        }
        Err(error) => refusal::answer(&error),
    }
}
