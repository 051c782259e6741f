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

/// The claims as text for people, one on a line.
pub fn pretty(claims: &Claims) -> String {
    // An object of JSON has no form that cannot be written.
    serde_json::to_string_pretty(claims).unwrap_or_default()
}

/// The claims as they may be kept: a distributed claim comes with a token to fetch it by (OpenID Connect
/// Core 5.6.2), and tokens are not kept.
pub(crate) fn without_tokens(mut claims: Claims) -> Claims {
    let sources = claims.get_mut("_claim_sources").and_then(Json::as_object_mut);
    let sources = sources.into_iter().flat_map(|sources| sources.values_mut());
    for source in sources.filter_map(Json::as_object_mut) {
        source.remove("access_token");
    }
    claims
}

/// Leaves out the largest claims until all others together take no more than so many bytes of JSON; `last` are the
/// last to go. Which ones were left out.
pub(crate) fn fit(claims: &mut Claims, bytes: usize, last: &[&str]) -> Vec<String> {
    let mut total: usize = claims.iter().map(|(name, value)| name.len() + size(value)).sum();
    let mut left_out = Vec::new();
    while total > bytes {
        let importance = |name: &str| last.contains(&name);
        let largest = claims.iter().max_by_key(|(name, value)| (!importance(name), size(value)));
        let Some(name) = largest.map(|(name, _)| name.clone()) else { break };
        total -= name.len() + claims.remove(&name).as_ref().map_or(0, size);
        left_out.push(name);
    }
    left_out
}

/// About how many bytes of JSON a value takes.
fn size(value: &Json) -> usize {
    match value {
        Json::Null | Json::Bool(_) => 4,
        Json::Number(number) => number.as_str().len(),
        Json::String(text) => text.len() + 2,
        Json::Array(values) => values.iter().map(|value| size(value) + 1).sum::<usize>() + 2,
        Json::Object(members) => {
            members.iter().map(|(name, value)| name.len() + size(value) + 4).sum::<usize>() + 2
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fitted(bytes: usize, last: &[&str]) -> (Vec<String>, Claims) {
        let mut claims =
            json!({"a": "x".repeat(300), "b": ["y".repeat(100)], "c": {"d": 5}, "e": "z".repeat(200)});
        let claims = claims.as_object_mut().unwrap();
        (fit(claims, bytes, last), claims.clone())
    }

    #[test]
    fn what_fits_stays_whole_and_the_largest_goes_first() {
        assert_eq!(fitted(1000, &[]).0, [""; 0]);
        assert_eq!(fitted(400, &[]).0, ["a"]);
        assert_eq!(fitted(200, &[]).0, ["a", "e"]);
        assert_eq!(fitted(0, &[]), (["a", "e", "b", "c"].map(str::to_owned).into(), Claims::new()));
    }

    #[test]
    fn what_matters_most_goes_last() {
        assert_eq!(fitted(450, &["a"]).0, ["e"]);
        assert_eq!(fitted(200, &["a"]).0, ["e", "b", "c", "a"]);
    }
}
