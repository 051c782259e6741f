//! Who is erased while what a scan read of them waits to be applied.

use std::sync::Arc;

use identity::{Directory, RunState};
use server::System;
use store::Seal;

use super::here::Here;

/// A scan that is held: of twenty people, the last eight are gone.
async fn held() -> (Here, identity::scan::Report) {
    let here = Here::start(20).await;
    here.scan().await;
    here.admin.script().people.truncate(12);
    let report = here.scan().await;
    assert_eq!(report.state, RunState::Held);
    (here, report)
}

fn directory(ports: identity::Stores) -> Directory {
    Directory::new(ports, Arc::new(System))
}

async fn erase(here: &Here, directory: &Directory, reference: &str) {
    let user = here.store.users.find_by_identity(&here.settings.issuer, reference).await.unwrap().unwrap();
    assert!(directory.erase(user.id).await.unwrap());
}

/// Whether something of this account is on the shelf.
async fn is_shelved(here: &Here, reference: &str) -> bool {
    for run in here.store.shelf.shelved_runs(None, 10).await.unwrap() {
        for number in 0.. {
            let Some(sheet) = here.store.shelf.sheet(run, number).await.unwrap() else { break };
            if String::from_utf8(sheet).unwrap().contains(reference) {
                return true;
            }
        }
    }
    false
}

#[tokio::test]
async fn what_was_read_of_whoever_is_erased_goes_with_them_and_the_rest_can_be_approved() {
    let (here, report) = held().await;
    let directory = directory(here.store.store.ports());
    for listed_or_gone in ["id-000003", "id-000015"] {
        assert!(is_shelved(&here, listed_or_gone).await);
        erase(&here, &directory, listed_or_gone).await;
        assert!(!is_shelved(&here, listed_or_gone).await, "{listed_or_gone}");
    }
    assert!(is_shelved(&here, "id-000004").await && is_shelved(&here, "id-000016").await);
    here.approve(&report).await.unwrap();
    assert_eq!((here.users().await.len(), here.present().await), (18, 11), "they do not come back by it");
}

#[tokio::test]
async fn what_a_process_without_the_secret_leaves_is_forgotten_by_one_that_has_it() {
    let (here, _) = held().await;
    let url = format!("sqlite://{}", here.folder.path().join("copy.db").display());
    let without = store::open(&url, Seal::new(&[])).await.unwrap();
    erase(&here, &directory(without.ports()), "id-000003").await;
    assert!(is_shelved(&here, "id-000003").await, "it cannot be opened there");
    let server = directory(here.store.store.ports());
    assert_eq!(server.forget_on_the_shelf().await.unwrap(), 1);
    assert!(!is_shelved(&here, "id-000003").await);
    assert_eq!(server.forget_on_the_shelf().await.unwrap(), 0, "there is no more");
}

#[tokio::test]
async fn an_erased_person_whom_the_provider_lists_still_counts_and_nothing_else_of_them_is_kept() {
    let here = Here::start(20).await;
    here.scan().await;
    erase(&here, &directory(here.store.store.ports()), "id-000003").await;
    let again = here.scan().await;
    assert_eq!((again.state, again.seen, again.new, again.unknown), (RunState::Done, 20, 0, 0));
    here.admin.script().people.truncate(12);
    let held = here.scan().await;
    assert_eq!((held.state, held.seen), (RunState::Held, 12));
    assert!(is_shelved(&here, "id-000004").await && !is_shelved(&here, "id-000003").await);
}
