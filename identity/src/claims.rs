//! Claims as they are received, and where they come from.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Claims as received: a JSON object.
pub type Claims = serde_json::Map<String, Json>;

/// Where a fact comes from.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Source {
    /// A log-in: ID token and userinfo.
    Login,
    /// A refresh of tokens.
    Refresh,
    /// A message that the provider pushed.
    Webhook,
    /// A SCIM client.
    Scim,
    /// A list of the provider's, or one account of it.
    Scan,
    /// A file.
    Import,
    /// The people who run this site; no provider.
    Operator,
}

/// The claims as they may be kept: a distributed claim comes with a token to fetch it by (OpenID Connect
/// Core 5.6.2), and tokens are not kept.
pub fn without_tokens(mut claims: Claims) -> Claims {
    let sources = claims.get_mut("_claim_sources").and_then(Json::as_object_mut);
    let sources = sources.into_iter().flat_map(|sources| sources.values_mut());
    for source in sources.filter_map(Json::as_object_mut) {
        source.remove("access_token");
    }
    claims
}
