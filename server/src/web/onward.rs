//! Redirects that would not arrive, turned into a page that goes on by itself.
//!
//! - A form's answer that leads away. Chromium holds `form-action` against every redirect that a form comes to,
//!   so the chain of a provider's origins, which nobody knows beforehand, begins anew with the page.
//! - An address that is too long for a header: a proxy with default buffers (4 kB) answers 502 to it.

use app::Onward;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use super::{filters, headers, pages};
use crate::Shared;

/// The longest `Location`, in bytes: with all other headers an answer's head stays below 4 kB.
pub(super) const LONGEST: usize = 2200;

/// Marks the form of ours: whoever sends it without a cookie has none.
pub(super) const AGAIN: &str = "again=1";

/// Whether it is the form of ours by which an answer comes once more.
pub(super) fn is_again(uri: &Uri) -> bool {
    uri.query() == Some(AGAIN)
}

/// Goes on by a page where a redirect would not arrive.
pub(super) async fn go_on(
    shared: &Shared,
    request: Request,
    next: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let form = form(&request);
    let response = next(request).await;
    let Some(location) = location(&response) else { return response };
    let leads_away = match form {
        Form::None => false,
        Form::Own => leads_away(location, response.headers()),
        Form::Again => true,
    };
    if location.len() <= LONGEST && !leads_away {
        return response;
    }
    let mut page = pages::onward(shared, Onward::Address(location.to_owned())).await;
    let cookies = response.headers().get_all(header::SET_COOKIE);
    page.headers_mut().extend(cookies.iter().map(|cookie| (header::SET_COOKIE, cookie.clone())));
    page.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    page
}

/// What a request is to Chromium's `form-action` of our pages.
enum Form {
    /// Nothing: no form of ours, or nobody sees what it comes to.
    None,
    /// A form of a page of ours.
    Own,
    /// The answer of a provider, by a form of ours. It leads to any page of the site, which may ask for a stronger
    /// log-in.
    Again,
}

fn form(request: &Request) -> Form {
    let is_own = || !filters::is_for_providers(request.uri().path());
    match *request.method() == Method::POST && is_browser(request.headers()) {
        true if is_again(request.uri()) => Form::Again,
        true if is_own() => Form::Own,
        _ => Form::None,
    }
}

fn location(response: &Response) -> Option<&str> {
    let location = response.headers().get(header::LOCATION).filter(|_| response.status().is_redirection());
    location.and_then(|location| location.to_str().ok())
}

/// Whether a redirect may come to another origin in the end. Who is looking is not known any more where a
/// cookie is set: a page of ours may send them to log in.
fn leads_away(location: &str, headers: &HeaderMap) -> bool {
    !location.starts_with('/') || headers::is_journey(location) || headers.contains_key(header::SET_COOKIE)
}

/// Whether a page is shown to somebody; programs are redirected as ever. Browsers of before 2023 do not all
/// say how they came here, but all of them have this name.
fn is_browser(headers: &HeaderMap) -> bool {
    let named = |agent: &HeaderValue| agent.as_bytes().starts_with(b"Mozilla/");
    headers.contains_key(HeaderName::from_static("sec-fetch-mode"))
        || headers.get(header::USER_AGENT).is_some_and(named)
}
