//! A log-in that was started and not yet finished.

use serde::{Deserialize, Serialize};

use crate::{Digest, Secret, Timestamp, UserId};

/// What a visitor (or a page of ours) asks of a log-in. All of it is optional and untrusted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginRequest {
    /// The provider's name in the settings.
    pub provider: Option<String>,
    /// Where to go afterwards, on our own origin.
    pub return_to: Option<String>,
    pub login_hint: Option<String>,
    /// `login`, `consent`, `select_account`, `create`, …, OpenID Connect Core 3.1.2.1.
    pub prompt: Option<String>,
    /// Seconds since the visitor last showed who they are; checked on return.
    pub max_age: Option<u64>,
    /// Space-separated; one of them is demanded on return.
    pub acr_values: Option<String>,
    /// An organisation at the provider (Kinde's `org_code`).
    pub org_code: Option<String>,
}

impl LoginRequest {
    /// What a query (form-encoded) asks for. A parameter given twice, or not readable, counts as not given.
    pub fn of_query(query: &str) -> Self {
        let once = |name: &str| {
            let mut values = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
            let value = values.next().map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty());
            value.filter(|_| values.next().is_none())
        };
        Self {
            provider: once("provider"),
            return_to: once("return_to"),
            login_hint: once("login_hint"),
            prompt: once("prompt"),
            max_age: once("max_age").and_then(|seconds| seconds.parse().ok()),
            acr_values: once("acr_values"),
            org_code: once("org_code"),
        }
    }

    /// The same request, at an address where a provider is chosen first.
    pub fn choose_at(&self, path: &str) -> String {
        let max_age = self.max_age.map(|seconds| seconds.to_string());
        let asked = [
            ("return_to", &self.return_to),
            ("login_hint", &self.login_hint),
            ("prompt", &self.prompt),
            ("max_age", &max_age),
            ("acr_values", &self.acr_values),
            ("org_code", &self.org_code),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(asked.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))));
        match query.finish() {
            empty if empty.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }
}

/// What is remembered between leaving for the provider and coming back. Usable once.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The key: the digest of `state`.
    pub state: Digest,
    /// The digest of the browser's own value: another browser cannot finish this.
    pub browser: Digest,
    /// The provider's name in the settings.
    pub provider: String,
    pub issuer: String,
    pub nonce: Secret,
    /// The PKCE verifier, RFC 7636.
    pub verifier: Secret,
    pub return_to: String,
    pub max_age: Option<u64>,
    pub acr_values: Vec<String>,
    /// The user whom the identity that comes back shall join.
    pub link: Option<UserId>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}
