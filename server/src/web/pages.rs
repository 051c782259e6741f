//! The pages: Leptos' routes, the files of the site, and what is shown where there is neither.

use std::sync::Arc;

use app::{App, AppError, Form, Onward, Ports, Visit, going_on, refused, shell};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
#[cfg(debug_assertions)]
use axum::routing::get;
use http::{HeaderValue, Method, StatusCode, header};
use identity::Code;
use leptos::config::LeptosOptions;
use leptos::prelude::{IntoView, provide_context};
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use tower::ServiceExt;

use super::{files, headers, refusal, visit};
use crate::Shared;

/// Pages and server functions.
pub(super) fn routes(shared: &Shared) -> Router {
    let (options, for_files) = (shared.options.clone(), Arc::new(shared.clone()));
    let (context, of_shell) = (context(shared), Arc::new(options.clone()));
    let shell = move || shell((*of_shell).clone());
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, shell)
        .layer(from_fn(refusal::of_forms))
        .fallback(move |request| file(for_files.clone(), request))
        .with_state(options)
}

/// "What just happened".
#[cfg(debug_assertions)]
pub(super) fn development(shared: &Shared) -> Router {
    let shared = shared.clone();
    let page = move |request: Request| async move {
        let (options, last) = (shared.options.clone(), crate::telemetry::LOGIN_TRACE.last());
        let page = move || app::login_trace(options.clone(), last.clone());
        render_app_async_with_context(context(&shared), page)(request).await.into_response()
    };
    Router::new().route(app::LOGIN_TRACE, get(page))
}

/// What a page and a server function find in their context.
fn context(shared: &Shared) -> impl Fn() + Clone + Send + Sync + 'static {
    // Copied again and again, by axum with each layer and by Leptos.
    let shared = Arc::new(shared.clone());
    move || {
        let visit = visit::Request::at_hand(&shared.web, &shared.ports.login);
        let visit = visit.map(|visit| visit as Arc<dyn Visit>);
        provide_context(Ports { visit, ..shared.ports.clone() });
        if cfg!(debug_assertions) {
            provide_context(app::Development);
        }
        headers::of_page(&shared.web.policy);
    }
}

/// A file of the site; else there is nothing, whatever the address holds. No page stands here: each is at its
/// own address, and this is all others.
async fn file(shared: Arc<Shared>, request: Request) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let (mut parts, _) = request.into_parts();
    if !is_read {
        parts.method = Method::HEAD;
    }
    let Ok(found) = files::files(&shared.options).oneshot(Request::from_parts(parts, Body::empty())).await;
    let is_there = found.status().is_success()
        || matches!(found.status(), StatusCode::NOT_MODIFIED | StatusCode::PRECONDITION_FAILED)
        || found.status() == StatusCode::RANGE_NOT_SATISFIABLE;
    match (is_there, is_read) {
        (false, _) => refusal::refuse(Code::NotFound),
        (true, false) => {
            let mut refused = refusal::refuse(Code::MethodNotAllowed);
            refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET,HEAD"));
            refused
        }
        (true, true) => {
            let mut found = found.map(Body::new);
            let headers = found.headers_mut();
            headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            found
        }
    }
}

/// The page of a refusal that was made outside the pages.
pub(super) async fn refusal_page(shared: &Shared, error: AppError, request: Request) -> Response {
    let options = shared.options.clone();
    render(shared, move || refused(options.clone(), error.clone()), request).await
}

/// The page of whoever comes to `sparekey studio` without its cookie.
pub(super) async fn studio_closed(shared: &Shared, status: StatusCode) -> Response {
    let options = shared.options.clone();
    let mut page = render(shared, move || app::studio_closed(options.clone()), Request::default()).await;
    *page.status_mut() = status;
    page
}

/// The page that goes on by itself.
pub(super) async fn onward(shared: &Shared, onward: Onward) -> Response {
    let options = shared.options.clone();
    render(shared, move || going_on(options.clone(), onward.clone()), Request::default()).await
}

/// The page that a form comes to.
pub(super) async fn of_form<V: IntoView + 'static>(
    shared: &Shared,
    page: fn(LeptosOptions, Form) -> V,
    form: Form,
    request: Request,
) -> Response {
    let options = shared.options.clone();
    render(shared, move || page(options.clone(), form.clone()), request).await
}

async fn render<V: IntoView + 'static>(
    shared: &Shared,
    view: impl Fn() -> V + Clone + Send + Sync + 'static,
    request: Request,
) -> Response {
    render_app_async_with_context(context(shared), view)(request).await.into_response()
}
