//! One signed-in browser.

use serde::{Deserialize, Serialize};

use crate::{Access, Digest, Timestamp, UserId};

/// One signed-in browser; opaque to it.
#[derive(Clone, Debug)]
pub struct Session {
    /// The digest of the value in the cookie.
    pub id: Digest,
    /// Whose it is.
    pub user: UserId,
    /// The provider's name in the settings.
    pub provider: String,
    /// `iss` of the identity by which it began.
    pub issuer: String,
    /// `sub` of the same.
    pub subject: String,
    /// The provider's own session, for back-channel log-out.
    pub sid: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// Written at a grain of a tenth of the idle limit.
    pub last_used_at: Timestamp,
    /// The absolute limit, or the `session_expiry` that the ID token named, whichever is first.
    pub expires_at: Timestamp,
    /// `auth_time` of the ID token: when the person last showed who they are.
    pub auth_time: Option<Timestamp>,
    /// Whether the provider was asked to let the person show again who they are (`prompt=login`).
    pub is_reauthentication: bool,
    /// `acr` of the ID token: how.
    pub acr: Option<String>,
    /// What it was begun with.
    pub device: Device,
    /// When the tokens are to be refreshed; none where they cannot be.
    pub refresh_at: Option<Timestamp>,
    /// Empty where the session was only looked up: see [`Sessions::tokens`](crate::Sessions::tokens).
    pub tokens: Tokens,
    /// What the access token lets the visitor do (permissions, flags, organisation).
    pub access: Access,
}

impl Session {
    /// With what it takes to go on, and nothing that may be large.
    pub(crate) fn lean(&self) -> Self {
        let tokens = Tokens { id_token: None, ..self.tokens.clone() };
        let access = Access { stated: self.access.stated.clone(), ..Access::default() };
        Self { tokens, access, ..self.clone() }
    }

    /// When the person last showed who they are: as the ID token states it. Where it states no time, when the session
    /// began, if the provider was asked to let them show it; whether it did so, nobody can see.
    pub fn authenticated_at(&self) -> Option<Timestamp> {
        self.auth_time.or(self.is_reauthentication.then_some(self.created_at))
    }
}

/// What the visitor's browser says of itself, for the list of sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// `User-Agent`, its beginning.
    pub user_agent: Option<String>,
    /// The address it came from, as text.
    pub address: Option<String>,
}

/// The provider's tokens. Encrypted at rest, never in a browser, a log or a URL of ours but the
/// `id_token_hint` of the log-out. `Debug` hides them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// The last one, for the `id_token_hint` of the log-out.
    pub id_token: Option<String>,
    /// A Bearer token (RFC 6750).
    pub access_token: Option<String>,
    /// None where the provider gave none.
    pub refresh_token: Option<String>,
    /// When the access token ends.
    pub access_expires_at: Option<Timestamp>,
    /// Grows by one with each refresh, so that a loser of a race sees that somebody won.
    pub generation: i64,
    /// `aud` of the first ID token: a refreshed one must say the same.
    pub audience: Vec<String>,
    /// `nonce` of the first ID token: a refreshed one that has any must have this one.
    #[serde(default)]
    pub nonce: Option<String>,
}

impl Tokens {
    /// When they are to be refreshed: at the end of the access token, where there is a way to a new one.
    pub fn refresh_at(&self) -> Option<Timestamp> {
        self.access_expires_at.filter(|_| self.refresh_token.is_some())
    }
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
