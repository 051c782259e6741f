//! Many at once, from two processes: two stores open on the same database know nothing of each other.

use std::collections::BTreeSet;

use identity::{Change, Code, Field, Taken, TicketKind, UserId, Value};
use serde_json::json;

use super::people::{ISSUER, at, digest, id, login, plain_login, record, session, ticket};
use super::tickets::spent;
use super::users::of_field;
use crate::support::databases::Database;
use crate::support::opened::{Opened, Recorded};

/// Runs 64 at once, half of them on each of two stores, and gives what they got.
async fn sixty_four<T, W>(db: &Database, work: impl Fn(Opened, i64) -> W) -> Vec<T>
where
    T: Send + 'static,
    W: Future<Output = T> + Send + 'static,
{
    let stores = [db.open().await.patient(), db.open().await.patient()];
    let racers: Vec<_> =
        (0..64).map(|number| tokio::spawn(work(stores[number as usize % 2].clone(), number))).collect();
    let mut got = Vec::new();
    for racer in racers {
        got.push(racer.await.unwrap());
    }
    got
}

pub async fn sixty_four_first_logins_of_one_person_make_one_user(db: &Database) {
    let got: Vec<UserId> = sixty_four(db, |store, number| async move {
        let recorded = store.record(&plain_login("ada", 0), id(), None).await.unwrap().unwrap();
        let user = recorded.user.id;
        store.start(&session(&format!("session {number}"), user, 0)).await;
        user
    })
    .await;
    assert_eq!(got.iter().collect::<BTreeSet<_>>().len(), 1);
    let store = db.open().await;
    let users = store.users.page(None, 10).await.unwrap();
    assert_eq!(users.len(), 1);
    assert_eq!((users[0].login_count, users[0].version), (64, 128));
    assert_eq!(users[0].identities.len(), 1);
    assert_eq!(store.sessions.list(got[0], at(1)).await.unwrap().len(), 64);
    let changes = store.changes(got[0], 100).await;
    assert!(changes.iter().all(|change| change.version == 1), "{changes:?}");
}

pub async fn merges_that_race_lose_no_change(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &login("ada", -1, json!({ "name": "name -1" }))).await.user.id;
    sixty_four(db, |store, number| async move {
        record(&store, &login("ada", number, json!({ "name": format!("name {number}") }))).await;
    })
    .await;
    let user = store.users.find(ada).await.unwrap().unwrap();
    assert_eq!(user.text(Field::Name).as_deref(), Some("name 63"), "the newest one stays");
    assert_eq!((user.login_count, user.version), (65, 65));
    let mut changes = store.changes(ada, 1000).await;
    changes.reverse();
    assert_unbroken(&changes, &Value::Text("name 63".to_owned()));
}

/// Each change of the name starts from where the one before ended.
pub fn assert_unbroken(changes: &[Change], end: &Value) {
    let mut now: Option<Value> = None;
    for (version, from, to) in of_field(changes, Field::Name) {
        assert_eq!(from, now, "version {version}");
        now = to;
    }
    assert_eq!(now.as_ref(), Some(end));
}

pub async fn two_people_swap_their_emails(db: &Database) {
    let store = db.open().await;
    let email = |subject: &str, number: i64| {
        let own = (subject == "ada") == (number % 2 == 0);
        let name = if own { "ada" } else { "bob" };
        login(subject, number, json!({ "email": format!("{name}@example.com"), "email_verified": true }))
    };
    record(&store, &email("ada", 0)).await;
    record(&store, &email("bob", 0)).await;
    sixty_four(db, |store, number| async move {
        let subject = if number % 2 == 0 { "ada" } else { "bob" };
        record(&store, &email(subject, 1 + number / 2)).await;
    })
    .await;
    for (subject, expected) in [("ada", "ada@example.com"), ("bob", "bob@example.com")] {
        let user = store.users.find_by_identity(ISSUER, subject).await.unwrap().unwrap();
        assert_eq!(user.text(Field::Email).as_deref(), Some(expected));
        assert_eq!(user.login_count, 33);
    }
}

pub async fn of_sixty_four_takers_one_gets_the_attempt(db: &Database) {
    let store = db.open().await;
    store.tickets.issue(&ticket("state", "browser"), 20).await.unwrap();
    let got = sixty_four(db, |store, _| async move {
        let (state, browser) = (digest("state"), digest("browser"));
        match store.tickets.take(TicketKind::Attempt, &state, Some(&browser), at(1)).await.unwrap() {
            Taken::Ours(_) => 1,
            Taken::Used(_) => 0,
            other => panic!("{other:?}"),
        }
    })
    .await;
    assert_eq!(got.iter().sum::<u32>(), 1);
    let got =
        sixty_four(
            db,
            |store, _| async move { u32::from(store.tickets.spend(&spent("jti", 9)).await.unwrap()) },
        )
        .await;
    assert_eq!(got.iter().sum::<u32>(), 1);
}

pub async fn of_sixty_four_links_of_one_identity_one_user_gets_it(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    let bob = record(&store, &plain_login("bob", 0)).await.user.id;
    let got: Vec<Result<Recorded, Code>> = sixty_four(db, |store, number| async move {
        let link = if number % 3 == 0 { ada } else { bob };
        store.record(&plain_login("wanted", 5), id(), Some(link)).await.unwrap()
    })
    .await;
    let owner = store.users.find_by_identity(ISSUER, "wanted").await.unwrap().unwrap();
    assert_eq!(owner.identities.len(), 2);
    let loser = if owner.id == ada { bob } else { ada };
    assert_eq!(store.users.find(loser).await.unwrap().unwrap().identities.len(), 1);
    for (number, got) in got.into_iter().enumerate() {
        let link = if number % 3 == 0 { ada } else { bob };
        match got {
            Ok(recorded) => assert_eq!((recorded.user.id, link), (owner.id, owner.id)),
            Err(Code::IdentityTaken) => assert_eq!(link, loser),
            Err(other) => panic!("{other:?}"),
        }
    }
}

pub async fn a_link_and_a_login_race_without_loss(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    sixty_four(db, |store, number| async move {
        let subject = if number % 2 == 0 { "ada".to_owned() } else { format!("linked {number}") };
        let stated = json!({ "name": format!("name {number}"), "nickname": number });
        store.record(&login(&subject, number, stated), id(), Some(ada)).await.unwrap().unwrap();
    })
    .await;
    let user = store.users.find(ada).await.unwrap().unwrap();
    assert_eq!(user.identities.len(), 33);
    assert_eq!((user.login_count, user.version), (65, 65));
    let mut changes = store.changes(ada, 1000).await;
    changes.reverse();
    let of_ada =
        changes.iter().filter(|change| change.identity.as_ref().is_some_and(|one| one.subject == "ada"));
    let of_ada: Vec<Change> = of_ada.cloned().collect();
    let name = user.identity(ISSUER, "ada").unwrap().facts[&Field::Name].value.clone().unwrap();
    assert_unbroken(&of_ada, &name);
    let links = changes.iter().filter(|change| change.what == identity::What::Linked).count();
    assert_eq!(links, 33, "each link is told once");
}
