//! Who refreshes a session's tokens.

use chrono::{TimeDelta, Utc};
use identity::{Access, Digest, Ends, Lease, Session};

use super::people::{plain_login, record, session, tokens};
use crate::support::databases::Database;
use crate::support::opened::Opened;

async fn started(store: &Opened) -> Session {
    let user = record(store, &plain_login("ada", 0)).await.user.id;
    let one = session("one", user, 0);
    store.start(&one).await;
    one
}

async fn lease(store: &Opened, id: &Digest, generation: i64, millis: i64) -> Lease {
    let now = Utc::now();
    store.sessions.lease(id, generation, now, now + TimeDelta::milliseconds(millis)).await.unwrap()
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
    assert!(stores[1].sessions.tokens(&id).await.unwrap().unwrap() == tokens(1));
    assert_eq!(session.refresh_at, tokens(1).refresh_at());
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
    store.sessions.end(&Ends::One(id)).await.unwrap();
    assert_eq!(waiting.await.unwrap(), Lease::Theirs);
}

pub async fn older_tokens_do_not_replace_newer_ones(db: &Database) {
    let store = db.open().await;
    let id = started(&store).await.id;
    store.sessions.renew(&id, &tokens(2), &Access::default()).await.unwrap();
    store.sessions.renew(&id, &tokens(1), &Access::default()).await.unwrap();
    assert!(store.sessions.tokens(&id).await.unwrap().unwrap() == tokens(2));
}

/// A lease is judged by the clock of whoever asks, not by one of the store's own.
pub async fn the_time_is_that_of_whoever_asks(db: &Database) {
    let store = db.open().await;
    let id = started(&store).await.id;
    let (now, minute) = (super::people::at(0), TimeDelta::minutes(1));
    let lease = async |now| store.sessions.lease(&id, 0, now, now + minute).await.unwrap();
    assert_eq!(lease(now).await, Lease::Mine);
    assert_eq!(lease(now + minute).await, Lease::Mine, "by then it has run out");
}
