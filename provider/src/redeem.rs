//! From a code to believed claims, and what a refresh shares with that.

use chrono::{DateTime, TimeDelta};
use identity::login_trace::{Part, outcome};
use identity::{Access, Attempt, Claims, Code, Redeemed, Timestamp, Tokens};
use relying_party::{CallbackExpected, Expected, Metadata, TokenResponse};

use super::cache::Problem;
use super::login_trace;
use crate::OpenIdProvider;

impl OpenIdProvider {
    /// The authorization response, the code, the ID token, userinfo: in this order, each only after the one
    /// before was believed.
    pub(super) async fn redeemed(
        &self,
        attempt: &Attempt,
        response: &str,
        now: Timestamp,
    ) -> Result<Redeemed, Problem> {
        // A provider that says no and then is gone still said no: its answer is read first.
        let metadata = self.discovered().await;
        let iss_required =
            metadata.as_ref().is_ok_and(|known| known.authorization_response_iss_parameter_supported);
        let expected = CallbackExpected { issuer: &self.issuer, iss_required };
        let answer = relying_party::authorization_response(response, &expected).map_err(Problem::from);
        outcome(Part::CameBack, "The provider's answer", &answer);
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
        outcome(Part::CameBack, "Code exchanged", &tokens);
        let tokens = tokens?;
        let raw = tokens.id_token.as_deref().ok_or(Code::IdTokenMissing)?;
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
        login_trace::id_token(&id_token, &self.settings);
        let id_token = id_token?;
        let userinfo = self.userinfo(&metadata, &tokens.access_token, &id_token.subject, seconds).await;
        login_trace::userinfo(&userinfo);
        let userinfo = userinfo?;
        Ok(Redeemed {
            issued_at: time(id_token.issued_at).unwrap_or(now),
            userinfo,
            sid: id_token.sid.clone(),
            auth_time: id_token.auth_time.and_then(time),
            acr: id_token.acr.clone(),
            session_expiry: id_token.session_expiry.and_then(time),
            access: self.access(&tokens, &id_token.claims),
            tokens: Tokens {
                audience: id_token.audience,
                nonce: id_token.nonce,
                ..kept(tokens, time(id_token.expires_at), now)
            },
            issuer: id_token.issuer,
            subject: id_token.subject,
            id_token: id_token.claims,
        })
    }

    pub(super) fn expected(&self) -> Expected<'_> {
        Expected {
            algorithm: self.algorithm,
            trusted_audiences: &self.settings.trusted_audiences,
            audience_rule: self.settings.preset.audience,
            leeway_seconds: self.settings.clock_skew.as_secs(),
            careful_claims: &self.settings.careful_claims,
            ..Expected::new(&self.issuer, &self.settings.client_id)
        }
    }

    /// The claims of the access token, where it is a JWT. It came from the token endpoint itself, so its
    /// signature need not be verified to be believed here.
    pub(super) fn access(&self, tokens: &TokenResponse, id_token: &Claims) -> Access {
        let claims = relying_party::unverified_claims(&tokens.access_token, &self.settings.careful_claims);
        Access::new(claims, id_token.clone())
    }

    pub(super) async fn token_call(
        &self,
        metadata: &Metadata,
        form: &[(&str, &str)],
    ) -> Result<TokenResponse, Problem> {
        let call = self.post_as_client(&metadata.token_endpoint, metadata, form);
        let answer = async { call.await?.ok_or_oauth_error() };
        let answer = answer.await.map_err(|problem| problem.during("token call"))?;
        Ok(relying_party::token_response(&answer.body)?)
    }

    /// Asked once, where metadata names it (OpenID Connect Core 5.3).
    pub(super) async fn userinfo(
        &self,
        metadata: &Metadata,
        access_token: &str,
        subject: &str,
        now: i64,
    ) -> Result<Option<Claims>, Problem> {
        let Some(endpoint) = &metadata.userinfo_endpoint else { return Ok(None) };
        let answer = async { self.http.get(endpoint, Some(access_token)).await?.ok() };
        let answer = answer.await.map_err(|problem| problem.during("userinfo"))?;
        let (kind, expected) = (answer.content_type.as_deref(), self.expected());
        let check = |keys: &relying_party::Keys| {
            relying_party::userinfo(kind, &answer.body, subject, keys, &expected, now)
        };
        self.believe(metadata, check).await.map(Some)
    }
}

pub(super) fn time(seconds: i64) -> Option<Timestamp> {
    DateTime::from_timestamp(seconds, 0)
}

/// How soon the provider is asked again for what it did not say or could not be asked.
pub(super) const SOON: TimeDelta = TimeDelta::minutes(1);
/// An access token whose lifetime nobody states is taken to live no longer.
const LATE: TimeDelta = TimeDelta::hours(1);

/// The tokens of an answer; what only a first ID token says is the caller's to add. `expires_in` may be missing
/// (RFC 6749 5.1): then the ID token's own end tells when to ask again, within an hour.
pub(super) fn kept(response: TokenResponse, id_token_ends: Option<Timestamp>, now: Timestamp) -> Tokens {
    let lifetime = response.expires_in.and_then(|seconds| i64::try_from(seconds).ok());
    let ends =
        lifetime.and_then(TimeDelta::try_seconds).and_then(|lifetime| now.checked_add_signed(lifetime));
    let [soon, late] = [SOON, LATE].map(|lifetime| now + lifetime);
    Tokens {
        id_token: response.id_token,
        access_token: Some(response.access_token),
        refresh_token: response.refresh_token,
        access_expires_at: Some(ends.unwrap_or_else(|| id_token_ends.unwrap_or(late).clamp(soon, late))),
        ..Tokens::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(expires_in: Option<u64>, id_token_ends: Option<i64>) -> i64 {
        let response =
            TokenResponse { access_token: "at".to_owned(), id_token: None, refresh_token: None, expires_in };
        let now = DateTime::UNIX_EPOCH;
        kept(response, id_token_ends.and_then(time), now).access_expires_at.unwrap().timestamp()
    }

    #[test]
    fn a_stated_lifetime_counts_whatever_it_is() {
        assert_eq!([0, 10, 86_400].map(|stated| ends(Some(stated), Some(300))), [0, 10, 86_400]);
    }

    #[test]
    fn where_no_lifetime_is_stated_the_provider_is_asked_again_by_the_end_of_the_id_token_or_in_an_hour() {
        assert_eq!(ends(None, Some(300)), 300);
        assert_eq!(ends(None, Some(-30)), 60, "not at each request");
        assert_eq!([ends(None, None), ends(None, Some(86_400)), ends(Some(u64::MAX), None)], [3600; 3]);
    }
}
