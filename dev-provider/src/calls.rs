//! What was asked of the provider, so that a test can say "no token call was made".

use std::collections::{HashMap, VecDeque};

use axum::http::{HeaderMap, Method};

use crate::bounded::Locked;
use crate::params::Params;

/// The last calls kept for each endpoint; the count goes on beyond.
const KEPT: usize = 1000;

/// The addresses of the provider that an application calls or sends a browser to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    Discovery,
    Jwks,
    Authorize,
    /// Pushed authorization requests (RFC 9126).
    Par,
    /// The token endpoint with any grant but a refresh token.
    Token,
    /// The token endpoint with `grant_type=refresh_token`.
    Refresh,
    Userinfo,
    Revoke,
    EndSession,
    /// Addresses that only an attacker's header or document names. Nobody should ever call.
    Trap,
}

impl Endpoint {
    pub(crate) fn of(path: &str, form: &Params) -> Option<Self> {
        Some(match path {
            path if path.ends_with("/.well-known/openid-configuration") => Self::Discovery,
            "/jwks" => Self::Jwks,
            "/authorize" => Self::Authorize,
            "/par" => Self::Par,
            "/token" if form.get("grant_type") == Some("refresh_token") => Self::Refresh,
            "/token" => Self::Token,
            "/userinfo" => Self::Userinfo,
            "/revoke" => Self::Revoke,
            "/logout" => Self::EndSession,
            path if path.starts_with("/trap") => Self::Trap,
            _ => return None,
        })
    }
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: Method,
    pub query: Params,
    pub form: Params,
    pub headers: HeaderMap,
}

impl Call {
    /// The `Authorization` header.
    pub fn authorization(&self) -> Option<&str> {
        self.headers.get("authorization")?.to_str().ok()
    }

    /// Whether somebody came here by following one of our redirects.
    pub fn followed(&self) -> bool {
        self.query.get("followed").is_some()
    }

    /// Query or form, whichever was used, as for the endpoints that take both.
    pub(crate) fn params(&self) -> &Params {
        if self.method == Method::POST { &self.form } else { &self.query }
    }
}

/// Every call since the start or the last `clear`.
#[derive(Default)]
pub struct Calls(Locked<HashMap<Endpoint, Log>>);

#[derive(Default)]
struct Log {
    count: usize,
    last: VecDeque<Call>,
}

impl Calls {
    /// How often this endpoint was called.
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.0.lock().get(&endpoint).map_or(0, |log| log.count)
    }

    /// The latest call.
    pub fn last(&self, endpoint: Endpoint) -> Option<Call> {
        self.0.lock().get(&endpoint)?.last.back().cloned()
    }

    /// The latest calls, at most 1,000, oldest first.
    pub fn all(&self, endpoint: Endpoint) -> Vec<Call> {
        let logs = self.0.lock();
        let log = logs.get(&endpoint);
        log.map_or_else(Vec::new, |log| log.last.iter().cloned().collect())
    }

    /// Starts counting anew.
    pub fn clear(&self) {
        self.0.lock().clear();
    }

    pub(crate) fn note(&self, endpoint: Endpoint, call: Call) {
        let mut logs = self.0.lock();
        let log = logs.entry(endpoint).or_default();
        log.count += 1;
        log.last.push_back(call);
        if log.last.len() > KEPT {
            log.last.pop_front();
        }
    }
}
