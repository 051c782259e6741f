//! What is refused, with a sentence, and nothing written.

use std::fs;
use std::path::Path;

use identity::{Run, RunKind, RunState};

use super::{Site, done, fresh, refused};
use crate::store::people::{plain_login, record};
use crate::store::runs::run;
use crate::support::databases::{Database, Kind};

/// Whether a database is not there, or holds nothing.
async fn is_untouched(db: &Database) -> bool {
    !Path::new(db.url.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc")).exists()
}

async fn backed_up(site: &Site) -> Database {
    let db = fresh(Kind::Sqlite).await;
    let store = db.open().await;
    for n in 0..20 {
        record(&store, &plain_login(&format!("s{n}"), 0)).await;
    }
    site.backup(&db.url, "one.age");
    db
}

#[tokio::test]
async fn a_file_that_is_not_what_it_should_be_leaves_the_database_alone() {
    let site = Site::new();
    backed_up(&site).await;
    let (whole, signature) = (fs::read(site.path("one.age")).unwrap(), site.path("one.age.minisig"));
    let there = fresh(Kind::Sqlite).await;
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    // Cut and flipped, the signature says so; without a key for it, the file itself does.
    for bad in [&whole[..whole.len() - 1], &whole[..200], &flipped] {
        fs::write(site.path("one.age"), bad).unwrap();
        let said = refused(&site.restore(&there.url, "one.age"));
        assert!(said.contains("was changed after it was signed"), "{said}");
        let unsigned = ["restore", "one.age", "--unsigned"];
        let said = refused(&site.opening(&there.url, &[("BACKUP_VERIFY_KEY", "")], &unsigned));
        assert!(said.contains("cut short") || said.contains("the backup"), "{said}");
        refused(&site.opening(&there.url, &[], &["backup", "verify", "one.age"]));
    }
    fs::write(site.path("one.age"), &whole).unwrap();
    // Of another key, by another key, not signed at all.
    site.minisign("other");
    let other = [("BACKUP_VERIFY_KEY", "other.pub")];
    let said = refused(&site.opening(&there.url, &other, &["restore", "one.age"]));
    assert!(said.contains("signed by another key"), "{said}");
    let elsewhere = Site::new();
    fs::copy(elsewhere.path("key"), site.path("another")).unwrap();
    let said = refused(&site.run(&there.url, &[], &["restore", "one.age", "--identity", "another"]));
    assert!(said.contains("does not open this backup"), "{said}");
    let said = refused(&site.run(&there.url, &[], &["restore", "one.age"]));
    assert!(said.contains("say by --identity"), "{said}");
    fs::rename(&signature, site.path("elsewhere")).unwrap();
    let said = refused(&site.restore(&there.url, "one.age"));
    assert!(said.contains("is not signed"), "{said}");
    // Nobody vouches for it: that has to be said.
    let nobody = [("BACKUP_VERIFY_KEY", "")];
    let said = refused(&site.opening(&there.url, &nobody, &["restore", "one.age"]));
    assert!(said.contains("nobody vouches") && said.contains("--unsigned"), "{said}");
    assert!(is_untouched(&there).await);
    done(&site.opening(&there.url, &nobody, &["restore", "one.age", "--unsigned"]));
}

#[tokio::test]
async fn a_database_that_holds_something_stays_as_it_is() {
    let site = Site::new();
    let db = backed_up(&site).await;
    let store = db.open().await;
    let before = super::everything(&store).await;
    let said = refused(&site.restore(&db.url, "one.age"));
    assert!(said.contains("not empty"), "{said}");
    assert_eq!(super::everything(&store).await, before);
    let said = refused(&site.run(&db.url, &[], &["restore", "--drop"]));
    assert!(said.contains("nothing to drop"), "{said}");
    assert_eq!(super::everything(&store).await, before);
}

#[tokio::test]
async fn a_backup_is_encrypted_or_said_to_be_plain_and_takes_no_ones_place() {
    let site = Site::new();
    let db = backed_up(&site).await;
    let nobody = [("BACKUP_RECIPIENTS", "")];
    let said = refused(&site.run(&db.url, &nobody, &["backup", "two"]));
    assert!(said.contains("BACKUP_RECIPIENTS") && said.contains("--plain"), "{said}");
    let said = done(&site.run(&db.url, &nobody, &["backup", "two", "--plain"]));
    assert!(said.contains("NOT ENCRYPTED"), "{said}");
    let begins: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
    assert!(fs::read(site.path("two")).unwrap().starts_with(begins));
    let there = fresh(Kind::Sqlite).await;
    done(&site.run(&there.url, &[], &["restore", "two"]));
    let said = refused(&site.back_up(&db.url, &[], &["one.age"]));
    assert!(said.contains("is there already"), "{said}");
    let said = refused(&site.back_up(&db.url, &[], &[]));
    assert!(said.contains("BACKUP_TO is not set"), "{said}");
    let faulty = site.run(&db.url, &[("BACKUP_RECIPIENTS", "age1nobody")], &["backup", "three", "--plain"]);
    assert_eq!(faulty.status.code(), Some(78));
    let faulty = site.run(&db.url, &[("BACKUP_SIGN_KEY", "no-such-file")], &["backup", "three", "--plain"]);
    assert_eq!(faulty.status.code(), Some(78));
    assert!(!site.path("three").exists() && !site.path("three.partial").exists());
}

#[tokio::test]
async fn a_restore_that_was_broken_off_is_done_again_or_dropped_and_nothing_is_served_before() {
    let site = Site::new();
    backed_up(&site).await;
    let there = fresh(Kind::Sqlite).await;
    let store = there.open().await;
    // As a restore leaves it that dies after its first batch.
    let mark = Run { kind: RunKind::Restore, provider: None, state: RunState::Running, ..run(0) };
    let half = async || {
        store.runs.start(&mark).await.unwrap();
        record(&store, &plain_login("s1", 0)).await;
    };
    half().await;
    let provider = [
        ("OIDC_ISSUER_URL", "http://localhost:1"),
        ("OIDC_CLIENT_ID", "sparekey"),
        ("OIDC_CLIENT_SECRET", "secret"),
        ("LEPTOS_SITE_ADDR", "127.0.0.1:0"),
    ];
    let said = refused(&site.run(&there.url, &provider, &["serve"]));
    assert!(said.contains("half restored") && said.contains("--drop"), "{said}");
    let said = refused(&site.run(&there.url, &[], &["backup", "half.age", "--plain"]));
    assert!(said.contains("half restored"), "{said}");
    done(&site.restore(&there.url, "one.age"));
    assert_eq!(store.users.page(None, 99).await.unwrap().len(), 20);
    let said = refused(&site.restore(&there.url, "one.age"));
    assert!(said.contains("not empty"), "{said}");
    // Or dropped.
    let dropped = fresh(Kind::Sqlite).await;
    let store = dropped.open().await;
    store.runs.start(&mark).await.unwrap();
    record(&store, &plain_login("s1", 0)).await;
    done(&site.run(&dropped.url, &[], &["restore", "--drop"]));
    assert!(store.store.archive().is_empty().await.unwrap());
    assert!(identity::unfinished_restore(&*store.runs).await.unwrap().is_none());
}
