//! What a provider pushes of people, before and after their first log-in.

use super::*;
use crate::{Directory, Field, Pushed, PushedTo, Source, Status, Written};

impl Stage {
    fn directory(&self) -> Directory {
        Directory::new(self.login.stores.clone(), self.world.clone())
    }

    async fn push(&self, pushed: Pushed) -> PushedTo {
        self.directory().pushed(&pushed).await.unwrap()
    }

    /// What a scan says of an account, as of now: all of it.
    fn listed(&self, reference: &str, name: &str) -> Pushed {
        let now = self.now();
        Pushed {
            is_retired: false,
            provider: "main".into(),
            issuer: "https://main.example".into(),
            is_subject: self.main().reference() == "sub",
            reference: reference.into(),
            origin: Origin { at: now, received_at: now, source: Source::Scan, actor: None, run: None },
            extent: Extent::Full(["name".to_owned()].into()),
            claims: claims(json!({"name": name})),
            standing: Some(Standing::Present),
            linked: Vec::new(),
        }
    }

    /// What a message says of an account's standing, and nothing else.
    fn word(&self, reference: &str, standing: Standing) -> Pushed {
        let extent = Extent::Partial;
        Pushed { extent, claims: claims(json!({})), standing: Some(standing), ..self.listed(reference, "") }
    }

    /// A log-in of this subject with this reference.
    async fn sign_in_as(&self, subject: &str, oid: &str) {
        let answer = self.main().redeemed(subject, self.now(), claims(json!({"oid": oid, "locale": "de"})));
        self.main().will_answer(Ok(answer));
        self.sign_in().await;
    }

    fn name(&self) -> Option<String> {
        self.user().text(Field::Name)
    }
}

#[tokio::test]
async fn where_the_reference_is_the_subject_a_new_user_starts_and_no_entry() {
    let stage = Stage::new();
    assert!(matches!(stage.push(stage.listed("ada", "Ada")).await, PushedTo::User(_)));
    assert_eq!(stage.user().identities[0].subject, "ada");
    assert_eq!(stage.name().as_deref(), Some("Ada"));
    assert_eq!(stage.store.entries(), []);
}

#[tokio::test]
async fn a_log_in_looks_for_no_entry_where_none_can_be() {
    let stage = Stage::new();
    stage.sign_in().await;
    let state = stage.begin(0, None).await;
    stage.diary.read();
    stage.login.finish(stage.arrival(0, &state)).await.unwrap();
    assert_eq!(stage.diary.read(), ["redeem", "write"]);
}

#[tokio::test]
async fn where_it_is_another_claim_the_account_waits_and_the_first_log_in_adopts_it() {
    let stage = Stage::new();
    stage.main().refer_by("oid");
    assert!(matches!(stage.push(stage.listed("o-1", "Ada")).await, PushedTo::Waits(_)));
    assert!(stage.store.all().is_empty());
    stage.world.pass(SECOND);
    stage.sign_in_as("somebody else", "o-2").await;
    assert_eq!(stage.name(), None, "another reference adopts nothing");
    stage.sign_in_as("ada", "o-1").await;
    let ada =
        stage.store.all().into_iter().find(|user| user.identity("https://main.example", "ada").is_some());
    let ada = ada.unwrap();
    assert_eq!(
        (ada.text(Field::Name).as_deref(), ada.text(Field::Locale).as_deref()),
        (Some("Ada"), Some("de"))
    );
    assert_eq!(ada.identities[0].facts[&Field::Name].at, stage.now() - SECOND, "by its own time");
    assert_eq!(ada.status(), Status::Active);
    let entry = stage.store.entries().into_iter().find(|entry| entry.reference == "o-1").unwrap();
    assert!(entry.is_of("https://main.example", "ada") && entry.waiting.is_empty());
}

#[tokio::test]
async fn whoever_logged_in_with_a_reference_is_found_by_it() {
    let stage = Stage::new();
    stage.main().refer_by("oid");
    stage.sign_in_as("ada", "o-1").await;
    stage.world.pass(SECOND);
    stage.push(stage.listed("o-1", "Ada")).await;
    assert_eq!(stage.name().as_deref(), Some("Ada"));
    stage.world.pass(SECOND);
    stage.push(stage.word("o-1", Standing::Blocked)).await;
    assert_eq!(stage.user().status(), Status::Tombstone);
    assert!(stage.store.sessions().is_empty());
}

#[tokio::test]
async fn a_reference_that_moved_to_another_subject_is_the_newer_ones() {
    let stage = Stage::new();
    stage.main().refer_by("oid");
    stage.sign_in_as("old client's", "o-1").await;
    stage.sign_in_as("new client's", "o-1").await;
    let entries = stage.store.entries();
    assert_eq!(entries.len(), 1);
    assert!(entries[0].is_of("https://main.example", "new client's"));
}

#[tokio::test]
async fn a_log_in_without_the_reference_adopts_nothing() {
    let stage = Stage::new();
    stage.main().refer_by("oid");
    stage.sign_in().await;
    assert_eq!(stage.store.entries(), []);
}

#[tokio::test]
async fn who_is_gone_or_only_said_to_be_blocked_makes_nobody() {
    for claim in ["sub", "oid"] {
        let stage = Stage::new();
        stage.main().refer_by(claim);
        for standing in [Standing::Deleted, Standing::Blocked] {
            assert!(matches!(stage.push(stage.word("ada", standing)).await, PushedTo::Nobody));
        }
        assert!(stage.store.all().is_empty() && stage.store.entries().is_empty(), "{claim}");
        // A message without a word of the person makes nobody either.
        let nothing = Pushed { standing: None, ..stage.word("ada", Standing::Present) };
        assert!(matches!(stage.push(nothing).await, PushedTo::Nobody));
    }
}

#[tokio::test]
async fn a_whole_record_of_a_blocked_account_is_kept_as_such() {
    let stage = Stage::new();
    let blocked = Pushed { standing: Some(Standing::Blocked), ..stage.listed("ada", "Ada") };
    stage.push(blocked).await;
    assert_eq!((stage.user().status(), stage.name().as_deref()), (Status::Tombstone, Some("Ada")));
}

#[tokio::test]
async fn an_account_that_waits_and_goes_is_not_there_and_a_later_log_in_is() {
    let stage = Stage::new();
    stage.main().refer_by("oid");
    stage.push(stage.listed("o-1", "Ada")).await;
    stage.world.pass(SECOND);
    stage.push(stage.word("o-1", Standing::Deleted)).await;
    assert!(stage.store.entries()[0].is_gone);
    stage.world.pass(SECOND);
    stage.sign_in_as("ada", "o-1").await;
    assert_eq!((stage.user().status(), stage.name().as_deref()), (Status::Active, Some("Ada")));
}

#[tokio::test]
async fn the_second_of_two_linked_accounts_is_not_deleted_in_either_order() {
    let stage = Stage::new();
    for deleted_first in [false, true] {
        let (first, second) = (format!("first {deleted_first}"), format!("second {deleted_first}"));
        stage.push(stage.listed(&second, "Ada")).await;
        stage.world.pass(SECOND);
        let linked = Pushed { linked: vec![second.clone()], ..stage.listed(&first, "Ada") };
        let deleted = stage.word(&second, Standing::Deleted);
        match deleted_first {
            true => {
                assert!(matches!(stage.push(deleted).await, PushedTo::User(_)));
                stage.push(linked).await;
            }
            false => {
                stage.push(linked).await;
                assert!(matches!(stage.push(deleted).await, PushedTo::Linked));
            }
        }
        let all = stage.store.all();
        let standing = |subject: &str| {
            all.iter().find_map(|user| user.identity("https://main.example", subject)).unwrap().standing
        };
        assert_eq!([standing(&first), standing(&second)], [Standing::Present; 2]);
    }
}

#[tokio::test]
async fn an_account_that_was_unlinked_again_can_be_deleted() {
    let stage = Stage::new();
    stage.push(Pushed { linked: vec!["second".into()], ..stage.listed("first", "Ada") }).await;
    assert!(matches!(stage.push(stage.word("second", Standing::Deleted)).await, PushedTo::Linked));
    stage.world.pass(SECOND);
    // It speaks for itself again.
    stage.push(stage.listed("second", "Ada")).await;
    stage.world.pass(SECOND);
    let PushedTo::User(written) = stage.push(stage.word("second", Standing::Deleted)).await else { panic!() };
    let Written::Kept(write) = *written else { panic!("not kept") };
    assert_eq!(write.user.status(), Status::Tombstone);
}

#[tokio::test]
async fn a_clients_entry_whose_reference_changed_waits_also_where_it_is_the_subject() {
    let stage = Stage::new();
    let entry = crate::Entry {
        awaits_login: true,
        ..crate::Entry::new(crate::EntryId(Default::default()), "main", "eve", stage.now()).next(stage.now())
    };
    assert!(stage.login.stores.entries.put(None, &entry).await.unwrap());
    let mut pushed = stage.listed("eve", "Eve");
    pushed.origin.source = Source::Scim;
    assert!(matches!(stage.push(pushed).await, PushedTo::Waits(_)));
    assert!(stage.store.all().is_empty());
    // The provider's own list needs no such proof.
    assert!(matches!(stage.push(stage.listed("eve", "Eve")).await, PushedTo::User(_)));
}

#[tokio::test]
async fn a_reference_that_cannot_be_one_is_refused() {
    let stage = Stage::new();
    for odd in ["", "a\0", &"x".repeat(256)] {
        assert!(stage.directory().pushed(&stage.listed(odd, "Ada")).await.is_err());
    }
    let longest = "x".repeat(255);
    assert!(stage.directory().pushed(&stage.listed(&longest, "Ada")).await.is_ok());
}

#[tokio::test]
async fn who_is_erased_takes_their_entries_along() {
    let stage = Stage::new();
    stage.main().refer_by("oid");
    stage.sign_in_as("ada", "o-1").await;
    assert_eq!(stage.store.entries().len(), 1);
    assert!(stage.directory().erase(stage.user().id).await.unwrap());
    assert!(stage.store.entries().is_empty() && stage.store.all().is_empty());
}

#[tokio::test]
async fn what_would_be_kept_is_what_is_kept() {
    let stage = Stage::new();
    let listed = stage.listed("ada", "Ada");
    let would = stage.directory().would_push(&listed).await.unwrap().unwrap();
    assert!(stage.store.all().is_empty());
    let PushedTo::User(written) = stage.push(listed).await else { panic!("waits") };
    let Written::Kept(write) = *written else { panic!("not kept") };
    assert_eq!(would.changes, write.changes);
    let gone = stage.word("nobody", Standing::Deleted);
    assert!(stage.directory().would_push(&gone).await.unwrap().is_none());
}
