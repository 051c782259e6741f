//! A provider's metadata (OpenID Connect Discovery 4): fetched, and judged before anybody is sent away with it.
//!
//! Metadata is what a provider says, so an attacker's too: its addresses reach visitors' browsers and our own calls.

use identity::Code;
use relying_party::Metadata;
use url::Url;

use super::cache::{Fetched, Problem};
use super::host::{is_loopback, is_plain};
use super::http::Http;

/// How the metadata of one provider is fetched. Cheap to clone.
#[derive(Clone)]
pub(super) struct Discovery {
    http: Http,
    /// Where it is; none where the setting is no URL.
    address: Option<Url>,
    /// What metadata must name as issuer.
    issuer: String,
    /// Whether a log-in needs no keys of the provider.
    keyless: bool,
}

impl Discovery {
    /// `configured` is where it is; `issuer` what it must name.
    pub(super) fn new(configured: &str, http: Http, issuer: &str, keyless: bool) -> Self {
        Self { http, address: address(configured), issuer: issuer.to_owned(), keyless }
    }

    pub(super) async fn fetch(self) -> Result<Fetched<Metadata>, Problem> {
        let answer = self.http.get(self.address()?, None).await?.ok()?;
        let mut value = Metadata::parse(&answer.body, &self.issuer)?;
        self.judge(&value).await?;
        without_unsafe_ends(&mut value);
        Ok(Fetched { value, max_age: answer.max_age })
    }

    /// What the provider calls itself, for telling an operator which setting is wrong.
    pub(super) async fn stated_issuer(&self) -> Option<String> {
        Metadata::stated_issuer(&self.http.get(self.address().ok()?, None).await.ok()?.body)
    }

    pub(super) fn address(&self) -> Result<&Url, Code> {
        self.address.as_ref().ok_or(Code::MetadataMalformed)
    }

    /// Metadata that names no usable address is refused before a visitor is sent away with it, and before it
    /// is kept: the next log-in asks again.
    async fn judge(&self, metadata: &Metadata) -> Result<(), Problem> {
        if !may_be_shown(&metadata.authorization_endpoint) {
            let sentence = "the authorization endpoint is not https at a plain host".to_owned();
            return Err(Problem { code: Code::EndpointForbidden, sentence });
        }
        let keys = if self.keyless { None } else { Some(metadata.keys_address()?) };
        let userinfo = metadata.userinfo_endpoint.as_ref();
        let pushed = metadata.pushed_authorization_request_endpoint.as_ref();
        for address in [Some(&metadata.token_endpoint), keys, userinfo, pushed].into_iter().flatten() {
            self.http.may_call(address).await?;
        }
        Ok(())
    }
}

/// Below the issuer, whose trailing slash counts once.
fn address(issuer: &str) -> Option<Url> {
    Url::parse(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).ok()
}

/// A log-out is not worth a log-in: an address that no ID token may be sent to counts as none.
fn without_unsafe_ends(metadata: &mut Metadata) {
    let given = metadata.end_session_endpoint.take();
    metadata.end_session_endpoint = given.filter(|url| {
        let fine = may_be_shown(url);
        if !fine {
            tracing::warn!("end_session_endpoint ignored: not https at a plain host");
        }
        fine
    });
}

/// Whether a browser may be sent there with what is meant for the provider.
fn may_be_shown(url: &Url) -> bool {
    is_plain(url) && (url.scheme() == "https" || is_loopback(url))
}

#[cfg(test)]
mod tests {
    use super::super::http::tests::{answering_as, client};
    use super::*;

    /// What is made of metadata with this log-out and this token endpoint.
    async fn discovered(ends: &str, token: &str) -> Result<Metadata, Problem> {
        let url = answering_as(|url| {
            let issuer = url.as_str().trim_end_matches('/');
            let body = serde_json::json!({
                "issuer": issuer, "jwks_uri": format!("{issuer}/keys"),
                "authorization_endpoint": format!("{issuer}/auth"),
                "token_endpoint": token.replace("SELF", issuer), "end_session_endpoint": ends,
            });
            let body = body.to_string();
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into()
        });
        let issuer = url.as_str().trim_end_matches('/');
        Discovery::new(issuer, client(&url), issuer, false).fetch().await.map(|fetched| fetched.value)
    }

    #[tokio::test]
    async fn metadata_leads_no_id_token_into_the_open() {
        let fine = discovered("https://ends.example/logout", "SELF/token").await;
        assert!(fine.unwrap().end_session_endpoint.is_some());
        for odd in ["https://a;script-src*/", "https://*.example/", "http://ends.example/logout"] {
            let metadata = discovered(odd, "SELF/token").await;
            assert_eq!(metadata.unwrap().end_session_endpoint, None, "{odd}");
        }
        let refused = discovered("", "https://a;b.example/token").await;
        assert_eq!(refused.unwrap_err().code, Code::EndpointForbidden);
    }

    #[test]
    fn a_browser_is_sent_to_https_or_to_loopback_at_a_plain_host() {
        let shown = |url: &str| may_be_shown(&Url::parse(url).unwrap());
        for fine in [
            "https://op.example/logout?a=b",
            "https://[2001:db8::1]:8443/",
            "http://localhost:3001/",
            "http://127.0.0.1/",
        ] {
            assert!(shown(fine), "{fine}");
        }
        for odd in [
            "http://op.example/logout",
            "https://op.example;script-src'none'/",
            "https://*.example/",
            "https://a,b.example/",
            "https://ada:pw@op.example/",
            "ftp://op.example/",
        ] {
            assert!(!shown(odd), "{odd}");
        }
    }
}
