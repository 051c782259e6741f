//! `GET /healthz`: the process is alive. `GET /readyz`: it can serve, which takes a database that can be written.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use crate::Shared;

/// Alive.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Able to serve, or 503.
pub(crate) async fn readyz(State(shared): State<Shared>) -> Response {
    match shared.ports.directory.ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(code = error.code().as_str(), "not ready: database unavailable");
            let retry = [(header::RETRY_AFTER, crate::web::refusal::RETRY_AFTER)];
            (StatusCode::SERVICE_UNAVAILABLE, retry, "the database does not answer, or takes nothing\n")
                .into_response()
        }
    }
}
