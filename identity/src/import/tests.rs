//! Whoever is here stays as they are; whoever is not comes as they were.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::merge::merge;
use crate::{Actor, Extent, Observation, RunId, Source, Standing, Timestamp, history};

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

fn id(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn import() -> Origin {
    Origin {
        at: second(50),
        received_at: second(60),
        source: Source::Import,
        actor: Some(Actor::Cli("ada".into())),
        run: Some(RunId(Uuid::from_u128(9))),
    }
}

fn said(who: usize, at: i64, source: Source, name: &str, standing: Standing) -> Observation {
    Observation {
        provider: "main".into(),
        issuer: "https://one.example".into(),
        subject: format!("s{who}"),
        origin: Origin { at: second(at), received_at: second(at), source, actor: None, run: None },
        extent: Extent::Partial,
        claims: json!({ "name": name, "team": name }).as_object().unwrap().clone(),
        standing: Some(standing),
    }
}

fn any_user() -> impl Strategy<Value = User> {
    let sources = vec![Source::Login, Source::Login, Source::Scan];
    let standings = vec![Standing::Present, Standing::Present, Standing::Blocked, Standing::Deleted];
    let one = (0..3usize, 0..9i64, select(sources), select(vec!["a", "b"]), select(standings));
    (vec(one, 1..8), any::<bool>()).prop_map(|(history, is_disabled)| {
        let mut user = None;
        for (who, at, source, name, standing) in history {
            let standing = if source == Source::Login { Standing::Present } else { standing };
            user = Some(merge(user.as_ref(), &said(who, at, source, name, standing), id(1)).user);
        }
        User { is_disabled, ..user.unwrap() }
    })
}

fn taken(user: &User) -> Write {
    match take_in(None, user, &import()) {
        Decision::Keep(write) => *write,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn who_is_not_here_comes_as_they_were_and_that_can_be_taken_back(user in any_user()) {
        let write = taken(&user);
        prop_assert_eq!(&write.user, &User { version: 1, ..user.clone() });
        prop_assert!(write.changes.iter().all(|change| change.version == 1 && change.origin == import()));
        prop_assert_eq!(compare(&write.user, &user), TakenIn::Same);
        prop_assert!(write.links() && write.starts.is_none() && write.ends.is_empty());
        let before = crate::acts::before(&write.user, &write.changes);
        prop_assert!(before.identities.is_empty() && !before.is_disabled);
        // What a reader sees come to be is the profile.
        let seen = history::seen(&write.user, &write.changes);
        let fields = seen.iter().filter(|one| matches!(one.what, history::SeenWhat::Field { .. })).count();
        prop_assert_eq!(fields, write.user.profile().len());
    }

    #[test]
    fn who_is_here_stays(user in any_user(), given in any_user()) {
        prop_assert!(matches!(take_in(Some(&user), &given, &import()), Decision::Leave));
    }

    #[test]
    fn whoever_logged_in_since_is_newer(user in any_user()) {
        let who = user.identities[0].subject.strip_prefix('s').unwrap().parse().unwrap();
        let enabled = User { is_disabled: false, ..user.clone() };
        let since = merge(Some(&enabled), &said(who, 20, Source::Login, "c", Standing::Present), id(1)).user;
        prop_assert_eq!(compare(&since, &user), TakenIn::Newer);
        prop_assert_eq!(compare(&user, &since), TakenIn::Other);
    }
}

#[test]
fn whoever_lacks_an_identity_of_the_line_is_another() {
    let one = merge(None, &said(0, 1, Source::Login, "a", Standing::Present), id(1)).user;
    let both = merge(Some(&one), &said(1, 0, Source::Scan, "a", Standing::Present), id(1)).user;
    let since = merge(Some(&one), &said(0, 9, Source::Login, "a", Standing::Present), id(1)).user;
    assert_eq!(compare(&since, &both), TakenIn::Other);
    assert_eq!(compare(&User { created_at: second(0), ..since }, &one), TakenIn::Other);
}
