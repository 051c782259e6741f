//! From a code, or a refresh token, to believed claims.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::DateTime;
use identity::journal::Part;
use identity::{Access, Attempt, Claims, Code, Redeemed, Refreshed, Session, Timestamp, Tokens};
use relying_party::{CallbackExpected, Expected, IdToken, Metadata, PreviousToken, TokenResponse};

use super::OpenIdProvider;
use super::cache::Fault;
use super::journal;
use super::presets::AudienceRule;

impl OpenIdProvider {
    /// The authorization response, the code, the ID token, userinfo: in this order, each only after the one
    /// before was believed.
    pub(super) async fn redeemed(
        &self,
        attempt: &Attempt,
        response: &str,
        now: Timestamp,
    ) -> Result<Redeemed, Fault> {
        // A provider that says no and then is gone still said no: its answer is read first.
        let metadata = self.discovered().await;
        let iss_required =
            metadata.as_ref().is_ok_and(|known| known.authorization_response_iss_parameter_supported);
        let expected = CallbackExpected { issuer: &self.issuer, iss_required };
        let answer = relying_party::authorization_response(response, &expected);
        journal::outcome(Part::CameBack, "The provider's answer", &answer);
        let (code, metadata) = (answer?.code, metadata?);
        let tokens = self
            .token_call(
                &metadata,
                &[
                    ("grant_type", "authorization_code"),
                    ("code", &code),
                    ("redirect_uri", &self.settings.redirect_uri),
                    ("code_verifier", attempt.verifier.expose()),
                ],
            )
            .await;
        journal::outcome(Part::CameBack, "Code exchanged", &tokens);
        let tokens = tokens?;
        let raw = tokens.id_token.as_deref().ok_or(relying_party::Refusal::IdTokenMissing)?;
        let expected = Expected {
            nonce: Some(attempt.nonce.expose()),
            access_token: Some(&tokens.access_token),
            max_age: attempt.max_age,
            acr_values: &attempt.acr_values,
            ..self.expected()
        };
        let seconds = now.timestamp();
        let id_token =
            self.believe(&metadata, |keys| relying_party::id_token(raw, keys, &expected, seconds)).await;
        journal::id_token(&id_token, &self.settings);
        let id_token = id_token?;
        let userinfo = self.userinfo(&metadata, &tokens.access_token, &id_token.subject, seconds).await;
        journal::outcome(Part::Record, "Userinfo", &userinfo);
        let userinfo = userinfo?;
        Ok(Redeemed {
            issued_at: time(id_token.issued_at).unwrap_or(now),
            userinfo,
            sid: id_token.sid.clone(),
            auth_time: id_token.auth_time.and_then(time),
            acr: id_token.acr.clone(),
            session_expiry: id_token.session_expiry.and_then(time),
            access: access(&tokens, &id_token.claims),
            tokens: Tokens { audience: id_token.audience, nonce: id_token.nonce, ..kept(tokens, now) },
            issuer: id_token.issuer,
            subject: id_token.subject,
            id_token: id_token.claims,
        })
    }

    /// RFC 6749 6 and OpenID Connect Core 12.
    pub(super) async fn refreshed(&self, session: &Session, now: Timestamp) -> Result<Refreshed, Fault> {
        let Some(refresh_token) = session.tokens.refresh_token.as_deref() else { return Ok(Refreshed::Over) };
        let metadata = self.discovered().await?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        let tokens = match self.token_call(&metadata, &form).await {
            Err(fault) if fault.code == Code::CodeRefused => return Ok(Refreshed::Over),
            tokens => tokens?,
        };
        let id_token = match self.refreshed_id_token(session, &metadata, &tokens, now).await {
            Err(fault) if fault.code == Code::ProviderUnavailable => return Err(fault),
            Err(_) => return Ok(Refreshed::Over),
            Ok(id_token) => id_token,
        };
        let userinfo =
            match self.userinfo(&metadata, &tokens.access_token, &session.subject, now.timestamp()).await {
                Err(fault) if fault.code == Code::UserinfoSubjectMismatch => return Ok(Refreshed::Over),
                // The tokens are new and must be kept: what userinfo would have said can wait.
                userinfo => userinfo.unwrap_or_default(),
            };
        let at = id_token.as_ref().and_then(|token| time(token.issued_at)).unwrap_or(now);
        let claims = identity::combine(id_token.map(|token| token.claims).unwrap_or_default(), userinfo);
        let access = access(&tokens, &claims);
        let claims = (!claims.is_empty()).then_some((claims, at));
        Ok(Refreshed::Renewed { tokens: kept(tokens, now), access, claims })
    }

    async fn refreshed_id_token(
        &self,
        session: &Session,
        metadata: &Metadata,
        tokens: &TokenResponse,
        now: Timestamp,
    ) -> Result<Option<IdToken>, Fault> {
        let Some(raw) = tokens.id_token.as_deref() else { return Ok(None) };
        let first = PreviousToken {
            issuer: &session.issuer,
            subject: &session.subject,
            audience: &session.tokens.audience,
        };
        let expected = Expected {
            access_token: Some(&tokens.access_token),
            refreshed: Some(first),
            nonce: session.tokens.nonce.as_deref(),
            ..self.expected()
        };
        let check =
            |keys: &relying_party::Keys| relying_party::id_token(raw, keys, &expected, now.timestamp());
        self.believe(metadata, check).await.map(Some)
    }

    fn expected(&self) -> Expected<'_> {
        Expected {
            algorithm: self.algorithm,
            trusted_audiences: &self.settings.trusted_audiences,
            issuer_as_audience: self.settings.preset.audience == AudienceRule::ClientOrIssuer,
            leeway_seconds: self.settings.clock_skew.as_secs(),
            ..Expected::new(&self.issuer, &self.settings.client_id)
        }
    }

    pub(super) async fn token_call(
        &self,
        metadata: &Metadata,
        form: &[(&str, &str)],
    ) -> Result<TokenResponse, Fault> {
        let call = self.post_as_client(&metadata.token_endpoint, metadata, form);
        let answer = async { call.await?.ok_or_oauth_error() };
        let answer = answer.await.map_err(|fault| fault.of("token call"))?;
        Ok(relying_party::token_response(&answer.body)?)
    }

    /// Asked once, where metadata names it (OpenID Connect Core 5.3).
    async fn userinfo(
        &self,
        metadata: &Metadata,
        access_token: &str,
        subject: &str,
        now: i64,
    ) -> Result<Option<Claims>, Fault> {
        let Some(endpoint) = &metadata.userinfo_endpoint else { return Ok(None) };
        let answer = async { self.http.get(endpoint, Some(access_token)).await?.ok() };
        let answer = answer.await.map_err(|fault| fault.of("userinfo"))?;
        let (kind, expected) = (answer.content_type.as_deref(), self.expected());
        let check = |keys: &relying_party::Keys| {
            relying_party::userinfo(kind, &answer.body, subject, keys, &expected, now)
        };
        self.believe(metadata, check).await.map(Some)
    }
}

fn time(seconds: i64) -> Option<Timestamp> {
    DateTime::from_timestamp(seconds, 0)
}

/// The tokens of an answer; what only a first ID token says is the caller's to add.
fn kept(response: TokenResponse, now: Timestamp) -> Tokens {
    let lifetime = response.expires_in.and_then(|seconds| i64::try_from(seconds).ok());
    let lifetime = lifetime.and_then(chrono::TimeDelta::try_seconds);
    Tokens {
        id_token: response.id_token,
        access_token: Some(response.access_token),
        refresh_token: response.refresh_token,
        access_expires_at: lifetime.and_then(|lifetime| now.checked_add_signed(lifetime)),
        ..Tokens::default()
    }
}

/// The claims of the access token, where it is a JWT. It came from the token endpoint itself, so its
/// signature need not be verified to be believed here.
fn access(tokens: &TokenResponse, id_token: &Claims) -> Access {
    let payload =
        tokens.access_token.split('.').nth(1).filter(|_| tokens.access_token.matches('.').count() == 2);
    let bytes = payload.and_then(|payload| BASE64_URL_SAFE_NO_PAD.decode(payload).ok());
    let claims = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Access { access_token: claims.unwrap_or_default(), id_token: id_token.clone() }
}
