//! The answers: JSON of SCIM's own type, with the headers that go with a status.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use formats::scim::{self, Error, Shown};
use http::{HeaderValue, StatusCode, header};
use serde_json::Value as Json;

/// Seconds after which a client may try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("60");
/// The same for a database that does not answer, and for whoever was refused too often.
const SOON: HeaderValue = HeaderValue::from_static("5");

/// A JSON body.
pub(super) fn json(status: u16, body: &Json) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = HeaderValue::from_static(scim::CONTENT_TYPE);
    (status, [(header::CONTENT_TYPE, kind)], body.to_string()).into_response()
}

/// A refusal (RFC 7644 3.12).
pub(super) fn error(error: &Error) -> Response {
    let mut response = json(error.status, &error.body());
    let headers = response.headers_mut();
    match error.status {
        401 => {
            drop(headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"scim\"")))
        }
        503 if *error == Error::HELD => drop(headers.insert(header::RETRY_AFTER, RETRY_AFTER)),
        429 | 503 => drop(headers.insert(header::RETRY_AFTER, SOON)),
        _ => {}
    }
    response
}

/// A refusal of the method; `allow` are those that are taken.
pub(super) fn not_allowed(refusal: &Error, allow: &'static str) -> Response {
    let mut response = error(refusal);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

/// One user, with its address and its version, which stand in its `meta` too.
pub(super) fn user(status: u16, whole: &Shown, shown: Shown) -> Response {
    let mut response = json(status, &Json::Object(shown));
    for (name, part) in [(header::LOCATION, "location"), (header::ETAG, "version")] {
        let value = whole["meta"][part].as_str().and_then(|text| HeaderValue::from_str(text).ok());
        response.headers_mut().extend(value.map(|value| (name, value)));
    }
    response
}

/// Nothing to say.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
