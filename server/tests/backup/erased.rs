//! Who was erased does not come back with a restore; who logged in since stays.

use std::fs;

use identity::ErasedName;

use super::{Site, done, fresh, refused};
use crate::store::people::{ISSUER, at, login, plain_login, record};
use crate::support::databases::Kind;
use crate::support::opened::Opened;

async fn is_there(store: &Opened, subject: &str) -> bool {
    store.users.find_by_identity(ISSUER, subject).await.unwrap().is_some()
}

#[tokio::test]
async fn who_was_erased_after_a_backup_stays_away_by_the_file_beside_it() {
    let (site, db) = (Site::new(), fresh(Kind::Sqlite).await);
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    record(&store, &plain_login("bob", 0)).await;
    // A second identity of somebody who stays, and was first somebody's who goes.
    fs::create_dir(site.path("backups")).unwrap();
    let to = [("BACKUP_TO", "backups")];
    done(&site.back_up(&db.url, &to, &["backups/one.age"]));
    let erased = site.run(&db.url, &to, &["users", "erase", &ada.to_string(), "--yes"]);
    done(&erased);
    let beside = fs::read_to_string(site.path("backups/erased.jsonl")).unwrap();
    assert!(beside.lines().count() >= 3 && !beside.contains("ada") && !beside.contains(ISSUER), "{beside}");
    // The database is lost; the backup and what lies beside it are not.
    let there = fresh(Kind::Sqlite).await;
    let said = done(&site.restore(&there.url, "backups/one.age"));
    assert!(said.contains("left out, because they were erased: 1 users"), "{said}");
    let other = there.open().await;
    assert!(!is_there(&other, "ada").await && is_there(&other, "bob").await);
    assert_eq!(other.users.changes(ada, None, 10).await.unwrap(), []);
    // The keys came along: an import of theirs is known for what it is.
    let known = other.erasures.erased_at(&[ErasedName::identity(ISSUER, "ada")]).await.unwrap();
    assert!(known.is_some());
    // Carried elsewhere, the ledger of the backups' folder counts as well, or the file has to be named; else they are back.
    super::copy(&site.path("backups/one.age"), &site.path("one.age"));
    super::copy(&site.path("backups/one.age.minisig"), &site.path("one.age.minisig"));
    let carried = fresh(Kind::Sqlite).await;
    let said = done(&site.opening(&carried.url, &to, &["restore", "one.age"]));
    assert!(said.contains("left out, because they were erased: 1 users"), "{said}");
    assert!(!is_there(&carried.open().await, "ada").await);
    let named = fresh(Kind::Sqlite).await;
    done(&site.opening(&named.url, &[], &["restore", "one.age", "--erased", "backups/erased.jsonl"]));
    assert!(!is_there(&named.open().await, "ada").await);
    let without = fresh(Kind::Sqlite).await;
    let said = done(&site.restore(&without.url, "one.age"));
    assert!(said.contains("no erasure is known here"), "{said}");
    assert!(is_there(&without.open().await, "ada").await);
    let missing = ["restore", "one.age", "--erased", "nowhere.jsonl"];
    let said = refused(&site.opening(&fresh(Kind::Sqlite).await.url, &to, &missing));
    assert!(said.contains("--erased names is not there"), "{said}");
}

#[tokio::test]
async fn an_import_takes_nobody_in_who_was_erased_by_the_ledger_of_the_backups() {
    let (site, db) = (Site::new(), fresh(Kind::Sqlite).await);
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    record(&store, &plain_login("bob", 0)).await;
    fs::create_dir(site.path("backups")).unwrap();
    let to = [("BACKUP_TO", "backups")];
    let exported = site.run(&db.url, &to, &["users", "export"]);
    fs::create_dir(site.path("far")).unwrap();
    fs::write(site.path("far/users"), &exported.stdout).unwrap();
    done(&site.run(&db.url, &to, &["users", "erase", &ada.to_string(), "--yes"]));
    // A database that has the key, by an older backup, and not the erasure.
    let there = fresh(Kind::Sqlite).await;
    let known = there.open().await;
    known.erasures.take_in_erasures(&store.erasures.erasure_keys().await.unwrap(), &[]).await.unwrap();
    let import = ["users", "import", "--format", "sparekey", "far/users"];
    let dry = done(&site.run(&there.url, &to, &[&import[..], &["--dry-run"]].concat()));
    assert!(dry.contains("it would be 1 new") && dry.contains("1 erased"), "{dry}");
    assert!(known.erasures.erasures(None, 9).await.unwrap().is_empty(), "a dry run writes nothing");
    let said = done(&site.run(&there.url, &to, &import));
    assert!(said.contains("1 new") && said.contains("1 erased"), "{said}");
    assert!(!is_there(&known, "ada").await && is_there(&known, "bob").await);
    // The database knows it from now on.
    let name = [ErasedName::identity(ISSUER, "ada")];
    assert!(known.erasures.erased_at(&name).await.unwrap().is_some());
    // Named, it counts as well; else nobody knows.
    for (more, comes) in [(&["--erased", "backups/erased.jsonl"][..], false), (&[], true)] {
        let other = fresh(Kind::Sqlite).await;
        let known = other.open().await;
        known.erasures.take_in_erasures(&store.erasures.erasure_keys().await.unwrap(), &[]).await.unwrap();
        done(&site.run(&other.url, &[], &[&import[..], more].concat()));
        assert_eq!(is_there(&known, "ada").await, comes);
    }
}

#[tokio::test]
async fn what_the_database_knows_counts_too_and_who_logged_in_since_is_somebody_else() {
    let (site, db) = (Site::new(), fresh(Kind::Sqlite).await);
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    let bob = record(&store, &plain_login("bob", 0)).await.user.id;
    site.backup(&db.url, "before.age");
    store.erase(ada, at(100)).await;
    store.erase(bob, at(100)).await;
    // Bob comes back by a log-in of his own.
    let again = record(&store, &plain_login("bob", 200)).await.user.id;
    assert_ne!(again, bob);
    site.backup(&db.url, "after.age");
    let there = fresh(Kind::Sqlite).await;
    done(&site.restore(&there.url, "after.age"));
    let other = there.open().await;
    assert!(!is_there(&other, "ada").await);
    assert_eq!(other.users.find_by_identity(ISSUER, "bob").await.unwrap().unwrap().id, again);
    // The older one, into a database that knows of the erasures alone: nobody of them is in it.
    let knowing = fresh(Kind::Sqlite).await;
    let known = knowing.open().await;
    let (keys, entries) =
        (store.erasures.erasure_keys().await.unwrap(), store.erasures.erasures(None, 99).await.unwrap());
    known.erasures.take_in_erasures(&keys, &entries).await.unwrap();
    record(&store, &login("carol", 0, serde_json::json!({}))).await;
    let said = done(&site.restore(&knowing.url, "before.age"));
    assert!(said.contains("2 users"), "{said}");
    assert!(!is_there(&known, "ada").await && !is_there(&known, "bob").await);
}

#[tokio::test]
async fn an_identity_that_was_erased_with_somebody_else_leaves_its_former_user() {
    let (site, db) = (Site::new(), fresh(Kind::Sqlite).await);
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    store.record(&plain_login("work", 1), crate::store::people::id(), Some(ada)).await.unwrap().unwrap();
    site.backup(&db.url, "one.age");
    // It went to a user of its own, who was erased.
    let origin = identity::Origin::of_operator(None, at(2));
    let unlink = |user: Option<&identity::User>| identity::acts::unlink(user, ISSUER, "work", &origin);
    store.users.write(identity::Whom::id(ada), &unlink).await.unwrap();
    let other = record(&store, &plain_login("work", 3)).await.user.id;
    store.erase(other, at(100)).await;
    site.backup(&db.url, "later.age");
    let there = fresh(Kind::Sqlite).await;
    let known = there.open().await;
    let (keys, entries) =
        (store.erasures.erasure_keys().await.unwrap(), store.erasures.erasures(None, 99).await.unwrap());
    known.erasures.take_in_erasures(&keys, &entries).await.unwrap();
    let said = done(&site.restore(&there.url, "one.age"));
    assert!(said.contains("0 users, and 1 identities of others"), "{said}");
    let back = known.users.find(ada).await.unwrap().unwrap();
    assert_eq!(back.identities.len(), 1);
    let history = known.users.changes(ada, None, 99).await.unwrap();
    assert!(history.iter().all(|one| one.identity.as_ref().is_none_or(|name| name.subject == "ada")));
}
