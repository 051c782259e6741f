//! What a debug build with the feature `dev-provider` makes for itself when the settings leave it out: a
//! session secret that is kept in a file, and the development provider. Every other build has none of this,
//! and refuses to start instead.

use crate::config::{Config, Environment};

/// Whether this build makes for itself what the settings leave out. A release does not, feature or no.
pub(super) const IS_ON: bool = cfg!(all(debug_assertions, feature = "dev-provider"));

/// The environment, with the secret that such a build keeps for itself, where there is one.
pub(super) fn with_secret(environment: Environment) -> Environment {
    #[cfg(all(debug_assertions, feature = "dev-provider"))]
    if environment.get("SESSION_SECRET").is_none()
        && let Some(secret) = debug::kept_secret()
    {
        return environment.with([("SESSION_SECRET", secret)]);
    }
    environment
}

/// Which development provider a command means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// One of its own.
    Own,
    /// That of the server that runs beside it, if there is one.
    TheServers,
}

/// Keeps whatever must live as long as the server.
#[cfg(all(debug_assertions, feature = "dev-provider"))]
pub(super) type Provider = Option<dev_provider::DevProvider>;
#[cfg(not(all(debug_assertions, feature = "dev-provider")))]
pub(super) type Provider = ();

#[cfg(not(all(debug_assertions, feature = "dev-provider")))]
pub(super) async fn fill_in(_: &Environment, config: Config, _: Which) -> anyhow::Result<(Config, Provider)> {
    Ok((config, ()))
}

#[cfg(all(debug_assertions, feature = "dev-provider"))]
pub(super) async fn fill_in(
    environment: &Environment,
    config: Config,
    which: Which,
) -> anyhow::Result<(Config, Provider)> {
    let mut environment = environment.clone();
    if config.session_secrets.is_empty() {
        environment = environment.with([("SESSION_SECRET", debug::secret()?)]);
    }
    if !config.providers.is_empty() {
        return Ok((Config::from(&environment, false)?, None));
    }
    let provisioning = debug::provisioning(&environment, &config);
    let running = match which {
        Which::Own => None,
        Which::TheServers => debug::running(&config).await,
    };
    let (issuer, provider) = match running {
        Some(issuer) => (issuer, None),
        None => {
            let provider = debug::provider(&config, provisioning.clone()).await?;
            (provider.issuer().to_owned(), Some(provider))
        }
    };
    if config.rights == identity::Rights::default() {
        environment = environment.with([("OPERATORS", debug::OPERATOR)]);
    }
    if environment.get("OIDC_SCAN_SECONDS").is_none() {
        // Whoever develops sees first who logs in; `sparekey scan` reads the others too.
        environment = environment.with([("OIDC_SCAN_SECONDS", "0")]);
    }
    let admin_url = format!("{issuer}/scim/v2");
    let environment = environment.with([
        ("OIDC_ISSUER_URL", issuer.as_str()),
        ("OIDC_CLIENT_ID", debug::CLIENT_ID),
        ("OIDC_CLIENT_SECRET", debug::CLIENT_SECRET),
        ("OIDC_LABEL", "the development provider"),
        ("OIDC_WEBHOOK_SECRET", &provisioning.webhook_secret),
        ("OIDC_SCIM_TOKEN", &provisioning.scim_token),
        ("OIDC_ADMIN_URL", &admin_url),
        ("OIDC_ADMIN_TOKEN", &provisioning.admin_token),
    ]);
    Ok((Config::from(&environment, false)?, provider))
}

#[cfg(all(debug_assertions, feature = "dev-provider"))]
mod debug {
    use std::io::ErrorKind;
    use std::net::{Ipv4Addr, SocketAddr};
    use std::path::Path;

    use anyhow::Context;
    use dev_provider::{Client, DevProvider, Provisioning, Settings};

    use crate::config::{Config, Environment};

    pub(super) const CLIENT_ID: &str = "sparekey";
    pub(super) const CLIENT_SECRET: &str = "dev-secret";
    /// Of the people whom the development provider knows, who may act in the studio.
    pub(super) const OPERATOR: &str = "email:grace@example.com";
    const SECRET_FILE: &str = ".sparekey-dev-secret";

    /// The secret that was made, if one was.
    pub(super) fn kept_secret() -> Option<String> {
        Some(std::fs::read_to_string(SECRET_FILE).ok()?.trim().to_owned())
    }

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

    /// How the provider tells us who changed: by the secrets that are set, or by some of our own.
    pub(super) fn provisioning(environment: &Environment, config: &Config) -> Provisioning {
        let own = Provisioning::for_named(config.site_url.origin(), app::MAIN);
        let given = |name: &str| environment.get(name).filter(|value| !value.trim().is_empty());
        let first = |value: String| value.split(',').next().unwrap_or_default().trim().to_owned();
        Provisioning {
            webhook_secret: given("OIDC_WEBHOOK_SECRET").map_or(own.webhook_secret, first),
            scim_token: given("OIDC_SCIM_TOKEN").unwrap_or(own.scim_token),
            ..own
        }
    }

    fn next(config: &Config) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, config.listen.port().checked_add(1).unwrap_or_default()))
    }

    /// The issuer of the provider that the server beside us has started.
    pub(super) async fn running(config: &Config) -> Option<String> {
        dev_provider::running_at(next(config)).await
    }

    /// On the port after ours, where that is free, so that its address stays the same; else on any.
    pub(super) async fn provider(config: &Config, provisioning: Provisioning) -> anyhow::Result<DevProvider> {
        let client = Client::for_site(CLIENT_ID, Some(CLIENT_SECRET), config.site_url.origin());
        let at = |address| Settings {
            clients: vec![client.clone()],
            provisioning: Some(provisioning.clone()),
            ..Settings::for_site(config.site_url.origin()).at(address)
        };
        let started = match dev_provider::start(at(next(config))).await {
            Ok(provider) => Ok(provider),
            Err(_) => dev_provider::start(at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).await,
        };
        let provider = started.context("the development provider does not start")?;
        tracing::info!(
            "no provider is set: the development provider is at {0}; {0}/people changes its people",
            provider.issuer()
        );
        Ok(provider)
    }
}
