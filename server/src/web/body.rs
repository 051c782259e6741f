//! Bodies, read whole before anything happens: bounded in bytes and in time, whatever reads them afterwards.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt;
use http::{HeaderValue, StatusCode, header};
use identity::Code;

use super::refusal::refuse;

/// No form of ours or of a provider is larger, in bytes.
const LIMIT: usize = 64 * 1024;
/// How much of a larger one is read away, so that whoever sends it hears the answer, in bytes.
const READ_AWAY: usize = 2 * 1024 * 1024;
/// How long a body may take to come.
const TIME: Duration = Duration::from_secs(20);

/// Reads the body of whatever comes to an address that is there.
pub(super) async fn read(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() || request.extensions().get::<MatchedPath>().is_none() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(TIME, whole(body)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Err(code)) => refuse(code),
        Err(_) => {
            let mut slow = refuse(Code::ParameterInvalid);
            *slow.status_mut() = StatusCode::REQUEST_TIMEOUT;
            slow.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            slow
        }
    }
}

async fn whole(body: Body) -> Result<Bytes, Code> {
    let (mut body, mut read, mut kept) = (body.into_data_stream(), 0, Vec::new());
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| Code::ParameterInvalid)?;
        read += chunk.len();
        if read <= LIMIT {
            kept.extend_from_slice(&chunk);
        } else if read > READ_AWAY {
            break;
        }
    }
    if read > LIMIT { Err(Code::BodyTooLarge) } else { Ok(kept.into()) }
}
