//! `POST /hooks/{provider}`: that provider's webhooks. A message is kept before it is answered; a fault of ours is
//! answered 5xx, never 4xx, for a 4xx makes most senders give up.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use formats::webhook::{Format, challenge};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use identity::Code;

use crate::Shared;
use crate::inbox::Refusal;
use crate::web::refusal::{self, Judged, busy, refuse};

/// No sender's challenge is longer, in bytes.
const LONGEST_CHALLENGE: usize = 1024;

/// Takes a delivery, or answers Microsoft Graph's question whether the address is ours.
pub(crate) async fn take(
    State(shared): State<Shared>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(hook) = shared.hooks.hook(&provider) else { return refuse(Code::NotFound) };
    if let Some(token) = validation_token(query.as_deref()) {
        return echo(token);
    }
    match shared.hooks.take(hook, &headers, &body).await {
        Ok(()) if hook.format() == Format::Set => Judged::Proved.on(StatusCode::ACCEPTED.into_response()),
        Ok(()) => Judged::Proved.on(StatusCode::OK.into_response()),
        Err(refusal) => answer(&provider, refusal),
    }
}

/// Okta's one question whether the address is ours.
pub(crate) async fn prove(
    State(shared): State<Shared>,
    Path(provider): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(hook) = shared.hooks.hook(&provider) else { return refuse(Code::NotFound) };
    if hook.format() != Format::Okta {
        let mut response = refuse(Code::MethodNotAllowed);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let asked = headers.get("x-okta-verification-challenge").and_then(|value| value.to_str().ok());
    challenge(asked).map_or_else(|| refuse(Code::ParameterInvalid), |body| Json(body).into_response())
}

fn answer(provider: &str, refusal: Refusal) -> Response {
    match refusal {
        Refusal::NotTheirs(code, sentence) => {
            let body = serde_json::json!({ "error": code, "message": sentence });
            not_theirs(provider, code, (StatusCode::UNAUTHORIZED, Json(body)).into_response())
        }
        Refusal::NoEventToken(error, sentence) => {
            let body = serde_json::json!({ "err": error, "description": sentence });
            let language = [(header::CONTENT_LANGUAGE, HeaderValue::from_static("en"))];
            not_theirs(provider, error, (StatusCode::BAD_REQUEST, language, Json(body)).into_response())
        }
        // Whatever keeps us from the provider's keys, it is no fault of the sender's.
        Refusal::Unavailable(error) => {
            let mut response = refusal::answer(&error);
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response.headers_mut().insert(header::RETRY_AFTER, crate::web::refusal::RETRY_AFTER);
            response
        }
        // Only what was believed waits for its turn.
        Refusal::Busy => Judged::Proved.on(busy()),
    }
}

fn not_theirs(provider: &str, code: &'static str, answer: Response) -> Response {
    Judged::NotTheirs { provider: provider.to_owned(), code }.on(answer)
}

/// Graph's `validationToken`, decoded.
fn validation_token(query: Option<&str>) -> Option<String> {
    let pairs = url::form_urlencoded::parse(query?.as_bytes());
    let (_, token) = pairs.into_iter().find(|(name, _)| name == "validationToken")?;
    (1..=LONGEST_CHALLENGE).contains(&token.len()).then(|| token.into_owned())
}

fn echo(token: String) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], token).into_response()
}
