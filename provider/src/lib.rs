//! The outside world of one OpenID Provider: the adapter of `identity::Provider`. It fetches and keeps; what it
//! believes, it believes through `relying-party`.

mod answer;
pub mod background;
mod cache;
mod credentials;
mod goodbye;
mod http;
mod journal;
mod logout_token;
pub mod presets;
mod reach;
mod redeem;
mod refresh;
mod report;
mod request;
mod settings;

use std::collections::BTreeSet;
use std::sync::{Arc, RwLock};

use async_trait::async_trait;
use chrono::TimeDelta;
use identity::{Ask, Attempt, Code, Provider, ProviderError, Redeemed, Refreshed, Session, Timestamp, World};
use relying_party::{Algorithm, Keys, Metadata};
use url::Url;

use cache::{Cache, Fault, Fetched};
use credentials::Credentials;
use http::Http;

pub use credentials::KeyError;
pub use http::CaError;
pub use report::Report;
pub use settings::{ClientAuth, ProviderSettings, ResponseMode, SettingNames, is_loopback};

/// One OpenID Provider, as the settings name it.
pub struct OpenIdProvider {
    settings: ProviderSettings,
    /// The issuer that tokens and metadata must name: the configured one, or the template of a provider
    /// of many tenants.
    issuer: String,
    algorithm: Algorithm,
    credentials: Credentials,
    http: Http,
    metadata: Cache<Metadata>,
    keys: Cache<Keys>,
    form_targets: RwLock<Vec<String>>,
    world: Arc<dyn World>,
}

/// Why a provider cannot be made of its settings.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    #[error(transparent)]
    Ca(#[from] CaError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("{0} is none that we verify")]
    Algorithm(String),
}

impl OpenIdProvider {
    /// Fetches nothing yet: the provider may be down.
    pub fn new(settings: ProviderSettings, world: Arc<dyn World>) -> Result<Self, SetUpError> {
        let template = settings.preset.issuer_template(&settings.issuer);
        Ok(Self {
            issuer: template.map_or_else(|| settings.issuer.clone(), |template| template.issuer),
            algorithm: settings
                .id_token_alg
                .parse()
                .map_err(|_| SetUpError::Algorithm(settings.names.id_token_alg.clone()))?,
            credentials: Credentials::new(&settings)?,
            http: Http::new(&settings)?,
            metadata: Cache::new(settings.metadata_ttl, settings.jwks_cooldown),
            keys: Cache::new(settings.metadata_ttl, settings.jwks_cooldown),
            form_targets: RwLock::new(origins(&settings.issuer, [])),
            world,
            settings,
        })
    }

    /// The settings it was made of.
    pub fn settings(&self) -> &ProviderSettings {
        &self.settings
    }

    /// The origins that a form may end at: where the browser is sent to log in and to log out. The
    /// issuer's always, the others once metadata is known.
    pub fn form_targets(&self) -> Vec<String> {
        self.form_targets.read().map(|targets| targets.clone()).unwrap_or_default()
    }

    async fn discovered(&self) -> Result<Arc<Metadata>, Fault> {
        self.metadata.get(|| self.discover()).await.map_err(|fault| fault.of("metadata"))
    }

    /// OpenID Connect Discovery 4: below the issuer, whose trailing slash counts once.
    fn discovery_address(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'))
    }

    async fn discover(&self) -> Result<Fetched<Metadata>, Fault> {
        let address = Url::parse(&self.discovery_address()).map_err(|_| Code::MetadataMalformed)?;
        let answer = self.http.get(&address, None).await?.ok()?;
        let value = Metadata::parse(&answer.body, &self.issuer)?;
        self.judge(&value).await?;
        let ends = [Some(&value.authorization_endpoint), value.end_session_endpoint.as_ref()];
        if let Ok(mut targets) = self.form_targets.write() {
            *targets = origins(&self.settings.issuer, ends.into_iter().flatten());
        }
        Ok(Fetched { value, max_age: answer.max_age })
    }

    /// Metadata that names no usable address is refused before a visitor is sent away with it, and before it
    /// is kept: the next log-in asks again.
    async fn judge(&self, metadata: &Metadata) -> Result<(), Fault> {
        let entrance = &metadata.authorization_endpoint;
        if entrance.scheme() != "https" && !is_loopback(entrance) {
            let sentence = "the authorization endpoint is not https".to_owned();
            return Err(Fault { code: Code::EndpointForbidden, sentence });
        }
        let keys = if self.algorithm.is_symmetric() { None } else { Some(metadata.keys_address()?) };
        let userinfo = metadata.userinfo_endpoint.as_ref();
        let pushed = metadata.pushed_authorization_request_endpoint.as_ref();
        for address in [Some(&metadata.token_endpoint), keys, userinfo, pushed].into_iter().flatten() {
            self.http.may_call(address).await?;
        }
        Ok(())
    }

    /// The keys that tokens are verified with (RFC 7517), or the client secret where HMAC is set.
    async fn keys(&self, metadata: &Metadata) -> Result<Arc<Keys>, Fault> {
        match self.credentials.secret() {
            Some(secret) if self.algorithm.is_symmetric() => {
                Ok(Arc::new(Keys::from_secret(secret.as_bytes())))
            }
            _ => {
                let address = metadata.keys_address()?;
                let keys = self.keys.get(|| fetch_keys(self.http.clone(), address.clone())).await;
                keys.map_err(|fault| fault.of("keys"))
            }
        }
    }

    /// Believes a token, or says why not.
    async fn believe<T>(
        &self,
        metadata: &Metadata,
        check: impl Fn(&Keys) -> Result<T, Code>,
    ) -> Result<T, Fault> {
        Ok(self.verdict(metadata, check).await??)
    }

    /// What the check says with the keys at hand, or with newer ones where those may be too old. A fault
    /// where the keys are not to be had: then nothing is said of the token.
    async fn verdict<T>(
        &self,
        metadata: &Metadata,
        check: impl Fn(&Keys) -> Result<T, Code>,
    ) -> Result<Result<T, Code>, Fault> {
        let keys = self.keys(metadata).await?;
        match check(&keys) {
            // A secret is not to be fetched.
            Err(refusal) if refusal.may_be_stale_keys() && !self.algorithm.is_symmetric() => {
                let address = metadata.keys_address()?;
                let newer = self.keys.newer(&keys, || fetch_keys(self.http.clone(), address.clone())).await;
                let newer = newer.map_err(|fault| fault.of("keys"))?;
                Ok(newer.map_or(Err(refusal), |newer| check(&newer)))
            }
            verdict => Ok(verdict),
        }
    }
}

async fn fetch_keys(http: Http, address: Url) -> Result<Fetched<Keys>, Fault> {
    let answer = http.get(&address, None).await?.ok()?;
    Ok(Fetched { value: Keys::parse(&answer.body)?, max_age: answer.max_age })
}

#[async_trait]
impl Provider for OpenIdProvider {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    fn vouches_for(&self, issuer: &str) -> bool {
        issuer == self.settings.issuer || relying_party::is_issuer(&self.issuer, issuer)
    }

    async fn begin(&self, ask: &Ask) -> Result<String, ProviderError> {
        self.authorization_url(ask).await.map_err(|fault| fault.at(&self.settings.name))
    }

    fn state(&self, response: &str) -> Result<String, ProviderError> {
        relying_party::state_of(response).map_err(|refusal| Fault::from(refusal).at(&self.settings.name))
    }

    async fn redeem(
        &self,
        attempt: &Attempt,
        response: &str,
        now: Timestamp,
    ) -> Result<Redeemed, ProviderError> {
        self.redeemed(attempt, response, now).await.map_err(|fault| fault.at(&self.settings.name))
    }

    fn longest_refresh(&self) -> TimeDelta {
        refresh::longest(self.settings.http_timeout)
    }

    async fn refresh(&self, session: &Session, now: Timestamp) -> Result<Refreshed, ProviderError> {
        self.refreshed(session, now).await.map_err(|fault| fault.at(&self.settings.name))
    }

    async fn goodbye(&self, session: &Session) -> Option<String> {
        self.say_goodbye(session).await
    }
}

fn origins<'a>(issuer: &str, ends: impl IntoIterator<Item = &'a Url>) -> Vec<String> {
    let origin = |url: &Url| url.origin().ascii_serialization();
    let issuer = Url::parse(issuer).ok().map(|url| origin(&url));
    let all: BTreeSet<String> = issuer.into_iter().chain(ends.into_iter().map(origin)).collect();
    all.into_iter().collect()
}
