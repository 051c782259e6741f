//! The pages: Leptos' routes, the files of the site, and what is shown where there is neither.

use std::sync::Arc;

use app::{App, AppError, Visit, refused, shell};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
#[cfg(debug_assertions)]
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use identity::Code;
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use tower::ServiceExt;
use tower_http::limit::RequestBodyLimitLayer;

use super::{files, headers, refusal, visit};
use crate::Shared;

/// No form of ours is larger, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// Pages and server functions.
pub(super) fn routes(shared: &Shared) -> Router {
    let (options, for_files) = (shared.options.clone(), Arc::new(shared.clone()));
    let context = context(shared);
    let shell = move |options: LeptosOptions| move || shell(options.clone());
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, shell(options.clone()))
        .layer(from_fn(refusal::of_forms))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .fallback(move |request| file_or_not_found(for_files.clone(), request))
        .with_state(options)
}

/// "What just happened".
#[cfg(debug_assertions)]
pub(super) fn development(shared: &Shared) -> Router {
    let shared = shared.clone();
    let page = move |request: Request| async move {
        let (options, last) = (shared.options.clone(), crate::telemetry::LOGIN_TRACE.last());
        let page = move || app::happened(options.clone(), last.clone());
        render_app_async_with_context(context(&shared), page)(request).await.into_response()
    };
    Router::new().route(app::HAPPENED, get(page))
}

/// What a page and a server function find in their context.
fn context(shared: &Shared) -> impl Fn() + Clone + Send + Sync + 'static {
    let shared = shared.clone();
    move || {
        provide_context(shared.login.clone());
        if let Some(visit) = visit::Request::at_hand(&shared.web, &shared.login) {
            provide_context::<Arc<dyn Visit>>(visit);
        }
        if cfg!(debug_assertions) {
            provide_context(app::Development);
        }
        headers::of_page(&shared.web);
    }
}

/// A file of the site, or what says that there is nothing.
async fn file_or_not_found(shared: Arc<Shared>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let asked = Request::from_parts(parts.clone(), Body::empty());
    let Ok(mut found) = files::files(&shared.options).oneshot(asked).await;
    match found.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED if !refusal::accepts_pages(&parts.headers) => {
            refusal::refuse(Code::NotFound)
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            let options = shared.options.clone();
            let page = render_app_async_with_context(context(&shared), move || shell(options.clone()));
            page(Request::from_parts(parts, Body::empty())).await.into_response()
        }
        _ => {
            let headers = found.headers_mut();
            headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            found.map(Body::new)
        }
    }
}

/// The page of a refusal that was made outside the pages.
pub(super) async fn refusal_page(shared: &Shared, error: AppError, request: Request) -> Response {
    let options = shared.options.clone();
    let page = move || refused(options.clone(), error.clone());
    render_app_async_with_context(context(shared), page)(request).await.into_response()
}
