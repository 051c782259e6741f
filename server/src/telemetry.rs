//! Logs: to stderr, one line a request and one for each refusal, with the request's id and without any
//! secret. Queries are never logged: codes and states travel in them.

use std::error::Error;
#[cfg(debug_assertions)]
use std::sync::LazyLock;
use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use identity::LoginError;
use tracing::Instrument;
#[cfg(debug_assertions)]
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};
use uuid::Uuid;

use crate::config::{LogFormat, Logging};
#[cfg(debug_assertions)]
use crate::login_trace::{self, Recorder};

/// Names a request in its answer, on its pages and in its log lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestId(Uuid);

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The last log-ins, for the page "What just happened".
#[cfg(debug_assertions)]
pub(crate) static LOGIN_TRACE: LazyLock<Recorder> = LazyLock::new(Recorder::default);

/// Starts logging. A second call, as in tests, changes nothing.
pub fn start(logging: &Logging) {
    let filter = EnvFilter::try_new(&logging.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // Its own complaint would go to stderr too, and panic where nobody reads that any more.
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    let lines = match logging.format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => lines.with_target(false).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter));
    #[cfg(debug_assertions)]
    let subscriber = subscriber.with(LOGIN_TRACE.clone().with_filter(filter_fn(login_trace::concerns)));
    // Whoever embeds us may log in their own way.
    drop(subscriber.try_init());
}

/// Gives each request an id, and writes one line when it is answered.
pub(crate) async fn observe(mut request: Request, next: Next) -> Response {
    let id = RequestId(Uuid::now_v7());
    request.extensions_mut().insert(id);
    let path = shortened(request.uri().path());
    let method = shortened(request.method().as_str());
    let span = tracing::info_span!("request", %id, method, path);
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

/// The beginning of what a client chose: it fills no log.
pub(crate) fn shortened(text: &str) -> &str {
    const LONGEST: usize = 200;
    &text[..text.floor_char_boundary(LONGEST)]
}

/// An error's sentence and those of its causes. Libraries that repeat the cause in their own sentence say it once.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    chain.map(ToString::to_string).fold(String::new(), |said, cause| match said.contains(&cause) {
        true => said,
        false if said.is_empty() => cause,
        false => format!("{said}: {cause}"),
    })
}

/// One line for a refusal: its stable code, whom it is about, and what lies behind it.
pub(crate) fn refusal(error: &LoginError) {
    let (code, provider) = (error.code().as_str(), error.provider());
    let because = error.source().map(with_causes).unwrap_or_default();
    match error.code().status() {
        500.. => tracing::warn!(code, provider, because, "refused"),
        _ => tracing::info!(code, provider, because, "refused"),
    }
}
