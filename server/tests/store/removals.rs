//! What the guard counts.

use std::sync::Arc;

use identity::{Digest, Inbox, Message, MessageState, Operator, Removal, Removals, Standing};
use server::System;

use super::messages::message;
use super::people::{ISSUER, at, digest, plain_login, record};
use crate::support::databases::Database;
use crate::support::opened::Opened;

fn inbox(store: &Opened) -> Inbox {
    Inbox::new(store.store.ports(), Arc::new(System))
}

fn cli() -> Operator {
    identity::Actor::Cli("ada".into()).into()
}

fn key(subject: &str) -> Digest {
    Digest::of_pair(ISSUER, subject)
}

fn a_tenth(gone: u64, of: u64) -> bool {
    gone * 10 > of
}

async fn people(store: &Opened, count: usize) {
    for number in 0..count {
        record(store, &plain_login(&format!("person {number}"), 0)).await;
    }
}

pub async fn removals_are_written_over_the_version_that_was_read(db: &Database) {
    let store = db.open().await;
    assert_eq!(store.removals.removals("main").await.unwrap(), Removals::default());
    let one = |version, name| Removals { all: vec![Removal { identity: digest(name), at: at(5) }], version };
    assert!(store.removals.put_removals("main", &one(1, "a")).await.unwrap());
    assert!(!store.removals.put_removals("main", &one(1, "b")).await.unwrap());
    assert!(!store.removals.put_removals("main", &one(3, "b")).await.unwrap());
    assert!(store.removals.put_removals("main", &one(2, "c")).await.unwrap());
    assert!(store.removals.put_removals("acme", &one(1, "d")).await.unwrap(), "each provider by itself");
    assert_eq!(store.removals.removals("main").await.unwrap(), one(2, "c"));
    let many = Removals {
        all: (0..600).map(|n| Removal { identity: digest(&n.to_string()), at: at(n) }).collect(),
        version: 3,
    };
    assert!(store.removals.put_removals("main", &many).await.unwrap());
    assert_eq!(store.removals.removals("main").await.unwrap(), many);
}

pub async fn those_who_are_present_are_counted(db: &Database) {
    let store = db.open().await;
    assert_eq!(store.removals.count_present("main").await.unwrap(), 0);
    people(&store, 4).await;
    let mut gone = plain_login("person 1", 5);
    gone.standing = Some(Standing::Deleted);
    gone.origin.source = identity::Source::Webhook;
    record(&store, &gone).await;
    let mut elsewhere = plain_login("elsewhere", 0);
    elsewhere.provider = "acme".into();
    let user = record(&store, &elsewhere).await.user.id;
    // Of a user with two identities, each counts for its own provider.
    store.record(&plain_login("second", 1), user, Some(user)).await.unwrap().unwrap();
    assert_eq!(store.removals.count_present("main").await.unwrap(), 4);
    assert_eq!(store.removals.count_present("acme").await.unwrap(), 1);
    let asked = [key("person 0"), key("person 1"), key("unknown"), key("second")];
    let mut there = store.removals.which_are_present(&asked).await.unwrap();
    there.sort_unstable();
    let mut expected = vec![key("person 0"), key("second")];
    expected.sort_unstable();
    assert_eq!(there, expected);
    assert!(store.removals.which_are_present(&[]).await.unwrap().is_empty());
}

/// By two processes at once, each identity by both.
pub async fn of_many_removals_at_once_no_more_than_the_limit_go(db: &Database) {
    let (one, other) = (db.open().await, db.open().await);
    people(&one, 30).await;
    let inboxes = [&one, &other].map(inbox);
    let asked = (0..40).map(|turn| {
        let inbox = inboxes[turn % 2].clone();
        let identity = key(&format!("person {}", turn / 2));
        tokio::spawn(async move { (identity, inbox.may_go("main", &identity, a_tenth).await.unwrap()) })
    });
    let answers = futures::future::join_all(asked).await;
    let mut gone: Vec<Digest> =
        answers.into_iter().map(|one| one.unwrap()).filter(|one| one.1).map(|one| one.0).collect();
    gone.sort_unstable();
    gone.dedup();
    assert_eq!(gone.len(), 3, "a tenth of 30");
    assert_eq!(one.removals.removals("main").await.unwrap().all.len(), 3);
    assert!(inboxes[0].may_go("acme", &key("x"), |_, _| false).await.unwrap(), "another provider's");
}

pub async fn what_the_operator_released_begins_the_count_anew(db: &Database) {
    let store = db.open().await;
    people(&store, 10).await;
    let inbox = inbox(&store);
    assert!(inbox.may_go("main", &key("person 0"), a_tenth).await.unwrap());
    assert!(inbox.may_go("main", &key("person 0"), a_tenth).await.unwrap(), "counted once");
    assert!(!inbox.may_go("main", &key("person 1"), a_tenth).await.unwrap());
    let held = Message { state: MessageState::Held, ..message("held", 0) };
    store.messages.keep(&held).await.unwrap();
    // While something is held, so is every further one, whatever the count says.
    assert!(!inbox.may_go("main", &key("person 2"), |_, _| false).await.unwrap());
    inbox.count_anew("main").await.unwrap();
    assert_eq!(store.removals.removals("main").await.unwrap().all.len(), 1, "something is held still");
    let released = inbox.replay(&held, &cli()).await.unwrap().unwrap();
    assert!(released.is_approved && released.state == MessageState::Waiting);
    assert!(inbox.settle(&released, MessageState::Processed, None).await.unwrap());
    inbox.count_anew("main").await.unwrap();
    assert!(inbox.may_go("main", &key("person 2"), a_tenth).await.unwrap());
    assert!(inbox.replay(&held, &cli()).await.unwrap().is_none(), "an old version is nobody's to release");
    assert!(!inbox.throw_away(&released, &cli()).await.unwrap());
}
