//! The server: started, run and stopped.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use identity::{Directory, World};
use ipnet::IpNet;
use provider::{ProviderSettings, SetUpError, background};
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::backups::Scheduled;
use crate::config::{Config, SettingsError, StudioConfig};
use crate::database::{DatabaseError, open, whole};
use crate::{Shared, System, connections, copy_state, metrics, scans, seal, web};

/// How often what has expired is forgotten.
const SWEEP: Duration = Duration::from_secs(60);
/// How often it is looked whether a command without the secret left something of somebody erased.
const FORGET: Duration = Duration::from_secs(3600);
/// Between two steps of taking users into the search, so that others get their turn, and after one that failed.
const PAUSE: Duration = Duration::from_millis(5);
const AGAIN: Duration = Duration::from_secs(10);
/// How long what is in flight may take to finish when the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// A server that is ready to answer.
pub struct Server {
    listener: TcpListener,
    router: Router,
    /// Where metrics are served.
    metrics: Option<TcpListener>,
    shared: Shared,
    store: Store,
    proxies: Vec<IpNet>,
    providers: Vec<ProviderSettings>,
    /// Whether it works on what waits and forgets what has expired: by settings of the site, which a command does not know.
    has_jobs: bool,
    /// What makes backups by itself, where there is a folder for them.
    backups: Option<Scheduled>,
}

/// How `sparekey studio` is opened.
pub struct Opening {
    /// The address that opens it, once.
    pub address: String,
    /// A page that does the same by a form.
    pub page: String,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No provider can be made of them: a key, an algorithm or a certificate authority that cannot be used.
    #[error(transparent)]
    Settings(#[from] SetUpError),
    /// It cannot be opened or brought up to date, does not answer, or is half restored.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A key for backups cannot be used.
    #[error(transparent)]
    Keys(#[from] SettingsError),
    /// The address is another's, or none of this machine's.
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
}

impl Server {
    /// Opens and migrates the database, listens, and calls no provider yet.
    ///
    /// # Errors
    /// The first of [`StartError`] that there is; nothing listens then.
    pub async fn new(config: &Config) -> Result<Self, StartError> {
        Self::on(bind(config.listen).await?, config).await
    }

    /// As [`Server::new`], on a listener that is there already.
    ///
    /// # Errors
    /// As [`Server::new`]; `Listen` of the metrics alone.
    pub async fn on(listener: TcpListener, config: &Config) -> Result<Self, StartError> {
        let metrics = match config.metrics {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let migrated = store::migrate(config.database_url.expose(), seal(&config.session_secrets)).await;
        let store = whole(migrated.map_err(DatabaseError::from)?.0).await?;
        let shared = Shared::new(config, &store, web::options(config.listen))?;
        let proxies = config.trusted_proxies.clone();
        let providers = config.providers.clone();
        let backups = Scheduled::of(config)?;
        let router = web::router(&shared);
        Ok(Self { listener, router, metrics, shared, store, proxies, providers, backups, has_jobs: true })
    }

    /// The studio alone, for whoever holds what opens it: on a listener on loopback, over a database as it is.
    /// By the site's own idle time it shows who is signed in, and by its secret, where it is told, an erase looks into
    /// messages that nobody understood.
    ///
    /// # Errors
    /// It cannot be opened, or is not up to date; the listener has no address.
    pub async fn local(
        listener: TcpListener,
        studio: &StudioConfig,
        actor: identity::Actor,
    ) -> Result<(Self, Opening), StartError> {
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        let bound = listener.local_addr();
        let address = bound.map_err(|source| StartError::Listen { address: unknown, source })?;
        let store = open(studio.database.database_url.expose(), &studio.session_secrets).await?;
        let (session, token) = (System.secret(), System.secret());
        let local = web::Local::new(address.port(), actor, session, &token);
        let opening = Opening { address: local.address(&token), page: local.opener(&token) };
        let config = Config { session_idle: studio.session_idle, ..local_config(&local.origin(), address) };
        let shared = Shared::local(&config, &store, web::options(address), local)?;
        let router = web::router(&shared);
        let (proxies, providers) = (Vec::new(), Vec::new());
        let (metrics, backups) = (None, None);
        let server =
            Self { listener, router, metrics, shared, store, proxies, providers, backups, has_jobs: false };
        Ok((server, opening))
    }

    /// Serves until `stop`, then finishes what is in flight, for at most 10 seconds, and what a visitor left
    /// halfway, for as long again, and closes the database.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) {
        let copy = self.shared.ports.copy.clone();
        let mut beside = JoinSet::new();
        if let Some(backups) = self.backups {
            beside.spawn(backups.whenever_due(self.store.clone()));
        }
        if let Some(listener) = self.metrics {
            let router = metrics::router(copy.clone());
            beside.spawn(connections::serve(listener, router, Vec::new(), std::future::pending()));
        }
        let jobs = self.has_jobs.then(|| {
            let hooks = self.shared.hooks.clone();
            let directory = self.shared.ports.directory.clone();
            [
                tokio::spawn(async move { hooks.work_on().await }),
                tokio::spawn(fill_search(directory)),
                tokio::spawn(copy_state::watch(copy)),
                tokio::spawn(sweep(self.shared)),
            ]
        });
        let mut scanning = JoinSet::new();
        // A retired one is asked nothing.
        for provider in self.providers.into_iter().filter(|one| !one.is_retired) {
            scanning.spawn(scans::whenever_due(provider, self.store.ports()));
        }
        let (stopping, stopped) = oneshot::channel::<()>();
        let stop = async move {
            stop.await;
            drop(stopping);
        };
        tokio::select! {
            () = connections::serve(self.listener, self.router, self.proxies, stop) => {}
            () = patience(stopped) => {}
        }
        for job in jobs.into_iter().flatten() {
            job.abort();
        }
        // What was begun of a backup is not finished, and its file goes with it.
        beside.shutdown().await;
        // Another process goes on with a scan, or this one when it is back.
        scanning.shutdown().await;
        // Longer than that it may not take: whoever stops us does not wait for a provider.
        drop(tokio::time::timeout(GRACE, background::all_that_was_left()).await);
        self.store.close().await;
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

/// Settings of a site that nobody logs in to: its database is open already.
fn local_config(origin: &str, address: SocketAddr) -> Config {
    let settings = |name: &str| match name {
        "SITE_URL" => Some(origin.to_owned()),
        "LEPTOS_SITE_ADDR" => Some(address.to_string()),
        "DATABASE_URL" => Some("sqlite::memory:".to_owned()),
        _ => None,
    };
    Config::parse(settings, false).unwrap_or_else(|_| unreachable!("an address on loopback is a site"))
}

/// How long a visitor who does not read the answer can keep the server from stopping.
async fn patience(stopped: oneshot::Receiver<()>) {
    // The sender is dropped when the stop comes.
    stopped.await.unwrap_or_default();
    tokio::time::sleep(GRACE).await;
}

/// Takes users that were there before there was a search into it, some at a time, while everything else goes on.
async fn fill_search(directory: Directory) {
    let mut all = 0;
    loop {
        match directory.fill_search().await {
            Ok(None) => break,
            Ok(Some(some)) => all += some,
            Err(error) => {
                tracing::warn!(
                    code = error.code().as_str(),
                    "users were not taken into the search; tried again"
                );
                tokio::time::sleep(AGAIN).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    if all > 0 {
        tracing::info!(users = all, "all users are in the search");
    }
}

async fn sweep(shared: Shared) {
    let mut clock = tokio::time::interval(SWEEP);
    let mut forgot_at = None::<Instant>;
    loop {
        clock.tick().await;
        if forgot_at.is_none_or(|at| at.elapsed() >= FORGET) {
            match shared.ports.directory.forget_on_the_shelf().await {
                Ok(_) => forgot_at = Some(Instant::now()),
                Err(error) => {
                    tracing::warn!(
                        code = error.code().as_str(),
                        "what scans have read was not looked through"
                    );
                }
            }
        }
        let idle = shared.ports.login.rules().session_idle;
        if let Err(error) = shared.ports.directory.sweep(idle).await {
            tracing::warn!(
                code = error.code().as_str(),
                "cleanup of expired sessions and log-in attempts failed"
            );
        }
        if let Err(error) = shared.hooks.inbox.sweep().await {
            tracing::warn!(code = error.code().as_str(), "cleanup of old messages failed");
        }
        shared.web.forget();
    }
}
