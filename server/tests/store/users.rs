//! Users, their fields, changes and status.

use identity::{Change, Extent, Field, Source, Status, UserId, Value};
use serde_json::json;

use super::people::{at, id, login, plain_login, record};
use crate::support::databases::Database;

pub async fn a_first_observation_makes_a_user(db: &Database) {
    let store = db.open().await;
    let fresh = id();
    let recorded = store.users.record(&plain_login("ada", 0), fresh, None).await.unwrap();
    assert!(recorded.is_new);
    assert_eq!(recorded.user.id, fresh);
    assert_eq!((recorded.user.login_count, recorded.user.version), (1, 1));
    assert_eq!(recorded.user.text(Field::Email).as_deref(), Some("ada@example.com"));

    let found = store.users.find(fresh).await.unwrap().unwrap();
    assert_eq!(found, recorded.user);
    let by_identity = store.users.find_by_identity(super::people::ISSUER, "ada").await.unwrap();
    assert_eq!(by_identity.unwrap(), found);
    assert!(store.users.find(id()).await.unwrap().is_none());
    assert!(store.users.find_by_identity(super::people::ISSUER, "bob").await.unwrap().is_none());
    assert_eq!(sorted(store.users.changes(fresh, 100).await.unwrap()), sorted(recorded.changes));
}

pub async fn the_same_observation_again_changes_no_field_and_counts(db: &Database) {
    let store = db.open().await;
    let first = record(&store, &plain_login("ada", 0)).await;
    let second = record(&store, &plain_login("ada", 0)).await;
    assert!(!second.is_new);
    assert!(second.changes.is_empty());
    assert_eq!(second.user.id, first.user.id);
    assert_eq!((second.user.login_count, second.user.version), (2, 2));
    assert_eq!(store.users.find(first.user.id).await.unwrap().unwrap(), second.user);
}

pub async fn an_older_observation_changes_no_field(db: &Database) {
    let store = db.open().await;
    record(&store, &login("ada", 10, json!({ "name": "Ada Lovelace" }))).await;
    let late = record(&store, &login("ada", 9, json!({ "name": "Ada Byron" }))).await;
    assert!(late.changes.is_empty());
    let equal = record(&store, &login("ada", 10, json!({ "name": "Augusta" }))).await;
    assert_eq!(equal.changes.len(), 1);
    let found = store.users.find(equal.user.id).await.unwrap().unwrap();
    assert_eq!(found.text(Field::Name).as_deref(), Some("Augusta"));
}

pub async fn changes_come_newest_first_with_their_source(db: &Database) {
    let store = db.open().await;
    record(&store, &login("ada", 0, json!({ "name": "Ada Byron" }))).await;
    let mut refresh = login("ada", 5, json!({ "name": "Ada Lovelace", "email": "a@b.c" }));
    refresh.source = Source::Refresh;
    let user = record(&store, &refresh).await.user.id;
    let changes = store.users.changes(user, 100).await.unwrap();
    let of_name: Vec<&Change> = changes.iter().filter(|one| one.field == Field::Name).collect();
    assert_eq!(of_name[0].from, Some(Value::Text("Ada Byron".to_owned())));
    assert_eq!(of_name[0].to, Some(Value::Text("Ada Lovelace".to_owned())));
    assert_eq!((of_name[0].source, of_name[0].at, of_name[0].version), (Source::Refresh, at(5), 2));
    assert_eq!(of_name[0].provider.as_deref(), Some("main"));
    assert_eq!((of_name[1].from.clone(), of_name[1].version), (None, 1));
    let verified = changes.iter().find(|one| one.field == Field::EmailVerified).unwrap();
    assert_eq!(verified.to, Some(Value::Flag(false)));
    let newest = store.users.changes(user, 1).await.unwrap();
    assert_eq!(newest[0], changes[0]);
    assert_eq!(newest[0].version, 2);
}

pub async fn a_full_observation_clears_and_the_change_keeps_what_it_was(db: &Database) {
    let store = db.open().await;
    record(&store, &login("ada", 0, json!({ "name": "Ada", "department": "engines" }))).await;
    let mut full = login("ada", 1, json!({ "email": "ada@example.com" }));
    full.extent = Extent::Full;
    full.source = Source::Scan;
    let recorded = record(&store, &full).await;
    let found = store.users.find(recorded.user.id).await.unwrap().unwrap();
    assert_eq!(found.text(Field::Name), None);
    assert!(!found.identities[0].claims.contains_key("department"));
    let changes = store.users.changes(found.id, 100).await.unwrap();
    let cleared = changes.iter().find(|one| one.field == Field::Name && one.to.is_none()).unwrap();
    assert_eq!(cleared.from, Some(Value::Text("Ada".to_owned())));
}

pub async fn odd_texts_come_back_whole(db: &Database) {
    let store = db.open().await;
    let stated = json!({
        "name": "👩🏽‍💻 Ada \u{202e}אדה لوفلايس ",
        "given_name": "'; DROP TABLE users; -- \\ \" %_",
        "email": "ÄDA+\u{1f980}@exämple.com",
        "picture": format!("https://example.com/{}", "ä".repeat(40_000)),
        "nul": "a\u{0}b",
        "deep": { "list": [1, 2.5, null, true, "\u{0}"], "big": 9_007_199_254_740_993_i64 },
        "digits": serde_json::from_str::<serde_json::Value>("[123456789012345678901234567890, 1e400]").unwrap(),
        "empty": "",
        "nothing": null,
    });
    let recorded = record(&store, &login("ada", 0, stated.clone())).await;
    let found = store.users.find(recorded.user.id).await.unwrap().unwrap();
    assert_eq!(found, recorded.user);
    assert_eq!(serde_json::Value::Object(found.identities[0].claims.clone()), stated);
    assert_eq!(sorted(store.users.changes(found.id, 100).await.unwrap()), sorted(recorded.changes));
}

pub async fn times_are_kept_to_the_microsecond(db: &Database) {
    let store = db.open().await;
    let mut observation = plain_login("ada", 0);
    observation.received_at = "2038-01-19T03:14:08.000001Z".parse().unwrap();
    let recorded = record(&store, &observation).await;
    let found = store.users.find(recorded.user.id).await.unwrap().unwrap();
    assert_eq!(found.created_at, observation.received_at);
    assert_eq!(found.last_login_at, Some(observation.received_at));
    assert_eq!(found.identities[0].observed_at, at(0));
    assert_eq!(found.identities[0].first_seen_at, observation.received_at);
    assert_eq!(found.identities[0].facts[&Field::Email].at, at(0));
    assert_eq!(store.users.changes(found.id, 1).await.unwrap()[0].at, at(0));
}

pub async fn a_status_is_set_once_with_its_change(db: &Database) {
    let store = db.open().await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    let disabled = store.users.set_status(user, Status::Disabled, at(9)).await.unwrap().unwrap();
    assert_eq!((disabled.status, disabled.version), (Status::Disabled, 2));
    assert_eq!(store.users.find(user).await.unwrap().unwrap(), disabled);
    let again = store.users.set_status(user, Status::Disabled, at(10)).await.unwrap().unwrap();
    assert_eq!(again, disabled);
    let change = &store.users.changes(user, 1).await.unwrap()[0];
    assert_eq!((change.field, change.source, change.at), (Field::Status, Source::Operator, at(9)));
    assert_eq!(change.provider, None);
    assert!(store.users.set_status(id(), Status::Disabled, at(9)).await.unwrap().is_none());
}

pub async fn a_tombstone_is_revived_by_a_login_and_a_disabled_user_is_not(db: &Database) {
    let store = db.open().await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    store.users.set_status(user, Status::Tombstone, at(5)).await.unwrap();
    assert_eq!(record(&store, &plain_login("ada", 10)).await.user.status, Status::Active);
    store.users.set_status(user, Status::Disabled, at(15)).await.unwrap();
    let recorded = record(&store, &plain_login("ada", 20)).await;
    assert_eq!((recorded.user.status, recorded.user.login_count), (Status::Disabled, 2));
    assert_eq!(store.users.find(user).await.unwrap().unwrap(), recorded.user);
}

pub async fn pages_show_every_user_once_while_others_arrive(db: &Database) {
    let store = db.open().await;
    let mut known: Vec<UserId> = Vec::new();
    for number in 0..25 {
        known.push(record(&store, &plain_login(&format!("person {number}"), number)).await.user.id);
    }
    let linked = login("linked", 30, json!({ "name": "Ada too" }));
    store.users.record(&linked, id(), Some(known[3])).await.unwrap();
    let (mut seen, mut after): (Vec<UserId>, _) = (Vec::new(), None);
    loop {
        let page = store.users.page(after, 7).await.unwrap();
        assert!(page.len() <= 7);
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for user in &page {
            assert_eq!(store.users.find(user.id).await.unwrap().as_ref(), Some(user));
        }
        seen.extend(page.iter().map(|user| user.id));
        if seen.len() < 40 {
            record(&store, &plain_login(&format!("newcomer {}", seen.len()), 99)).await;
        }
    }
    assert!(seen.is_sorted_by(|one, other| one < other));
    assert!(known.iter().all(|user| seen.contains(user)));
}

pub async fn it_answers_a_ping(db: &Database) {
    db.open().await.users.ping().await.unwrap();
}

fn sorted(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by_key(|change| (std::cmp::Reverse(change.version), change.field));
    changes
}
