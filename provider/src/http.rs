//! HTTP to the provider: no redirects, a time limit, a cap on bodies, no address that is nobody's business.
//! Whatever fails here is one [`Failure`]; nothing of a request or an answer is in it.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, LOCATION};
use url::Url;

use super::reach::{Forbidden, Reach};
use crate::settings::ProviderSettings;

/// No answer of a provider is larger, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// The client for one provider.
#[derive(Clone)]
pub(super) struct Http {
    client: reqwest::Client,
    reach: Reach,
}

/// What a provider answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    /// Where a redirect leads; it is never followed.
    pub(super) location: Option<String>,
    /// `max-age` of `Cache-Control`, above 0, in seconds.
    pub(super) max_age: Option<u64>,
    pub(super) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the address is not one that we call: {0}")]
    Forbidden(#[from] Forbidden),
    #[error("no answer: {0}")]
    Unreachable(String),
    #[error("the answer is larger than 1 MiB")]
    TooLarge,
}

/// Why the client cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct CaError {
    setting: String,
    reason: String,
}

impl Http {
    /// The client of a provider, with its further certificate authorities.
    pub(super) fn new(settings: &ProviderSettings) -> Result<Self, CaError> {
        // Whoever was first in this process chose; all choose ring.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let reach = Reach::of_issuer(&settings.issuer);
        let unusable = |reason: &dyn std::error::Error| CaError {
            setting: settings.names.ca_file.clone(),
            reason: reason.to_string(),
        };
        let mut client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(settings.http_timeout)
            .connect_timeout(settings.http_timeout.min(Duration::from_secs(5)))
            .no_proxy()
            .user_agent(concat!("sparekey/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(std::sync::Arc::new(reach.clone()));
        if let Some(file) = &settings.ca_file {
            let pem = std::fs::read(file).map_err(|error| unusable(&error))?;
            let authorities =
                reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| unusable(&error))?;
            client = client.tls_certs_merge(authorities);
        }
        let client = client.build().map_err(|error| unusable(&error))?;
        Ok(Self { client, reach })
    }

    /// GET, with an access token where one is given.
    pub(super) async fn get(&self, url: &Url, bearer: Option<&str>) -> Result<Answer, Failure> {
        let mut request =
            self.client.get(url.clone()).header(ACCEPT, "application/json, application/jwt;q=0.9");
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        self.send(url, request).await
    }

    /// POST of a form, with an `Authorization` header where one is given.
    pub(super) async fn post(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        authorization: Option<&str>,
    ) -> Result<Answer, Failure> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = self
            .client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(body);
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value);
        }
        self.send(url, request).await
    }

    /// Judges an address without calling it. What its name resolves to is judged when it is called.
    pub(super) async fn may_call(&self, url: &Url) -> Result<(), Failure> {
        Ok(self.reach.allows(url).await?)
    }

    async fn send(&self, url: &Url, request: reqwest::RequestBuilder) -> Result<Answer, Failure> {
        self.may_call(url).await?;
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let text =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (content_type, location) = (text(CONTENT_TYPE), text(LOCATION));
        let max_age = max_age(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(Failure::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, content_type, location, max_age, body })
    }
}

/// The kind of fault in plain words. The URL stays out: it may hold what is nobody's business.
fn unreachable(error: reqwest::Error) -> Failure {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = source {
        if let Some(forbidden) = inner.downcast_ref::<Forbidden>() {
            return Failure::Forbidden(*forbidden);
        }
        source = inner.source();
    }
    let kind = match &error {
        error if error.is_timeout() => "it takes too long",
        error if error.is_connect() => "no connection",
        _ => "the connection broke",
    };
    let cause = std::iter::successors(std::error::Error::source(&error), |inner| inner.source()).last();
    Failure::Unreachable(cause.map_or_else(|| kind.to_owned(), |cause| format!("{kind} ({cause})")))
}

fn max_age(headers: &HeaderMap) -> Option<u64> {
    let control = headers.get(CACHE_CONTROL)?.to_str().ok()?;
    let seconds = control.split(',').find_map(|one| one.trim().strip_prefix("max-age=")?.parse().ok())?;
    (seconds > 0).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(value: &str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, value.parse().unwrap());
        max_age(&headers)
    }

    #[test]
    fn only_a_max_age_above_zero_counts() {
        assert_eq!(control("public, max-age=300"), Some(300));
        assert_eq!(control("max-age=0"), None);
        assert_eq!(control("no-store"), None);
        assert_eq!(control("max-age=soon"), None);
    }
}
