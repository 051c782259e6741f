//! The door that every request passes: it is written down, the faults that concern it are
//! looked up, and those that replace or bend the HTTP answer as a whole act here.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::calls::{Call, Endpoint};
use crate::core::Core;
use crate::faults::{InForce, Reply, Spent};
use crate::params::Params;
use crate::rewrite::Edit;

/// Far more than any honest request to a provider.
const MOST_BYTES: usize = 1 << 20;

/// A request as the handlers see it.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) call: Call,
    pub(crate) in_force: InForce,
}

pub(crate) async fn door(State(core): State<Arc<Core>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let call = Call {
        method: parts.method.clone(),
        query: Params::parse(parts.uri.query().unwrap_or_default().as_bytes()),
        form: Params::parse(&body),
        headers: parts.headers.clone(),
    };
    let endpoint = Endpoint::of(parts.uri.path(), &call.form);
    let uri = parts.uri.clone();
    let mut request = Request::from_parts(parts, Body::empty());
    let asked =
        Asked { in_force: endpoint.map_or_else(InForce::default, |at| in_force(&core, at, &call)), call };
    request.extensions_mut().insert(asked.clone());
    match endpoint {
        None => next.run(request).await,
        Some(endpoint) => {
            core.calls.note(endpoint, asked.call.clone());
            let reply = asked.in_force.reply(endpoint);
            let reply = reply.filter(|_| !asked.call.followed());
            let response = answer(&core, reply, &uri, next.run(request)).await;
            let rewrite = core.rewrites.lock().answers.get(&endpoint).cloned();
            match rewrite {
                Some((content_type, edit)) => rewritten(response, content_type, &edit).await,
                None => response,
            }
        }
    }
}

/// The faults that stay on, and those that go with the log-in that the code or token is of.
fn in_force(core: &Core, at: Endpoint, call: &Call) -> InForce {
    let books = core.books.lock();
    let taken = match at {
        Endpoint::Token => books.code(call.form.text("code")).cloned(),
        Endpoint::Refresh => books.refresh(call.form.text("refresh_token")).cloned(),
        Endpoint::Userinfo => bearer(call).and_then(|token| books.access(token)),
        other => return core.faults.spend(Spent::At(other)),
    };
    match taken {
        Some(grant) => core.faults.with(&grant.faults),
        None => core.faults.with(&InForce::default()),
    }
}

/// The access token of a call of userinfo (RFC 6750 2.1, 2.2).
pub(crate) fn bearer(call: &Call) -> Option<&str> {
    let header = call.authorization();
    let token = header.and_then(|value| value.strip_prefix("Bearer "));
    token.or_else(|| call.form.get("access_token"))
}

async fn answer(
    core: &Core,
    reply: Option<Reply>,
    uri: &Uri,
    honest: impl Future<Output = Response>,
) -> Response {
    match reply {
        None => honest.await,
        Some(Reply::Status(code)) => {
            let status = StatusCode::from_u16(code).unwrap_or_default();
            (status, "The development provider was asked to fail.").into_response()
        }
        Some(Reply::Error(code, error)) => {
            let status = StatusCode::from_u16(code).unwrap_or_default();
            (status, axum::Json(json!({"error": error}))).into_response()
        }
        Some(Reply::Redirect) => redirect(core, uri),
        Some(Reply::Slow) => {
            core.faults.wait().await;
            honest.await
        }
        Some(Reply::Drip) => drip(honest.await).await,
        Some(Reply::Header(name, value)) => {
            let mut response = honest.await;
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
            response
        }
        Some(Reply::Edit(edit)) => change_body(honest.await, edit).await,
    }
}

/// Back to the same address, which then answers honestly: who follows is let in, and seen.
fn redirect(core: &Core, uri: &Uri) -> Response {
    let query = uri.query().map(|query| format!("{query}&"));
    let location = format!("{}{}?{}followed=1", core.base, uri.path(), query.unwrap_or_default());
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response()
}

async fn change_body(response: Response, edit: fn(String) -> String) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    let text = edit(String::from_utf8_lossy(&bytes).into_owned());
    Response::from_parts(parts, Body::from(text))
}

async fn rewritten(response: Response, content_type: Option<HeaderValue>, edit: &Edit) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    if let Some(content_type) = content_type {
        parts.headers.insert(header::CONTENT_TYPE, content_type);
    }
    Response::from_parts(parts, Body::from(edit(bytes.to_vec())))
}

/// One byte every fifth of a second: alive for any time-out between two bytes, and endless.
async fn drip(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    let stream = futures::stream::unfold(bytes, |mut rest: Bytes| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let byte = rest.split_to(1);
        Some((Ok::<_, Infallible>(byte), rest))
    });
    Response::from_parts(parts, Body::from_stream(stream))
}
