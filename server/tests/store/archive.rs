//! All of a database taken out, and put into another of any kind.

use chrono::TimeDelta;
use identity::search::{Query, When};
use identity::{
    Act, Actor, Digest, ErasedName, Held, Hold, Message, MessageState, Origin, Record, Snapshot, User, Whom,
    Write,
};
use serde_json::json;

use super::entries::full;
use super::link_rules::{alias, email};
use super::messages::message;
use super::operator_log::{disable, line};
use super::people::{ISSUER, at, id, login, plain_login, record, session};
use super::runs::run;
use crate::support::databases::{Database, Kind};
use crate::support::opened::Opened;

/// Something of everything, with odd texts in it.
pub async fn fill(store: &Opened) -> User {
    let odd = json!({ "email": "ada@example.com", "name": "Ada 🦊\0\u{7f}", "n": 1.50, "big": 12345678901234567890123_u128.to_string() });
    let ada = record(store, &login("ada", 0, odd)).await.user.id;
    record(store, &login("ada", 10, json!({ "email": "other@example.com", "oid": "0001" }))).await;
    store.record(&login("Ada ", 20, json!({ "name": "Ä" })), id(), Some(ada)).await.unwrap().unwrap();
    disable(store, ada, &line(Act::Disable, ada, 30)).await;
    let hold = |user: Option<&User>| {
        let mut user = user.unwrap().clone();
        let by = Hold { actor: Some(Actor::Cli("grace".to_owned())), at: at(31), run: None };
        user.identities[0].holds.insert(Held::Field(identity::Field::Name), by);
        user.version += 1;
        Write::new(user, Vec::new()).into()
    };
    store.users.write(Whom::id(ada), &hold).await.unwrap();
    store.start(&session("one", ada, 0)).await;
    // Without identities, and taken away by an undo.
    for is_withdrawn in [false, true] {
        let user = User { is_withdrawn, version: 1, ..User::new(id(), at(3)) };
        let write = Write::new(user, Vec::new());
        store.users.write(Whom::id(write.user.id), &|_| write.clone().into()).await.unwrap();
    }
    store.runs.start(&run(1)).await.unwrap();
    for rule in [alias("https://new.example", ISSUER), email("ada@example.com", 900)] {
        store.link_rules.put_rule(&rule).await.unwrap();
    }
    assert!(store.entries.put(None, &full("ada")).await.unwrap());
    let processed = Message { state: MessageState::Processed, ..message("processed", 2) };
    for one in [message("waiting", 1), processed] {
        store.messages.keep(&one).await.unwrap();
    }
    let carol = record(store, &plain_login("carol", 0)).await.user.id;
    store.erase(carol, at(40)).await;
    store.users.find(ada).await.unwrap().unwrap()
}

async fn all(mut snapshot: Box<dyn Snapshot>) -> Vec<Record> {
    let mut all = Vec::new();
    loop {
        let some = snapshot.next().await.unwrap();
        if some.is_empty() {
            return all;
        }
        all.extend(some);
    }
}

pub async fn everything(store: &Opened) -> Vec<Record> {
    all(store.store.archive().snapshot().await.unwrap()).await
}

fn count(all: &[Record], kind: &str) -> usize {
    all.iter().filter(|record| record.kind() == kind).count()
}

pub async fn everything_comes_out_whole_and_fills_a_database_of_any_kind(db: &Database) {
    let store = db.open().await;
    let ada = fill(&store).await;
    let out = everything(&store).await;
    let counts: Vec<usize> = ["user", "run", "entry", "log", "link_rule", "message", "erasure_key"]
        .map(|kind| count(&out, kind))
        .into();
    assert_eq!(counts, [3, 1, 1, 1, 2, 1, 1], "{out:?}");
    assert!(count(&out, "changes") >= 4 && count(&out, "erasure") == 3, "{out:?}");
    assert!(out.contains(&Record::User(Box::new(ada.clone()))));
    for kind in Kind::ALL {
        let there = Database::fresh(*kind).await;
        let other = there.open().await;
        let archive = other.store.archive();
        assert!(archive.is_empty().await.unwrap(), "{kind:?}");
        for some in out.chunks(7) {
            archive.put(some).await.unwrap();
        }
        assert!(!archive.is_empty().await.unwrap(), "{kind:?}");
        assert_eq!(everything(&other).await, out, "into {kind:?}");
        // They are users as any: found, known by a log-in, and out of it by an erase.
        let asked = Query::of_address("q=other@example.com");
        let found =
            other.search.search(&asked, When { now: at(50), idle: TimeDelta::days(1) }).await.unwrap();
        assert_eq!(found.users.first().map(|user| user.id), Some(ada.id), "{kind:?}");
        let next = other.users.find_by_identity(ISSUER, "ada").await.unwrap().unwrap();
        assert_eq!(next, ada, "{kind:?}");
        let carol = ErasedName::identity(ISSUER, "carol");
        assert_eq!(other.erasures.erased_at(&[carol]).await.unwrap(), Some(at(40)), "{kind:?}");
        let origin = Origin::of_operator(None, at(60));
        let enable = |user: Option<&User>| identity::acts::set_disabled(user, false, None, &origin);
        other.users.write(Whom::id(ada.id), &enable).await.unwrap();
        assert_eq!(record(&other, &plain_login("ada", 70)).await.user.id, ada.id, "{kind:?}");
    }
}

pub async fn what_is_written_after_the_moment_is_not_taken_out(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    let before = everything(&store).await;
    let mut snapshot = store.store.archive().snapshot().await.unwrap();
    let mut out = snapshot.next().await.unwrap();
    record(&store, &plain_login("bob", 5)).await;
    record(&store, &login("ada", 9, json!({ "email": "new@example.com" }))).await;
    store.log.note(&line(Act::Export, ada, 9)).await.unwrap();
    out.extend(all(snapshot).await);
    assert_eq!(out, before);
    assert!(count(&everything(&store).await, "user") == 2);
}

pub async fn only_what_holds_nothing_is_empty_and_clearing_keeps_who_was_erased(db: &Database) {
    let store = db.open().await;
    let archive = store.store.archive();
    assert!(archive.is_empty().await.unwrap());
    // A run alone, or a ledger, is nothing that could be lost.
    store.runs.start(&run(1)).await.unwrap();
    let carol = record(&store, &plain_login("carol", 0)).await.user.id;
    assert!(!archive.is_empty().await.unwrap());
    store.erase(carol, at(40)).await;
    assert!(archive.is_empty().await.unwrap());
    store.log.note(&line(Act::Export, carol, 9)).await.unwrap();
    assert!(!archive.is_empty().await.unwrap());
    fill(&store).await;
    archive.clear().await.unwrap();
    assert!(archive.is_empty().await.unwrap());
    let left = everything(&store).await;
    assert!(left.iter().all(|one| ["erasure_key", "erasure"].contains(&one.kind())), "{left:?}");
    assert_eq!(store.erasures.erased_at(&[ErasedName::User(carol)]).await.unwrap(), Some(at(40)));
    assert!(store.sessions.list(carol, at(0)).await.unwrap().is_empty());
    let unknown = ErasedName::Identity(Digest([9; 32]));
    assert_eq!(store.erasures.erased_at(&[unknown]).await.unwrap(), None);
}

pub async fn more_than_a_page_comes_out_in_order_and_once(db: &Database) {
    let store = db.open().await;
    for n in 0..230 {
        let subject = format!("s{n}");
        record(&store, &plain_login(&subject, 0)).await;
    }
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    for n in 1..130 {
        record(&store, &login("ada", n, json!({ "email": format!("{n}@example.com") }))).await;
    }
    let out = everything(&store).await;
    let users: Vec<_> = out
        .iter()
        .filter_map(|one| match one {
            Record::User(user) => Some(user.id),
            _ => None,
        })
        .collect();
    assert!(users.len() == 231 && users.is_sorted_by(|one, next| one < next));
    let key = |record: &Record| match record {
        Record::Changes(one) => Some((one.user, one.version, one.ordinal)),
        _ => None,
    };
    let changes: Vec<_> = out.iter().filter_map(key).collect();
    assert!(changes.is_sorted_by(|one, next| one < next));
    assert_eq!(changes.iter().filter(|(user, ..)| *user == ada).count(), 130);
}
