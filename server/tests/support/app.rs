//! The application as it runs in production, on a free port, with a database and a provider of its own.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use dev_provider::{Client, DevProvider, Settings};
use server::{Config, Server};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::browser::{Answer, Browser};
use super::opened::Opened;

pub(crate) const CLIENT_ID: &str = "sparekey";
pub(crate) const CLIENT_SECRET: &str = "dev-secret";
pub(crate) const SESSION: &str = "sparekey_session";
pub(crate) const BROWSER: &str = "sparekey_browser";
/// Everybody's favourite person at the development provider.
pub(crate) const ADA: &str = "dev|0001";
pub(crate) const GRACE: &str = "dev|0002";

/// Settings on the way to an application: they need its address and its providers' first.
pub(crate) struct Plan {
    listener: TcpListener,
    /// `SITE_URL`.
    pub(crate) site: String,
    pub(crate) provider: DevProvider,
    pub(crate) others: BTreeMap<String, DevProvider>,
    settings: BTreeMap<String, String>,
    folder: TempDir,
}

/// A running application. It stops when this is dropped.
pub(crate) struct TestApp {
    /// `SITE_URL`.
    pub(crate) site: String,
    pub(crate) door: SocketAddr,
    /// The provider `main`.
    pub(crate) provider: DevProvider,
    /// The named ones.
    pub(crate) others: BTreeMap<String, DevProvider>,
    settings: BTreeMap<String, String>,
    _folder: TempDir,
    running: Option<Running>,
}

/// Another process at the same database.
pub(crate) struct Twin {
    pub(crate) door: SocketAddr,
    _running: Running,
}

type Running = (oneshot::Sender<()>, JoinHandle<()>);

async fn serve(listener: TcpListener, settings: &BTreeMap<String, String>) -> Running {
    let config = Config::parse(|name| settings.get(name).cloned(), false).unwrap();
    let server = Server::on(listener, &config).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        let until = async move { drop(stopped.await) };
        server.run(until).await;
    });
    (stop, task)
}

impl Plan {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let site = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        Self::at(listener, &site).await
    }

    /// As if TLS ended before us.
    pub(crate) async fn on_https() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        Self::at(listener, "https://app.example").await
    }

    async fn at(listener: TcpListener, site: &str) -> Self {
        let provider = dev_provider::start(Settings::for_site(site)).await.unwrap();
        let folder = TempDir::new().unwrap();
        let database = format!("sqlite://{}?mode=rwc", folder.path().join("test.db").display());
        let plan = Self {
            listener,
            site: site.to_owned(),
            others: BTreeMap::new(),
            settings: BTreeMap::new(),
            folder,
            provider,
        };
        let (issuer, secret) = (plan.provider.issuer().to_owned(), "07".repeat(32));
        plan.set("SITE_URL", site)
            .set("DATABASE_URL", &database)
            .set("SESSION_SECRET", &secret)
            .set("OIDC_ISSUER_URL", &issuer)
            .set("OIDC_CLIENT_ID", CLIENT_ID)
            .set("OIDC_CLIENT_SECRET", CLIENT_SECRET)
    }

    /// Sets a setting, or with an empty value takes it away.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        match value {
            "" => drop(self.settings.remove(name)),
            value => drop(self.settings.insert(name.to_owned(), value.to_owned())),
        }
        self
    }

    /// A further provider, under this name.
    pub(crate) async fn and(mut self, name: &str) -> Self {
        let client = Client::for_named(CLIENT_ID, Some(CLIENT_SECRET), &self.site, name);
        let settings = Settings { clients: vec![client], ..Settings::for_site(&self.site) };
        let provider = dev_provider::start(settings).await.unwrap();
        let prefix = format!("OIDC_{}", name.to_uppercase());
        let issuer = provider.issuer().to_owned();
        self.others.insert(name.to_owned(), provider);
        let names: Vec<&str> = self.others.keys().map(String::as_str).collect();
        let names = names.join(",");
        self.set("OIDC_PROVIDERS", &names)
            .set(&format!("{prefix}_ISSUER_URL"), &issuer)
            .set(&format!("{prefix}_CLIENT_ID"), CLIENT_ID)
            .set(&format!("{prefix}_CLIENT_SECRET"), CLIENT_SECRET)
    }

    pub(crate) async fn start(self) -> TestApp {
        let Self { listener, site, provider, others, settings, folder } = self;
        let door = listener.local_addr().unwrap();
        let running = Some(serve(listener, &settings).await);
        TestApp { site, door, provider, others, settings, _folder: folder, running }
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Plan::new().await.start().await
    }

    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let plan = Plan::new().await;
        settings.iter().fold(plan, |plan, (name, value)| plan.set(name, value)).start().await
    }

    pub(crate) async fn stop(&mut self) {
        if let Some((stop, task)) = self.running.take() {
            drop(stop);
            task.await.unwrap();
        }
    }

    /// Stops and starts again, with some settings changed: a new process as far as anybody can tell.
    pub(crate) async fn restart(&mut self, changed: &[(&str, &str)]) {
        self.stop().await;
        self.settings.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let listener = TcpListener::bind(self.door).await.unwrap();
        self.running = Some(serve(listener, &self.settings).await);
    }

    /// A second process at the same database, at an address of its own.
    pub(crate) async fn twin(&self) -> Twin {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let door = listener.local_addr().unwrap();
        Twin { door, _running: serve(listener, &self.settings).await }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.site, self.door)
    }

    /// A browser in which this person is signed in.
    pub(crate) async fn signed_in(&self, subject: &str) -> Browser {
        let browser = self.browser();
        browser.log_in_as(subject).await;
        browser
    }

    /// All of its settings, with `SITE_URL`.
    #[cfg(feature = "full-run")]
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }

    /// Opens the database beside the application.
    pub(crate) async fn store(&self) -> Opened {
        Opened::at(self.setting("DATABASE_URL"), 7).await
    }
}

impl Browser {
    /// Leaves for the provider: the address of its authorization endpoint.
    pub(crate) async fn leave(&self, query: &str) -> String {
        self.get(&format!("/auth/login{query}")).await.location().to_owned()
    }

    /// Chooses a person at the provider: the address to come back to.
    pub(crate) async fn choose(&self, authorize: &str, subject: &str) -> String {
        self.forget_the_providers();
        let ask = self.ask(http::Method::GET, authorize).header("dev-choose", subject);
        ask.send().await.location().to_owned()
    }

    /// Everything up to the address that the provider sends the browser back to.
    pub(crate) async fn come_back_as(&self, subject: &str) -> String {
        let authorize = self.leave("").await;
        self.choose(&authorize, subject).await
    }

    /// The whole way but the last redirect; whether it succeeds is in the answer.
    pub(crate) async fn try_as(&self, subject: &str) -> Answer {
        let callback = self.come_back_as(subject).await;
        self.get(&callback).await
    }

    /// The whole way; the answer leads to where the visitor was going.
    pub(crate) async fn log_in_as(&self, subject: &str) -> Answer {
        let answer = self.try_as(subject).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(self.is_signed_in().await);
        answer
    }

    pub(crate) async fn is_signed_in(&self) -> bool {
        match self.get("/api/me").await.status.as_u16() {
            200 => true,
            401 => false,
            other => panic!("/api/me answers {other}"),
        }
    }

    /// The id of the user who is signed in.
    pub(crate) async fn user_id(&self) -> String {
        self.get("/api/me").await.json()["id"].as_str().unwrap().to_owned()
    }
}

/// Waits until something has come about, for at most half a minute: a machine may be busy.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so().await {
        assert!(Instant::now() < deadline, "{what}: not within half a minute");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
