//! `GET /studio/export.ndjson` and `/studio/export.csv`: whoever is on the list of the studio, all pages, streamed in the
//! order in which they were first heard of. For operators who logged in lately; without claims.

use std::io;
use std::sync::Arc;

use app::Insider;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use formats::UserLine;
use formats::files::export::{Export, Files, Format, Options};
use futures::stream::unfold;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use identity::search::Query;
use identity::{Act, Code, Operator, Role, StoreError, UserId, Walk};

use crate::Shared;
use crate::telemetry::RequestId;
use crate::web::filters::is_prefetch;
use crate::web::refusal;

pub(super) async fn ndjson(
    State(shared): State<Shared>,
    insider: Option<Extension<Arc<Insider>>>,
    asked: Parts,
) -> Response {
    logged(&shared, insider, &asked, Format::Sparekey).await
}

pub(super) async fn csv(
    State(shared): State<Shared>,
    insider: Option<Extension<Arc<Insider>>>,
    asked: Parts,
) -> Response {
    logged(&shared, insider, &asked, Format::Csv).await
}

/// The export, written down before its first byte goes out: with its filters, as they were asked for. What was searched
/// for is somebody's name or address, and would outlive an erase there.
async fn logged(
    shared: &Shared,
    insider: Option<Extension<Arc<Insider>>>,
    asked: &Parts,
    format: Format,
) -> Response {
    let operator = match exporter(shared, insider, asked) {
        Ok(operator) => operator,
        Err(response) => return *response,
    };
    let query = Query::of_address(asked.uri.query().unwrap_or_default());
    let idle = shared.ports.login.rules().session_idle;
    let found = match shared.ports.directory.walk(&query, idle).await {
        Ok(found) if found.is_filling() => return refusal::refuse(Code::SearchFilling),
        Ok(found) => found,
        Err(error) => return refusal::answer(&error.into()),
    };
    let detail = without_search(asked.uri.path(), asked.uri.query().unwrap_or_default());
    match note(shared, &operator, asked, None, Some(detail)).await {
        Ok(()) => export(found, asked, format),
        Err(error) => refusal::answer(&error.into()),
    }
}

/// The address, with that there was a search and not what for.
fn without_search(path: &str, query: &str) -> String {
    let is_search = |pair: &&str| {
        let mut read = identity::form_pairs(pair).into_iter();
        read.any(|(name, value)| name == "q" && !value.is_empty())
    };
    let said = |pair| if is_search(&pair) { "q=…" } else { pair };
    let pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).map(said).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// The operator who takes something out, if they logged in lately; else what they are answered: a browser that looks
/// ahead takes nothing.
pub(super) fn exporter(
    shared: &Shared,
    insider: Option<Extension<Arc<Insider>>>,
    asked: &Parts,
) -> Result<Arc<Insider>, Box<Response>> {
    if is_prefetch(&asked.headers) {
        return Err(Box::new(StatusCode::NO_CONTENT.into_response()));
    }
    let insider = insider.map(|Extension(insider)| insider).filter(|one| one.role == Role::Operator);
    let Some(insider) = insider else { return Err(Box::new(refusal::refuse(Code::Denied))) };
    let address = asked.uri.path_and_query().map_or(app::STUDIO, |whole| whole.as_str());
    let now = shared.ports.world.now();
    let first = insider.viewer.as_ref().and_then(|viewer| app::operator_log_in(viewer, now, address));
    match first.and_then(|url| HeaderValue::from_str(&url).ok()) {
        Some(log_in) => Err(Box::new((StatusCode::SEE_OTHER, [(header::LOCATION, log_in)]).into_response())),
        None => Ok(insider),
    }
}

/// The line of the operators' log. Whoever asks by HEAD gets nothing, and leaves none.
pub(super) async fn note(
    shared: &Shared,
    operator: &Insider,
    asked: &Parts,
    user: Option<UserId>,
    detail: Option<String>,
) -> Result<(), StoreError> {
    if asked.method != Method::GET {
        return Ok(());
    }
    let request = asked.extensions.get::<RequestId>().map(ToString::to_string);
    let by = Operator { actor: operator.actor.clone(), reason: None, request };
    shared.ports.directory.note(&by, Act::Export, user, detail).await?;
    tracing::info!(actor = %operator.actor, "users exported");
    Ok(())
}

fn export(found: Box<dyn Walk>, asked: &Parts, format: Format) -> Response {
    let Ok(export) = Export::new(format, Options::default()) else { return refusal::refuse(Code::Internal) };
    let (kind, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"users.csv\""),
        _ => ("application/x-ndjson", "attachment; filename=\"users.ndjson\""),
    };
    let heads = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
    ];
    if asked.method == Method::HEAD {
        return heads.into_response();
    }
    (heads, Body::from_stream(unfold(Some((found, export)), next))).into_response()
}

/// What is left to send: nothing after the end, or after a fault.
type Rest = Option<(Box<dyn Walk>, Export)>;

/// The bytes of one file.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Files for Bytes {
    fn start(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// The next users. A fault breaks the connection off, so that nobody takes a part for the whole.
async fn next(rest: Rest) -> Option<(io::Result<Vec<u8>>, Rest)> {
    let (found, export) = rest?;
    Some(match part(found, export).await {
        Ok((bytes, rest)) => (Ok(bytes), rest),
        Err(error) => {
            tracing::warn!(%error, "export broken off");
            (Err(error), None)
        }
    })
}

async fn part(mut found: Box<dyn Walk>, mut export: Export) -> io::Result<(Vec<u8>, Rest)> {
    let mut bytes = Bytes::default();
    let users = found.next().await.map_err(io::Error::other)?;
    if users.is_empty() {
        export.end(&mut bytes)?;
        return Ok((bytes.0, None));
    }
    for user in &users {
        export.user(&UserLine::public(user), &mut bytes)?;
    }
    Ok((bytes.0, Some((found, export))))
}

#[cfg(test)]
mod tests {
    use super::without_search;

    #[test]
    fn what_was_searched_for_is_in_no_log() {
        let said = |query| without_search("/studio/export.csv", query);
        assert_eq!(said("q=ada%40example.com&status=active"), "/studio/export.csv?q=…&status=active");
        assert_eq!(said("%71=ada&q=eve"), "/studio/export.csv?q=…&q=…");
        assert_eq!(said("q=&login=never"), "/studio/export.csv?q=&login=never");
        assert_eq!(said(""), "/studio/export.csv");
    }
}
