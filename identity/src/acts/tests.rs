//! What the operator and the user decide, by example; and that every write can be taken back.

mod undo;

use std::collections::BTreeMap;

use chrono::DateTime;
use uuid::Uuid;

use super::*;
use crate::merge::merge;
use crate::{Actor, EntryId, ErasedName, Extent, Observation, Source, Standing, Status, Timestamp, UserId};

fn second(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

fn operator(at: i64) -> Origin {
    Origin::of_operator(Some(Actor::Cli("ada".into())), second(at))
}

fn login(at: i64, subject: &str) -> Observation {
    let time = second(at);
    Observation {
        provider: "main".into(),
        issuer: "https://one.example".into(),
        subject: subject.into(),
        origin: Origin { at: time, received_at: time, source: Source::Login, actor: None, run: None },
        extent: Extent::Partial,
        claims: serde_json::from_str(&format!(r#"{{"name":"{subject}","team":"a"}}"#)).unwrap(),
        standing: Some(Standing::Present),
    }
}

fn with(subjects: &[&str]) -> User {
    let mut user = None;
    for (at, subject) in subjects.iter().enumerate() {
        user = Some(merge(user.as_ref(), &login(at as i64, subject), UserId(Uuid::from_u128(1))).user);
    }
    user.unwrap()
}

fn kept(decision: Decision) -> Write {
    match decision {
        Decision::Keep(write) => *write,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_user_who_is_shut_out_loses_their_sessions_and_the_change_says_who_and_why() {
    let ada = with(&["ada"]);
    let write = kept(set_disabled(Some(&ada), true, Some("abuse"), &operator(9)));
    assert_eq!(
        (write.user.status(), write.user.version, write.user.updated_at),
        (Status::Disabled, 2, second(9))
    );
    assert_eq!(write.ends, [Ends::OfUser { user: ada.id, except: None }]);
    let change = Change {
        version: 2,
        identity: None,
        what: What::Disabled { to: true, reason: Some("abuse".into()) },
        origin: operator(9),
    };
    assert_eq!(write.changes, [change]);
    let back = kept(set_disabled(Some(&write.user), false, None, &operator(8)));
    assert_eq!((back.user.status(), back.user.updated_at), (Status::Active, second(9)));
    assert_eq!(back.ends, []);
}

#[test]
fn a_status_that_is_so_already_and_a_user_who_is_not_there_stay_so() {
    let ada = with(&["ada"]);
    for (user, to) in [(Some(&ada), false), (None, true), (None, false)] {
        assert!(matches!(set_disabled(user, to, None, &operator(9)), Decision::Leave));
    }
}

#[test]
fn an_identity_leaves_with_its_sessions_and_is_kept_in_the_change() {
    let both = with(&["ada", "countess"]);
    let write = kept(unlink(Some(&both), "https://one.example", "ada", &operator(9)));
    assert_eq!(write.user.identities.len(), 1);
    assert_eq!(write.user.identities[0].subject, "countess");
    let ends = Ends::OfIdentity { issuer: "https://one.example".into(), subject: "ada".into() };
    assert_eq!(write.ends, [ends]);
    assert_eq!(write.changes[0].what, What::Unlinked(Box::new(both.identities[0].clone())));
    assert_eq!(before(&write.user, &write.changes).identities.len(), 2);
}

#[test]
fn the_last_identity_stays_and_one_that_is_gone_is_no_fault() {
    let ada = with(&["ada"]);
    let last = unlink(Some(&ada), "https://one.example", "ada", &operator(9));
    assert!(matches!(last, Decision::Refuse(Code::IdentityLast)));
    for (user, subject) in [(Some(&ada), "Ada"), (None, "ada")] {
        assert!(matches!(unlink(user, "https://one.example", subject, &operator(9)), Decision::Leave));
    }
}

#[test]
fn the_last_identity_that_is_present_stays_and_one_that_is_gone_may_leave() {
    let gone = Observation { standing: Some(Standing::Deleted), ..login(20, "countess") };
    let user = merge(Some(&with(&["ada", "countess"])), &gone, UserId(Uuid::from_u128(1))).user;
    let last = unlink(Some(&user), "https://one.example", "ada", &operator(30));
    assert!(matches!(last, Decision::Refuse(Code::IdentityLast)), "{last:?}");
    let left = kept(unlink(Some(&user), "https://one.example", "countess", &operator(30))).user;
    assert_eq!((left.identities.len(), left.status()), (1, Status::Active));
    // Where none is present anyway, nothing is lost.
    let gone = Observation { standing: Some(Standing::Blocked), ..login(30, "ada") };
    let user = merge(Some(&user), &gone, user.id).user;
    assert_eq!(
        kept(unlink(Some(&user), "https://one.example", "ada", &operator(40))).user.identities.len(),
        1
    );
}

#[test]
fn only_who_is_there_can_be_forgotten() {
    let ada = with(&["ada"]);
    let Decision::Erase(erase) = erase(Some(&ada), &[], &[], second(9), None) else { panic!("forgotten") };
    let issuer = "https://one.example";
    let names =
        [ErasedName::User(ada.id), ErasedName::identity(issuer, "ada"), ErasedName::reference(issuer, "ada")];
    assert_eq!((&erase.names[..], erase.at), (&names[..], second(9)));
    assert!(matches!(super::erase(None, &[], &[], second(9), None), Decision::Leave));
}

#[test]
fn whoever_is_forgotten_is_so_under_every_name_of_their_issuers() {
    let (ada, new) = (with(&["ada"]), "https://new.example");
    let (issuer, of) = (new.to_owned(), "https://one.example".to_owned());
    let alias = IssuerAlias { issuer, of, made_at: second(1), actor: Actor::Cli("grace".to_owned()) };
    let entry = Entry::new(EntryId(Uuid::from_u128(9)), "main", "0001", second(1));
    let entries = [("https://one.example".to_owned(), entry)];
    let erased = erase(Some(&ada), &entries, &[alias], second(9), None);
    let Decision::Erase(erase) = erased else { panic!("forgotten") };
    for (issuer, reference) in [("https://one.example", "0001"), (new, "ada"), (new, "0001")] {
        assert!(erase.names.contains(&ErasedName::reference(issuer, reference)), "{issuer} {reference}");
    }
    assert!(erase.names.contains(&ErasedName::identity(new, "ada")));
}

/// What is meant to come back: times of the last sight and counts are no change.
fn meant(user: &User) -> BTreeMap<String, (Standing, String, String)> {
    let one = |one: &Identity| {
        let facts: Vec<_> = one.facts.iter().map(|(field, fact)| (*field, fact.value.clone())).collect();
        (one.subject.clone(), (one.standing, format!("{facts:?}"), format!("{:?}", one.claims)))
    };
    user.identities.iter().map(one).collect()
}

#[test]
fn whatever_was_written_can_be_taken_back() {
    let both = with(&["ada", "countess"]);
    let gone = Observation { standing: Some(Standing::Deleted), ..login(20, "ada") };
    let writes = [
        merge(Some(&both), &login(9, "somebody else"), both.id),
        merge(Some(&both), &login(9, "ada"), both.id),
        merge(Some(&both), &gone, both.id),
        kept(set_disabled(Some(&both), true, None, &operator(9))),
        kept(unlink(Some(&both), "https://one.example", "ada", &operator(9))),
    ];
    for write in writes {
        let back = before(&write.user, &write.changes);
        assert_eq!((meant(&back), back.status()), (meant(&both), both.status()), "{:?}", write.changes);
        let order = |user: &User| user.ranked().map(|one| one.subject.clone()).collect::<Vec<_>>();
        assert_eq!((order(&back), back.version), (order(&both), both.version));
    }
}
