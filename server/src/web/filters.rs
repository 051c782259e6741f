//! What a request must be before anything happens: of this site where it changes something, a navigation
//! where it starts or finishes a log-in, and not one of too many.

use axum::Json;
use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use identity::Code;
use percent_encoding::percent_decode_str;
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::Web;
use super::headers::text;
use super::rate_limit::Counted;
use super::refusal::{Judged, refuse};
use super::routes::scim;

/// Refuses what another site's page makes a browser do (Sec-Fetch-Site, else Origin). `same-site` is another
/// site. Exempt is what providers call by design; each of those proves itself in its own way.
pub(super) fn csrf(web: &Web) -> CsrfLayer<fn(ProtectionError) -> Response> {
    let layer = CsrfLayer::new().with_insecure_bypass(|_: &Method, uri: &Uri| is_for_providers(uri.path()));
    let trusting = layer.add_trusted_origin(web.url.origin());
    // An origin that SITE_URL's parser let through has the form that this wants.
    let layer = trusting.unwrap_or_default();
    layer.with_rejection_response(|_| refuse(Code::CrossSite))
}

/// What the layer above lets pass for an `Origin` that is ours, although the browser itself says that the
/// request is another site's: that is refused, whatever `Origin` it states.
pub(super) async fn fetch_site(request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    let site = request.headers().get(HeaderName::from_static("sec-fetch-site"));
    let is_ours = site.is_none_or(|site| site == "same-origin" || site == "none");
    if !is_ours && !request.method().is_safe() && !is_for_providers(request.uri().path()) {
        return refuse(Code::CrossSite);
    }
    next(request).await
}

pub(super) fn is_for_providers(path: &str) -> bool {
    [app::CALLBACK, app::BACKCHANNEL_LOGOUT, app::HOOKS, app::INITIATE, scim::ROOT]
        .iter()
        .any(|root| is_under(path, root))
        || path == app::KINDE_CALLBACK
}

pub(super) fn is_under(path: &str, root: &str) -> bool {
    path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}

/// Answers `OPTIONS` (RFC 9110 9.3.7) where there is something, and lets nobody in by another spelling of an
/// address. What cannot be decoded at all is refused where it is read.
pub(super) async fn address(request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    let asks_for_methods = request.method() == Method::OPTIONS;
    let path = request.uri().path();
    let decoded = percent_decode_str(path);
    let leads_elsewhere = leads_elsewhere(&decoded.clone().decode_utf8_lossy());
    let is_encoded = is_journey(&request) && decoded.decode_utf8().is_ok_and(|decoded| decoded != path);
    if leads_elsewhere || is_encoded {
        return refuse(Code::NotFound);
    }
    let mut response = next(request).await;
    if asks_for_methods && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = StatusCode::NO_CONTENT.into_response();
        response.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
    }
    response
}

/// Whether the URL Standard, by which pages read their address, takes the path for another one.
fn leads_elsewhere(path: &str) -> bool {
    path.contains('\\') || path.split('/').any(|segment| matches!(segment, "." | ".."))
}

/// Only a navigation starts or finishes a log-in: a HEAD, a prefetch, a preview, an image or a script's
/// `fetch` starts nothing and consumes nothing. A request without `Sec-Fetch-Mode` counts as a navigation.
pub(super) async fn navigation(request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    let (method, headers) = (request.method().clone(), request.headers());
    let journey = is_journey(&request);
    let reads = matches!(method, Method::GET | Method::HEAD);
    if journey && reads && (method == Method::HEAD || is_prefetch(headers)) {
        return StatusCode::NO_CONTENT.into_response();
    }
    let wants_data = reads && !is_navigation(headers);
    if journey && wants_data && starts_or_finishes(request.uri().path()) {
        return log_in_first(request.uri());
    }
    if !wants_data {
        return next(request).await;
    }
    let address = request.uri().clone();
    let response = next(request).await;
    if leads_to_log_in(&response) { log_in_first(&address) } else { response }
}

/// Whether a request comes to an address of the journey that is there.
fn is_journey(request: &Request) -> bool {
    let is_there = request.extensions().get::<MatchedPath>().is_some();
    is_there && super::headers::is_journey(request.uri().path())
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
pub(super) fn log_in_first(address: &Uri) -> Response {
    let path = address.path();
    let back = if super::headers::is_journey(path) { None } else { address.path_and_query() };
    let login_url = match back {
        Some(back) => app::log_in_and_return(back.as_str()),
        None => app::LOGIN.to_owned(),
    };
    let body = Json(serde_json::json!({ "error": Code::SignedOut, "login_url": login_url }));
    (StatusCode::UNAUTHORIZED, body).into_response()
}

pub(super) fn is_navigation(headers: &HeaderMap) -> bool {
    headers.get(HeaderName::from_static("sec-fetch-mode")).is_none_or(|mode| mode == "navigate")
}

pub(super) fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-purpose", "x-moz"].iter().any(|name| {
        headers
            .get_all(*name)
            .iter()
            .map(text)
            .any(|value| ["prefetch", "preview", "prerender"].iter().any(|purpose| value.contains(purpose)))
    })
}

/// Refuses what comes too often from one client to where each request costs us or a provider something.
pub(super) async fn rate(
    web: &Web,
    request: Request,
    next: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let path = request.uri().path();
    if is_push(path) || is_under(path, app::BACKCHANNEL_LOGOUT) {
        return as_a_provider(web, request, next).await;
    }
    if !is_journey(&request) || path == app::LOGOUT {
        return next(request).await;
    }
    let from = web.client_ip.of(request.extensions(), request.headers());
    let counted: &[Counted] = match () {
        () if starts(path) => &[Counted::Request, Counted::Start],
        () => &[Counted::Request],
    };
    match counted.iter().all(|counted| web.rate_limit.allows(*counted, from)) {
        true => next(request).await,
        false => refuse(Code::TooManyRequests),
    }
}

/// Whether providers push there.
pub(super) fn is_push(path: &str) -> bool {
    [app::HOOKS, scim::ROOT].iter().any(|root| is_under(path, root))
}

/// Refuses unread what comes as a provider's from where too much of that was refused and no provider ever was. However
/// much a provider sends, nothing of it counts.
async fn as_a_provider(web: &Web, request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    let from = web.client_ip.of(request.extensions(), request.headers());
    if !web.rate_limit.hears(from) {
        return refuse(Code::TooManyRequests);
    }
    let response = next(request).await;
    let judged = response.extensions().get();
    if matches!(judged, Some(Judged::Proved)) {
        web.rate_limit.proved(from);
    } else if response.status().is_client_error()
        && web.rate_limit.allows(Counted::Refused, from)
        && let Some(Judged::NotTheirs { provider, code }) = judged
    {
        tracing::warn!(provider, code, "refused: not proved to be the provider's");
    }
    response
}

/// Whether what comes there may leave a started log-in behind.
fn starts(path: &str) -> bool {
    const STARTS: [&str; 7] = [
        app::LOGIN,
        app::SIGNUP,
        app::INVITATION,
        "/auth/begin",
        "/auth/link",
        app::KINDE_LOGIN,
        app::KINDE_SIGNUP,
    ];
    STARTS.contains(&path)
}
