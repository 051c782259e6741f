//! Who refreshes a session's tokens.

use chrono::{TimeDelta, Utc};
use identity::{Access, Digest, Lease, Session};
use store::Store;

use super::people::{plain_login, record, session, tokens};
use crate::support::databases::Database;

async fn started(store: &Store) -> Session {
    let user = record(store, &plain_login("ada", 0)).await.user.id;
    let one = session("one", user, 0);
    store.sessions.start(&one).await.unwrap();
    one
}

async fn lease(store: &Store, id: &Digest, generation: i64, millis: i64) -> Lease {
    let until = Utc::now() + TimeDelta::milliseconds(millis);
    store.sessions.lease(id, generation, until).await.unwrap()
}

pub async fn one_of_all_gets_the_lease_and_the_others_wait(db: &Database) {
    let stores = [db.open().await, db.open().await];
    let id = started(&stores[0]).await.id;
    let racers = (0..16).map(|number| {
        let store = stores[number % 2].clone();
        tokio::spawn(async move {
            let got = lease(&store, &id, 0, 30_000).await;
            if got == Lease::Mine {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                store.sessions.renew(&id, &tokens(1), &Access::default()).await.unwrap();
            }
            let (session, _) = store.sessions.find(&id).await.unwrap().unwrap();
            (got, session.tokens.generation)
        })
    });
    let mut mine = 0;
    for racer in racers.collect::<Vec<_>>() {
        let (got, generation) = racer.await.unwrap();
        mine += u32::from(got == Lease::Mine);
        assert_eq!(generation, 1, "whoever did not win sees what the winner got");
    }
    assert_eq!(mine, 1);
    let (session, _) = stores[1].sessions.find(&id).await.unwrap().unwrap();
    assert!(session.tokens == tokens(1));
    assert_eq!(session.access, Access::default());
    assert_eq!(lease(&stores[1], &id, 1, 1000).await, Lease::Mine, "given back");
}

pub async fn a_lease_that_ran_out_goes_to_the_next(db: &Database) {
    let store = db.open().await;
    let id = started(&store).await.id;
    assert_eq!(lease(&store, &id, 0, 200).await, Lease::Mine);
    let before = Utc::now();
    assert_eq!(lease(&store, &id, 0, 200).await, Lease::Mine);
    assert!(Utc::now() - before >= TimeDelta::milliseconds(100));
}

/// Whoever held it may have died.
pub async fn nobody_waits_for_a_lease_that_is_not_given_back(db: &Database) {
    let store = db.open().await;
    let id = started(&store).await.id;
    assert_eq!(lease(&store, &id, 0, 3_600_000).await, Lease::Mine);
    assert_eq!(lease(&store, &id, 0, 3_600_000).await, Lease::Theirs);
}

pub async fn a_lease_of_a_session_that_is_gone_is_theirs(db: &Database) {
    let store = db.open().await;
    let id = started(&store).await.id;
    assert_eq!(lease(&store, &id, 7, 1000).await, Lease::Theirs, "another generation");
    assert_eq!(lease(&store, &id, 0, 30_000).await, Lease::Mine);
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { lease(&store, &id, 0, 1000).await }
    });
    store.sessions.end(&id).await.unwrap();
    assert_eq!(waiting.await.unwrap(), Lease::Theirs);
}

pub async fn older_tokens_do_not_replace_newer_ones(db: &Database) {
    let store = db.open().await;
    let id = started(&store).await.id;
    store.sessions.renew(&id, &tokens(2), &Access::default()).await.unwrap();
    store.sessions.renew(&id, &tokens(1), &Access::default()).await.unwrap();
    let (session, _) = store.sessions.find(&id).await.unwrap().unwrap();
    assert!(session.tokens == tokens(2));
}
