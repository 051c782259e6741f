//! A logout token of this provider (OpenID Connect Back-Channel Logout 2.4), believed by its own verifier.

use identity::{LoggedOut, Timestamp};
use relying_party::LogoutExpected;

use crate::OpenIdProvider;
use crate::cache::Problem;
use crate::redeem::time;

impl OpenIdProvider {
    /// Believes a logout token, or says why not.
    pub(super) async fn believed_logout(&self, token: &str, now: Timestamp) -> Result<LoggedOut, Problem> {
        let expected = LogoutExpected {
            algorithm: self.algorithm,
            trusted_audiences: &self.settings.trusted_audiences,
            leeway_seconds: self.settings.clock_skew.as_secs(),
            ..LogoutExpected::new(&self.issuer, &self.settings.client_id)
        };
        let check =
            |keys: &relying_party::Keys| relying_party::logout_token(token, keys, &expected, now.timestamp());
        let metadata = self.discovered().await?;
        let token = self.believe(&metadata, check).await?;
        Ok(LoggedOut {
            issuer: token.issuer,
            subject: token.subject,
            sid: token.sid,
            jti: token.jti,
            // A time beyond the calendar is only reached by clocks that may differ by as much.
            until: time(token.usable_until).unwrap_or(now),
        })
    }
}
