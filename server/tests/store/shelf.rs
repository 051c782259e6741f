//! What a run read.

use identity::{RunId, StoreError, Timestamp};

use super::people::{at, id};
use crate::support::databases::Database;
use crate::support::opened::Opened;

async fn shelve(store: &Opened, run: RunId, number: u64, content: &[u8], now: Timestamp) {
    store.shelf.shelve(run, number, content, now).await.unwrap();
}

pub async fn sheets_come_back_under_their_numbers(db: &Database) {
    let store = db.open().await;
    let (one, other) = (RunId(id().0), RunId(id().0));
    let large = vec![7; 3 << 20];
    shelve(&store, one, 0, b"zero", at(0)).await;
    shelve(&store, one, 1, &large, at(0)).await;
    shelve(&store, one, i64::MAX as u64, b"last", at(0)).await;
    shelve(&store, other, 0, b"other", at(0)).await;
    assert_eq!(store.shelf.sheet(one, 0).await.unwrap().unwrap(), b"zero");
    assert!(store.shelf.sheet(one, 1).await.unwrap().unwrap() == large);
    assert_eq!(store.shelf.sheet(one, i64::MAX as u64).await.unwrap().unwrap(), b"last");
    assert_eq!(store.shelf.sheet(one, 2).await.unwrap(), None);
    shelve(&store, one, 0, b"again", at(1)).await;
    assert_eq!(store.shelf.sheet(one, 0).await.unwrap().unwrap(), b"again");
    let mut runs = vec![one, other];
    runs.sort_unstable();
    assert_eq!(store.shelf.shelved_runs(None, 10).await.unwrap(), runs);
    assert_eq!(store.shelf.shelved_runs(Some(runs[0]), 10).await.unwrap(), runs[1..]);
    assert_eq!(store.shelf.shelved_runs(None, 1).await.unwrap(), runs[..1]);
    store.shelf.clear_shelf(one).await.unwrap();
    assert_eq!(store.shelf.sheet(one, 0).await.unwrap(), None);
    assert_eq!(store.shelf.sheet(other, 0).await.unwrap().unwrap(), b"other");
}

pub async fn what_was_read_is_sealed_and_forgotten_in_time(db: &Database) {
    let store = db.open().await;
    let (old, young) = (RunId(id().0), RunId(id().0));
    shelve(&store, old, 0, b"ada@example.com", at(99)).await;
    shelve(&store, young, 0, b"ada@example.com", at(100)).await;
    let lost = Opened::at(&db.url, 8).await;
    assert!(matches!(lost.shelf.sheet(young, 0).await, Err(StoreError::Unreadable(_))));
    assert!(store.shelf.rewrite_sheet(old, 0, b"nobody").await.unwrap());
    assert_eq!(store.shelf.sheet(old, 0).await.unwrap().unwrap(), b"nobody");
    store.shelf.sweep_shelf(at(100)).await.unwrap();
    assert!(!store.shelf.rewrite_sheet(old, 0, b"nobody").await.unwrap(), "it is as old as it was, and gone");
    assert_eq!(store.shelf.sheet(old, 0).await.unwrap(), None);
    assert!(store.shelf.sheet(young, 0).await.unwrap().is_some());
}
