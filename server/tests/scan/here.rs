//! A scripted provider, and a copy of its users.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use identity::scan::{Report, Scan, ScanError, Scanned};
use identity::{Actor, Directory, Identity, Secret, Standing, Timestamp, User, UserId, World};
use provider::ProviderSettings;
use provider::admin::AdminInterface;
use server::{Config, System};
use tempfile::TempDir;

use crate::support::admin::Admin;
use crate::support::opened::Opened;
use crate::support::process::SECRET;

/// The clock of the system, and some time after it.
#[derive(Default)]
pub(super) struct Later(AtomicI64);

impl World for Later {
    fn now(&self) -> Timestamp {
        System.now() + TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }

    fn new_id(&self) -> UserId {
        System.new_id()
    }

    fn secret(&self) -> Secret {
        System.secret()
    }
}

pub(super) struct Here {
    pub(super) admin: Admin,
    pub(super) store: Opened,
    pub(super) settings: ProviderSettings,
    clock: Arc<Later>,
    pub(super) folder: TempDir,
}

impl Here {
    /// A Keycloak with so many people, and an empty copy.
    pub(super) async fn start(people: usize) -> Self {
        Self::of("keycloak", "/admin/realms/acme", people).await
    }

    pub(super) async fn of(preset: &str, path: &str, people: usize) -> Self {
        let (admin, folder) = (Admin::start(people).await, tempfile::tempdir().unwrap());
        let all = settings(&admin, preset, path, &folder);
        let config = Config::parse(|name| all.get(name).cloned(), false).unwrap();
        let store = Opened::at(config.database_url.expose(), 7).await;
        let settings = config.providers[0].clone();
        Self { admin, store, settings, clock: Arc::default(), folder }
    }

    /// What a process beside this one is set by.
    pub(super) fn environment(&self) -> BTreeMap<String, String> {
        settings(&self.admin, "keycloak", "/admin/realms/acme", &self.folder)
    }

    pub(super) fn pass(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(super) fn interface(&self) -> AdminInterface {
        AdminInterface::new(&self.settings, self.clock.clone()).unwrap().unwrap()
    }

    pub(super) fn scanner(&self) -> Scan {
        let about = Scanned {
            provider: self.settings.name.clone(),
            issuer: self.settings.issuer.clone(),
            reference: self.settings.reference.clone(),
            limit: self.settings.missing_limit,
        };
        Scan::new(self.store.store.ports(), self.clock.clone(), about)
    }

    pub(super) async fn try_scan(&self) -> Result<Report, ScanError> {
        self.scanner().run(&self.interface(), None, &|_, _, _| {}).await
    }

    pub(super) async fn scan(&self) -> Report {
        self.try_scan().await.unwrap()
    }

    pub(super) async fn dry_run(&self) -> Report {
        self.scanner().dry_run(&self.interface(), &|_, _, _| {}).await.unwrap()
    }

    pub(super) async fn approve(&self, report: &Report) -> Result<Report, ScanError> {
        self.scanner().approve(report.run.unwrap(), &Actor::Cli("ada".into()).into(), &|_, _, _| {}).await
    }

    pub(super) async fn users(&self) -> Vec<User> {
        self.store.users.page(None, 10_000).await.unwrap()
    }

    /// Forgets what is over.
    pub(super) async fn sweep(&self) {
        let directory = Directory::new(self.store.store.ports(), self.clock.clone());
        directory.sweep(TimeDelta::days(1)).await.unwrap();
    }

    pub(super) async fn identity(&self, reference: &str) -> Identity {
        let issuer = &self.settings.issuer;
        let user = self.store.users.find_by_identity(issuer, reference).await.unwrap().unwrap();
        user.identity(issuer, reference).unwrap().clone()
    }

    pub(super) async fn standing(&self, number: usize) -> Standing {
        self.identity(&format!("id-{number:06}")).await.standing
    }

    /// How many are present here.
    pub(super) async fn present(&self) -> usize {
        let all = self.users().await;
        let identities = all.iter().flat_map(|user| &user.identities);
        identities.filter(|one| one.standing == Standing::Present).count()
    }
}

fn settings(admin: &Admin, preset: &str, path: &str, folder: &TempDir) -> BTreeMap<String, String> {
    let database = format!("sqlite://{}?mode=rwc", folder.path().join("copy.db").display());
    let mut all = admin.settings(preset, path);
    all.insert("DATABASE_URL".to_owned(), database);
    all.insert("SESSION_SECRET".to_owned(), SECRET.to_owned());
    all
}
