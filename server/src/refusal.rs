//! Refusals outside the pages: made in a handler or a layer as a bare code, shown as a page to a browser and
//! as JSON to a program.

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use identity::Code;

use crate::Shared;
use crate::telemetry::RequestId;

/// Marks an answer as a refusal.
#[derive(Clone, Copy)]
struct Refused(Code);

/// A refusal; [`show`] gives it its form.
pub(crate) fn refuse(code: Code) -> Response {
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(serde_json::json!({ "error": code }))).into_response();
    response.extensions_mut().insert(Refused(code));
    if matches!(code.status(), 429 | 503) {
        response.headers_mut().insert(header::RETRY_AFTER, crate::visit::RETRY_AFTER);
    }
    response
}

/// Shows refusals as pages to whoever accepts pages.
pub(crate) async fn show(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let accepts_pages = accepts_pages(request.headers());
    let (path, extensions) = (request.uri().clone(), request.extensions().clone());
    let response = next.run(request).await;
    let Some(Refused(code)) = response.extensions().get().copied() else { return response };
    tracing::info!(code = code.as_str(), "refused");
    if !accepts_pages {
        return response;
    }
    let mut request = Request::new(axum::body::Body::empty());
    *request.uri_mut() = path;
    *request.extensions_mut() = extensions;
    let mut page = crate::serve::refusal_page(&shared, code, id, request).await;
    *page.status_mut() = response.status();
    if let Some(after) = response.headers().get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, after.clone());
    }
    page
}

fn accepts_pages(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("text/html")
}
