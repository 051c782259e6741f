//! Users, their fields, changes and status.

use std::collections::BTreeSet;

use identity::{
    Actor, Change, Decision, Digest, Ends, Extent, Fact, Field, Held, Hold, IdentityName, Origin, RunId,
    Source, Standing, Status, User, UserId, Value, What, Whom, Write, Written, acts,
    undo::{Terms, undo},
};
use serde_json::json;

use super::people::{at, digest, id, login, plain_login, record, session};
use crate::support::databases::Database;

pub async fn a_first_observation_makes_a_user(db: &Database) {
    let store = db.open().await;
    let fresh = id();
    let recorded = store.record(&plain_login("ada", 0), fresh, None).await.unwrap().unwrap();
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
    assert_eq!(store.changes(fresh, 100).await, recorded.changes);
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
    assert_eq!(of_field(&equal.changes, Field::Name).len(), 1);
    let found = store.users.find(equal.user.id).await.unwrap().unwrap();
    assert_eq!(found.text(Field::Name).as_deref(), Some("Augusta"));
}

/// A field's changes, from what to what.
pub fn of_field(changes: &[Change], field: Field) -> Vec<(i64, Option<Value>, Option<Value>)> {
    let value = |fact: &Option<Fact>| fact.as_ref().and_then(|fact| fact.value.clone());
    let one = |change: &Change| match &change.what {
        What::Fact { field: of, from, to } if *of == field => Some((change.version, value(from), value(to))),
        _ => None,
    };
    changes.iter().filter_map(one).collect()
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

pub async fn changes_come_newest_first_with_their_origin(db: &Database) {
    let store = db.open().await;
    record(&store, &login("ada", 0, json!({ "name": "Ada Byron" }))).await;
    let mut refresh = login("ada", 5, json!({ "name": "Ada Lovelace", "email": "a@b.c", "team": "engines" }));
    let (run, actor) = (RunId(id().0), Actor::Cli("ада 'x".to_owned()));
    refresh.origin =
        Origin { source: Source::Scan, actor: Some(actor.clone()), run: Some(run), ..refresh.origin };
    let second = record(&store, &refresh).await;
    let user = second.user.id;
    let changes = store.changes(user, 100).await;
    let names = [(2, text("Ada Byron"), text("Ada Lovelace")), (1, None, text("Ada Byron"))];
    assert_eq!(of_field(&changes, Field::Name), names);
    assert_eq!(of_field(&changes, Field::EmailVerified), [(2, None, Some(Value::Flag(false)))]);
    let of_two: Vec<_> = changes.iter().filter(|change| change.version == 2).cloned().collect();
    assert_eq!(of_two, second.changes, "as they were made, claims and all");
    let origin = &of_two[0].origin;
    assert_eq!((origin.at, origin.received_at, origin.source), (at(5), at(6), Source::Scan));
    assert_eq!((origin.actor.as_ref(), origin.run), (Some(&actor), Some(run)));
    let name = IdentityName {
        provider: "main".to_owned(),
        issuer: super::people::ISSUER.to_owned(),
        subject: "ada".to_owned(),
    };
    assert!(changes.iter().all(|change| change.identity.as_ref() == Some(&name)));
    assert_eq!(store.changes(user, 1).await, of_two, "a write comes whole");
    assert!(store.changes(user, 0).await.is_empty());
    let older = store.users.changes(user, Some(2), 100).await.unwrap();
    assert!(!older.is_empty() && older.iter().all(|change| change.version == 1), "{older:?}");
    // A write that changes nothing else stands between them and the next.
    record(&store, &login("ada", 6, json!({}))).await;
    record(&store, &login("ada", 7, json!({ "name": "Ada" }))).await;
    let versions: Vec<i64> = store.changes(user, 2).await.iter().map(|change| change.version).collect();
    assert!(versions.contains(&4) && versions.contains(&2) && !versions.contains(&1), "{versions:?}");
}

pub async fn changes_of_claims_that_no_field_is_read_from_are_left_out(db: &Database) {
    let store = db.open().await;
    let user = record(&store, &login("ada", 0, json!({ "name": "Ada Byron" }))).await.user.id;
    for n in 1..5 {
        record(&store, &login("ada", n, json!({ "seen": n }))).await;
    }
    record(&store, &login("ada", 6, json!({ "seen": 6, "name": "Ada Lovelace" }))).await;
    record(&store, &login("ada", 7, json!({ "seen": 7 }))).await;
    let mapped = store.users.mapped_changes(user, None, 2).await.unwrap();
    let names = [(6, text("Ada Byron"), text("Ada Lovelace")), (1, None, text("Ada Byron"))];
    assert_eq!(of_field(&mapped, Field::Name), names);
    let versions: BTreeSet<i64> = mapped.iter().map(|change| change.version).collect();
    assert_eq!(versions.into_iter().collect::<Vec<_>>(), [1, 6]);
    let before = store.users.mapped_changes(user, Some(6), 9).await.unwrap();
    assert!(!before.is_empty() && before.iter().all(|change| change.version == 1), "{before:?}");
    let all: BTreeSet<i64> = store.changes(user, 100).await.iter().map(|change| change.version).collect();
    assert_eq!(all.len(), 7, "{all:?}");
}

pub async fn a_full_observation_clears_and_the_change_keeps_what_it_was(db: &Database) {
    let store = db.open().await;
    record(&store, &login("ada", 0, json!({ "name": "Ada", "department": "engines" }))).await;
    let mut full = login("ada", 1, json!({ "email": "ada@example.com" }));
    full.extent = Extent::Full(["name", "email", "department"].map(str::to_owned).into());
    full.origin.source = Source::Scan;
    let recorded = record(&store, &full).await;
    let found = store.users.find(recorded.user.id).await.unwrap().unwrap();
    assert_eq!(found, recorded.user);
    assert_eq!(found.text(Field::Name), None);
    assert!(!found.identities[0].claims.contains_key("department"));
    let changes = store.changes(found.id, 100).await;
    assert_eq!(of_field(&changes, Field::Name)[0], (2, text("Ada"), None));
    // Cleared is cleared, also for what was stated before and is heard later.
    let late = record(&store, &login("ada", 0, json!({ "name": "Ada", "department": "engines" }))).await;
    assert_eq!((late.user.text(Field::Name), late.changes), (None, vec![]));
}

pub async fn a_standing_is_kept_with_its_time_and_ends_the_sessions(db: &Database) {
    let store = db.open().await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    store.start(&session("one", user, 0)).await;
    for (seconds, standing) in [(5, Standing::Blocked), (6, Standing::Deleted)] {
        let mut gone = login("ada", seconds, json!({}));
        (gone.origin.source, gone.standing) = (Source::Webhook, Some(standing));
        let recorded = record(&store, &gone).await;
        let found = store.users.find(user).await.unwrap().unwrap();
        assert_eq!(found, recorded.user);
        assert_eq!((found.identities[0].standing, found.identities[0].standing_at), (standing, at(seconds)));
        assert_eq!((found.status(), found.text(Field::Name).is_some()), (Status::Tombstone, true));
        assert!(store.sessions.find(&digest("one")).await.unwrap().is_none());
    }
    let changes = store.changes(user, 1).await;
    let what = What::Standing { from: (Standing::Blocked, at(5)), to: (Standing::Deleted, at(6)) };
    assert_eq!(changes[0].what, what);
    assert_eq!(record(&store, &plain_login("ada", 10)).await.user.status(), Status::Active);
    assert_eq!(store.users.find(user).await.unwrap().unwrap().status(), Status::Active);
}

pub async fn what_operators_look_at_in_the_database_is_what_is_shown(db: &Database) {
    let store = db.open().await;
    let stated = json!({
        "email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace", "given_name": "Ada",
        "family_name": "Lovelace", "preferred_username": "ada", "picture": "https://example.com/a.png",
        "phone_number": "+44 1", "phone_number_verified": false, "locale": "en", "zoneinfo": "Europe/London",
    });
    let user = record(&store, &login("ada", 0, stated.clone())).await.user;
    let looked_at = db.look_at_user(user.id).await;
    assert_eq!(looked_at["status"], "active");
    for &field in Field::ALL {
        assert!(stated[field.as_str()] != json!(null), "{field} is not part of this test");
        assert_eq!(looked_at[field.as_str()], stated[field.as_str()], "{field}");
    }
    store.set_disabled(user.id, true, at(9)).await;
    assert_eq!(db.look_at_user(user.id).await["status"], "disabled");
    // What is not stated is not there.
    let bob = record(&store, &login("bob", 0, json!({}))).await.user;
    let looked_at = db.look_at_user(bob.id).await;
    assert!(Field::ALL.iter().all(|field| looked_at[field.as_str()].is_null()), "{looked_at}");
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
    assert_eq!(store.changes(found.id, 100).await, recorded.changes);
}

pub async fn times_are_kept_to_the_microsecond(db: &Database) {
    let store = db.open().await;
    let mut observation = plain_login("ada", 0);
    observation.origin.received_at = "2038-01-19T03:14:08.000001Z".parse().unwrap();
    let recorded = record(&store, &observation).await;
    let found = store.users.find(recorded.user.id).await.unwrap().unwrap();
    assert_eq!(found.created_at, observation.origin.received_at);
    assert_eq!(found.last_login_at, Some(observation.origin.received_at));
    assert_eq!(found.identities[0].observed_at, at(0));
    assert_eq!(found.identities[0].first_seen_at, observation.origin.received_at);
    assert_eq!(found.identities[0].facts[&Field::Email].at, at(0));
    let origin = store.changes(found.id, 1).await[0].origin.clone();
    assert_eq!((origin.at, origin.received_at), (at(0), observation.origin.received_at));
}

pub async fn a_status_is_set_once_with_its_change(db: &Database) {
    let store = db.open().await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    store.start(&session("one", user, 0)).await;
    let disabled = store.set_disabled(user, true, at(9)).await.unwrap();
    assert_eq!((disabled.status(), disabled.version), (Status::Disabled, 3));
    assert_eq!(store.users.find(user).await.unwrap().unwrap(), disabled);
    assert!(store.sessions.find(&digest("one")).await.unwrap().is_none(), "out at once");
    let again = store.set_disabled(user, true, at(10)).await.unwrap();
    assert_eq!(again, disabled);
    let changes = store.changes(user, 1).await;
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].what, What::Disabled { to: true, reason: None });
    assert_eq!((changes[0].origin.source, changes[0].origin.at), (Source::Operator, at(9)));
    assert_eq!(changes[0].identity, None);
    assert!(store.set_disabled(id(), true, at(9)).await.is_none());
    let recorded = record(&store, &plain_login("ada", 20)).await;
    assert_eq!((recorded.user.status(), recorded.user.login_count), (Status::Disabled, 1));
    assert_eq!(store.users.find(user).await.unwrap().unwrap(), recorded.user);
}

pub async fn a_session_starts_and_others_end_with_the_write(db: &Database) {
    let store = db.open().await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    for (name, used) in [("one", 1), ("two", 2), ("three", 3)] {
        let one = identity::Session { last_used_at: at(used), ..session(name, user, 0) };
        store.start(&one).await;
    }
    let new = identity::Session { last_used_at: at(9), ..session("new", user, 0) };
    let decide = |user: Option<&User>| {
        let user = user.unwrap();
        let next = User { version: user.version + 1, ..user.clone() };
        let oldest = Ends::Oldest { user: user.id, except: new.id, at_most: 1 };
        let ends = vec![Ends::One(digest("three")), oldest];
        Decision::from(Write { starts: Some(new.clone()), ends, ..Write::new(next, vec![]) })
    };
    store.users.write(Whom::id(user), &decide).await.unwrap();
    let left = store.sessions.list(user, at(10)).await.unwrap();
    let left: Vec<Digest> = left.into_iter().map(|one| one.id).collect();
    assert_eq!(left, ["new", "two"].map(digest));
}

/// The clock of another process may be ahead of ours.
pub async fn a_session_that_starts_is_not_the_oldest(db: &Database) {
    let store = db.open().await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    let decide = |user: Option<&User>| {
        let user = user.unwrap();
        let next = User { version: user.version + 1, ..user.clone() };
        let new = session(&format!("session {}", next.version), user.id, -next.version);
        let ends = vec![Ends::Oldest { user: user.id, except: new.id, at_most: 1 }];
        Decision::from(Write { starts: Some(new), ends, ..Write::new(next, vec![]) })
    };
    for version in 2..6 {
        store.users.write(Whom::id(user), &decide).await.unwrap();
        let left = store.sessions.list(user, at(10)).await.unwrap();
        let new = digest(&format!("session {version}"));
        assert!(left.iter().any(|one| one.id == new), "{left:?}");
        assert_eq!(left.len(), 2.min(version - 1));
    }
}

/// As after an answer that was lost, where somebody else has written since.
pub async fn a_session_that_is_there_already_is_no_fault(db: &Database) {
    let store = db.open().await;
    let user = record(&store, &plain_login("ada", 0)).await.user.id;
    for _ in 0..2 {
        store.start(&session("one", user, 0)).await;
        assert_eq!(store.sessions.list(user, at(10)).await.unwrap().len(), 1);
    }
}

pub async fn a_write_of_many_identities_comes_whole(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("0", 0)).await.user.id;
    for number in 1..7 {
        let other = plain_login(&number.to_string(), number);
        store.record(&other, id(), Some(ada)).await.unwrap().unwrap();
    }
    let origin = Origin::of_operator(None, at(9));
    let decide = |user: Option<&User>| acts::unlink(user, super::people::ISSUER, "6", &origin);
    let Written::Kept(write) = store.users.write(Whom::id(ada), &decide).await.unwrap() else { panic!() };
    assert_eq!(write.changes.len(), 7);
    assert_eq!(store.changes(ada, 1).await, write.changes, "while they are with the user");
    record(&store, &plain_login("5", 20)).await;
    record(&store, &login("5", 21, json!({ "name": "Ada" }))).await;
    let all = store.changes(ada, 100).await;
    let of = |version| all.iter().filter(|one| one.version == version).cloned().collect::<Vec<_>>();
    let version = write.user.version;
    assert_eq!(of(version), write.changes);
    assert_eq!(store.users.changes(ada, Some(version + 1), 1).await.unwrap(), write.changes);
    let mut versions: Vec<i64> = store.changes(ada, 3).await.iter().map(|one| one.version).collect();
    versions.dedup();
    assert_eq!(versions, [version + 2, version, version - 1]);
}

pub async fn a_decision_to_leave_or_refuse_writes_nothing(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user;
    for _ in 0..2 {
        let left = store.users.write(Whom::id(ada.id), &|_: Option<&User>| Decision::Leave).await.unwrap();
        let Written::Left(Some(left)) = left else { panic!("{left:?}") };
        assert_eq!(left, ada);
        let refuse = |_: Option<&User>| Decision::Refuse(identity::Code::Denied);
        let refused = store.users.write(Whom::id(ada.id), &refuse).await.unwrap();
        assert!(matches!(refused, Written::Refused(identity::Code::Denied)), "{refused:?}");
    }
    let nobody = store.users.write(Whom::id(id()), &|_: Option<&User>| Decision::Leave).await.unwrap();
    assert!(matches!(nobody, Written::Left(None)));
    assert_eq!(store.users.find(ada.id).await.unwrap().unwrap(), ada);
}

pub async fn an_identity_leaves_its_user_and_its_next_log_in_starts_another(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    let linked = store.record(&plain_login("countess", 5), id(), Some(ada)).await.unwrap().unwrap().user;
    store.start(&identity::Session { subject: "countess".to_owned(), ..session("one", ada, 0) }).await;
    let unlink = async |subject: &str| {
        let origin = Origin::of_operator(None, at(9));
        let decide = |user: Option<&User>| acts::unlink(user, super::people::ISSUER, subject, &origin);
        store.users.write(Whom::id(ada), &decide).await.unwrap()
    };
    let Written::Kept(write) = unlink("countess").await else { panic!("not kept") };
    let found = store.users.find(ada).await.unwrap().unwrap();
    assert_eq!((&found, found.identities.len()), (&write.user, 1));
    assert!(store.users.find_by_identity(super::people::ISSUER, "countess").await.unwrap().is_none());
    assert!(store.sessions.find(&digest("one")).await.unwrap().is_none());
    let left = linked.identity(super::people::ISSUER, "countess").unwrap();
    assert_eq!(store.changes(ada, 1).await[0].what, What::Unlinked(Box::new(left.clone())));
    let last = unlink("ada").await;
    assert!(matches!(last, Written::Refused(identity::Code::IdentityLast)), "{last:?}");
    let stranger = record(&store, &plain_login("countess", 10)).await;
    assert!(stranger.is_new && stranger.user.id != ada);
}

pub async fn who_is_erased_is_nowhere_and_comes_back_as_another(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    record(&store, &login("ada", 1, json!({ "name": "Ada" }))).await;
    let bob = record(&store, &plain_login("bob", 0)).await.user;
    for (name, user) in [("of ada", ada), ("of bob", bob.id)] {
        store.start(&session(name, user, 0)).await;
    }
    let Written::Erased(erased) = store.erase(ada, at(2)).await else { panic!("not erased") };
    assert_eq!(erased.id, ada);
    assert!(store.users.find(ada).await.unwrap().is_none());
    assert!(store.users.find_by_identity(super::people::ISSUER, "ada").await.unwrap().is_none());
    assert!(store.changes(ada, 100).await.is_empty());
    assert!(store.sessions.find(&digest("of ada")).await.unwrap().is_none());
    assert!(store.sessions.list(ada, at(1)).await.unwrap().is_empty());
    let nobody = store.erase(ada, at(2)).await;
    assert!(matches!(nobody, Written::Left(None)), "{nobody:?}");
    assert!(store.sessions.find(&digest("of bob")).await.unwrap().is_some());
    let ids: Vec<UserId> = store.users.page(None, 10).await.unwrap().iter().map(|user| user.id).collect();
    assert_eq!(ids, [bob.id]);
    let again = record(&store, &plain_login("ada", 5)).await;
    assert!(again.is_new && again.user.id != ada);
    store.sessions.sweep(at(0), at(-100)).await.unwrap();
}

/// After an import or a restore there may be such.
pub async fn users_without_identities_are_lost_by_no_reader(db: &Database) {
    let store = db.open().await;
    let mut all = Vec::new();
    for number in 0..6 {
        let user = match number % 3 {
            0 => record(&store, &plain_login(&format!("person {number}"), 0)).await.user,
            _ => {
                let bare = User { version: 1, ..User::new(id(), at(number)) };
                let keep = |_: Option<&User>| Decision::from(Write::new(bare.clone(), vec![]));
                store.users.write(Whom::id(bare.id), &keep).await.unwrap();
                bare
            }
        };
        assert_eq!(store.users.find(user.id).await.unwrap(), Some(user.clone()));
        all.push(user.id);
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.users.page(after, 2).await.unwrap();
        seen.extend(page.iter().map(|user| user.id));
        after = page.last().map(|user| user.id);
        if page.len() < 2 {
            break;
        }
    }
    assert_eq!(seen, all);
    store.start(&session("one", all[1], 0)).await;
    let (_, user) = store.sessions.find(&digest("one")).await.unwrap().unwrap();
    assert_eq!((user.id, user.status()), (all[1], Status::Active));
    let disabled = store.set_disabled(all[1], true, at(9)).await.unwrap();
    assert_eq!(disabled.status(), Status::Disabled);
}

pub async fn who_was_taken_away_by_an_undo_is_on_no_page_and_comes_back(db: &Database) {
    let store = db.open().await;
    let (run, by, again) = (RunId(id().0), RunId(id().0), RunId(id().0));
    let mut seen = plain_login("ada", 0);
    seen.origin = Origin { run: Some(run), source: Source::Scan, ..seen.origin };
    let ada = record(&store, &seen).await.user;
    let bob = record(&store, &plain_login("bob", 0)).await.user.id;
    let undo = async |run: RunId, by: RunId, seconds| {
        let changes = store.changes(ada.id, 100).await;
        let origin = Origin { run: Some(by), ..Origin::of_operator(None, at(seconds)) };
        let decide = |user: Option<&User>| {
            let picked = |change: &Change| change.origin.run == Some(run);
            let undone = undo(user.unwrap(), &changes, &picked, &|_| None, Terms::default(), &origin);
            Decision::from(undone.write.unwrap())
        };
        store.users.write(Whom::id(ada.id), &decide).await.unwrap()
    };
    let Written::Kept(write) = undo(run, by, 9).await else { panic!("not kept") };
    let found = store.users.find(ada.id).await.unwrap().unwrap();
    assert_eq!((&found, found.is_withdrawn), (&write.user, true), "it is there to be taken back");
    let listed: Vec<UserId> = store.users.page(None, 10).await.unwrap().iter().map(|user| user.id).collect();
    assert_eq!(listed, [bob]);
    assert!(store.users.find_by_identity(super::people::ISSUER, "ada").await.unwrap().is_none());
    undo(by, again, 12).await;
    let found = store.users.find_by_identity(super::people::ISSUER, "ada").await.unwrap().unwrap();
    assert_eq!((found.id, found.is_withdrawn, &found.identities), (ada.id, false, &ada.identities));
    assert_eq!(store.users.page(None, 10).await.unwrap().len(), 2);
}

pub async fn what_is_held_is_kept_with_who_holds_it(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    let hold = Hold { at: at(5), actor: Some(Actor::Cli("ада 'x".to_owned())), run: Some(RunId(id().0)) };
    let hold = &hold;
    let decide = |user: Option<&User>| {
        let mut user = User { version: 2, ..user.unwrap().clone() };
        let holds = [Held::Field(Field::Name), Held::Standing].map(|held| (held, hold.clone()));
        user.identities[0].holds = holds.into();
        Decision::from(Write::new(user, vec![]))
    };
    store.users.write(Whom::id(ada), &decide).await.unwrap();
    let eve = record(&store, &login("ada", 9, json!({ "name": "Eve", "email": "eve@example.com" }))).await;
    let found = store.users.find(ada).await.unwrap().unwrap();
    assert_eq!((&found, found.identities[0].holds.len()), (&eve.user, 2));
    assert_eq!(found.identities[0].holds[&Held::Standing], *hold);
    assert_eq!(found.text(Field::Name).as_deref(), Some("Ada Lovelace"));
    assert_eq!(found.text(Field::Email).as_deref(), Some("eve@example.com"));
}

pub async fn pages_show_every_user_once_while_others_arrive(db: &Database) {
    let store = db.open().await;
    let mut known: Vec<UserId> = Vec::new();
    for number in 0..25 {
        known.push(record(&store, &plain_login(&format!("person {number}"), number)).await.user.id);
    }
    let linked = login("linked", 30, json!({ "name": "Ada too" }));
    store.record(&linked, id(), Some(known[3])).await.unwrap().unwrap();
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
