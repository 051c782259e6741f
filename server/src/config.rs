//! The settings, read once at start. Nothing else reads the environment.
//! Parsing is a pure function of a lookup and reports all faults at once, by name and without a value.

mod admin;
mod backup;
mod client;
mod database;
mod dotenv;
mod environment;
mod error;
mod issuer;
mod operators;
mod provider;
mod reader;
mod secrets;
mod settings;
mod site;
mod timeouts;
mod values;
mod webhook;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ::provider::ProviderSettings;
use identity::Rights;
use ipnet::IpNet;
use secrecy::SecretBox;

pub use self::backup::BackupConfig;
pub(crate) use self::provider::prefix;
pub use database::DatabaseUrl;
pub use environment::Environment;
pub use error::{InvalidSetting, SettingsError};
pub use issuer::Issuer;
pub use settings::SETTINGS;
pub use site::{OwnUrl, SiteUrl};
pub use values::{LogFormat, ProxyHeader};
pub use webhook::Webhook;

use self::provider::Surroundings;
use reader::Reader;

/// How long a session may go unused where nothing says so, in seconds.
const SESSION_IDLE: &str = "86400";

/// All settings, checked.
#[derive(Debug)]
pub struct Config {
    /// The public origin.
    pub site_url: SiteUrl,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where to serve metrics; nowhere, where it is not set. Never where the site is.
    pub metrics: Option<SocketAddr>,
    /// Where the database is.
    pub database_url: DatabaseUrl,
    /// The first encrypts, all decrypt. Empty in development builds that were given none: they make one.
    pub session_secrets: Vec<SecretBox<[u8; 32]>>,
    /// `main` first, then those of `OIDC_PROVIDERS` in their order.
    /// Empty in development builds that were given none: they start the development provider.
    pub providers: Vec<ProviderSettings>,
    /// The webhooks of those providers that have some.
    pub webhooks: Vec<Webhook>,
    /// How long a session lasts unused.
    pub session_idle: Duration,
    /// How long a session lasts at most.
    pub session_absolute: Duration,
    /// How long a started log-in may take.
    pub login_ttl: Duration,
    /// How many sessions a user may have; the one used longest ago ends when another starts.
    pub sessions_per_user: u32,
    /// Off only under load tests.
    pub rate_limit: bool,
    /// The networks of proxies whose header is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The one of those headers.
    pub proxy_header: ProxyHeader,
    /// Who may enter the studio.
    pub rights: Rights,
    /// Where a log-in ends that was not going anywhere.
    pub post_login_redirect: OwnUrl,
    /// Where a log-out ends. What a provider is told of it is in its own settings.
    pub post_logout_redirect: OwnUrl,
    /// Where backups go, and by which keys.
    pub backup: BackupConfig,
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
    /// The folder of the backups, beside which erasures are noted.
    pub backup_to: Option<PathBuf>,
    /// What is logged, and how.
    pub logging: Logging,
}

/// All that the studio of whoever runs it needs.
#[derive(Debug)]
pub struct StudioConfig {
    /// Where the database is, and what is logged.
    pub database: DatabaseConfig,
    /// How long a session that nobody uses counts as signed in: the site's own setting.
    pub session_idle: Duration,
    /// All of them decrypt what an erase looks through; there may be none.
    pub session_secrets: Vec<SecretBox<[u8; 32]>>,
}

/// All that the commands need which take everything out of the database, or put it in.
#[derive(Debug)]
pub struct CopyConfig {
    /// Where the database is, and what is logged.
    pub database: DatabaseConfig,
    /// All of them decrypt what waits; there may be none.
    pub session_secrets: Vec<SecretBox<[u8; 32]>>,
    /// Where backups go, and by which keys.
    pub backup: BackupConfig,
}

/// All that the commands need which read what is sealed.
#[derive(Debug)]
pub struct SealedConfig {
    /// Where the database is, and what is logged.
    pub database: DatabaseConfig,
    /// All of them decrypt.
    pub session_secrets: Vec<SecretBox<[u8; 32]>>,
}

impl Config {
    /// Reads the environment. The files that settings name must be readable.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn from_environment(release: bool) -> Result<Self, SettingsError> {
        Self::from(&Environment::read(), release)
    }

    /// As `from_environment`, of an environment that was read already.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn from(environment: &Environment, release: bool) -> Result<Self, SettingsError> {
        let lookup = |name: &str| environment.get(name);
        let listed = lookup("OIDC_PROVIDERS").and_then(|value| provider::names(value.trim()).ok());
        let warnings = settings::unknown(environment.names(), &listed.unwrap_or_default());
        let mut faults = environment.faults();
        faults.extend(environment.unreadable_files());
        let read = with(faults, Self::parse(lookup, release));
        match read {
            Ok(config) => Ok(Self { warnings, ..config }),
            Err(faults) => Err(SettingsError { hints: warnings, ..faults }),
        }
    }

    /// Parses what `lookup` knows. A blank value counts as not given.
    /// `release` builds demand a session secret and a provider; debug builds with the feature `dev-provider`
    /// make their own.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>, release: bool) -> Result<Self, SettingsError> {
        let reader = Reader::new(&lookup);
        let config = Self::read(&reader);
        if release {
            demand_what_debug_builds_make(&reader);
        }
        reader.into_result(config)
    }

    /// Every setting is looked at before the first `?`, so that none hides the faults of another.
    fn read(reader: &Reader<'_>) -> Option<Self> {
        let site_url = reader.or("SITE_URL", "http://localhost:3000", SiteUrl::parse);
        let own_url = |name, default| match &site_url {
            Some(site) => reader.or(name, default, |value| site.own_url(value)),
            None => reader.parsed(name, site::url_of_any_site).and(None),
        };
        let post_login_redirect = own_url("POST_LOGIN_REDIRECT_URL", "/dashboard");
        let post_logout_redirect = own_url("POST_LOGOUT_REDIRECT_URL", "/");
        let kinde_names = provider::came_by_kinde(reader);
        let claims_of_rights: Vec<String> =
            ["OPERATORS", "VIEWERS"].iter().flat_map(|setting| operators::claims(reader, setting)).collect();
        let providers = provider::read_all(
            reader,
            &Surroundings {
                site: site_url.as_ref(),
                after_log_out: post_logout_redirect.as_ref(),
                kinde_names,
                claims_of_rights: &claims_of_rights,
            },
        );
        let set = provider::all_names(reader);
        let operators = operators::read(reader, "OPERATORS", &set);
        let viewers = operators::read(reader, "VIEWERS", &set);
        let webhooks = webhook::read_all(reader, &providers);
        let listen = reader.or("LEPTOS_SITE_ADDR", "127.0.0.1:3000", values::address);
        let metrics = reader.parsed("METRICS_ADDR", values::address);
        if metrics.is_some_and(|metrics| listen.is_some_and(|listen| meets(metrics, listen))) {
            reader.invalid(
                "METRICS_ADDR",
                "is where the site is: metrics are served elsewhere, or everybody could read them",
            );
        }
        let database = DatabaseConfig::read(reader);
        let session_secrets = reader.parsed("SESSION_SECRET", secrets::session_secrets);
        let session_idle = reader.or("SESSION_IDLE_SECONDS", SESSION_IDLE, values::seconds);
        let session_absolute = reader.or("SESSION_ABSOLUTE_SECONDS", "604800", values::seconds);
        let login_ttl = reader.or("LOGIN_TTL_SECONDS", "1800", values::seconds);
        let sessions_per_user = reader.or("SESSIONS_PER_USER", "100", values::count);
        let rate_limit = reader.or("RATE_LIMIT", "on", values::switch);
        let trusted_proxies = reader.parsed("TRUSTED_PROXIES", values::networks);
        let proxy_header = reader.parsed("PROXY_HEADER", values::proxy_header);
        let backup = BackupConfig::read(reader);
        let DatabaseConfig { database_url, logging, .. } = database?;
        Some(Self {
            site_url: site_url?,
            listen: listen?,
            metrics,
            database_url,
            session_secrets: session_secrets.unwrap_or_default(),
            providers,
            webhooks,
            session_idle: session_idle?,
            session_absolute: session_absolute?,
            login_ttl: login_ttl?,
            sessions_per_user: sessions_per_user?,
            rate_limit: rate_limit?,
            trusted_proxies: trusted_proxies.unwrap_or_default(),
            proxy_header: proxy_header.unwrap_or_default(),
            rights: Rights { operators, viewers },
            post_login_redirect: post_login_redirect?,
            post_logout_redirect: post_logout_redirect?,
            backup: backup?,
            logging,
            kinde_names,
            warnings: Vec::new(),
        })
    }
}

/// Whether whoever comes to the one address may come to the other.
fn meets(one: SocketAddr, other: SocketAddr) -> bool {
    let is_any = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && (is_any || one.ip() == other.ip())
}

/// What a debug build makes for itself, and nobody should run a service on.
fn demand_what_debug_builds_make(reader: &Reader<'_>) {
    if reader.given("SESSION_SECRET").is_none() {
        let sentence = "is missing; `openssl rand -hex 32` makes one";
        reader.invalid("SESSION_SECRET", sentence);
    }
    let provider = ["OIDC_ISSUER_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"];
    let none = provider.iter().all(|name| reader.given(name).is_none());
    if none && reader.given("OIDC_PROVIDERS").is_none() {
        let sentence = "is missing; a release build needs a provider";
        for name in provider {
            reader.invalid(name, sentence);
        }
    }
}

/// What was read, unless there are faults besides.
fn with<T>(mut faults: Vec<InvalidSetting>, read: Result<T, SettingsError>) -> Result<T, SettingsError> {
    match read {
        Ok(read) if faults.is_empty() => Ok(read),
        read => {
            faults.extend(read.err().into_iter().flat_map(|more| more.faults));
            Err(faults.into())
        }
    }
}

impl SealedConfig {
    /// Reads an environment; no other setting is looked at.
    ///
    /// # Errors
    /// All that is wrong, at once; that there is no secret.
    pub fn from(environment: &Environment) -> Result<Self, SettingsError> {
        let lookup = |name: &str| environment.get(name);
        let reader = Reader::new(&lookup);
        let database = DatabaseConfig::read(&reader);
        let session_secrets = reader.parsed("SESSION_SECRET", secrets::session_secrets);
        if reader.given("SESSION_SECRET").is_none() {
            reader.invalid("SESSION_SECRET", "is missing; what is kept encrypted cannot be read without it");
        }
        let read = database.zip(session_secrets);
        let read = read.map(|(database, session_secrets)| Self { database, session_secrets });
        with(environment.faults(), reader.into_result(read))
    }

    /// As [`SealedConfig::from`], where there may be no secret.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn if_any(environment: &Environment) -> Result<Self, SettingsError> {
        let lookup = |name: &str| environment.get(name);
        let reader = Reader::new(&lookup);
        let database = DatabaseConfig::read(&reader);
        let session_secrets = reader.parsed("SESSION_SECRET", secrets::session_secrets).unwrap_or_default();
        let read = database.map(|database| Self { database, session_secrets });
        with(environment.faults(), reader.into_result(read))
    }
}

impl StudioConfig {
    /// Reads an environment; no other setting is looked at.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn from(environment: &Environment) -> Result<Self, SettingsError> {
        with(environment.faults(), Self::parse(|name| environment.get(name)))
    }

    /// Parses the little that `lookup` must know of; no other setting is looked at.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let reader = Reader::new(&lookup);
        let database = DatabaseConfig::read(&reader);
        let session_idle = reader.or("SESSION_IDLE_SECONDS", SESSION_IDLE, values::seconds);
        let session_secrets = reader.parsed("SESSION_SECRET", secrets::session_secrets).unwrap_or_default();
        let read = database.zip(session_idle);
        reader.into_result(read.map(|(database, session_idle)| Self {
            database,
            session_idle,
            session_secrets,
        }))
    }
}

impl CopyConfig {
    /// Reads an environment; no other setting is looked at.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn from(environment: &Environment) -> Result<Self, SettingsError> {
        let lookup = |name: &str| environment.get(name);
        let reader = Reader::new(&lookup);
        let database = DatabaseConfig::read(&reader);
        let session_secrets = reader.parsed("SESSION_SECRET", secrets::session_secrets).unwrap_or_default();
        let backup = BackupConfig::read(&reader);
        let read = database.zip(backup);
        let read = read.map(|(database, backup)| Self { database, session_secrets, backup });
        with(environment.faults(), reader.into_result(read))
    }
}

impl BackupConfig {
    /// Reads an environment; no other setting is looked at.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn from(environment: &Environment) -> Result<Self, SettingsError> {
        let lookup = |name: &str| environment.get(name);
        let reader = Reader::new(&lookup);
        let read = Self::read(&reader);
        with(environment.faults(), reader.into_result(read))
    }
}

impl DatabaseConfig {
    /// Reads the environment.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn from_environment() -> Result<Self, SettingsError> {
        let environment = Environment::read();
        with(environment.faults(), Self::parse(|name| environment.get(name)))
    }

    /// Parses the little that `lookup` must know of for these commands; no other setting is looked at.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let reader = Reader::new(&lookup);
        let config = Self::read(&reader);
        reader.into_result(config)
    }

    fn read(reader: &Reader<'_>) -> Option<Self> {
        let default = "sqlite://sparekey.db?mode=rwc";
        let database_url = reader.or("DATABASE_URL", default, DatabaseUrl::parse);
        let filter = reader.or("RUST_LOG", "info", values::log_filter);
        let format = reader.or("LOG_FORMAT", "text", values::log_format);
        let backup_to = reader.parsed("BACKUP_TO", |value| Ok(PathBuf::from(value)));
        let logging = Logging { filter: filter?, format: format? };
        Some(Self { database_url: database_url?, backup_to, logging })
    }
}
