//! One signed-in browser.

use serde::{Deserialize, Serialize};

use crate::{Access, Digest, Timestamp, UserId};

/// One signed-in browser; opaque to it.
#[derive(Clone, Debug)]
pub struct Session {
    /// The digest of the value in the cookie.
    pub id: Digest,
    pub user: UserId,
    /// The provider's name in the settings.
    pub provider: String,
    pub issuer: String,
    pub subject: String,
    /// The provider's own session, for back-channel log-out.
    pub sid: Option<String>,
    pub created_at: Timestamp,
    /// Written at a grain of a tenth of the idle limit.
    pub last_used_at: Timestamp,
    /// The absolute limit, or the `session_expiry` that the ID token named, whichever is first.
    pub expires_at: Timestamp,
    pub auth_time: Option<Timestamp>,
    pub acr: Option<String>,
    pub device: Device,
    pub tokens: Tokens,
    /// What the access token lets the visitor do (permissions, flags, organisation).
    pub access: Access,
}

/// What the visitor's browser says of itself, for the list of sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    pub user_agent: Option<String>,
    /// The address it came from, as text.
    pub address: Option<String>,
}

/// The provider's tokens. Encrypted at rest, never in a browser, a log or a URL of ours but the
/// `id_token_hint` of the log-out. `Debug` hides them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    pub id_token: Option<String>,
    pub access_token: Option<String>,
    pub refresh_token: Option<String>,
    pub access_expires_at: Option<Timestamp>,
    /// Grows by one with each refresh, so that a loser of a race sees that somebody won.
    pub generation: i64,
    /// `aud` of the first ID token: a refreshed one must say the same.
    pub audience: Vec<String>,
    /// `nonce` of the first ID token: a refreshed one that has any must have this one.
    #[serde(default)]
    pub nonce: Option<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens(generation {})", self.generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_do_not_show_in_debug() {
        let tokens = Tokens {
            id_token: Some("secret-i".into()),
            access_token: Some("secret-a".into()),
            refresh_token: Some("secret-r".into()),
            generation: 7,
            ..Tokens::default()
        };
        let shown = format!("{tokens:?}");
        assert!(!shown.contains("secret") && shown.contains('7'), "{shown}");
    }
}
