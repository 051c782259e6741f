//! `kill -9` while a provider pushes: what was acknowledged is done, and what was kept by somebody who died is taken up.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use identity::{Digest, MessageState};
use serde_json::json;

use crate::hooks::{WHSEC, standard};
use crate::support::app::{TestApp, eventually};
use crate::support::databases::{Database, Kind, Mortal};
use crate::support::process::Site;

const ROUNDS: usize = 2;
const LANES: usize = 6;

pub async fn what_was_acknowledged_outlives_the_process(kind: Kind) {
    let db = Database::fresh(kind).await;
    let site = Site::new().await;
    let settings = [("DATABASE_URL", db.url.as_str()), ("OIDC_WEBHOOK_SECRET", WHSEC)];
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..ROUNDS {
        let mut process = site.serve(&settings).await;
        let (browser, is_over) = (process.browser(), AtomicBool::new(false));
        let lanes = futures::future::join_all((0..LANES).map(|lane| {
            let (browser, is_over) = (&browser, &is_over);
            async move {
                let mut done = Vec::new();
                for turn in 0.. {
                    let subject = format!("{round}-{lane}-{turn}");
                    let body = json!({"type": "user.created", "timestamp": "2026-11-29T10:00:00Z",
                        "data": {"sub": subject, "name": "A"}});
                    match standard(&subject, &body, WHSEC).try_send(browser).await {
                        Ok(answer) if answer.status == 200 => done.push(subject),
                        _ if is_over.load(Ordering::SeqCst) => return done,
                        _ => {}
                    }
                }
                done
            }
        }));
        let killer = async {
            tokio::time::sleep(Duration::from_millis(700 + getrandom::u64().unwrap() % 500)).await;
            is_over.store(true, Ordering::SeqCst);
            process.kill();
        };
        let (done, ()) = futures::join!(lanes, killer);
        acknowledged.extend(done.into_iter().flatten());
    }
    assert!(acknowledged.len() > ROUNDS, "{}", acknowledged.len());
    let store = db.open().await;
    for subject in &acknowledged {
        let user = store.users.find_by_identity(site.provider.issuer(), subject).await.unwrap();
        let user = user.unwrap_or_else(|| panic!("{subject} was acknowledged"));
        assert_eq!(user.version, 1, "{subject}: once");
    }

    // As somebody leaves it who dies between keeping and merging.
    let mut kept = store.messages.page(MessageState::ALL, None, None, 1).await.unwrap().remove(0);
    let headers = json!({"webhook-id": "left"});
    let body = json!({"type": "user.updated", "timestamp": "2026-11-29T11:00:00Z",
        "data": {"sub": acknowledged[0], "name": "Left behind"}});
    kept.id = identity::MessageId(uuid::Uuid::now_v7());
    kept.sender_id = "left".into();
    kept.about = Some(Digest::of_pair(site.provider.issuer(), &acknowledged[0]));
    (kept.state, kept.version, kept.tries) = (MessageState::Waiting, 1, 0);
    kept.content = Some(format!("{headers}\n{body}").into_bytes());
    store.messages.keep(&kept).await.unwrap();
    let process = site.serve(&settings).await;
    eventually("whoever comes next takes it up", || async {
        store.messages.page(&[MessageState::Waiting], None, None, 1).await.unwrap().is_empty()
    })
    .await;
    let user = store.users.find_by_identity(site.provider.issuer(), &acknowledged[0]).await.unwrap().unwrap();
    assert_eq!(user.text(identity::Field::Name).as_deref(), Some("Left behind"));
    drop(process);
}

/// The database server dies while a provider pushes: what was acknowledged is there when it is back.
pub async fn what_was_acknowledged_outlives_the_database_server(kind: Kind) {
    let server = Mortal::new(kind).await;
    let app = TestApp::with(&[("DATABASE_URL", &server.url), ("OIDC_WEBHOOK_SECRET", WHSEC)]).await;
    let (browser, is_over, done) = (app.browser(), AtomicBool::new(false), AtomicUsize::new(0));
    let lanes = futures::future::join_all((0..LANES).map(|lane| {
        let (browser, is_over, done) = (&browser, &is_over, &done);
        async move {
            let mut acknowledged = Vec::new();
            for turn in 0.. {
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                let subject = format!("{lane}-{turn}");
                let body = json!({"type": "user.created", "timestamp": "2026-11-29T10:00:00Z",
                    "data": {"sub": subject, "name": "A"}});
                let answer = standard(&subject, &body, WHSEC).send(browser).await;
                match answer.status.as_u16() {
                    200 => acknowledged.push(subject),
                    503 => assert!(!answer.header("retry-after").is_empty()),
                    other => panic!("{other}: a sender would give up"),
                }
                done.store(acknowledged.len(), Ordering::SeqCst);
            }
            acknowledged
        }
    }));
    let killer = async {
        eventually("some are taken", || async { done.load(Ordering::SeqCst) > 5 }).await;
        server.kill();
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.start_again();
        eventually("it is ready again", || async { app.browser().get("/readyz").await.status == 200 }).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        is_over.store(true, Ordering::SeqCst);
    };
    let (acknowledged, ()) = futures::join!(lanes, killer);
    let store = app.store().await;
    for subject in acknowledged.into_iter().flatten() {
        let user = store.users.find_by_identity(app.provider.issuer(), &subject).await.unwrap();
        assert_eq!(user.map(|user| user.version), Some(1), "{subject} was acknowledged");
    }
}
