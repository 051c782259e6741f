//! The ports in memory: a clock that stands still, dice that count, a provider that answers as it was told,
//! stores that are lists. What they do, they write into one diary, so that a test can ask for the order.

mod provider;
mod pushed;
mod store;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta};
use url::Url;
use uuid::Uuid;

use super::*;
use crate::UserId;
pub(super) use provider::FakeProvider;
pub(super) use store::MemoryStore;

/// What happened, in order.
#[derive(Clone, Default)]
pub(super) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    /// What happened since this was asked last.
    pub(super) fn read(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A clock that a test sets, and dice that count.
pub(super) struct FakeWorld {
    micros: AtomicI64,
    thrown: AtomicU64,
}

impl FakeWorld {
    pub(super) fn pass(&self, time: TimeDelta) {
        self.micros.fetch_add(time.num_microseconds().unwrap(), Ordering::SeqCst);
    }

    fn throw(&self) -> u64 {
        self.thrown.fetch_add(1, Ordering::SeqCst)
    }
}

impl World for FakeWorld {
    fn now(&self) -> Timestamp {
        DateTime::from_timestamp_micros(self.micros.load(Ordering::SeqCst)).unwrap()
    }

    fn new_id(&self) -> UserId {
        UserId(Uuid::from_u128(self.throw().into()))
    }

    fn secret(&self) -> Secret {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.throw().to_be_bytes());
        Secret::new(bytes)
    }
}

/// A `Login` with everything it stands on within reach.
pub(super) struct Stage {
    pub(super) login: Login,
    pub(super) world: Arc<FakeWorld>,
    pub(super) store: Arc<MemoryStore>,
    pub(super) providers: Vec<Arc<FakeProvider>>,
    pub(super) diary: Diary,
    /// The value of the browser that most tests speak of.
    pub(super) browser: Secret,
}

pub(super) const LOGIN_TTL: TimeDelta = TimeDelta::seconds(1800);
pub(super) const SESSIONS: u32 = 3;
pub(super) const IDLE: TimeDelta = TimeDelta::seconds(1000);
pub(super) const ABSOLUTE: TimeDelta = TimeDelta::seconds(10_000);
pub(super) const SECOND: TimeDelta = TimeDelta::seconds(1);
pub(super) const MICRO: TimeDelta = TimeDelta::microseconds(1);

impl Stage {
    /// With providers of these names.
    pub(super) fn with(names: &[&str]) -> Self {
        let diary = Diary::default();
        let world =
            Arc::new(FakeWorld { micros: AtomicI64::new(1_795_000_000_000_000), thrown: AtomicU64::new(1) });
        let store = Arc::new(MemoryStore::new(diary.clone()));
        let providers: Vec<_> =
            names.iter().map(|name| Arc::new(FakeProvider::new(name, diary.clone()))).collect();
        let rules = Rules {
            rights: Default::default(),
            site: Url::parse("http://localhost:3000").unwrap(),
            after_login: "/dashboard".into(),
            after_logout: "/".into(),
            login_ttl: LOGIN_TTL,
            session_idle: IDLE,
            session_absolute: ABSOLUTE,
            sessions_per_user: SESSIONS,
        };
        let stores = Stores {
            users: store.clone(),
            sessions: store.clone(),
            tickets: store.clone(),
            runs: store.clone(),
            entries: store.clone(),
            messages: store.clone(),
            removals: store.clone(),
            shelf: store.clone(),
            search: store.clone(),
            log: store.clone(),
            erasures: store.clone(),
            ledger_copy: None,
            link_rules: store.clone(),
            census: store.clone(),
        };
        let ports = providers.iter().map(|one| one.clone() as Arc<dyn Provider>).collect();
        let login = Login::new(stores, ports, world.clone(), rules);
        Self { login, world, store, providers, diary, browser: Secret::new([255; 32]) }
    }

    /// With the one provider `main`.
    pub(super) fn new() -> Self {
        Self::with(&["main"])
    }

    pub(super) fn main(&self) -> &FakeProvider {
        &self.providers[0]
    }

    pub(super) fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Begins at a provider and returns the `state` that it was sent.
    pub(super) async fn begin(&self, provider: usize, link: Option<&Viewer>) -> String {
        let provider = &self.providers[provider];
        let asked = LoginRequest { provider: Some(provider.name().into()), ..LoginRequest::default() };
        self.login.begin(asked, &self.browser, link).await.unwrap();
        provider.asked().state.expose().to_owned()
    }

    /// The way back from a provider, of nobody who is signed in.
    pub(super) fn arrival(&self, provider: usize, state: &str) -> Arrival {
        Arrival {
            provider: self.providers[provider].name().into(),
            response: format!("code=c&state={state}"),
            browsers: vec![self.browser.clone()],
            viewer: None,
            device: Device { user_agent: Some("Firefox".into()), address: Some("192.0.2.1".into()) },
        }
    }

    /// Signs somebody in at the first provider, as it was told, and empties the diary.
    pub(super) async fn sign_in(&self) -> Secret {
        let state = self.begin(0, None).await;
        let session = self.login.finish(self.arrival(0, &state)).await.unwrap().session.unwrap();
        self.diary.read();
        session
    }

    pub(super) async fn viewer(&self, session: &Secret) -> Option<Viewer> {
        self.login.viewer(session).await.unwrap()
    }

    /// The only user.
    pub(super) fn user(&self) -> User {
        let all = self.store.all();
        assert_eq!(all.len(), 1);
        all[0].clone()
    }
}
