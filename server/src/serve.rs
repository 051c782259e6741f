//! The server: started, run and stopped.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use ipnet::IpNet;
use provider::{SetUpError, background};
use store::{OpenError, Store};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::config::Config;
use crate::{Shared, connections, seal, web};

/// How often what has expired is forgotten.
const SWEEP: Duration = Duration::from_secs(60);
/// How long what is in flight may take to finish when the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// A server that is ready to answer.
pub struct Server {
    listener: TcpListener,
    router: Router,
    shared: Shared,
    store: Store,
    proxies: Vec<IpNet>,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No provider can be made of them: a key, an algorithm or a certificate authority that cannot be used.
    #[error(transparent)]
    Settings(#[from] SetUpError),
    /// It cannot be opened or brought up to date.
    #[error(transparent)]
    Database(#[from] OpenError),
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
        let address = config.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })?;
        Self::on(listener, config).await
    }

    /// As [`Server::new`], on a listener that is there already.
    ///
    /// # Errors
    /// As [`Server::new`], but for `Listen`.
    pub async fn on(listener: TcpListener, config: &Config) -> Result<Self, StartError> {
        let (store, _) = store::migrate(config.database_url.expose(), seal(&config.session_secrets)).await?;
        let shared = Shared::new(config, &store, web::options(config.listen))?;
        let proxies = config.trusted_proxies.clone();
        Ok(Self { listener, router: web::router(&shared), shared, store, proxies })
    }

    /// Serves until `stop`, then finishes what is in flight, for at most 10 seconds, and what a visitor left
    /// halfway, for as long again, and closes the database.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) {
        let sweeping = tokio::spawn(sweep(self.shared));
        let (stopping, stopped) = oneshot::channel::<()>();
        let stop = async move {
            stop.await;
            drop(stopping);
        };
        tokio::select! {
            () = connections::serve(self.listener, self.router, self.proxies, stop) => {}
            () = patience(stopped) => {}
        }
        sweeping.abort();
        // Longer than that it may not take: whoever stops us does not wait for a provider.
        drop(tokio::time::timeout(GRACE, background::all_that_was_left()).await);
        self.store.close().await;
    }
}

/// How long a visitor who does not read the answer can keep the server from stopping.
async fn patience(stopped: oneshot::Receiver<()>) {
    // The sender is dropped when the stop comes.
    stopped.await.unwrap_or_default();
    tokio::time::sleep(GRACE).await;
}

async fn sweep(shared: Shared) {
    let mut clock = tokio::time::interval(SWEEP);
    loop {
        clock.tick().await;
        let idle = shared.ports.login.rules().session_idle;
        if let Err(error) = shared.ports.directory.sweep(idle).await {
            tracing::warn!(
                code = error.code().as_str(),
                "cleanup of expired sessions and log-in attempts failed"
            );
        }
        shared.web.forget();
    }
}
