//! The outside world of one OpenID Provider: the adapter of `identity::Provider`. It fetches and keeps; what it
//! believes, it believes through `relying-party`.

#![warn(missing_docs)]

pub mod admin;
mod answer;
pub mod background;
mod cache;
mod credentials;
mod discovery;
mod goodbye;
mod host;
mod http;
mod login_trace;
mod logout_token;
mod network;
pub mod presets;
mod proxy;
mod pushed_token;
mod reach;
mod redeem;
mod refresh;
mod report;
mod request;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use identity::{
    Ask, Attempt, Claims, Code, LoggedOut, Provider, ProviderError, PushedToken, Redeemed, Refreshed,
    Session, Timestamp, World,
};
use relying_party::{Algorithm, Keys, Metadata};
use url::Url;

use cache::{Cache, Fetched, Problem, Times};
use credentials::Credentials;
use discovery::Discovery;
use http::Http;

pub use credentials::KeyError;
pub use host::is_loopback;
pub use http::CaError;
pub use proxy::Proxy;
pub use report::Report;
pub use settings::{ClientAuth, ProviderSettings, PushedRequests, ResponseMode, ScimSettings, SettingNames};

/// One OpenID Provider, as the settings name it.
pub struct OpenIdProvider {
    settings: ProviderSettings,
    /// The issuer that tokens and metadata must name: the configured one, or the template of a provider
    /// of many tenants.
    issuer: String,
    algorithm: Algorithm,
    credentials: Credentials,
    http: Http,
    discovery: Discovery,
    metadata: Cache<Metadata>,
    keys: Cache<Keys>,
    world: Arc<dyn World>,
}

/// Why a provider cannot be made of its settings.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The further certificate authorities cannot be used.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The private key cannot be signed with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The setting of this name is no algorithm that is verified.
    #[error("{0} is none that we verify")]
    Algorithm(String),
}

impl OpenIdProvider {
    /// Fetches nothing yet: the provider may be down.
    pub fn new(settings: ProviderSettings, world: Arc<dyn World>) -> Result<Self, SetUpError> {
        let template = settings.preset.issuer_template(&settings.issuer);
        let issuer = template.unwrap_or_else(|| settings.issuer.clone());
        let algorithm: Algorithm = settings
            .id_token_alg
            .parse()
            .map_err(|_| SetUpError::Algorithm(settings.names.id_token_alg.clone()))?;
        let http = Http::new(&settings)?;
        let times = Times {
            ttl: settings.metadata_ttl,
            cooldown: settings.jwks_cooldown,
            patience: settings.http_timeout,
        };
        Ok(Self {
            discovery: Discovery::new(&settings.issuer, http.clone(), &issuer, algorithm.is_symmetric()),
            issuer,
            algorithm,
            credentials: Credentials::new(&settings)?,
            http,
            metadata: Cache::new(times),
            keys: Cache::new(times),
            world,
            settings,
        })
    }

    /// The settings it was made of.
    pub fn settings(&self) -> &ProviderSettings {
        &self.settings
    }

    async fn discovered(&self) -> Result<Arc<Metadata>, Problem> {
        self.metadata
            .get(|| self.discovery.clone().fetch())
            .await
            .map_err(|problem| problem.during("metadata"))
    }

    /// The keys that tokens are verified with (RFC 7517), or the client secret where HMAC is set.
    async fn keys(&self, metadata: &Metadata) -> Result<Arc<Keys>, Problem> {
        match self.credentials.secret() {
            Some(secret) if self.algorithm.is_symmetric() => {
                Ok(Arc::new(Keys::from_secret(secret.as_bytes())))
            }
            _ => {
                let address = metadata.keys_address()?;
                let keys = self.keys.get(|| fetch_keys(self.http.clone(), address.clone())).await;
                keys.map_err(|problem| problem.during("keys"))
            }
        }
    }

    /// Believes a token, or says why not.
    async fn believe<T>(
        &self,
        metadata: &Metadata,
        check: impl Fn(&Keys) -> Result<T, Code>,
    ) -> Result<T, Problem> {
        Ok(self.verdict(metadata, check).await??)
    }

    /// What the check says with the keys at hand, or with newer ones where those may be too old. A problem
    /// where the keys are not to be had: then nothing is said of the token.
    async fn verdict<T>(
        &self,
        metadata: &Metadata,
        check: impl Fn(&Keys) -> Result<T, Code>,
    ) -> Result<Result<T, Code>, Problem> {
        let keys = self.keys(metadata).await?;
        match check(&keys) {
            // A secret is not to be fetched.
            Err(refusal) if refusal.may_be_stale_keys() && !self.algorithm.is_symmetric() => {
                let address = metadata.keys_address()?;
                let newer = self.keys.newer(&keys, || fetch_keys(self.http.clone(), address.clone())).await;
                let newer = newer.map_err(|problem| problem.during("keys"))?;
                Ok(newer.map_or(Err(refusal), |newer| check(&newer)))
            }
            verdict => Ok(verdict),
        }
    }
}

async fn fetch_keys(http: Http, address: Url) -> Result<Fetched<Keys>, Problem> {
    let answer = http.get(&address, None).await?.ok()?;
    Ok(Fetched { value: Keys::parse(&answer.body)?, max_age: answer.max_age })
}

#[async_trait]
impl Provider for OpenIdProvider {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn label(&self) -> &str {
        &self.settings.label
    }

    fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    fn vouches_for(&self, issuer: &str) -> bool {
        issuer == self.settings.issuer || relying_party::is_issuer(&self.issuer, issuer)
    }

    fn reference(&self) -> &str {
        &self.settings.reference
    }

    fn has_entries(&self) -> bool {
        self.settings.scim.is_some() || self.settings.reference != "sub"
    }

    async fn begin(&self, ask: &Ask) -> Result<String, ProviderError> {
        self.authorization_url(ask).await.map_err(|problem| problem.at(&self.settings.name))
    }

    fn state(&self, response: &str) -> Result<String, ProviderError> {
        relying_party::state_of(response).map_err(|refusal| Problem::from(refusal).at(&self.settings.name))
    }

    async fn redeem(
        &self,
        attempt: &Attempt,
        response: &str,
        now: Timestamp,
    ) -> Result<Redeemed, ProviderError> {
        self.redeemed(attempt, response, now).await.map_err(|problem| problem.at(&self.settings.name))
    }

    async fn count_of_email(&self, email: &str) -> Result<Option<u64>, ProviderError> {
        // Seldom asked, so nothing is kept for it.
        match admin::AdminInterface::new(&self.settings, self.world.clone()) {
            Ok(Some(interface)) => {
                // Whoever logs in waits for it.
                let interface = interface.with_patience(self.settings.http_timeout);
                interface.count_of_email(email).await.map(Some)
            }
            Ok(None) | Err(_) => Ok(None),
        }
    }

    fn longest_refresh(&self) -> TimeDelta {
        refresh::longest(self.settings.http_timeout)
    }

    async fn refresh(&self, session: &Session, now: Timestamp) -> Result<Refreshed, ProviderError> {
        self.refreshed(session, now).await.map_err(|problem| problem.at(&self.settings.name))
    }

    async fn logged_out(&self, token: &str, now: Timestamp) -> Result<LoggedOut, ProviderError> {
        self.believed_logout(token, now).await.map_err(|problem| problem.at(&self.settings.name))
    }

    async fn pushed(
        &self,
        token: &str,
        kind: PushedToken,
        now: Timestamp,
    ) -> Result<Result<Claims, Code>, ProviderError> {
        self.believed_push(token, kind, now).await.map_err(|problem| problem.at(&self.settings.name))
    }

    async fn goodbye(&self, session: &Session) -> Option<String> {
        self.say_goodbye(session).await
    }
}
