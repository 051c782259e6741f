//! Out of every kind of database and into every kind, as it was.

use super::{Site, done, everything, fresh, text};
use crate::store::archive::fill;
use crate::support::databases::Kind;

/// The lines of a file but its header and trailer: what is in the database.
fn records(lines: &[String]) -> &[String] {
    &lines[1..lines.len() - 1]
}

async fn from(kind: Kind) {
    let (site, db) = (Site::new(), fresh(kind).await);
    let store = db.open().await;
    fill(&store).await;
    site.backup(&db.url, "one.age");
    let before = everything(&store).await;
    let proved = site.opening(&db.url, &[], &["backup", "verify", "one.age"]);
    done(&proved);
    let said = text(&proved.stdout);
    assert!(said.contains("signed by BACKUP_VERIFY_KEY") && said.contains("3 users"), "{said}");
    let lines = site.lines("one.age");
    for to in Kind::ALL {
        let there = fresh(*to).await;
        let said = done(&site.restore(&there.url, "one.age"));
        assert!(said.contains("restored: 3 users") && said.contains("the last erasure"), "{said}");
        let other = there.open().await;
        assert_eq!(everything(&other).await, before, "{kind:?} to {to:?}");
        // And from there as it came, but for the restore, which is a run.
        let again = format!("from-{to:?}.age");
        site.backup(&there.url, &again);
        let mut again = site.lines(&again);
        again.retain(|line| !line.contains(r#""kind":"restore""#));
        assert_eq!(records(&again), records(&lines), "{kind:?} to {to:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_of_sqlite_into_each() {
    from(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_of_postgres_into_each() {
    from(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_of_mariadb_into_each() {
    from(Kind::MariaDb).await;
}

#[cfg(feature = "mongodb")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_of_mongodb_into_each() {
    from(Kind::MongoDb).await;
}
