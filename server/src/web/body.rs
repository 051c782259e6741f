//! Bodies, read whole before anything happens: bounded in bytes and in time, whatever reads them afterwards.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use futures::StreamExt;
use http::{HeaderValue, StatusCode, header};
use identity::Code;

use super::filters::is_push;
use super::refusal::{busy, refuse};
use super::{Web, client_key};

/// No form of ours or of a provider is larger, in bytes.
const LIMIT: usize = 64 * 1024;
/// No webhook is larger, and nothing that a SCIM client sends, in bytes.
const PUSH_LIMIT: usize = 1024 * 1024;
/// How many bodies above [`LIMIT`] are held at once, and of one client: nobody who sends slowly keeps the others out.
const LARGE: usize = 32;
const LARGE_OF_ONE: usize = 8;
/// Those that are held, by the client they came from.
static HELD: Mutex<BTreeMap<u64, usize>> = Mutex::new(BTreeMap::new());
/// How much of a larger one is read away, so that whoever sends it hears the answer, in bytes.
const READ_AWAY: usize = 2 * 1024 * 1024;
/// How long a body may take to come.
const TIME: Duration = Duration::from_secs(20);

/// Reads the body of whatever comes to an address that is there.
pub(super) async fn read(
    web: &Web,
    request: Request,
    next: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    if request.body().is_end_stream() || request.extensions().get::<MatchedPath>().is_none() {
        return next(request).await;
    }
    let (parts, body) = request.into_parts();
    let client = web.client_ip.of(&parts.extensions, &parts.headers).map_or(0, client_key);
    let limit = if is_push(parts.uri.path()) { PUSH_LIMIT } else { LIMIT };
    match tokio::time::timeout(TIME, whole(body, limit, client)).await {
        // Whoever holds much is counted until it is done with.
        Ok(Ok((body, _large))) => next(Request::from_parts(parts, Body::from(body))).await,
        Ok(Err(Unread::Busy)) => busy(),
        Ok(Err(Unread::Refused(code))) => refuse(code),
        Err(_) => {
            let mut slow = refuse(Code::ParameterInvalid);
            *slow.status_mut() = StatusCode::REQUEST_TIMEOUT;
            slow.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            slow
        }
    }
}

/// Why a body was not read.
enum Unread {
    Refused(Code),
    /// Too many large ones are held.
    Busy,
}

/// A large body of a client that is held.
struct Held(u64);

impl Held {
    /// None where too many are held already.
    fn of(client: u64) -> Option<Self> {
        let mut held = held();
        let own = held.get(&client).copied().unwrap_or_default();
        let is_room = held.values().sum::<usize>() < LARGE && own < LARGE_OF_ONE;
        is_room.then(|| {
            held.insert(client, own + 1);
            Self(client)
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = held();
        match held.get_mut(&self.0) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(held.remove(&self.0)),
        }
    }
}

fn held() -> MutexGuard<'static, BTreeMap<u64, usize>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn whole(body: Body, limit: usize, client: u64) -> Result<(Bytes, Option<Held>), Unread> {
    let (mut body, mut read, mut kept) = (body.into_data_stream(), 0, Vec::new());
    let mut large = None;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| Unread::Refused(Code::ParameterInvalid))?;
        read += chunk.len();
        if read > LIMIT && read <= limit && large.is_none() {
            large = Some(Held::of(client).ok_or(Unread::Busy)?);
        }
        if read <= limit {
            kept.extend_from_slice(&chunk);
        } else if read > READ_AWAY {
            break;
        }
    }
    if read > limit { Err(Unread::Refused(Code::BodyTooLarge)) } else { Ok((kept.into(), large)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_keeps_no_other_out_and_all_together_hold_no_more_than_there_is_room_for() {
        let mut all: Vec<Held> = (0..LARGE_OF_ONE).filter_map(|_| Held::of(1)).collect();
        assert_eq!((all.len(), Held::of(1).is_none()), (LARGE_OF_ONE, true));
        all.extend((2..40).filter_map(Held::of));
        assert_eq!((all.len(), Held::of(99).is_none()), (LARGE, true));
        all.remove(0);
        assert!(Held::of(1).is_some(), "whoever is done makes room");
        drop(all);
        assert!(held().is_empty());
    }
}
