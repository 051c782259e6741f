//! What holds after any history of any observations.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// A claim as some provider might send it.
fn any_claim() -> impl Strategy<Value = Json> {
    let odd = [json!(null), json!(""), json!(" "), json!("\u{0}"), json!({"a": []}), json!([1]), json!(0)];
    let plain =
        [json!("a"), json!("b"), json!("a\u{0}"), json!("true"), json!("false"), json!(true), json!(false)];
    prop_oneof![select(odd.to_vec()), select(plain.to_vec()), select(plain.to_vec())]
}

fn any_claims() -> impl Strategy<Value = Claims> {
    let mut names: Vec<&str> = vec!["email", "email", "email_verified", "email_verified", "department"];
    names.extend(Field::CLAIMS.map(Field::as_str));
    btree_map(select(names), any_claim(), 0..9)
        .prop_map(|claims| claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// An observation of one of a few identities; some clocks run ahead.
fn any_observation(identities: usize) -> impl Strategy<Value = Observation> {
    let sources =
        [Source::Login, Source::Login, Source::Refresh, Source::Webhook, Source::Scan, Source::Import];
    let extents = [Extent::Partial, Extent::Partial, Extent::Full];
    let times = (0..6i64, -1..4i64);
    (0..identities, select(sources.to_vec()), select(extents.to_vec()), times, any_claims()).prop_map(
        |(who, source, extent, (at, delay), claims)| Observation {
            provider: format!("p{who}"),
            issuer: format!("https://{}.example", who % 2),
            subject: format!("s{who}"),
            source,
            extent,
            at: second(at),
            received_at: second(at + delay),
            claims,
        },
    )
}

fn history(identities: usize) -> impl Strategy<Value = Vec<Observation>> {
    vec(any_observation(identities), 1..10)
}

fn user_after(history: &[Observation]) -> User {
    after(history).user
}

fn identity_of<'a>(user: &'a User, observation: &Observation) -> Option<&'a Identity> {
    user.identity(&observation.issuer, &observation.subject)
}

fn is_flag(field: Field) -> bool {
    field.vouches_for().is_some()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changes_are_exactly_what_a_reader_sees_differ(history in history(3), next in any_observation(3)) {
        let before = user_after(&history);
        let merged = merge(Some(before.clone()), &next, id(2));
        let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (shown(&before).into_iter().collect(), shown(&merged.user).into_iter().collect());
        for field in Field::CLAIMS {
            let of: Vec<_> = merged.changes.iter().filter(|one| one.field == field).collect();
            prop_assert_eq!(of.len(), usize::from(old.get(&field) != new.get(&field)));
            for change in of {
                prop_assert_eq!((change.from.as_ref(), change.to.as_ref()), (old.get(&field), new.get(&field)));
                prop_assert_eq!((change.version, change.source), (merged.user.version, next.source));
            }
        }
        prop_assert_eq!(merged.user.version, before.version + 1);
        prop_assert_eq!(merged.user.id, before.id);
    }

    #[test]
    fn a_partial_observation_erases_nothing(history in history(2), next in any_observation(2)) {
        let before = user_after(&history);
        let next = Observation { extent: Extent::Partial, ..next };
        let user = merge(Some(before.clone()), &next, id(2)).user;
        for old in &before.identities {
            let new = user.identity(&old.issuer, &old.subject).unwrap();
            prop_assert!(old.facts.keys().all(|field| new.facts.contains_key(field)));
            prop_assert!(old.claims.keys().all(|name| new.claims.contains_key(name)));
            let stated = next.stated();
            for (field, fact) in old.facts.iter().filter(|(field, _)| !is_flag(**field)) {
                prop_assert!(stated.contains_key(field) || new.facts[field] == *fact);
            }
        }
    }

    #[test]
    fn a_full_observation_that_is_not_older_leaves_what_it_states(history in history(2), next in any_observation(2)) {
        let mut next = Observation { extent: Extent::Full, ..next };
        (next.at, next.received_at) = (second(50), second(50));
        let user = merge(Some(user_after(&history)), &next, id(2)).user;
        let identity = identity_of(&user, &next).unwrap();
        let known: Vec<_> = identity.facts.keys().filter(|field| !is_flag(**field)).copied().collect();
        let stated: Vec<_> = next.stated().into_keys().filter(|field| !is_flag(*field)).collect();
        prop_assert_eq!(known, stated);
        prop_assert_eq!(&identity.claims, &next.claims);
    }

    #[test]
    fn the_same_observation_twice_changes_no_field_the_second_time(history in history(3)) {
        let once = user_after(&history);
        let again = history.last().unwrap();
        let twice = merge(Some(once.clone()), again, id(2));
        prop_assert_eq!(twice.changes, []);
        prop_assert_eq!(shown(&twice.user), shown(&once));
        let counted = u64::from(again.source == Source::Login);
        prop_assert_eq!(twice.user.login_count, once.login_count + counted);
        prop_assert_eq!(twice.user.updated_at, once.updated_at);
    }

    #[test]
    fn a_strictly_older_observation_leaves_facts_and_claims(history in history(2), next in any_observation(2)) {
        let before = user_after(&history);
        let mut next = next;
        next.at = second(-10);
        let user = merge(Some(before.clone()), &next, id(2)).user;
        for old in &before.identities {
            let new = user.identity(&old.issuer, &old.subject).unwrap();
            prop_assert_eq!((&new.facts, &new.claims), (&old.facts, &old.claims));
            prop_assert_eq!(new.observed_at, old.observed_at);
        }
    }

    #[test]
    fn two_observations_of_the_same_fields_end_alike_in_either_order(
        words in vec(("[ab]", "[ab]"), 11), extents in any::<(bool, bool)>(),
    ) {
        let say = |at, full, pick: fn(&(String, String)) -> &String| {
            let extent = if full { Extent::Full } else { Extent::Partial };
            let claim = |(field, word): (Field, _)| {
                let value = if is_flag(field) { json!(pick(word) == "a") } else { json!(pick(word)) };
                (field.to_string(), value)
            };
            let claims = Field::CLAIMS.into_iter().zip(&words).map(claim).collect();
            Observation { extent, claims, ..login(at, json!({})) }
        };
        let (older, newer) = (say(1, extents.0, |both| &both.0), say(2, extents.1, |both| &both.1));
        let (one, other) = (user_after(&[older.clone(), newer.clone()]), user_after(&[newer, older]));
        prop_assert_eq!(&one.identities[0].facts, &other.identities[0].facts);
        prop_assert_eq!(&one.identities[0].claims, &other.identities[0].claims);
        prop_assert_eq!((one.login_count, one.last_login_at), (other.login_count, other.last_login_at));
    }

    #[test]
    fn verified_is_only_what_one_identity_said_of_one_value(history in history(3)) {
        let user = user_after(&history);
        let profile = user.profile();
        for flag in [Field::EmailVerified, Field::PhoneNumberVerified] {
            let of = flag.vouches_for().unwrap();
            prop_assert_eq!(profile.contains_key(&flag), profile.contains_key(&of));
            let (Some(flag_shown), Some(value)) = (profile.get(&flag), profile.get(&of)) else { continue };
            prop_assert!(std::ptr::eq(flag_shown.identity, value.identity));
            let said = history.iter().filter(|one| identity_of(&user, one) == Some(value.identity)).any(|one| {
                let stated = one.stated();
                stated.get(&of) == Some(&value.fact.value) && stated.get(&flag) == Some(&Value::Flag(true))
            });
            prop_assert!(said || flag_shown.fact.value == Value::Flag(false));
        }
    }

    #[test]
    fn only_a_log_in_brings_another_identity_to_the_front(history in history(3), next in any_observation(3)) {
        let mut ready = history;
        ready.push(Observation { source: Source::Login, ..login(20, json!({"name": "a"})) });
        let before = user_after(&ready);
        let source = if next.source == Source::Login { Source::Webhook } else { next.source };
        let merged = merge(Some(before.clone()), &Observation { source, ..next }, id(2));
        let front = before.identity("https://one.example", "ada").unwrap();
        for change in merged.changes {
            prop_assert!(!front.facts.contains_key(&change.field));
        }
    }

    #[test]
    fn times_keep_their_order(history in history(3)) {
        let user = user_after(&history);
        let logins: Vec<_> = history.iter().filter(|one| one.source == Source::Login).collect();
        prop_assert_eq!(user.login_count, logins.len() as u64);
        prop_assert_eq!(user.last_login_at, logins.iter().map(|one| one.received_at).max());
        prop_assert_eq!(user.version, history.len() as i64);
        for identity in &user.identities {
            let of = || history.iter().filter(|one| identity_of(&user, one) == Some(identity));
            prop_assert_eq!(Some(identity.observed_at), of().map(|one| one.at.min(one.received_at)).max());
            prop_assert_eq!(Some(identity.last_seen_at), of().map(|one| one.received_at).max());
            prop_assert!(identity.facts.values().all(|fact| fact.at <= identity.observed_at));
            prop_assert!(identity.observed_at <= identity.last_seen_at);
        }
    }
}
