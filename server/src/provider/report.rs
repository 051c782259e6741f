//! What `sparekey check` says of a provider: whether it can be reached and believed, and what it supports.

use identity::Code;

use super::OpenIdProvider;

/// A provider that answers.
pub(crate) struct Report {
    pub(crate) good: Vec<String>,
    pub(crate) notes: Vec<String>,
}

impl OpenIdProvider {
    /// Asks for metadata and keys.
    ///
    /// # Errors
    /// Sentences that say which setting to look at.
    pub(crate) async fn report(&self) -> Result<Report, Vec<String>> {
        let metadata =
            self.discovered().await.map_err(|fault| vec![self.advice(fault.code, &fault.sentence)])?;
        let keys = self.keys(&metadata).await.map_err(|fault| vec![fault.sentence])?;
        let mut good = vec![
            format!("the provider answers, and its issuer is {}", self.settings.issuer),
            format!("{} keys for {}", keys.kids().len(), self.settings.id_token_alg),
        ];
        let mut faults = Vec::new();
        let listed = |list: &Option<Vec<String>>, one: &str| {
            list.as_ref().is_none_or(|all| all.iter().any(|it| it == one))
        };
        if listed(&metadata.id_token_signing_alg_values_supported, &self.settings.id_token_alg) {
            good.push(format!("it signs with {}", self.settings.id_token_alg));
        } else {
            faults
                .push(format!("it does not sign with {}: set OIDC_ID_TOKEN_ALG", self.settings.id_token_alg));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let yes = |what: &str, there: bool| format!("{what}: {}", if there { "yes" } else { "no" });
        let notes = vec![
            yes("userinfo", metadata.userinfo_endpoint.is_some()),
            yes("log-out (RP-initiated)", metadata.end_session_endpoint.is_some()),
            yes("back-channel log-out", metadata.backchannel_logout_supported),
            yes("revocation", metadata.revocation_endpoint.is_some()),
            yes("pushed authorization requests", metadata.pushed_authorization_request_endpoint.is_some()),
            yes("iss in the answer", metadata.authorization_response_iss_parameter_supported),
        ];
        Ok(Report { good, notes })
    }

    fn advice(&self, code: Code, sentence: &str) -> String {
        let issuer = &self.settings.issuer;
        match code {
            Code::ProviderUnavailable => {
                format!("{sentence}: is {issuer} right, and can this machine reach it?")
            }
            Code::MetadataIssuerMismatch => {
                format!(
                    "{sentence} The setting says {issuer}; it must be what the provider says, to the letter"
                )
            }
            Code::AnswerUnexpected | Code::MetadataMalformed => {
                format!(
                    "{sentence}: {issuer}/.well-known/openid-configuration is not metadata; is the issuer right?"
                )
            }
            _ => sentence.to_owned(),
        }
    }
}
