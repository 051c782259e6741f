//! What a request must be before anything happens: of this site where it changes something, a navigation
//! where it starts or finishes a log-in, and not one of too many.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use identity::Code;
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::refusal::refuse;
use super::{Web, client_ip};

/// Refuses what another site's page makes a browser do (Sec-Fetch-Site, else Origin). `same-site` is another
/// site. Exempt is what providers call by design; each of those proves itself in its own way.
pub(crate) fn csrf(web: &Web) -> CsrfLayer<fn(ProtectionError) -> Response> {
    let layer = CsrfLayer::new().with_insecure_bypass(|_: &Method, uri: &Uri| is_for_providers(uri.path()));
    let trusting = layer.add_trusted_origin(web.url.origin());
    // An origin that SITE_URL's parser let through has the form that this wants.
    let layer = trusting.unwrap_or_default();
    layer.with_rejection_response(|_| refuse(Code::CrossSite))
}

/// What the layer above lets pass for an `Origin` that is ours, although the browser itself says that the
/// request is another site's.
fn is_from_another_site(request: &Request) -> bool {
    let site = request.headers().get(HeaderName::from_static("sec-fetch-site"));
    let is_ours = site.is_none_or(|site| site == "same-origin" || site == "none");
    !is_ours && !request.method().is_safe() && !is_for_providers(request.uri().path())
}

fn is_for_providers(path: &str) -> bool {
    let under =
        |root: &str| path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    under(app::CALLBACK)
        || under(app::BACKCHANNEL_LOGOUT)
        || under(app::INITIATE)
        || path == app::KINDE_CALLBACK
}

/// Only a navigation starts or finishes a log-in: a HEAD, a prefetch, a preview, an image or a script's
/// `fetch` starts nothing and consumes nothing. A request without `Sec-Fetch-Mode` counts as a navigation.
/// What another site makes a browser do is refused first, whatever `Origin` it states.
pub(crate) async fn navigation(request: Request, next: Next) -> Response {
    if is_from_another_site(&request) {
        return refuse(Code::CrossSite);
    }
    let (method, headers) = (request.method().clone(), request.headers());
    let journey = super::headers::is_journey(request.uri().path());
    let reads = matches!(method, Method::GET | Method::HEAD);
    if journey && reads && (method == Method::HEAD || is_prefetch(headers)) {
        return StatusCode::NO_CONTENT.into_response();
    }
    let wants_data = reads && !is_navigation(headers);
    if journey && wants_data && starts_or_finishes(request.uri().path()) {
        return log_in_first(request.uri());
    }
    let address = request.uri().clone();
    let response = next.run(request).await;
    if wants_data && leads_to_log_in(&response) { log_in_first(&address) } else { response }
}

fn starts_or_finishes(path: &str) -> bool {
    path != app::LOGOUT && path != app::PROVIDERS
}

fn leads_to_log_in(response: &Response) -> bool {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    response.status() == StatusCode::SEE_OTHER
        && location.is_some_and(|location| location.starts_with(app::LOGIN))
}

/// What a script's `fetch` can act on, where a redirect to the provider would end as a CORS error.
fn log_in_first(address: &Uri) -> Response {
    let path = address.path();
    let back = if super::headers::is_journey(path) { None } else { address.path_and_query() };
    let login_url = match back {
        Some(back) => format!("{}?return_to={}", app::LOGIN, encode(back.as_str())),
        None => app::LOGIN.to_owned(),
    };
    let body = Json(serde_json::json!({ "error": Code::SignedOut, "login_url": login_url }));
    (StatusCode::UNAUTHORIZED, body).into_response()
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn is_navigation(headers: &HeaderMap) -> bool {
    headers.get(HeaderName::from_static("sec-fetch-mode")).is_none_or(|mode| mode == "navigate")
}

fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-purpose", "x-moz"].iter().any(|name| {
        let value = headers.get(*name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.contains("prefetch") || value.contains("preview") || value.contains("prerender")
    })
}

/// Refuses what comes too often from one place to where each request costs us or a provider something.
pub(crate) async fn rate(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let costly = super::headers::is_journey(path) && path != app::LOGOUT;
    let from = client_ip::client_ip(request.extensions(), request.headers(), &web.trusted_proxies);
    if costly && !web.rate_limit.allows(from) {
        return refuse(Code::TooManyRequests);
    }
    next.run(request).await
}
