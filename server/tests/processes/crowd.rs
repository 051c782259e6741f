//! Visitors who log in again and again, and a look at whether what they were told is so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dev_provider::{DevProvider, Person};
use futures::future::join_all;
use http::Method;
use identity::{Change, Field, Value};

use crate::store::users::of_field;
use crate::support::app::SESSION;
use crate::support::browser::{Answer, Browser};
use crate::support::opened::Opened;
use crate::support::process::run;

const VISITORS: usize = 8;

/// What was promised to the visitors so far.
#[derive(Default)]
pub(crate) struct Crowd {
    kept: Mutex<Vec<Kept>>,
    is_over: AtomicBool,
}

/// A log-in that was answered with 303 to where the visitor was going.
#[derive(Clone)]
struct Kept {
    subject: String,
    name: String,
    session: String,
}

impl Crowd {
    /// Everybody logs in, always under a new name, until it is over. Whoever is asked may be dead; whoever
    /// lives answers with a log-in, or with a page and 503.
    pub(crate) async fn log_in(&self, round: usize, provider: &DevProvider, door: &Browser) {
        self.is_over.store(false, Ordering::Relaxed);
        join_all((0..VISITORS).map(|number| async move {
            let subject = format!("visitor {number}");
            for count in 0.. {
                if self.is_over.load(Ordering::Relaxed) {
                    return;
                }
                let name = format!("{round}.{count}");
                self.log_in_once(provider, door, &subject, name).await;
            }
        }))
        .await;
    }

    async fn log_in_once(&self, provider: &DevProvider, door: &Browser, subject: &str, name: String) {
        let mail = format!("{}@example.com", subject.replace(' ', "."));
        provider.set_person(Person::new(subject).named("Ada", &name).mail(&mail));
        let browser = door.sent_to(door.door());
        match go(&browser, subject).await {
            Ok(answer) if answer.status == 303 => {
                assert_eq!(answer.location(), "/dashboard");
                let session = browser.cookie(SESSION).unwrap();
                let kept = Kept { subject: subject.to_owned(), name: format!("Ada {name}"), session };
                self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
            }
            Ok(answer) => is_a_page_that_says_later(&answer),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }

    /// Ends it when everybody has got an answer.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// How many log-ins were answered.
    pub(crate) fn kept(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Each answered log-in has its session.
    pub(crate) async fn have_their_sessions(&self, door: &Browser) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for Kept { subject, session, .. } in kept {
            let browser = door.sent_to(door.door());
            browser.plant(SESSION, &session);
            let me = browser.get("/api/me").await;
            assert_eq!(me.status, 200, "{subject}: {me:?}");
            assert_eq!(me.json()["identities"][0]["subject"], subject.as_str());
        }
    }

    /// Each answered log-in was counted and has its changes, and these lead from one to the next.
    pub(crate) async fn have_their_changes(&self, store: &Opened, issuer: &str) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for Kept { subject, name, .. } in kept {
            names.entry(subject).or_default().insert(name);
        }
        for (subject, names) in names {
            let user = store.users.find_by_identity(issuer, &subject).await.unwrap().unwrap();
            assert!(user.login_count >= names.len() as u64, "{subject}");
            let mut changes = store.changes(user.id, 100_000).await;
            changes.reverse();
            let history = history(&changes);
            assert_eq!(history.last().cloned(), user.text(Field::Name), "{subject}");
            let missing: Vec<_> = names.iter().filter(|name| !history.contains(*name)).collect();
            assert!(missing.is_empty(), "{subject} was never called {missing:?}");
        }
    }
}

/// The names that somebody had, the oldest first; each change starts from where the one before ended.
fn history(changes: &[Change]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (version, from, to) in of_field(changes, Field::Name) {
        assert_eq!(from, names.last().cloned().map(Value::Text), "version {version}");
        let Some(Value::Text(to)) = to else { panic!("version {version}") };
        names.push(to);
    }
    names
}

/// One log-in from its beginning, as far as there are answers.
async fn go(browser: &Browser, subject: &str) -> reqwest::Result<Answer> {
    let begun = browser.ask(Method::GET, "/auth/login").try_send().await?;
    if begun.status != 303 {
        return Ok(begun);
    }
    let callback = browser.choose(begun.location(), subject).await;
    browser.ask(Method::GET, &callback).try_send().await
}

pub(crate) fn is_a_page_that_says_later(answer: &Answer) {
    assert_eq!(answer.verdict(), (503, "database_unavailable"), "{answer:?}");
    assert_eq!(answer.header("retry-after"), "5");
    assert!(answer.body.contains("<main") && answer.body.contains("<h1>"), "{answer:?}");
}

/// All users, as the operator gets them; each is whole.
pub(crate) fn export(folder: &Path, database: &str) -> Vec<serde_json::Value> {
    let output = run(folder, &[("DATABASE_URL", database)], &["users", "export"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let users: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut identities = BTreeSet::new();
    for user in &users {
        let identity = &user["identities"][0];
        assert!(identities.insert(identity["subject"].to_string()), "there twice: {user}");
        assert_eq!(user["email"], identity["claims"]["email"], "half written: {user}");
        assert_eq!(user["name"], identity["claims"]["name"], "half written: {user}");
        assert!(user["login_count"].as_i64() >= Some(1) && user["last_login_at"].is_string(), "{user}");
    }
    users
}
