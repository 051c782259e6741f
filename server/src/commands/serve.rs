//! `sparekey serve`: settings → logs → server, until SIGINT or SIGTERM.

use super::development;
use crate::backups::Keys;
use crate::config::{Config, Environment};
use crate::{Server, telemetry};

/// Serves until it is told to stop, then finishes what is in flight.
pub(super) async fn serve() -> anyhow::Result<()> {
    let environment = Environment::read();
    let config = Config::from(&environment, !development::IS_ON)?;
    telemetry::start(&config.logging);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let (config, _provider) = development::fill_in(&environment, config, development::Which::Own).await?;
    Keys::of(&config.backup)?;
    let server = Server::new(&config).await?;
    tracing::info!("Sparekey listens on {}; open {}", config.listen, config.site_url.origin());
    server.run(told_to_stop()).await;
    tracing::info!("stopped");
    Ok(())
}

/// SIGINT (Ctrl-C) or SIGTERM.
pub(super) async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}
