//! `GET /account/data.json`: everything that is stored about whoever asks, as one file; and the same file of a user for an
//! operator (`person`).
//!
//! It is the line `sparekey.user/1` with claims, and `changes`, `sessions`, `holds`, `accounts`, `messages`, `operators`.
//! Tokens stay here; of the operators it says what they did, not who did it. What there may be very much of is written as
//! it is read.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use formats::{AccountLine, ChangeLine, HoldLine, MessageLine, OperatorLine, SessionLine, UserLine};
use futures::stream::{self, Stream, StreamExt};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use identity::{Digest, Directory, Entry, StoreError, User, UserId};

use crate::Shared;
use crate::web::refusal;

/// How many writes, messages or lines are read at once.
const PAGE: u32 = 200;

pub(super) async fn data(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let viewer = match shared.web.cookies.session(&headers) {
        Some(session) => crate::viewer(&shared.ports.login, session).await,
        None => Ok(None),
    };
    let viewer = match viewer {
        Ok(Some(viewer)) => viewer,
        Ok(None) => return log_in(),
        Err(error) => return refusal::answer(&error),
    };
    match file(&shared, viewer.user.id, Some(viewer.session.id)).await {
        Ok(Some(file)) => file,
        Ok(None) => log_in(),
        Err(error) => refusal::answer(&error.into()),
    }
}

/// The file of a user, to be kept; none where there is no such user (any more). `this` is the session that asks, where
/// it is theirs.
pub(super) async fn file(
    shared: &Shared,
    user: UserId,
    this: Option<Digest>,
) -> Result<Option<Response>, StoreError> {
    let Some(body) = document(shared, user, this).await? else { return Ok(None) };
    let heads = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"sparekey.json\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok(Some((heads, body).into_response()))
}

/// A filter makes 401 of it where a script asks.
fn log_in() -> Response {
    let location = HeaderValue::from_str(&app::log_in_and_return(app::ACCOUNT_DATA));
    let location = location.unwrap_or(HeaderValue::from_static(app::LOGIN));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

async fn document(shared: &Shared, id: UserId, this: Option<Digest>) -> Result<Option<Body>, StoreError> {
    let directory = &shared.ports.directory;
    let Some(user) = directory.find(id).await? else { return Ok(None) };
    let sessions = directory.sessions(user.id, shared.ports.login.rules().session_idle).await?;
    let sessions: Vec<SessionLine> =
        sessions.iter().map(|one| SessionLine::new(one, this == Some(one.id))).collect();
    let entries = directory.entries_of(&user).await?;
    let accounts: Vec<AccountLine> = entries.iter().map(|(_, entry)| AccountLine::new(entry)).collect();
    let line = serde_json::to_string(&UserLine::full(&user)).map_err(StoreError::unreadable)?;
    let rest =
        serde_json::json!({ "sessions": sessions, "holds": HoldLine::of(&user), "accounts": accounts });
    let rest = rest.to_string();
    // The object of the line goes on.
    let head = format!("{},\"changes\":[", line.strip_suffix('}').unwrap_or(&line));
    let middle = format!("],{},\"messages\":[", rest.trim_start_matches('{').trim_end_matches('}'));
    let entries = Arc::new(entries);
    let part = |text: String| stream::once(async { Ok::<_, StoreError>(text) });
    let user = Arc::new(user);
    let whole = part(head)
        .chain(changes(directory.clone(), user.clone()))
        .chain(part(middle))
        .chain(messages(directory.clone(), user.clone(), entries))
        .chain(part("],\"operators\":[".to_owned()))
        .chain(acts(directory.clone(), user.id))
        .chain(part("]}\n".to_owned()));
    Ok(Some(Body::from_stream(whole.map(|part| part.map(Bytes::from)))))
}

/// All changes, newest first. What is written meanwhile is not part of it.
fn changes(directory: Directory, user: Arc<User>) -> impl Stream<Item = Result<String, StoreError>> {
    listed(user.version.saturating_add(1), move |before| {
        let (directory, user) = (directory.clone(), user.clone());
        async move {
            let changes = directory.changes_before(user.id, before, PAGE).await?;
            let next = changes.last().map(|change| change.version);
            let lines = changes.iter().map(|change| serde_json::to_string(&ChangeLine::new(change, user.id)));
            Ok((written(lines)?, next))
        }
    })
}

/// All messages about a user, newest first.
fn messages(
    directory: Directory,
    user: Arc<User>,
    entries: Arc<Vec<(String, Entry)>>,
) -> impl Stream<Item = Result<String, StoreError>> {
    listed(None, move |before| {
        let (directory, user, entries) = (directory.clone(), user.clone(), entries.clone());
        async move {
            let messages = directory.messages_about(&user, &entries, before, PAGE).await?;
            let next = messages.last().map(|message| Some(message.id));
            let lines = messages.iter().map(|one| serde_json::to_string(&MessageLine::new(one)));
            Ok((written(lines)?, next))
        }
    })
}

/// All that operators did to a user and looked at, newest first.
fn acts(directory: Directory, user: UserId) -> impl Stream<Item = Result<String, StoreError>> {
    listed(None, move |before| {
        let directory = directory.clone();
        async move {
            let lines = directory.log_about(user, before, PAGE).await?;
            let next = lines.last().map(|line| Some(line.id));
            let lines = lines.iter().map(|one| serde_json::to_string(&OperatorLine::new(one)));
            Ok((written(lines)?, next))
        }
    })
}

/// The members of a list, page by page. `read` gives those from a place on, and the next place; none where none come.
fn listed<P, F>(start: P, read: impl Fn(P) -> F) -> impl Stream<Item = Result<String, StoreError>>
where
    F: Future<Output = Result<(String, Option<P>), StoreError>>,
{
    stream::try_unfold((Some(start), true), move |(place, is_first)| {
        let page = place.map(&read);
        async move {
            let Some(page) = page else { return Ok(None) };
            let (lines, next) = page.await?;
            let comma = if is_first || next.is_none() { "" } else { ",\n" };
            Ok(Some((format!("{comma}{lines}"), (next, false))))
        }
    })
}

fn written(lines: impl Iterator<Item = serde_json::Result<String>>) -> Result<String, StoreError> {
    let lines = lines.collect::<Result<Vec<_>, _>>().map_err(StoreError::unreadable)?;
    Ok(lines.join(",\n"))
}
