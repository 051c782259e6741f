//! Logs: to stderr, one line a request and one for each refusal, with the request's id and without any
//! secret. Queries are never logged: codes and states travel in them.

use std::borrow::Cow;
use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;
#[cfg(debug_assertions)]
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use identity::{Code, LoginError};
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
use crate::shown::{escaped, is_hidden};

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
    let lines = tracing_subscriber::fmt::layer().log_internal_errors(false);
    let lines = match logging.format {
        LogFormat::Json => lines.with_writer(|| Lines(json)).json().flatten_event(true).boxed(),
        LogFormat::Text => lines.with_writer(|| Lines(text)).with_target(false).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter));
    #[cfg(debug_assertions)]
    let subscriber = subscriber.with(LOGIN_TRACE.clone().with_filter(filter_fn(login_trace::concerns)));
    // Whoever embeds us may log in their own way.
    drop(subscriber.try_init());
}

/// Stderr, for lines in which stands what others chose: nothing in them acts on whoever looks at the log.
struct Lines(fn(&str) -> Cow<'_, str>);

impl Write for Lines {
    /// A line comes whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let shown = String::from_utf8_lossy(line);
        io::stderr().write_all(self.0(&shown).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn json(line: &str) -> Cow<'_, str> {
    escaped(line)
}

/// Line ends and colours are the formatter's own: it escapes those of others.
fn text(line: &str) -> Cow<'_, str> {
    let acts = |c: char| is_hidden(c) && !matches!(c, '\n' | '\x1b');
    match line.contains(acts) {
        true => line.replace(acts, "\u{fffd}").into(),
        false => line.into(),
    }
}

/// Whether the log has a line for a refusal already. One for the answer too would say the same twice.
#[derive(Clone, Default)]
pub(crate) struct Said(Arc<AtomicBool>);

impl Said {
    /// It has one now.
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Gives each request an id, and writes one line when it is answered.
pub(crate) async fn observe(mut request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    let (id, said) = (RequestId(Uuid::now_v7()), Said::default());
    request.extensions_mut().insert(id);
    request.extensions_mut().insert(said.clone());
    let path = shortened(request.uri().path());
    let method = shortened(request.method().as_str());
    let span = tracing::info_span!("request", %id, method, path);
    let started = Instant::now();
    let mut response = next(request).instrument(span.clone()).await;
    let took = started.elapsed();
    span.in_scope(|| {
        let (status, microseconds) = (response.status().as_u16(), took.as_micros() as u64);
        match status {
            500.. if !said.0.load(Ordering::Relaxed) => tracing::warn!(status, microseconds, "answered"),
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
    refused(error.code(), error.provider(), because(error));
}

/// As [`refusal`], of what is left of the error.
pub(crate) fn refused(code: Code, provider: Option<&str>, because: Option<String>) {
    let (status, code) = (code.status(), code.as_str());
    match status {
        500.. => tracing::warn!(code, provider, because, "refused"),
        _ => tracing::info!(code, provider, because, "refused"),
    }
}

/// What lies behind a refusal.
pub(crate) fn because(error: &LoginError) -> Option<String> {
    error.source().map(with_causes)
}
