//! A logout token of this provider (OpenID Connect Back-Channel Logout 2.4), believed by its own verifier.

use identity::{ProviderError, Timestamp};
use relying_party::{LogoutExpected, LogoutToken};

use crate::OpenIdProvider;

impl OpenIdProvider {
    /// Believes a logout token, or says why not.
    pub async fn logout_token(&self, token: &str, now: Timestamp) -> Result<LogoutToken, ProviderError> {
        let expected = LogoutExpected {
            algorithm: self.algorithm,
            trusted_audiences: &self.settings.trusted_audiences,
            leeway_seconds: self.settings.clock_skew.as_secs(),
            ..LogoutExpected::new(&self.issuer, &self.settings.client_id)
        };
        let check =
            |keys: &relying_party::Keys| relying_party::logout_token(token, keys, &expected, now.timestamp());
        let believed = async {
            let metadata = self.discovered().await?;
            self.believe(&metadata, check).await
        };
        believed.await.map_err(|fault: super::cache::Fault| fault.at(&self.settings.name))
    }
}
