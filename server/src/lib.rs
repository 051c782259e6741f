//! The world around `app` and `identity`: settings, provider, database, HTTP. This file is the composition
//! root: what is made of what.

mod backups;
pub mod commands;
pub mod config;
mod connections;
mod copy_state;
mod database;
mod erased_file;
mod inbox;
#[cfg(debug_assertions)]
mod login_trace;
mod metrics;
mod scans;
mod serve;
mod shown;
pub mod telemetry;
mod web;
mod world;

use std::sync::Arc;

use app::Ports;
use chrono::TimeDelta;
use identity::{CopyWatch, Directory, Inbox, Login, LoginError, Provider, Rules, Secret, Viewer, World};
use leptos::config::LeptosOptions;
use provider::{OpenIdProvider, SetUpError, background};
use secrecy::{ExposeSecret, SecretBox};
use store::{Seal, Store};
use tracing::Instrument;
use url::Url;

pub use config::Config;
pub use database::DatabaseError;
pub use serve::{Opening, Server, StartError};
pub use world::System;

use inbox::Hooks;
use web::Web;

/// What all requests share.
#[derive(Clone)]
pub(crate) struct Shared {
    /// What pages and server functions find in their context, without the request at hand.
    pub(crate) ports: Ports,
    pub(crate) web: Arc<Web>,
    /// What providers push.
    pub(crate) hooks: Arc<Hooks>,
    pub(crate) options: LeptosOptions,
}

impl Shared {
    pub(crate) fn new(config: &Config, store: &Store, options: LeptosOptions) -> Result<Self, SetUpError> {
        let web = Web::new(config, &options);
        let ports = ports(config, store)?;
        let hooks = Hooks::new(config, &ports)?;
        Ok(Self { ports, web: Arc::new(web), hooks: Arc::new(hooks), options })
    }

    /// The same for `sparekey studio`.
    pub(crate) fn local(
        config: &Config,
        store: &Store,
        options: LeptosOptions,
        local: web::Local,
    ) -> Result<Self, SetUpError> {
        let web = Web::new(config, &options).behind(local);
        Ok(Self { web: Arc::new(web), ..Self::new(config, store, options)? })
    }
}

/// Wires settings, database and providers together. Calls nobody yet.
///
/// # Errors
/// What a provider's settings name cannot be used: a key, an authority's certificate.
pub fn ports(config: &Config, store: &Store) -> Result<Ports, SetUpError> {
    let world: Arc<dyn World> = Arc::new(System);
    let names = config.providers.iter().map(|settings| settings.name.clone()).collect();
    let active = config.providers.iter().filter(|settings| !settings.is_retired);
    let providers = active.cloned().map(|settings| {
        let provider = OpenIdProvider::new(settings, world.clone())?;
        Ok::<_, SetUpError>(Arc::new(provider) as Arc<dyn Provider>)
    });
    let providers: Arc<[_]> = providers.collect::<Result<_, _>>()?;
    let stores = Arc::new(erased_file::beside(store.ports(), config.backup.to.as_deref()));
    let copy = CopyWatch::new(stores.clone(), world.clone(), names);
    Ok(Ports {
        login: Login::new(stores.clone(), providers, world.clone(), rules(config)),
        directory: Directory::new(stores.clone(), world.clone()),
        copy: match config.backup.to.clone() {
            Some(folder) => copy.with_backups(Arc::new(move || backups::state(&folder))),
            None => copy,
        },
        inbox: Inbox::new(stores, world.clone()),
        world,
        visit: None,
    })
}

fn rules(config: &Config) -> Rules {
    Rules {
        // An origin that was parsed before parses again.
        site: Url::parse(config.site_url.origin()).unwrap_or_else(|_| unreachable!("SITE_URL is a URL")),
        after_login: config.post_login_redirect.path.clone(),
        after_logout: config.post_logout_redirect.path.clone(),
        login_ttl: seconds(config.login_ttl),
        session_idle: seconds(config.session_idle),
        session_absolute: seconds(config.session_absolute),
        sessions_per_user: config.sessions_per_user,
        rights: config.rights.clone(),
    }
}

/// Longer than a century is a century.
fn seconds(duration: std::time::Duration) -> TimeDelta {
    const CENTURY: TimeDelta = TimeDelta::days(36_525);
    TimeDelta::from_std(duration).map_or(CENTURY, |delta| delta.min(CENTURY))
}

/// Encryption at rest under the secrets of the settings.
pub(crate) fn seal(secrets: &[SecretBox<[u8; 32]>]) -> Seal {
    let secrets: Vec<[u8; 32]> = secrets.iter().map(|secret| *secret.expose_secret()).collect();
    Seal::new(&secrets)
}

/// Who a session belongs to. A refresh of tokens that has begun is finished even if the visitor goes away:
/// the provider has given out new ones, and the old are spent.
pub(crate) async fn viewer(login: &Login, session: Secret) -> Result<Option<Viewer>, LoginError> {
    let login = login.clone();
    background::in_any_case(async move { login.viewer(&session).await }.in_current_span()).await
}
