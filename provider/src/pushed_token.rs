//! A token that this provider pushed, believed by its own verifier.

use identity::{Claims, Code, PushedToken, Timestamp};
use relying_party::{LogoutExpected, security_event_token, webhook_token};

use crate::OpenIdProvider;
use crate::cache::Problem;

impl OpenIdProvider {
    /// What the token says, or why it is not believed; a problem where that cannot be judged now.
    pub(super) async fn believed_push(
        &self,
        token: &str,
        kind: PushedToken,
        now: Timestamp,
    ) -> Result<Result<Claims, Code>, Problem> {
        let (leeway_seconds, now) = (self.settings.clock_skew.as_secs(), now.timestamp());
        let expected = LogoutExpected {
            algorithm: self.algorithm,
            trusted_audiences: &self.settings.trusted_audiences,
            leeway_seconds,
            ..LogoutExpected::new(&self.issuer, &self.settings.client_id)
        };
        let check = |keys: &relying_party::Keys| match kind {
            PushedToken::SecurityEvent => security_event_token(token, keys, &expected, now),
            PushedToken::Webhook => webhook_token(token, keys, self.algorithm, leeway_seconds, now),
        };
        let metadata = self.discovered().await?;
        self.verdict(&metadata, check).await
    }
}
