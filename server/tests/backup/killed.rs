//! `kill -9` in the middle of a restore: what is left is nobody's to see, and the sentence names the commands that make it
//! whole or take it away.

use identity::{Identity, Record, User, UserId};
use uuid::Uuid;

use super::{Site, done, everything, fresh, refused, text};
use crate::store::people::{plain_login, record};
use crate::support::app::eventually;
use crate::support::databases::Kind;
use crate::support::opened::Opened;

/// Many times as many as are written at a time.
const PEOPLE: u128 = 3000;

/// A database with many people, in no time.
async fn many(store: &Opened) {
    let one = record(store, &plain_login("s0", 0)).await.user;
    let user = |n: u128| {
        let identities = one.identities.iter().map(|of| Identity { subject: format!("s{n}"), ..of.clone() });
        let id = UserId(Uuid::from_u128(one.id.0.as_u128() + n));
        Record::User(Box::new(User { id, identities: identities.collect(), ..one.clone() }))
    };
    let all: Vec<Record> = (1..PEOPLE).map(user).collect();
    for some in all.chunks(500) {
        store.store.archive().put(some).await.unwrap();
    }
}

async fn into(kind: Kind) {
    let (site, db) = (Site::new(), fresh(Kind::Sqlite).await);
    let store = db.open().await;
    many(&store).await;
    site.backup(&db.url, "one.age");
    let there = fresh(kind).await;
    let known = there.open().await;
    let restore = ["restore", "one.age", "--identity", "key"];
    let provider = [
        ("OIDC_ISSUER_URL", "http://localhost:1"),
        ("OIDC_CLIENT_ID", "sparekey"),
        ("OIDC_CLIENT_SECRET", "secret"),
        ("LEPTOS_SITE_ADDR", "127.0.0.1:0"),
    ];
    for finish in [&["restore", "--drop"][..], &restore] {
        let mut child = site.command(&there.url, &[], &restore).spawn().unwrap();
        eventually("some users are there", || async { !known.users.page(None, 1).await.unwrap().is_empty() })
            .await;
        child.kill().unwrap();
        child.wait().unwrap();
        let there_are = known.users.page(None, u32::MAX).await.unwrap().len() as u128;
        assert!(there_are < PEOPLE, "it was killed too late");
        for command in [
            &["serve"][..],
            &["studio"],
            &["users", "list"],
            &["users", "export"],
            &["runs", "list"],
            &["scan"],
            &["backup", "half.age"],
        ] {
            let said = refused(&site.run(&there.url, &provider, command));
            assert!(said.contains("half restored") && said.contains("sparekey restore --drop"), "{said}");
        }
        let check = site.run(&there.url, &provider, &["check"]);
        let said = text(&check.stdout);
        assert!(said.contains("BAD") && said.contains("half restored"), "{said}");
        done(&site.run(&there.url, &[], finish));
        if finish == restore {
            assert_eq!(everything(&known).await, everything(&store).await, "{kind:?}");
        } else {
            assert!(known.store.archive().is_empty().await.unwrap(), "{kind:?}");
        }
    }
    done(&site.run(&there.url, &provider, &["users", "list"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn into_sqlite() {
    into(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn into_postgres() {
    into(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn into_mariadb() {
    into(Kind::MariaDb).await;
}

#[cfg(feature = "mongodb")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn into_mongodb() {
    into(Kind::MongoDb).await;
}
