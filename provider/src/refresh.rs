//! Newer tokens for a session (RFC 6749 6, OpenID Connect Core 12).
//!
//! A provider that has answered may have spent the old refresh token, so from then on the new tokens are kept,
//! whatever else cannot be had; only what is read and found wrong ends the session.

use std::time::Duration;

use chrono::TimeDelta;
use identity::{Access, Claims, Code, Refreshed, Session, Timestamp, Tokens};
use relying_party::{Expected, IdToken, Metadata, PreviousToken, TokenResponse};

use super::cache::Problem;
use super::redeem::{SOON, kept, time};
use crate::OpenIdProvider;

/// How long keys and userinfo may take after the tokens.
const NEWS: Duration = Duration::from_secs(8);
/// How long it takes to write down what came of it.
const WRITING: Duration = Duration::from_secs(2);

/// How long a refresh takes at most: metadata, the token call, what follows it, and the database.
pub(super) fn longest(http_timeout: Duration) -> TimeDelta {
    let longest = http_timeout.saturating_mul(2).saturating_add(NEWS + WRITING);
    // Times that no database can hold would let nobody refresh.
    TimeDelta::from_std(longest).map_or(TimeDelta::days(1), |longest| longest.min(TimeDelta::days(1)))
}

/// What the answer to a refresh says of the person, and when.
struct News {
    claims: Claims,
    access: Access,
    at: Timestamp,
    id_token_ends: Option<Timestamp>,
}

/// Why the answer to a refresh says nothing of the person.
enum NoNews {
    /// Not for now: something that it takes cannot be had or read.
    Unchecked(Problem),
    /// It was read, and is not of this session.
    Refused(Code),
}

impl From<Problem> for NoNews {
    fn from(problem: Problem) -> Self {
        Self::Unchecked(problem)
    }
}

impl From<Code> for NoNews {
    fn from(refusal: Code) -> Self {
        Self::Refused(refusal)
    }
}

impl OpenIdProvider {
    pub(super) async fn refreshed(&self, session: &Session, now: Timestamp) -> Result<Refreshed, Problem> {
        let Some(refresh_token) = session.tokens.refresh_token.as_deref() else { return Ok(Refreshed::Over) };
        let metadata = self.discovered().await?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        let tokens = match self.token_call(&metadata, &form).await {
            Err(problem) if problem.code == Code::CodeRefused => return Ok(Refreshed::Over),
            tokens => tokens?,
        };
        let news = tokio::time::timeout(NEWS, self.news(session, &metadata, &tokens, now)).await;
        Ok(match news.unwrap_or_else(|_| Err(late().into())) {
            Ok(News { claims, access, at, id_token_ends }) => {
                let claims = (!claims.is_empty()).then_some((claims, at));
                Refreshed::Renewed { tokens: kept(tokens, id_token_ends, now), access, claims }
            }
            Err(NoNews::Unchecked(problem)) => {
                tracing::warn!(code = %problem.code, %problem, "refreshed tokens not verified");
                // What they say of the person is not believed, neither claims nor permissions, but asked again.
                let tokens = kept(tokens, None, now);
                let access_expires_at = tokens.access_expires_at.map(|at| at.min(now + SOON));
                let tokens = Tokens { id_token: None, access_expires_at, ..tokens };
                Refreshed::Renewed { tokens, access: session.access.clone(), claims: None }
            }
            Err(NoNews::Refused(refusal)) => {
                tracing::warn!(code = %refusal, "refreshed tokens rejected");
                Refreshed::Over
            }
        })
    }

    /// One observation of ID token and userinfo: userinfo is asked once the ID token is believed, and without
    /// it a claim that both name would go back and forth.
    async fn news(
        &self,
        session: &Session,
        metadata: &Metadata,
        tokens: &TokenResponse,
        now: Timestamp,
    ) -> Result<News, NoNews> {
        let id_token = match &tokens.id_token {
            Some(raw) => Some(self.refreshed_id_token(raw, session, metadata, tokens, now).await?),
            None => None,
        };
        let asked = self.userinfo(metadata, &tokens.access_token, &session.subject, now.timestamp()).await;
        let userinfo = match asked {
            Err(problem) if problem.code == Code::UserinfoSubjectMismatch => {
                return Err(Code::UserinfoSubjectMismatch.into());
            }
            userinfo => userinfo?,
        };
        let said = |seconds: fn(&IdToken) -> i64| id_token.as_ref().map(seconds).and_then(time);
        let (at, id_token_ends) = (said(|token| token.issued_at), said(|token| token.expires_at));
        let stated = id_token.map(|token| token.claims).unwrap_or_default();
        let access = self.access(tokens, &stated);
        Ok(News { claims: identity::combine(stated, userinfo), access, at: at.unwrap_or(now), id_token_ends })
    }

    async fn refreshed_id_token(
        &self,
        raw: &str,
        session: &Session,
        metadata: &Metadata,
        tokens: &TokenResponse,
        now: Timestamp,
    ) -> Result<IdToken, NoNews> {
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
        Ok(self.verdict(metadata, check).await??)
    }
}

fn late() -> Problem {
    Problem { code: Code::ProviderUnavailable, sentence: "keys and userinfo take too long".to_owned() }
}
