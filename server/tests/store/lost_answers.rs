//! An answer of the database that is lost on the way: what was asked is done once, and whoever asked hears so.

use std::sync::Arc;
use std::time::Duration;

use identity::{
    Act, Actor, Claims, Deed, Directory, Entry, Field, LogLine, Message, MessageState, Removal, Removals,
    Taken, UserId, Value, Verdict, Written,
};
use serde_json::json;
use server::System;

use super::entries::{entry, full};
use super::messages::message;
use super::operator_log::{disable, line};
use super::people::{ISSUER, at, digest, login, plain_login, record, session, ticket};
use super::races::assert_unbroken;
use super::tickets::spent;
use super::users::of_field;
use crate::support::databases::Database;
use crate::support::opened::Opened;
use crate::support::proxy::Proxy;

async fn behind_a_network(db: &Database) -> (Proxy, Opened) {
    let proxy = Proxy::before(&db.url).await;
    let mut url = proxy.through(&db.url);
    if url.starts_with("mongodb:") {
        // As with a server by itself, where the driver does not ask again of its own accord.
        url.push_str("&retryWrites=false");
    }
    (proxy, Opened::at(&url, 7).await)
}

/// Asks again and again: once the first answer is lost, then the second, until all come. Before each time
/// it asks undisturbed, by each of two connections that there may be, and waits until all is quiet: what is
/// lost then is an answer to us.
async fn whichever_answer_is_lost(proxy: &Proxy, mut ask: impl AsyncFnMut(&str)) {
    for after in 0..100 {
        for connection in ["one", "the other"] {
            ask(&format!("{after}, undisturbed, by {connection}")).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        proxy.lose_an_answer(after);
        ask(&format!("{after}, disturbed")).await;
        if !proxy.has_lost_it() {
            assert!(after > 0, "there was no answer to lose");
            return;
        }
    }
    panic!("as many answers to one question");
}

pub async fn a_first_login_whose_answer_is_lost_is_heard(db: &Database) {
    let (proxy, store) = behind_a_network(db).await;
    whichever_answer_is_lost(&proxy, async |subject| {
        let recorded = record(&store, &plain_login(subject, 5)).await;
        assert!(recorded.is_new && !recorded.changes.is_empty(), "{recorded:?}");
        assert_eq!((recorded.user.login_count, recorded.user.version), (1, 1));
    })
    .await;
    let users = store.users.page(None, 1000).await.unwrap();
    assert!(users.iter().all(|user| (user.login_count, user.version) == (1, 1)), "{users:?}");
}

pub async fn a_login_whose_answer_is_lost_counts_once(db: &Database) {
    let (proxy, store) = behind_a_network(db).await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    let mut count = 1;
    whichever_answer_is_lost(&proxy, async |name| {
        let recorded = record(&store, &login("ada", 60, json!({ "name": name }))).await;
        count += 1;
        assert_eq!((recorded.user.login_count, recorded.is_new), (count, false));
        assert_eq!(of_field(&recorded.changes, Field::Name).len(), 1, "{recorded:?}");
    })
    .await;
    let user = store.users.find(user).await.unwrap().unwrap();
    assert_eq!(user.login_count, count);
}

/// A log-in with its session: both, or neither, and nothing twice.
pub async fn a_session_starts_though_the_answer_is_lost(db: &Database) {
    let (proxy, store) = behind_a_network(db).await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    let mut versions = vec![1];
    whichever_answer_is_lost(&proxy, async |name| {
        store.start(&session(name, user, 0)).await;
        assert!(store.sessions.find(&digest(name)).await.unwrap().is_some(), "{name}");
        versions.push(store.users.find(user).await.unwrap().unwrap().version);
    })
    .await;
    assert!(versions.is_sorted_by(|one, next| *next == one + 1), "{versions:?}");
}

pub async fn an_attempt_is_taken_though_the_answer_is_lost(db: &Database) {
    let (proxy, store) = behind_a_network(db).await;
    whichever_answer_is_lost(&proxy, async |state| {
        let begun = ticket(state, "browser");
        store.tickets.issue(&begun, 1000).await.unwrap();
        let taken = store.tickets.take(begun.kind, &begun.key, begun.holder.as_ref(), at(1)).await.unwrap();
        assert_eq!(taken, Taken::Ours(begun));
    })
    .await;
}

pub async fn a_logout_token_is_spent_though_the_answer_is_lost(db: &Database) {
    let (proxy, store) = behind_a_network(db).await;
    whichever_answer_is_lost(&proxy, async |jti| {
        assert!(store.tickets.spend(&spent(jti, 600)).await.unwrap(), "{jti}");
    })
    .await;
    assert!(!store.tickets.spend(&spent("0, disturbed", 600)).await.unwrap());
}

pub async fn an_entry_is_kept_though_the_answer_is_lost(db: &Database) {
    let (proxy, store) = behind_a_network(db).await;
    whichever_answer_is_lost(&proxy, async |reference| {
        let first = entry(reference);
        assert!(store.entries.put(None, &first).await.unwrap());
        assert!(store.entries.put(Some(&first), &first.next(at(1))).await.unwrap());
    })
    .await;
    let entries = store.entries.page(None, None, 1000).await.unwrap();
    assert!(entries.iter().all(|entry| entry.version == 2), "{entries:?}");
}

/// As `kill -9` leaves it, and however it is looked at afterwards.
pub async fn whoever_dies_over_a_reference_that_changes_hands_loses_and_doubles_nothing(db: &Database) {
    let calm = db.open().await;
    let mut is_killed = true;
    for after in 0..100 {
        for look in 0..4 {
            let (proxy, store) = behind_a_network(db).await;
            let (old, new) = (format!("old {after} {look}"), format!("new {after} {look}"));
            let one = Entry { resource: Some(Claims::new()), name: Some(old.clone()), ..entry(&old) };
            // What it knows by itself: whose it is, and what waits.
            let identity = Some((ISSUER.to_owned(), new.clone()));
            let other = Entry { identity, name: None, one_with: None, ..full(&new) };
            for entry in [&one, &other] {
                assert!(calm.entries.put(None, entry).await.unwrap());
            }
            let next = Entry {
                reference: new.clone(),
                identity: other.identity.clone(),
                waiting: other.waiting.clone(),
                ..one.next(at(9))
            };
            proxy.lose_an_answer(after);
            is_killed = tokio::select! {
                biased;
                () = proxy.lost_it() => true,
                kept = store.entries.put_instead(&one, &next, &other) => {
                    assert!(kept.unwrap());
                    false
                }
            };
            let by_one = async || calm.entries.find(one.id).await.unwrap();
            let by_new = async || calm.entries.find_by_reference("main", &new).await.unwrap();
            let by_identity = async || calm.entries.of_identity(ISSUER, &new).await.unwrap();
            let all = async || {
                let all = calm.entries.page(None, None, 1000).await.unwrap();
                all.into_iter().filter(|one| [&old, &new].contains(&&one.reference)).collect::<Vec<_>>()
            };
            // Each of them may be the first that comes by.
            match look {
                0 => drop(by_new().await),
                1 => drop(by_identity().await),
                2 => drop(all().await),
                _ => drop(by_one().await),
            }
            let why = format!("killed after {after} answers, then {look}");
            let is_done = by_one().await.as_ref() == Some(&next);
            let (there, whose) = match is_done {
                true => (vec![next.clone()], &next),
                false => (vec![one.clone(), other.clone()], &other),
            };
            assert_eq!(by_new().await.as_ref(), Some(whose), "{why}");
            assert_eq!(by_identity().await, std::slice::from_ref(whose), "{why}");
            assert_eq!(all().await, there, "{why}");
            // Whoever asks again is done with it.
            assert!(calm.entries.put_instead(&one, &next, &other).await.unwrap(), "{why}");
            assert_eq!(all().await, std::slice::from_ref(&next), "{why}");
            assert!(is_killed || is_done);
        }
        if !is_killed {
            assert!(after > 0);
            return;
        }
    }
    panic!("as many answers to one change");
}

pub async fn who_is_erased_is_said_to_be_though_the_answer_is_lost(db: &Database) {
    let (proxy, store) = behind_a_network(db).await;
    whichever_answer_is_lost(&proxy, async |subject| {
        let user = record(&store, &plain_login(subject, 0)).await.user.id;
        record(&store, &login(subject, 1, json!({ "name": subject }))).await;
        store.start(&session(subject, user, 0)).await;
        let erased = store.erase(user, at(2)).await;
        let Written::Erased(erased) = erased else { panic!("{subject}: {erased:?}") };
        assert_eq!(erased.id, user);
        assert_eq!(db.rows_of(user).await, 0, "{subject}: nothing of them is left");
    })
    .await;
}

/// As `kill -9` leaves it: what was asked of the database is done, and whoever asked goes no further.
pub async fn whoever_dies_over_an_act_leaves_no_session_that_it_ends(db: &Database) {
    let calm = db.open().await;
    for after in 0..100 {
        let (proxy, store) = behind_a_network(db).await;
        let directory = Directory::new(store.store.ports(), Arc::new(System));
        let name = after.to_string();
        let user = record(&calm, &plain_login(&name, 0)).await.user;
        calm.start(&session(&name, user.id, 0)).await;
        let before = directory.find(user.id).await.unwrap().unwrap().version;
        let by = Actor::Cli("grace".into()).into();
        proxy.lose_an_answer(after);
        let is_killed = tokio::select! {
            biased;
            () = proxy.lost_it() => true,
            done = directory.act(&by, user.id, &Deed::EndSessions) => {
                assert_eq!(done.unwrap(), Verdict::Done);
                false
            }
        };
        let is_done = calm.users.find(user.id).await.unwrap().unwrap().version > before;
        let is_signed_in = calm.sessions.find(&digest(&name)).await.unwrap().is_some();
        assert!(!(is_done && is_signed_in), "killed after {after} answers");
        if !is_killed {
            assert!(after > 0 && is_done);
            return;
        }
    }
    panic!("as many answers to one act");
}

pub async fn a_message_is_kept_and_written_though_the_answer_is_lost(db: &Database) {
    let (proxy, store) = behind_a_network(db).await;
    whichever_answer_is_lost(&proxy, async |name| {
        let kept = message(name, 0);
        let there = store.messages.keep(&kept).await.unwrap();
        assert_eq!((there.id, there.version), (kept.id, 1), "{name}");
        let kept_id = kept.id.0;
        let next = Message { state: MessageState::Processed, version: 2, content: None, ..kept };
        let line = LogLine { user: None, ..line(Act::DropMessage, UserId(kept_id), 1) };
        assert!(store.messages.put(&next, Some(&line)).await.unwrap(), "{name}");
        let all = store.log.lines(None, 1000).await.unwrap();
        assert_eq!(all.iter().filter(|one| one.id == line.id).collect::<Vec<_>>(), [&line], "{name}");
    })
    .await;
    let all = store.messages.page(MessageState::ALL, None, None, 1000).await.unwrap();
    assert!(all.iter().all(|one| (one.version, one.state) == (2, MessageState::Processed)), "{all:?}");
}

pub async fn a_removal_is_counted_though_the_answer_is_lost(db: &Database) {
    let (proxy, store) = behind_a_network(db).await;
    let mut known = Removals::default();
    whichever_answer_is_lost(&proxy, async |name| {
        known.all.push(Removal { identity: digest(name), at: at(0) });
        known.version += 1;
        assert!(store.removals.put_removals("main", &known).await.unwrap(), "{name}");
    })
    .await;
    assert_eq!(store.removals.removals("main").await.unwrap(), known);
}

pub async fn an_act_stands_in_the_log_once_though_the_answer_is_lost(db: &Database) {
    let (proxy, store) = behind_a_network(db).await;
    whichever_answer_is_lost(&proxy, async |subject| {
        let user = record(&store, &plain_login(subject, 0)).await.user.id;
        let line = line(Act::Disable, user, 1);
        disable(&store, user, &line).await;
        let all = store.log.lines(None, 1000).await.unwrap();
        assert_eq!(all.iter().filter(|one| one.user == Some(user)).collect::<Vec<_>>(), [&line], "{subject}");
        assert!(store.users.find(user).await.unwrap().unwrap().is_disabled, "{subject}");
    })
    .await;
}

/// To the database `kill -9` is a connection that ends; here it does so after the first answer, then after
/// the second, and so on through a first log-in and one that changes a name.
pub async fn a_death_after_any_answer_leaves_all_or_nothing(db: &Database) {
    let whoever_is_left = db.open().await;
    for after in 0..100 {
        let subject = format!("somebody {after}");
        let (proxy, store) = behind_a_network(db).await;
        let log_in = async |name: &str| record(&store, &login(&subject, 60, json!({ "name": name }))).await;
        proxy.lose_an_answer(after);
        tokio::select! {
            biased;
            () = proxy.lost_it() => {}
            _ = async { (log_in("one").await, log_in("two").await) } => assert!(after > 3, "few answers"),
        }
        let is_over = !proxy.has_lost_it();
        drop((store, proxy));

        let found = whoever_is_left.users.find_by_identity(ISSUER, &subject).await.unwrap();
        let user = record(&whoever_is_left, &login(&subject, 60, json!({ "name": "three" }))).await.user;
        let before = found.map_or((0, 0), |found| (found.login_count, found.version));
        assert_eq!((user.login_count, user.version), (before.0 + 1, before.1 + 1), "{subject}");
        let mut changes = whoever_is_left.changes(user.id, 100).await;
        changes.reverse();
        assert_unbroken(&changes, &Value::Text("three".to_owned()));
        let names = of_field(&changes, Field::Name).len();
        assert_eq!(names, user.login_count as usize, "each log-in brought a name: {changes:?}");
        let users = whoever_is_left.users.page(None, 1000).await.unwrap();
        assert!(users.iter().all(|user| user.identities.len() == 1), "{users:?}");
        if is_over {
            return;
        }
    }
    panic!("as many answers to two log-ins");
}
