//! Refusals outside the pages, as a mark on the answer: made in a handler, a layer or a server function as a bare
//! code. `refusal_page` shows them.

use app::AppError;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use identity::{Code, LoginError};
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;

use crate::telemetry::{self, RequestId};

/// Seconds after which it may be worth trying again.
pub(crate) const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");
/// No error of a server function is larger, in bytes.
const ERROR_LIMIT: usize = 4096;

/// Marks an answer as a refusal.
#[derive(Clone)]
pub(super) struct Refused {
    pub(super) code: Code,
    pub(super) provider: Option<String>,
    /// What lies behind it, for the log.
    pub(super) because: Option<String>,
    pub(super) is_logged: bool,
}

/// Marks an answer by whether what came was proved to be a provider's.
#[derive(Clone)]
pub(super) enum Judged {
    /// By signature or token, whatever became of it.
    Proved,
    /// It was not: whose address it came to, and why.
    NotTheirs { provider: String, code: &'static str },
}

impl Judged {
    /// The marked answer.
    pub(super) fn on(self, mut answer: Response) -> Response {
        answer.extensions_mut().insert(self);
        answer
    }
}

/// A refusal; `refusal_page::show` gives it its form.
pub(crate) fn refuse(code: Code) -> Response {
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(serde_json::json!({ "error": code }))).into_response();
    response.extensions_mut().insert(Refused { code, provider: None, because: None, is_logged: false });
    if matches!(code.status(), 429 | 503) {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}

/// For programs alone: too much is being done, and the same will be taken later.
pub(crate) fn busy() -> Response {
    let retry = [(header::RETRY_AFTER, RETRY_AFTER)];
    (StatusCode::SERVICE_UNAVAILABLE, retry, Json(serde_json::json!({ "error": "busy" }))).into_response()
}

/// The refusal of an error, to be logged with its causes.
pub(crate) fn answer(error: &LoginError) -> Response {
    let mut response = refuse(error.code());
    if let Some(refused) = response.extensions_mut().get_mut::<Refused>() {
        refused.provider = error.provider().map(str::to_owned);
        refused.because = telemetry::because(error);
    }
    response
}

/// Server functions answer a plain form as they answer a program: on their own they would send a browser to
/// the `Referer`, which can be the provider. Their refusals are pages like all others.
pub(crate) async fn of_forms(mut request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().copied();
    if request.method() == Method::POST {
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    }
    let response = next.run(request).await;
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, ERROR_LIMIT).await else { return refuse(Code::Internal) };
    let Ok(mut error) = serde_json::from_slice::<AppError>(&body) else { return refuse(Code::Internal) };
    // What has the request's id was refused by `Visit::refuse`, which logs.
    let is_logged = !error.request_id.is_empty();
    if let Some(id) = id.filter(|_| !is_logged) {
        error.request_id = id.to_string();
    }
    let Ok(body) = serde_json::to_vec(&error) else { return refuse(Code::Internal) };
    let AppError { code, provider, .. } = error;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    parts.extensions.insert(Refused { code, provider, because: None, is_logged });
    Response::from_parts(parts, Body::from(body))
}
