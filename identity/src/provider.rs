//! The port to one OpenID Provider: ask, redeem, refresh, say goodbye.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::{Access, Attempt, Claims, Code, ProviderError, Secret, Session, Timestamp, Tokens};

/// What an authorization request carries.
#[derive(Clone, Debug)]
pub struct Ask {
    /// `state`: names the attempt when the browser comes back (RFC 6749 4.1.1).
    pub state: Secret,
    /// `nonce`: must stand in the ID token (OpenID Connect Core 3.1.2.1).
    pub nonce: Secret,
    /// The PKCE verifier; its S256 challenge is sent.
    pub verifier: Secret,
    /// `login_hint`: who is expected to log in.
    pub login_hint: Option<String>,
    /// `prompt`, values separated by blanks.
    pub prompt: Option<String>,
    /// `max_age`: how long ago, in seconds, the person may have authenticated.
    pub max_age: Option<u64>,
    /// `acr_values`: one of them must come back as `acr`; empty means any.
    pub acr_values: Vec<String>,
    /// Whatever else was asked; the provider's preset says what of it is sent.
    pub further: BTreeMap<String, String>,
}

/// A believed answer to a log-in.
#[derive(Clone, Debug)]
pub struct Redeemed {
    /// `iss` of the verified ID token.
    pub issuer: String,
    /// `sub` of it.
    pub subject: String,
    /// `iat` of it.
    pub issued_at: Timestamp,
    /// All its claims.
    pub id_token: Claims,
    /// Of the same subject; none where metadata names no userinfo endpoint.
    pub userinfo: Option<Claims>,
    /// `sid`: the provider's session, by which a logout token may name this one.
    pub sid: Option<String>,
    /// When the person authenticated, where the provider says so.
    pub auth_time: Option<Timestamp>,
    /// How strongly they did.
    pub acr: Option<String>,
    /// `session_expiry`: the provider's own ceiling for our session.
    pub session_expiry: Option<Timestamp>,
    /// What is kept of the token response.
    pub tokens: Tokens,
    /// What the tokens let the person do.
    pub access: Access,
}

/// What became of a refresh.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one a refresh, and it is taken apart at once")]
pub enum Refreshed {
    /// New tokens; with an ID token or userinfo also new claims, as of a time. A refresh token, ID token or
    /// ID-token claims that the answer left out stay as they were.
    Renewed {
        /// What is kept of the token response.
        tokens: Tokens,
        /// What the new tokens let the person do.
        access: Access,
        /// What was stated of the person, and when.
        claims: Option<(Claims, Timestamp)>,
    },
    /// The provider shut the person out, or answered for somebody else: the session ends.
    Over,
}

/// A believed logout token (OpenID Connect Back-Channel Logout 2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedOut {
    /// `iss`.
    pub issuer: String,
    /// `sub`; at least one of it and `sid` is there.
    pub subject: Option<String>,
    /// `sid`.
    pub sid: Option<String>,
    /// Its id, to be taken once per issuer.
    pub jti: String,
    /// Until when the id is to be remembered: the token is believed no longer, whatever the clocks differ.
    pub until: Timestamp,
}

/// What a token is that a provider pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushedToken {
    /// A security event token (RFC 8417).
    SecurityEvent,
    /// A webhook whose body is a JWT, or is named by one. Whether it is one is for the caller to see: other tokens are
    /// signed by the same keys.
    Webhook,
}

/// One OpenID Provider. What it returns is believed: every check has passed.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Its name in the settings.
    fn name(&self) -> &str;

    /// What people call it, in a sentence.
    fn label(&self) -> &str {
        self.name()
    }

    /// Its issuer, byte for byte as configured.
    fn issuer(&self) -> &str;

    /// Whether tokens of this issuer are its own. A provider of many tenants vouches for the issuer of each.
    fn vouches_for(&self, issuer: &str) -> bool {
        self.issuer() == issuer
    }

    /// The claim that equals an account's id in its admin interface and its messages.
    fn reference(&self) -> &str {
        "sub"
    }

    /// Whether accounts of its may wait for a log-in: its reference is not the subject, or a SCIM client keeps users
    /// here. If not, no log-in looks for one.
    fn has_entries(&self) -> bool {
        self.reference() != "sub"
    }

    /// Where to send the browser.
    ///
    /// # Errors
    /// Metadata, or the answer to a pushed request: [`ProviderUnavailable`](crate::Code::ProviderUnavailable) if it cannot
    /// be had, [`AnswerUnexpected`](crate::Code::AnswerUnexpected) or [`AnswerTooLarge`](crate::Code::AnswerTooLarge) if it is
    /// not what was asked for, [`ClientRefused`](crate::Code::ClientRefused) if this client is not known or believed.
    /// Of metadata a `Metadata…` code, and [`EndpointForbidden`](crate::Code::EndpointForbidden) if it names an address
    /// that is not called.
    async fn begin(&self, ask: &Ask) -> Result<String, ProviderError>;

    /// `state` of an authorization response (form-encoded), before anything else of it is believed.
    ///
    /// # Errors
    /// [`StateMissing`](crate::Code::StateMissing), [`DuplicateParameter`](crate::Code::DuplicateParameter).
    fn state(&self, response: &str) -> Result<String, ProviderError>;

    /// Checks the authorization response, exchanges the code, checks the tokens, asks userinfo; each only after
    /// the one before was believed.
    ///
    /// # Errors
    /// What the provider said instead of a code ([`LoginCancelled`](crate::Code::LoginCancelled), …), even while it cannot
    /// be reached; those of [`begin`](Self::begin), also of the token endpoint, keys and userinfo;
    /// [`CodeRefused`](crate::Code::CodeRefused) for a code that it does not take; one code for each check of the ID token
    /// and of userinfo.
    async fn redeem(
        &self,
        attempt: &Attempt,
        response: &str,
        now: Timestamp,
    ) -> Result<Redeemed, ProviderError>;

    /// How long a refresh may take at most: no other process may spend the same refresh token before then.
    fn longest_refresh(&self) -> TimeDelta;

    /// Refreshes a session's tokens (RFC 6749 6). `now` is when.
    ///
    /// # Errors
    /// Those of [`begin`](Self::begin), of metadata and the token endpoint: the session goes on as it is. Whatever
    /// comes after new tokens is none: they are kept, or the session is over.
    async fn refresh(&self, session: &Session, now: Timestamp) -> Result<Refreshed, ProviderError>;

    /// Believes a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6).
    ///
    /// # Errors
    /// Metadata or keys that cannot be had, as with [`begin`](Self::begin); else one code for each check of the token.
    async fn logged_out(&self, token: &str, now: Timestamp) -> Result<LoggedOut, ProviderError>;

    /// Believes a token that the provider pushed: what it says, or the check that failed.
    ///
    /// # Errors
    /// Metadata or keys that cannot be had, as with [`begin`](Self::begin): then nothing is said of the token.
    async fn pushed(
        &self,
        token: &str,
        kind: PushedToken,
        now: Timestamp,
    ) -> Result<Result<Claims, Code>, ProviderError>;

    /// How many accounts there have this e-mail address, whatever its letters of ASCII; none where it cannot be asked.
    ///
    /// # Errors
    /// Those of its admin interface: see [`Accounts::count`](crate::Accounts::count).
    async fn count_of_email(&self, _: &str) -> Result<Option<u64>, ProviderError> {
        Ok(None)
    }

    /// Where to send the browser to log out at the provider; none where it has no such place. Revokes what
    /// can be revoked. Never fails: the log-out here has happened.
    async fn goodbye(&self, session: &Session) -> Option<String>;
}
