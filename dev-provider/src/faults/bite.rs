//! Where a fault can bite. Six hooks are enough: the parameters of the authorization
//! response, a JWT before it is sealed, a JSON document before it is sent, the subject
//! wherever it is stated, the list of keys, and the HTTP answer as a whole.

use serde_json::{Map, Value};

use crate::calls::Endpoint;
use crate::jwt::Draft;
use crate::params::Params;

/// What a fault changes.
pub(crate) enum Bite {
    Params(fn(&mut Params, &Scene)),
    Jwt(Jwt, fn(&mut Draft, &Scene)),
    Json(Doc, fn(&mut Map<String, Value>, &Scene)),
    Subject(fn(&str) -> Value),
    Jwks(fn(&mut Vec<Value>)),
    Http(Endpoint, Reply),
}

/// The tokens that the provider signs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jwt {
    IdToken,
    /// The ID token of a refresh.
    Refreshed,
    /// Userinfo as a signed JWT, sent only while a fault of this kind is on.
    Userinfo,
    LogoutToken,
}

/// The JSON documents that the provider sends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doc {
    Tokens,
    /// The token answer to a refresh.
    Refreshed,
    Userinfo,
    Metadata,
    /// The person's claims, before they enter the ID token and userinfo.
    Profile,
}

/// What an endpoint does instead of, or with, its honest answer.
pub(crate) enum Reply {
    /// This status and a line of text.
    Status(u16),
    /// An OAuth error with this status (RFC 6749 5.2).
    Error(u16, &'static str),
    /// 307 to the same address, which would then answer honestly.
    Redirect,
    /// The honest answer after the delay or a release.
    Slow,
    /// The honest answer, byte by byte.
    Drip,
    /// The honest answer with this header.
    Header(&'static str, &'static str),
    /// The honest body, changed.
    Edit(fn(String) -> String),
}

/// What a fault may need to know to be wrong in the right way.
pub(crate) struct Scene {
    pub(crate) issuer: String,
    /// Endpoints live below it; the issuer without a trailing slash.
    pub(crate) base: String,
    pub(crate) client_id: String,
    /// Seconds since 1970.
    pub(crate) now: i64,
}
