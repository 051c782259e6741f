//! What can be used once: attempts and logout tokens.

use identity::{Attempt, Taken};
use store::{self, Seal, Store};

use super::people::{ISSUER, at, attempt, digest, id};
use crate::support::databases::Database;

async fn take(store: &Store, attempt: &Attempt, seconds: i64) -> Taken {
    store.sessions.take(&attempt.state, &attempt.browser, at(seconds)).await.unwrap()
}

pub async fn an_attempt_is_taken_once(db: &Database) {
    let store = db.open().await;
    let mut remembered = attempt("state", "browser");
    remembered.link = Some(id());
    store.sessions.remember(&remembered).await.unwrap();
    let Taken::Attempt(taken) = take(&store, &remembered, 1).await else { panic!("not ours") };
    assert_eq!(format!("{taken:?}"), format!("{remembered:?}"));
    assert_eq!(taken.nonce.expose(), remembered.nonce.expose());
    assert_eq!(taken.verifier.expose(), remembered.verifier.expose());
    match take(&store, &remembered, 2).await {
        Taken::Used { return_to } => assert_eq!(return_to, remembered.return_to),
        other => panic!("{other:?}"),
    }
    assert!(matches!(take(&store, &attempt("never begun", "browser"), 1).await, Taken::Unknown));
}

pub async fn another_browsers_attempt_is_unknown_and_stays_usable(db: &Database) {
    let store = db.open().await;
    let remembered = attempt("state", "browser");
    store.sessions.remember(&remembered).await.unwrap();
    let theirs = store.sessions.take(&remembered.state, &digest("another"), at(1)).await.unwrap();
    assert!(matches!(theirs, Taken::Unknown));
    assert!(matches!(take(&store, &remembered, 1).await, Taken::Attempt(_)));
}

pub async fn an_expired_attempt_says_where_it_was_going(db: &Database) {
    let store = db.open().await;
    let remembered = attempt("state", "browser");
    store.sessions.remember(&remembered).await.unwrap();
    match take(&store, &remembered, 1800).await {
        Taken::Expired { return_to } => assert_eq!(return_to, remembered.return_to),
        other => panic!("{other:?}"),
    }
    assert!(matches!(take(&store, &remembered, 1799).await, Taken::Attempt(_)));
    assert!(matches!(take(&store, &remembered, 1801).await, Taken::Used { .. }));
}

pub async fn an_attempt_under_a_lost_secret_is_unknown(db: &Database) {
    let store = db.open().await;
    let remembered = attempt("state", "browser");
    store.sessions.remember(&remembered).await.unwrap();
    let lost = store::open(&db.url, Seal::new(&[[8; 32]])).await.unwrap();
    assert!(matches!(take(&lost, &remembered, 1).await, Taken::Unknown));
}

pub async fn a_logout_token_is_spent_once(db: &Database) {
    let store = db.open().await;
    let spend = |issuer, jti| {
        let (sessions, jti): (_, String) = (store.sessions.clone(), jti);
        async move { sessions.spend(issuer, &jti, at(600)).await.unwrap() }
    };
    assert!(spend(ISSUER, "jti".to_owned()).await);
    assert!(!spend(ISSUER, "jti".to_owned()).await);
    for other in ["JTI", "jti ", "j\0ti", &"j".repeat(5000)] {
        assert!(spend(ISSUER, other.to_owned()).await, "{other:?}");
    }
    assert!(spend("https://other.example.com", "jti".to_owned()).await);
}
