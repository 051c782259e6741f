//! `GET /studio/log.ndjson` and `/studio/log.csv`: the operators' log, all of it, streamed in the order in which it was
//! written. For operators who logged in lately.

use std::io;
use std::sync::Arc;

use app::Insider;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use formats::files::export::{operator_log_heading, operator_log_json, operator_log_row};
use futures::StreamExt;
use futures::stream::{once, try_unfold};
use http::request::Parts;
use http::{HeaderValue, Method, header};
use identity::LogLine;

use super::export::{exporter, note};
use crate::Shared;
use crate::web::refusal;

/// Lines read at a time.
const PAGE: u32 = 500;

/// How a line is written.
type Writer = fn(&LogLine) -> io::Result<Vec<u8>>;

pub(super) async fn ndjson(
    State(shared): State<Shared>,
    insider: Option<Extension<Arc<Insider>>>,
    asked: Parts,
) -> Response {
    let heads = ("application/x-ndjson", "attachment; filename=\"operators-log.ndjson\"");
    export(&shared, insider, &asked, heads, Vec::new(), operator_log_json).await
}

pub(super) async fn csv(
    State(shared): State<Shared>,
    insider: Option<Extension<Arc<Insider>>>,
    asked: Parts,
) -> Response {
    let heads = ("text/csv; charset=utf-8; header=present", "attachment; filename=\"operators-log.csv\"");
    export(&shared, insider, &asked, heads, operator_log_heading(), operator_log_row).await
}

async fn export(
    shared: &Shared,
    insider: Option<Extension<Arc<Insider>>>,
    asked: &Parts,
    (kind, name): (&'static str, &'static str),
    heading: Vec<u8>,
    line: Writer,
) -> Response {
    let operator = match exporter(shared, insider, asked) {
        Ok(operator) => operator,
        Err(response) => return *response,
    };
    let heads = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
    ];
    if let Err(error) = note(shared, &operator, asked, None, Some(asked.uri.path().to_owned())).await {
        return refusal::answer(&error.into());
    }
    if asked.method == Method::HEAD {
        return heads.into_response();
    }
    let directory = shared.ports.directory.clone();
    let lines = try_unfold(Some(None), move |after| {
        let directory = directory.clone();
        async move {
            let Some(after) = after else { return Ok::<_, io::Error>(None) };
            let lines = directory.log_after(after, PAGE).await.map_err(io::Error::other)?;
            let written = lines.iter().map(line).collect::<io::Result<Vec<_>>>()?.concat();
            let next = lines.last().filter(|_| lines.len() == PAGE as usize).map(|last| Some(last.id));
            Ok(Some((written, next)))
        }
    });
    (heads, Body::from_stream(once(async { Ok(heading) }).chain(lines))).into_response()
}
