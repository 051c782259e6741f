//! HTTP to the provider: no redirects, a time limit, a cap on bodies, no address that is nobody's business.
//! Whatever fails here is one [`Failure`]; nothing of a request or an answer is in it.
//!
//! A POST spends what it carries (a code, a refresh token), so it is sent once, on a connection of its own: one
//! that was kept may be closed by the provider in the same moment, and whether it was read is then unknown
//! (RFC 9110 9.2.2). A GET goes by a kept connection, and again by a new one where that was closed.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::time::Duration;

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION,
};
use reqwest::{Certificate, Client, Method, Request};
use url::Url;

use super::reach::{Forbidden, Reach};
use crate::proxy::Proxy;
use crate::settings::ProviderSettings;

/// No answer of a provider is larger, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;
/// Save userinfo, which may hold pictures.
const USERINFO_LIMIT: usize = 4 * BODY_LIMIT;
/// And a page of a list of users: kept in one piece, it must fit into what a database takes at once.
const PAGE_LIMIT: usize = 8 * BODY_LIMIT;

/// The client for one provider.
#[derive(Clone)]
pub(super) struct Http {
    /// Keeps its connections.
    kept: Client,
    /// Makes a new connection for each request.
    fresh: Client,
    reach: Reach,
    patience: Duration,
}

/// What a provider answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    /// Where a redirect leads; it is never followed.
    pub(super) location: Option<String>,
    /// `max-age` of `Cache-Control`, above 0, in seconds.
    pub(super) max_age: Option<u64>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// A question to an admin interface.
pub(super) struct Question {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<serde_json::Value>,
    /// Further headers, by their names in small letters.
    pub(super) headers: &'static [(&'static str, &'static str)],
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the address is not one that we call: {0}")]
    Forbidden(#[from] Forbidden),
    #[error("no answer: {0}")]
    Unreachable(String),
    #[error("no answer: {0}")]
    Broken(String),
    #[error("the answer is encoded in a way that nobody asked for, or not as it says")]
    Encoding,
    #[error("the token it gave cannot be sent back to it")]
    Token,
    #[error("the answer is larger than {0} MiB")]
    TooLarge(usize),
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
        Self::reaching(&settings.issuer, settings)
    }

    /// As [`Http::new`], for an address of the operator's own choice that need not live where the issuer does.
    pub(super) fn reaching(address: &str, settings: &ProviderSettings) -> Result<Self, CaError> {
        let unusable = |reason: &dyn std::error::Error| CaError {
            setting: settings.names.ca_file.clone(),
            reason: reason.to_string(),
        };
        let authorities = match &settings.ca_file {
            Some(file) => {
                let pem = std::fs::read(file).map_err(|error| unusable(&error))?;
                Certificate::from_pem_bundle(&pem).map_err(|error| unusable(&error))?
            }
            None => Vec::new(),
        };
        let proxy = settings.proxy.as_ref();
        Self::make(address, proxy, settings.http_timeout, &authorities).map_err(|error| unusable(&error))
    }

    fn make(
        issuer: &str,
        proxy: Option<&Proxy>,
        patience: Duration,
        authorities: &[Certificate],
    ) -> reqwest::Result<Self> {
        // Whoever was first in this process chose; all choose ring.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let reach = Reach::new(issuer, proxy.cloned());
        let client = |kept: usize| {
            let client = Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(patience.min(Duration::from_secs(5)))
                .no_proxy()
                .pool_max_idle_per_host(kept)
                .user_agent(concat!("sparekey/", env!("CARGO_PKG_VERSION")))
                .tls_certs_merge(authorities.to_vec())
                .dns_resolver(std::sync::Arc::new(reach.clone()));
            match proxy.cloned() {
                Some(proxy) => client.proxy(reqwest::Proxy::custom(move |url| {
                    proxy.is_for(url).then(|| proxy.address().clone())
                })),
                None => client,
            }
        };
        Ok(Self { kept: client(usize::MAX).build()?, fresh: client(0).build()?, reach, patience })
    }

    /// GET, with an access token where one is given: that is userinfo.
    pub(super) async fn get(&self, url: &Url, bearer: Option<&str>) -> Result<Answer, Failure> {
        let limit = if bearer.is_some() { USERINFO_LIMIT } else { BODY_LIMIT };
        let request = || {
            let mut request = Request::new(Method::GET, url.clone());
            let headers = request.headers_mut();
            headers.insert(ACCEPT, HeaderValue::from_static("application/json, application/jwt;q=0.9"));
            if let Some(token) = bearer {
                headers.insert(AUTHORIZATION, secret(&format!("Bearer {token}"))?);
            }
            Ok::<_, Failure>(request)
        };
        let asked = async {
            match self.send(&self.kept, request()?, limit).await {
                Err(Failure::Broken(_)) => self.send(&self.fresh, request()?, limit).await,
                answer => answer,
            }
        };
        self.in_time(asked).await
    }

    /// Asks an admin interface. Its questions spend nothing, so they go by kept connections.
    pub(super) async fn ask(&self, question: &Question, authorization: &str) -> Result<Answer, Failure> {
        let request = || {
            let mut request = Request::new(question.method.clone(), question.url.clone());
            let headers = request.headers_mut();
            headers.insert(ACCEPT, HeaderValue::from_static("application/json, application/scim+json"));
            headers.insert(AUTHORIZATION, secret(authorization)?);
            for (name, value) in question.headers {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            if let Some(body) = &question.body {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                *request.body_mut() = Some(body.to_string().into());
            }
            Ok::<_, Failure>(request)
        };
        let asked = async {
            match self.send(&self.kept, request()?, PAGE_LIMIT).await {
                Err(Failure::Broken(_)) => self.send(&self.fresh, request()?, PAGE_LIMIT).await,
                answer => answer,
            }
        };
        self.in_time(asked).await
    }

    /// Begins to read a file that an admin interface has made; each piece of it may take as long as an answer.
    pub(super) async fn download(&self, url: &Url) -> Result<Download, Failure> {
        self.may_call(url).await?;
        let request = Request::new(Method::GET, url.clone());
        let late = |_| Failure::Unreachable("it takes too long".to_owned());
        let response =
            tokio::time::timeout(self.patience, self.fresh.execute(request)).await.map_err(late)?;
        Ok(Download { response: response.map_err(unreachable)?, patience: self.patience })
    }

    /// POST of a form, with an `Authorization` header where one is given.
    pub(super) async fn post(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        authorization: Option<&str>,
    ) -> Result<Answer, Failure> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::new(Method::POST, url.clone());
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(value) = authorization {
            headers.insert(AUTHORIZATION, secret(value)?);
        }
        *request.body_mut() = Some(body.into());
        self.in_time(self.send(&self.fresh, request, BODY_LIMIT)).await
    }

    /// All that a call takes, names and second tries too.
    async fn in_time(&self, call: impl Future<Output = Result<Answer, Failure>>) -> Result<Answer, Failure> {
        let late = || Err(Failure::Unreachable("it takes too long".to_owned()));
        tokio::time::timeout(self.patience, call).await.unwrap_or_else(|_| late())
    }

    /// Judges an address without calling it. What its name resolves to is judged when it is called.
    pub(super) async fn may_call(&self, url: &Url) -> Result<(), Failure> {
        Ok(self.reach.allows(url).await?)
    }

    async fn send(&self, client: &Client, request: Request, limit: usize) -> Result<Answer, Failure> {
        self.may_call(request.url()).await?;
        let mut response = client.execute(request).await.map_err(unreachable)?;
        // What was decoded bears its encoding no more.
        if response.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err(Failure::Encoding);
        }
        let status = response.status().as_u16();
        let stated = |name| response.headers().get(name).map(|value| text(value).into_owned());
        let (content_type, location) = (stated(CONTENT_TYPE), stated(LOCATION));
        let max_age = max_age(response.headers());
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > limit {
                return Err(Failure::TooLarge(limit / 1024 / 1024));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, content_type, location, max_age, headers, body })
    }
}

/// A file that arrives piece by piece.
pub(super) struct Download {
    response: reqwest::Response,
    patience: Duration,
}

impl Download {
    pub(super) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The next piece; none at the end.
    pub(super) async fn piece(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let late = |_| Failure::Unreachable("it takes too long".to_owned());
        let piece = tokio::time::timeout(self.patience, self.response.chunk()).await.map_err(late)?;
        Ok(piece.map_err(unreachable)?.map(|piece| piece.to_vec()))
    }
}

/// A header that is in no log.
fn secret(value: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::try_from(value).map_err(|_| Failure::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The kind of problem in plain words. The URL stays out: it may hold what is nobody's business.
fn unreachable(error: reqwest::Error) -> Failure {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = source {
        if let Some(forbidden) = inner.downcast_ref::<Forbidden>() {
            return Failure::Forbidden(*forbidden);
        }
        // What a decoder says of bytes that are none of its.
        let kind = inner.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if error.is_decode() && matches!(kind, Some(ErrorKind::InvalidData | ErrorKind::InvalidInput)) {
            return Failure::Encoding;
        }
        source = inner.source();
    }
    let cause = std::iter::successors(std::error::Error::source(&error), |inner| inner.source()).last();
    let said = |kind: &str| cause.map_or_else(|| kind.to_owned(), |cause| format!("{kind} ({cause})"));
    match &error {
        error if error.is_timeout() => Failure::Unreachable(said("it takes too long")),
        error if error.is_connect() => Failure::Unreachable(said("no connection")),
        _ => Failure::Broken(said("the connection broke")),
    }
}

/// What a header says. Headers are bytes: a letter that is none of ASCII must not make all of it unread.
fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

/// `max-age`, above 0, in whichever of the lines it stands; in any case, quoted or not (RFC 9111 5.2).
fn max_age(headers: &HeaderMap) -> Option<u64> {
    let of_directive = |directive: &str| {
        let (name, value) = directive.split_once('=')?;
        let is_it = name.trim().eq_ignore_ascii_case("max-age");
        value.trim().trim_matches('"').parse::<u64>().ok().filter(|seconds| is_it && *seconds > 0)
    };
    let mut lines = headers.get_all(CACHE_CONTROL).iter();
    lines.find_map(|line| text(line).split(',').find_map(of_directive))
}

#[cfg(test)]
pub(super) mod tests;
