//! Refusals outside the pages: made in a handler, a layer or a server function as a bare code, shown as a
//! page to a browser and as JSON to a program.

use app::AppError;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use identity::{Code, LoginError};
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;

use crate::Shared;
use crate::telemetry::{self, RequestId};

/// No error of a server function is larger, in bytes.
const ERROR_LIMIT: usize = 4096;

/// Marks an answer as a refusal.
#[derive(Clone)]
struct Refused {
    code: Code,
    provider: Option<String>,
    is_logged: bool,
}

/// A refusal; [`show`] gives it its form.
pub(crate) fn refuse(code: Code) -> Response {
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(serde_json::json!({ "error": code }))).into_response();
    response.extensions_mut().insert(Refused { code, provider: None, is_logged: false });
    if matches!(code.status(), 429 | 503) {
        response.headers_mut().insert(header::RETRY_AFTER, crate::visit::RETRY_AFTER);
    }
    response
}

/// The refusal of an error, logged with its causes.
pub(crate) fn answer(error: &LoginError) -> Response {
    telemetry::refusal(error);
    let mut response = refuse(error.code());
    if let Some(refused) = response.extensions_mut().get_mut::<Refused>() {
        refused.is_logged = true;
    }
    response
}

/// Server functions answer a plain form as they answer a program: on their own they would send a browser to
/// the `Referer`, which can be the provider. Their refusals are pages like all others.
pub(crate) async fn of_forms(mut request: Request, next: Next) -> Response {
    if request.method() == Method::POST {
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    }
    let response = next.run(request).await;
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, ERROR_LIMIT).await else { return refuse(Code::Internal) };
    let Ok(AppError { code, request_id, provider }) = serde_json::from_slice(&body) else {
        return refuse(Code::Internal);
    };
    parts.status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // What has the request's id was refused by `Visit::refuse`, which logs.
    parts.extensions.insert(Refused { code, provider, is_logged: !request_id.is_empty() });
    Response::from_parts(parts, Body::from(body))
}

/// Shows refusals as pages to whoever accepts pages.
pub(crate) async fn show(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let (address, headers) = (request.uri().clone(), request.headers().clone());
    let extensions = request.extensions().clone();
    let response = next.run(request).await;
    let Some(Refused { code, provider, is_logged }) = response.extensions().get().cloned() else {
        return response;
    };
    if !is_logged {
        tracing::info!(code = code.as_str(), "refused");
    }
    if !accepts_pages(&headers) {
        return response;
    }
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = address;
    *request.extensions_mut() = extensions;
    // Who is looking takes a query, and whoever comes too often gets none.
    if code != Code::TooManyRequests {
        *request.headers_mut() = headers;
    }
    let error = AppError { code, request_id: id, provider };
    let mut page = crate::serve::refusal_page(&shared, error, request).await;
    *page.status_mut() = response.status();
    for kept in [header::RETRY_AFTER, header::SET_COOKIE] {
        for value in response.headers().get_all(&kept) {
            page.headers_mut().append(&kept, value.clone());
        }
    }
    page
}

fn accepts_pages(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("text/html")
}
