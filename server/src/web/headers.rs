//! Every security header, in one place. `server/tests/headers.rs` knows them to the byte.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::Entry;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use leptos_axum::ResponseOptions;
use std::sync::Arc;

use super::Web;

/// How many an answer has, more or less, so that their table grows once.
const HEADERS: usize = 16;

/// The policy of a page. Scripts run by nonce, WebAssembly may be compiled, and a form ends here or at a
/// provider. `nonce` is none for what is not a page.
pub(crate) fn content_security_policy(web: &Web, nonce: Option<&str>) -> String {
    let nonce = nonce.map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    let providers: String = web.form_targets().iter().map(|origin| format!(" {origin}")).collect();
    let reload = web.reload_socket.as_ref().map(|socket| format!(" {socket}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'{nonce} 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         font-src 'self'; connect-src 'self'{reload}; form-action 'self'{providers}; base-uri 'none'; \
         frame-ancestors 'none'; object-src 'none'"
    )
}

/// The policy of a page that Leptos renders, with its nonce.
pub(crate) fn of_page(web: &Web) {
    let nonce = leptos::nonce::use_nonce();
    let policy = content_security_policy(web, nonce.as_deref());
    let response = leptos::prelude::use_context::<ResponseOptions>();
    if let (Some(response), Ok(policy)) = (response, HeaderValue::from_str(&policy)) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Sets what an answer does not say itself.
pub(crate) async fn set(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let is_journey = is_journey(request.uri().path());
    let mut response = next.run(request).await;
    let redirects = response.status().is_redirection();
    if redirects {
        // Whoever is sent elsewhere reads nothing here: a guard's redirect has no page beneath it.
        *response.body_mut() = Body::empty();
        // Nor need they wait: a log-out that the database did not hear of goes on to the provider at once.
        for about in [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::RETRY_AFTER] {
            response.headers_mut().remove(about);
        }
    }
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    if let Entry::Vacant(place) = headers.entry(header::CONTENT_SECURITY_POLICY)
        && let Ok(policy) = HeaderValue::from_str(&content_security_policy(&web, None))
    {
        place.insert(policy);
    }
    // A form on a page with `no-referrer` posts `Origin: null`, so only what has no form says that.
    let referrer = if is_journey && redirects { "no-referrer" } else { "same-origin" };
    default(headers, header::REFERRER_POLICY, referrer);
    default(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(headers, header::X_FRAME_OPTIONS, "DENY");
    default(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    default(
        headers,
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    if web.url.is_secure() {
        default(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    // Every page differs by who is looking; a file has said for itself how it is kept.
    default(headers, header::CACHE_CONTROL, "no-store");
    default(headers, header::VARY, "Cookie");
    response
}

/// Whether an address belongs to the journey in and out.
pub(crate) fn is_journey(path: &str) -> bool {
    path.starts_with("/auth/") || path.starts_with("/api/auth/")
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
