//! The settings, read once at start. Nothing else reads the environment.
//! Parsing is a pure function of a lookup and reports all faults at once, by name and without a value.

mod client;
mod database;
mod dotenv;
mod environment;
mod fault;
mod operators;
mod provider;
mod reader;
mod secrets;
mod settings;
mod site;
mod values;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretBox;

pub use client::ClientAuth;
pub use database::DatabaseUrl;
pub use environment::Environment;
pub use fault::{Fault, Faults};
pub use operators::Operator;
pub use provider::{MAIN, ProviderSettings, ResponseMode};
pub use settings::SETTINGS;
pub use site::{Place, SiteUrl, is_loopback};
pub use values::LogFormat;

use provider::{Limits, Surroundings};
use reader::Reader;

/// All settings, checked.
#[derive(Debug)]
pub struct Config {
    /// The public origin.
    pub site_url: SiteUrl,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the database is.
    pub database_url: DatabaseUrl,
    /// The first encrypts, all decrypt. Empty in debug builds that were given none: they make one.
    pub session_secrets: Vec<SecretBox<[u8; 32]>>,
    /// `main` first, then those of `OIDC_PROVIDERS` in their order.
    /// Empty in debug builds that were given none: they start the development provider.
    pub providers: Vec<ProviderSettings>,
    /// How long a session lasts unused.
    pub session_idle: Duration,
    /// How long a session lasts at most.
    pub session_absolute: Duration,
    /// How long a started log-in may take.
    pub login_ttl: Duration,
    /// Off only under load tests.
    pub rate_limit: bool,
    /// The networks whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Who may enter the studio.
    pub operators: Vec<Operator>,
    /// Where a log-in ends that was not going anywhere.
    pub post_login_redirect: Place,
    /// Where a log-out ends. What a provider is told of it is in its own settings.
    pub post_logout_redirect: Place,
    /// What is logged, and how.
    pub logging: Logging,
    /// Whether the plain provider came under Kinde's names.
    pub kinde_names: bool,
    /// One sentence for each name that looks like a setting and is none.
    pub warnings: Vec<String>,
}

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct Logging {
    /// A filter as `tracing_subscriber::EnvFilter` reads it.
    pub filter: String,
    /// For people or for machines.
    pub format: LogFormat,
}

/// All that the commands need which touch nothing but the database.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// Where the database is.
    pub database_url: DatabaseUrl,
    /// What is logged, and how.
    pub logging: Logging,
}

impl Config {
    /// Reads the environment. The files that settings name must be readable.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn from_environment(release: bool) -> Result<Self, Faults> {
        Self::from(&Environment::read()?, release)
    }

    /// As `from_environment`, of an environment that was read already.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn from(environment: &Environment, release: bool) -> Result<Self, Faults> {
        let lookup = |name: &str| environment.get(name);
        let listed = lookup("OIDC_PROVIDERS").and_then(|value| provider::names(value.trim()).ok());
        let warnings = settings::unknown(environment.names(), &listed.unwrap_or_default());
        match Self::parse(lookup, release).and_then(Self::with_readable_files) {
            Ok(config) => Ok(Self { warnings, ..config }),
            Err(faults) => Err(Faults {
                hints: warnings,
                ..faults
            }),
        }
    }

    /// Parses what `lookup` knows. A blank value counts as not given.
    /// `release` builds demand a session secret and a provider, debug builds have their own.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>, release: bool) -> Result<Self, Faults> {
        let reader = Reader::new(&lookup);
        let config = Self::read(&reader);
        if release {
            demand_for_release(&reader);
        }
        reader.finish()?;
        // Without a fault every part is there.
        config.ok_or_else(|| Faults {
            faults: Vec::new(),
            hints: vec!["the settings could not be read".to_owned()],
        })
    }

    fn read(reader: &Reader<'_>) -> Option<Self> {
        let site_url = reader.parsed("SITE_URL", SiteUrl::parse);
        todo!()
    }
}
