//! Who was erased is known, and stays unknown to whoever reads the database.

use identity::{
    Decision, Digest, Entry, EntryId, Erase, ErasedName, Message, MessageState, User, Whom, Written,
};
use uuid::Uuid;

use super::messages::message;
use super::people::{ISSUER, at, id, login, plain_login, record};
use crate::support::databases::Database;

pub async fn who_was_erased_is_known_by_every_name_and_nobody_else_is(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &login("ada", 0, serde_json::json!({ "oid": "0001" }))).await.user.id;
    let bob = record(&store, &plain_login("bob", 0)).await.user.id;
    let erased_at = async |name: ErasedName| store.erasures.erased_at(&[name]).await.unwrap();
    assert_eq!(erased_at(ErasedName::User(ada)).await, None);
    assert!(store.erasures.erasure_keys().await.unwrap().is_empty(), "no key before there is need of one");
    let erased = store.erase(ada, at(5)).await;
    assert!(matches!(erased, Written::Erased(_)), "{erased:?}");
    for name in [
        ErasedName::User(ada),
        ErasedName::identity(ISSUER, "ada"),
        ErasedName::reference(ISSUER, "ada"),
        ErasedName::reference(ISSUER, "0001"),
    ] {
        assert_eq!(erased_at(name).await, Some(at(5)), "{name:?}");
    }
    for name in [
        ErasedName::User(bob),
        ErasedName::identity(ISSUER, "bob"),
        ErasedName::identity(ISSUER, "Ada"),
        ErasedName::identity("https://other.example", "ada"),
        ErasedName::reference(ISSUER, "0002"),
    ] {
        assert_eq!(erased_at(name).await, None, "{name:?}");
    }
    let all = store.erasures.erasures(None, 100).await.unwrap();
    assert_eq!(all.len(), 4);
    // Erased again, after a log-in: the later time counts, under the same key.
    let again = record(&store, &plain_login("ada", 9)).await.user.id;
    store.erase(again, at(20)).await;
    assert_eq!(erased_at(ErasedName::identity(ISSUER, "ada")).await, Some(at(20)));
    assert_eq!(erased_at(ErasedName::User(ada)).await, Some(at(5)));
    let [key] = &store.erasures.erasure_keys().await.unwrap()[..] else { panic!("one key") };
    let all = store.erasures.erasures(None, 100).await.unwrap();
    assert!(all.len() == 5 && all.iter().all(|entry| entry.key == key.name));
    let first = store.erasures.erasures(None, 2).await.unwrap();
    assert_eq!(
        (&first[..], &store.erasures.erasures(Some(first[1].hmac), 9).await.unwrap()[..]),
        all.split_at(2)
    );
}

/// One step: whoever dies over an erase has done all of it or nothing.
pub async fn entries_and_messages_go_with_whoever_is_erased(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    record(&store, &plain_login("bob", 0)).await;
    for (reference, subject) in [("0001", "ada"), ("0002", "bob")] {
        let entry = Entry::new(EntryId(Uuid::now_v7()), "main", reference, at(0)).of(ISSUER, subject);
        assert!(store.entries.put(None, &entry).await.unwrap());
        for reference in [reference, subject] {
            let about = Some(Digest::of_pair(ISSUER, reference));
            store.messages.keep(&Message { about, ..message(reference, 0) }).await.unwrap();
        }
    }
    let hers = store.entries.find_by_reference("main", "0001").await.unwrap().unwrap();
    let entries = vec![hers.id];
    let names = [ErasedName::identity(ISSUER, "ada"), ErasedName::reference(ISSUER, "0001")];
    let names = [&names[..], &[ErasedName::reference(ISSUER, "ada")]].concat();
    let erase = |_: Option<&User>| {
        Decision::Erase(Box::new(Erase {
            names: names.clone(),
            entries: entries.clone(),
            at: at(5),
            log: None,
        }))
    };
    store.users.write(Whom::id(ada), &erase).await.unwrap();
    let left = store.entries.page(None, None, 10).await.unwrap();
    assert_eq!(left.iter().map(|entry| entry.reference.as_str()).collect::<Vec<_>>(), ["0002"]);
    let left = store.messages.page(MessageState::ALL, None, None, 10).await.unwrap();
    assert_eq!(left.iter().map(|one| one.sender_id.as_str()).collect::<Vec<_>>(), ["0002", "bob"]);
}

pub async fn what_another_ledger_knows_is_known_too(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    store.erase(ada, at(5)).await;
    let (keys, entries) =
        (store.erasures.erasure_keys().await.unwrap(), store.erasures.erasures(None, 9).await.unwrap());
    // Another database, which has erased somebody by itself.
    let other = Database::fresh(db.kind).await;
    let there = other.open().await;
    let bob = record(&there, &plain_login("bob", 0)).await.user.id;
    there.erase(bob, at(7)).await;
    for _ in 0..2 {
        there.erasures.take_in_erasures(&keys, &entries).await.unwrap();
    }
    let erased_at = async |user| there.erasures.erased_at(&[ErasedName::User(user)]).await.unwrap();
    assert_eq!((erased_at(ada).await, erased_at(bob).await), (Some(at(5)), Some(at(7))));
    assert_eq!(erased_at(id()).await, None);
    assert_eq!(there.erasures.erasure_keys().await.unwrap().len(), 2);
    // An older time of the same name takes nothing back.
    let older: Vec<_> =
        entries.iter().map(|entry| identity::Erasure { at: at(1), ..entry.clone() }).collect();
    there.erasures.take_in_erasures(&keys, &older).await.unwrap();
    assert_eq!(erased_at(ada).await, Some(at(5)));
}
