//! Whether a delivery is the provider's: judged by the raw bytes, before anything of it is kept.

use formats::webhook::{Delivery, Format, Refused, Unreadable, is_body_of};
use http::{HeaderMap, header};
use identity::{Claims, Code, LoginError, PushedToken, Timestamp};

use super::{Hook, Received};

/// Why a delivery is not taken.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is not proved to be the provider's: the stable code, and a sentence.
    NotTheirs(&'static str, String),
    /// As [`Refusal::NotTheirs`], of a security event token: the error of RFC 8935 2.4, and a sentence.
    NoEventToken(&'static str, String),
    /// A fault of ours, or keys that cannot be had.
    Unavailable(LoginError),
    /// Too much is being done.
    Busy,
}

impl Hook {
    /// What was received, where it is the provider's.
    pub(super) async fn believed(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Received, Refusal> {
        let payload = match self.webhook.format {
            Format::Kinde => Some(self.of_other_token(body, Format::Kinde, now).await?),
            Format::Set => Some(self.of_event_token(body, now).await?),
            Format::Zitadel if !headers.contains_key("zitadel-signature") => {
                Some(self.of_other_token(body, Format::Zitadel, now).await?)
            }
            Format::Keycloak if !headers.contains_key("x-keycloak-signature") => {
                self.of_bearer(headers, body, now).await?;
                None
            }
            Format::Standard
            | Format::Auth0
            | Format::Workos
            | Format::Logto
            | Format::Keycloak
            | Format::Zitadel
            | Format::Okta => {
                self.of_secret(headers, body, now)?;
                None
            }
        };
        let body = match payload {
            Some(payload) => serde_json::to_vec(&payload).unwrap_or_default(),
            None => body.to_vec(),
        };
        Ok(Received::new(headers, body))
    }

    fn of_secret(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), Refusal> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let delivery = Delivery { header: &header, body, issuer: self.provider.issuer() };
        match delivery.verify(self.webhook.format, &self.webhook.secrets(), now) {
            Ok(()) => Ok(()),
            Err(Refused::NoSecret | Refused::NeedsKeys) => {
                Err(Refusal::Unavailable(LoginError::Refused(Code::Internal)))
            }
            Err(refused) => Err(Refusal::NotTheirs(refused.into(), refused.to_string())),
        }
    }

    /// Kinde's webhooks, and ZITADEL's where a target's payload is JWT. Their ID and access tokens are signed by the same
    /// keys.
    async fn of_other_token(&self, body: &[u8], format: Format, now: Timestamp) -> Result<Claims, Refusal> {
        let verdict = self.token(text(body), PushedToken::Webhook, now).await?;
        let payload = verdict.map_err(not_theirs)?;
        let bytes = serde_json::to_vec(&payload).unwrap_or_default();
        let received = Received::new(&HeaderMap::new(), bytes);
        match received.messages(format, self.provider.issuer()) {
            Err(error @ Unreadable::AnotherToken) => Err(Refusal::NotTheirs(error.code(), error.to_string())),
            _ => Ok(payload),
        }
    }

    async fn of_event_token(&self, body: &[u8], now: Timestamp) -> Result<Claims, Refusal> {
        let verdict = self.token(text(body), PushedToken::SecurityEvent, now).await?;
        verdict.map_err(|code| Refusal::NoEventToken(error_of(code), code.sentence().to_owned()))
    }

    /// Phase Two's extension from version 0.62 on: a JWT of the realm that names the body's digest.
    async fn of_bearer(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), Refusal> {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        let Some(token) = token else {
            let none = Refused::NoSignature;
            return Err(Refusal::NotTheirs(none.into(), none.to_string()));
        };
        let payload = self.token(token, PushedToken::Webhook, now).await?.map_err(not_theirs)?;
        match is_body_of(&payload, body) {
            true => Ok(()),
            false => Err(not_theirs(Code::SignatureInvalid)),
        }
    }

    async fn token(
        &self,
        token: &str,
        kind: PushedToken,
        now: Timestamp,
    ) -> Result<Result<Claims, Code>, Refusal> {
        self.provider.pushed(token, kind, now).await.map_err(|error| Refusal::Unavailable(error.into()))
    }
}

fn not_theirs(code: Code) -> Refusal {
    Refusal::NotTheirs(code.into(), code.sentence().to_owned())
}

/// A compact token: what is no text is none.
fn text(body: &[u8]) -> &str {
    std::str::from_utf8(body).unwrap_or_default().trim()
}

/// RFC 8935 2.4.
fn error_of(code: Code) -> &'static str {
    match code {
        Code::IssuerMismatch => "invalid_issuer",
        Code::AudienceMissing | Code::AudienceMismatch => "invalid_audience",
        Code::KeyUnknown | Code::KeyTooShort | Code::AlgorithmMismatch => "invalid_key",
        Code::SignatureInvalid => "authentication_failed",
        _ => "invalid_request",
    }
}
