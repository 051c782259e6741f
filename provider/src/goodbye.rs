//! Log-out at the provider: OpenID Connect RP-Initiated Logout 1.0 or the provider's own form, and
//! revocation (RFC 7009). By now the log-out here has happened, so nothing in here can fail.

use std::time::Duration;

use identity::Session;
use relying_party::Metadata;
use tokio::time::timeout;
use url::Url;

use super::presets::{LogOut, LogOutForm};
use crate::OpenIdProvider;

/// Longer addresses, in bytes, fit into no header that a proxy with default buffers passes on, and some
/// providers refuse them; then the ID token is left out (`client_id` does).
const LONGEST_URL: usize = 2000;
/// How long a visitor who logs out waits for metadata, and again for a revocation.
const PATIENCE: Duration = Duration::from_secs(2);

impl OpenIdProvider {
    /// Where to send the browser; none where the provider has no such place.
    pub(super) async fn say_goodbye(&self, session: &Session) -> Option<String> {
        let metadata = match timeout(PATIENCE, self.discovered()).await {
            Ok(Ok(metadata)) => Some(metadata),
            // Old metadata is good enough to say goodbye.
            _ => self.metadata.last(),
        };
        if let Some(metadata) = &metadata {
            self.revoke(session, metadata).await;
        }
        let end_session = metadata.and_then(|metadata| metadata.end_session_endpoint.clone());
        match (self.settings.preset.log_out, end_session) {
            (LogOut::None, _) => None,
            (LogOut::Own(form), _) | (LogOut::RpInitiatedOr(form), None) => self.own_form(form),
            (LogOut::RpInitiated | LogOut::RpInitiatedOr(_), Some(endpoint)) => {
                Some(self.rp_initiated(endpoint, session))
            }
            (LogOut::RpInitiated, None) => None,
        }
    }

    fn rp_initiated(&self, endpoint: Url, session: &Session) -> String {
        let state = self.world.secret();
        let with_hint = |hint: Option<&str>| {
            let mut url = endpoint.clone();
            let mut query = url.query_pairs_mut();
            query.extend_pairs(hint.map(|hint| ("id_token_hint", hint)));
            query.append_pair("client_id", &self.settings.client_id);
            query.append_pair("post_logout_redirect_uri", &self.settings.post_logout_redirect_uri);
            query.append_pair("state", state.expose());
            drop(query);
            String::from(url)
        };
        let url = with_hint(session.tokens.id_token.as_deref());
        if url.len() > LONGEST_URL { with_hint(None) } else { url }
    }

    fn own_form(&self, form: LogOutForm) -> Option<String> {
        let mut url = Url::parse(&self.settings.issuer).ok()?;
        url.set_path(form.path);
        url.set_query(None);
        let mut query = url.query_pairs_mut();
        query.extend_pairs(form.client_id.map(|name| (name, self.settings.client_id.as_str())));
        query.append_pair(form.return_to, &self.settings.post_logout_redirect_uri);
        drop(query);
        Some(url.into())
    }

    /// The refresh token, or where there is none the access token.
    async fn revoke(&self, session: &Session, metadata: &Metadata) {
        let Some(endpoint) = &metadata.revocation_endpoint else { return };
        let (kind, token) = match (&session.tokens.refresh_token, &session.tokens.access_token) {
            (Some(token), _) => ("refresh_token", token),
            (None, Some(token)) => ("access_token", token),
            (None, None) => return,
        };
        let form = [("token", token.as_str()), ("token_type_hint", kind)];
        let call = self.post_as_client(endpoint, metadata, &form);
        match timeout(PATIENCE, call).await {
            Ok(Ok(answer)) if answer.status == 200 => {}
            _ => tracing::warn!(provider = self.settings.name, "token revocation failed"),
        }
    }
}
