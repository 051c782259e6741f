//! `kill -9` in the middle of a restore: nothing is served by halves, and the same command makes it whole.

use sea_orm::{ConnectionTrait, TransactionTrait};

use super::{Site, done, everything, fresh, refused};
use crate::store::people::{plain_login, record};
use crate::support::app::eventually;
use crate::support::databases::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_killed_in_the_middle_is_served_by_nobody_and_whole_the_next_time() {
    let (site, db) = (Site::new(), fresh(Kind::Sqlite).await);
    let store = db.open().await;
    // More people than are written at a time.
    for n in 0..230 {
        record(&store, &plain_login(&format!("s{n}"), 0)).await;
    }
    site.backup(&db.url, "one.age");
    let there = fresh(Kind::Postgres).await;
    let known = there.open().await;
    // Users are written before their changes, for which it has to wait.
    let raw = sea_orm::Database::connect(&there.url).await.unwrap();
    let lock = raw.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE changes IN SHARE MODE").await.unwrap();
    let restore = ["restore", "one.age", "--identity", "key"];
    let mut child = site.command(&there.url, &[], &restore).spawn().unwrap();
    eventually("some users are there", || async { !known.users.page(None, 1).await.unwrap().is_empty() })
        .await;
    child.kill().unwrap();
    child.wait().unwrap();
    lock.rollback().await.unwrap();
    raw.close().await.unwrap();
    let provider = [
        ("OIDC_ISSUER_URL", "http://localhost:1"),
        ("OIDC_CLIENT_ID", "sparekey"),
        ("OIDC_CLIENT_SECRET", "secret"),
        ("LEPTOS_SITE_ADDR", "127.0.0.1:0"),
    ];
    let said = refused(&site.run(&there.url, &provider, &["serve"]));
    assert!(said.contains("half restored"), "{said}");
    done(&site.restore(&there.url, "one.age"));
    assert_eq!(everything(&known).await, everything(&store).await);
}
