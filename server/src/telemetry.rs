//! Logs: to stderr, one line a request and one for each refusal, with the request's id and without any
//! secret. Queries are never logged: codes and states travel in them.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use identity::LoginError;
use tracing::Instrument;
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use crate::config::{LogFormat, Logging};

/// Names a request in its answer, on its pages and in its log lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestId(Uuid);

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Starts logging. A second call, as in tests, changes nothing.
pub fn start(logging: &Logging) {
    let filter = EnvFilter::try_new(&logging.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match logging.format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.with_target(false).try_init(),
    };
    // Whoever embeds us may log in their own way.
    drop(started);
}

/// Gives each request an id, and writes one line when it is answered.
pub(crate) async fn observe(mut request: Request, next: Next) -> Response {
    let id = RequestId(Uuid::now_v7());
    request.extensions_mut().insert(id);
    let span = tracing::info_span!("request", %id, method = %request.method(), path = request.uri().path());
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = started.elapsed();
    span.in_scope(|| {
        let (status, microseconds) = (response.status().as_u16(), took.as_micros() as u64);
        match status {
            500.. => tracing::warn!(status, microseconds, "answered"),
            _ => tracing::debug!(status, microseconds, "answered"),
        }
    });
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

/// One line for a refusal: its stable code, whom it is about, and what lies behind it.
pub(crate) fn refusal(error: &LoginError) {
    let (code, provider) = (error.code().as_str(), error.provider());
    let causes: Vec<String> = std::iter::successors(std::error::Error::source(error), |cause| cause.source())
        .map(ToString::to_string)
        .collect();
    let because = causes.join(": ");
    match error.code().status() {
        500.. => tracing::warn!(code, provider, because, "refused"),
        _ => tracing::info!(code, provider, because, "refused"),
    }
}
