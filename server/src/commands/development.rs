//! What a debug build with the feature `dev-provider` makes for itself when the settings leave it out: a
//! session secret that is kept in a file, and the development provider. Every other build has none of this,
//! and refuses to start instead.

use crate::config::{Config, Environment};

/// Whether this build makes for itself what the settings leave out. A release does not, feature or no.
pub(super) const IS_ON: bool = cfg!(all(debug_assertions, feature = "dev-provider"));

/// Keeps whatever must live as long as the server.
#[cfg(all(debug_assertions, feature = "dev-provider"))]
pub(super) type Provider = Option<dev_provider::DevProvider>;
#[cfg(not(all(debug_assertions, feature = "dev-provider")))]
pub(super) type Provider = ();

#[cfg(not(all(debug_assertions, feature = "dev-provider")))]
pub(super) async fn fill_in(_: &Environment, config: Config) -> anyhow::Result<(Config, Provider)> {
    Ok((config, ()))
}

#[cfg(all(debug_assertions, feature = "dev-provider"))]
pub(super) async fn fill_in(environment: &Environment, config: Config) -> anyhow::Result<(Config, Provider)> {
    let mut environment = environment.clone();
    if config.session_secrets.is_empty() {
        environment = environment.with([("SESSION_SECRET", debug::secret()?)]);
    }
    let provider = match config.providers.is_empty() {
        true => Some(debug::provider(&config).await?),
        false => None,
    };
    if let Some(provider) = &provider {
        let (id, secret) = (debug::CLIENT_ID, debug::CLIENT_SECRET);
        let settings = [
            ("OIDC_ISSUER_URL", provider.issuer()),
            ("OIDC_CLIENT_ID", id),
            ("OIDC_CLIENT_SECRET", secret),
            ("OIDC_LABEL", "the development provider"),
        ];
        environment = environment.with(settings);
    }
    let config = Config::from(&environment, false)?;
    Ok((config, provider))
}

#[cfg(all(debug_assertions, feature = "dev-provider"))]
mod debug {
    use std::io::ErrorKind;
    use std::net::{Ipv4Addr, SocketAddr};
    use std::path::Path;

    use anyhow::Context;
    use dev_provider::{Client, DevProvider, Settings};

    use crate::config::Config;

    pub(super) const CLIENT_ID: &str = "sparekey";
    pub(super) const CLIENT_SECRET: &str = "dev-secret";
    const SECRET_FILE: &str = ".sparekey-dev-secret";

    /// Sessions survive a restart only if the secret does.
    pub(super) fn secret() -> anyhow::Result<String> {
        match std::fs::read_to_string(SECRET_FILE) {
            Ok(secret) => Ok(secret.trim().to_owned()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let mut random = [0_u8; 32];
                getrandom::fill(&mut random).context("the system has no source of randomness")?;
                let secret: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
                keep(Path::new(SECRET_FILE), &secret)
                    .with_context(|| format!("{SECRET_FILE} cannot be written"))?;
                Ok(secret)
            }
            Err(error) => Err(error).with_context(|| format!("{SECRET_FILE} cannot be read")),
        }
    }

    fn keep(file: &Path, secret: &str) -> std::io::Result<()> {
        use std::io::Write;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(file)?.write_all(secret.as_bytes())
    }

    /// On the port after ours, where that is free, so that its address stays the same; else on any.
    pub(super) async fn provider(config: &Config) -> anyhow::Result<DevProvider> {
        let client = Client::for_site(CLIENT_ID, Some(CLIENT_SECRET), config.site_url.origin());
        let at = |port| Settings {
            clients: vec![client.clone()],
            ..Settings::for_site(config.site_url.origin()).at(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        };
        let next = config.listen.port().checked_add(1).unwrap_or_default();
        let started = match dev_provider::start(at(next)).await {
            Ok(provider) => Ok(provider),
            Err(_) => dev_provider::start(at(0)).await,
        };
        let provider = started.context("the development provider does not start")?;
        tracing::info!("no provider is set: the development provider is at {}", provider.issuer());
        Ok(provider)
    }
}
