//! Every security header, in one place. `server/tests/headers.rs` knows them to the byte.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use leptos_axum::ResponseOptions;
use std::borrow::Cow;

use super::Web;

/// What a header says. Headers are bytes: a letter that is none of ASCII must not make all of it unread.
pub(super) fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

/// How many an answer has, more or less, so that their table grows once.
const HEADERS: usize = 16;

/// The policy of all answers. Scripts run by nonce, WebAssembly may be compiled, and a form ends here: what
/// leads on from there begins anew (`onward`). Put together once but for the nonce.
pub(super) struct Policy {
    before_nonce: &'static str,
    after_nonce: String,
    /// Of what is not a page.
    without_nonce: HeaderValue,
}

impl Policy {
    /// `reload_socket` is where `cargo leptos watch` tells pages to reload; only under it.
    pub(super) fn new(reload_socket: Option<&str>) -> Self {
        let before_nonce = "default-src 'none'; script-src 'self'";
        let reload = reload_socket.map(|socket| format!(" {socket}")).unwrap_or_default();
        let after_nonce = format!(
            " 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; \
             connect-src 'self'{reload}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
             object-src 'none'"
        );
        let without_nonce = HeaderValue::from_str(&format!("{before_nonce}{after_nonce}"));
        let without_nonce = without_nonce.unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self { before_nonce, after_nonce, without_nonce }
    }

    fn with(&self, nonce: &str) -> Option<HeaderValue> {
        let policy = [self.before_nonce, " 'nonce-", nonce, "'", &self.after_nonce].concat();
        HeaderValue::try_from(policy).ok()
    }
}

/// The policy of a page that Leptos renders, with its nonce.
pub(super) fn of_page(policy: &Policy) {
    let nonce = leptos::nonce::use_nonce();
    let response = leptos::prelude::use_context::<ResponseOptions>();
    if let (Some(response), Some(policy)) = (response, nonce.and_then(|nonce| policy.with(&nonce))) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Sets what an answer does not say itself.
pub(super) async fn set(
    web: &Web,
    request: Request,
    next: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let is_journey = is_journey(request.uri().path());
    let mut response = next(request).await;
    let redirects = response.status().is_redirection();
    if redirects {
        // Whoever is sent elsewhere reads nothing here: a page's redirect has no page beneath it.
        *response.body_mut() = Body::empty();
        // Nor need they wait: a log-out that the database did not hear of goes on to the provider at once.
        for about in [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::RETRY_AFTER] {
            response.headers_mut().remove(about);
        }
    }
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| web.policy.without_nonce.clone());
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
pub(super) fn is_journey(path: &str) -> bool {
    path.starts_with("/auth/") || path.starts_with("/api/auth/")
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
