//! What a reader saw is what the profiles were, one after the other: for any history of any people.

use chrono::DateTime;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{Extent, Observation, Source, Standing, Timestamp, UserId, Write, acts, merge};

fn second(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

fn origin(at: i64, received_at: i64, source: Source) -> Origin {
    Origin { at: second(at), received_at: second(received_at), source, actor: None, run: None }
}

/// What one of three providers says at some time: of a name, an e-mail, the account.
fn said(at: i64, who: usize, kind: usize, word: &str, late: i64) -> Observation {
    let sources = [Source::Login, Source::Login, Source::Webhook, Source::Scan];
    let (standing, extent) = match kind {
        0 | 1 => (Some(Standing::Present), Extent::Partial),
        2 => (Some(Standing::Deleted), Extent::Partial),
        _ => (None, Extent::Full(Field::ALL.iter().map(ToString::to_string).collect())),
    };
    let claims = json!({ "name": word, "email": format!("{word}@{who}.example"), "locale": "en" });
    let mut claims = claims.as_object().unwrap().clone();
    if word == "b" {
        claims.remove("name");
    }
    Observation {
        provider: format!("p{who}"),
        issuer: format!("https://{who}.example"),
        subject: "ada".into(),
        origin: origin(at - late, at, sources[kind]),
        extent,
        claims,
        standing,
    }
}

/// What changes from one profile to the next.
fn fields(seen: &[Seen]) -> Vec<(Field, Option<Value>, Option<Value>)> {
    let field = |seen: &Seen| match &seen.what {
        SeenWhat::Field { field, from, to } => Some((*field, from.clone(), to.clone())),
        _ => None,
    };
    seen.iter().filter_map(field).collect()
}

fn differences(then: Option<&User>, now: &User) -> Vec<(Field, Option<Value>, Option<Value>)> {
    let (old, new) = (then.map(User::profile).unwrap_or_default(), now.profile());
    let value = |profile: &Profile<'_>, field: &Field| profile.get(field).map(|shown| shown.value.clone());
    let all = Field::ALL.iter().map(|field| (*field, value(&old, field), value(&new, field)));
    all.filter(|(_, from, to)| from != to).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_history_is_what_the_profiles_were(
        steps in vec((0..3usize, 0..4usize, prop::sample::select(vec!["a", "b", "c"]), 0..3i64), 1..12),
        unlinked in 0..24usize,
    ) {
        let (mut user, mut changes, mut seen_then) = (None::<User>, Vec::new(), Vec::new());
        let mut keep = |user: &mut Option<User>, write: Write| {
            let mut now = differences(user.as_ref(), &write.user);
            let then = user.as_ref().map_or(Status::Active, User::status);
            seen_then.push((now.split_off(0), (then, write.user.status())));
            changes.push(write.changes.clone());
            *user = Some(write.user);
        };
        for (at, (who, kind, word, late)) in steps.iter().enumerate() {
            let write = merge::merge(
                user.as_ref(),
                &said(at as i64 * 10, *who, *kind, word, late * 10),
                UserId(Uuid::from_u128(1)),
            );
            keep(&mut user, write);
            if at == unlinked
                && let crate::Decision::Keep(write) =
                    acts::unlink(user.as_ref(), "https://1.example", "ada", &origin(at as i64 * 10, 0, Source::Operator))
            {
                keep(&mut user, *write);
            }
        }
        let newest_first: Vec<Change> = changes.into_iter().rev().flatten().collect();
        let user = user.unwrap();
        let all = seen(&user, &newest_first);
        let expected: Vec<_> = seen_then.iter().rev().flat_map(|(fields, _)| fields.clone()).collect();
        prop_assert_eq!(fields(&all), expected);
        let statuses: Vec<_> = all.iter().filter_map(|seen| match seen.what {
            SeenWhat::Status { from, to } => Some((from, to)),
            _ => None,
        }).collect();
        let expected: Vec<_> =
            seen_then.iter().rev().map(|(_, status)| *status).filter(|(from, to)| from != to).collect();
        prop_assert_eq!(statuses, expected);
    }
}

#[test]
fn a_link_is_seen_and_the_first_identity_is_none() {
    let one = merge::merge(None, &said(0, 0, 0, "a", 0), UserId(Uuid::from_u128(1)));
    let two = merge::merge(Some(&one.user), &said(10, 1, 0, "c", 0), one.user.id);
    let all = seen(&two.user, &[two.changes.clone(), one.changes].concat());
    let links: Vec<_> = all.iter().filter(|seen| matches!(seen.what, SeenWhat::Linked(_))).collect();
    let provider = |seen: &Seen| seen.identity.as_ref().map(|one| one.provider.clone());
    assert_eq!((links.len(), provider(links[0]).as_deref()), (1, Some("p1")));
    assert_eq!(links[0].origin.source, Source::Login);
    let name = all.iter().find(|seen| matches!(seen.what, SeenWhat::Field { field: Field::Name, .. }));
    assert_eq!(name.and_then(provider).as_deref(), Some("p1"), "the name that came to the front");
}
