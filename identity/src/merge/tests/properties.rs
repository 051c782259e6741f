//! What holds after any history of any observations.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::hold::{Held, Hold};

/// A claim as some provider might send it.
fn any_claim() -> impl Strategy<Value = Json> {
    let odd = [json!(null), json!(""), json!(" "), json!("\u{0}"), json!({"a": []}), json!([1]), json!(0)];
    let plain =
        [json!("a"), json!("b"), json!("a\u{0}"), json!("true"), json!("false"), json!(true), json!(false)];
    prop_oneof![select(odd.to_vec()), select(plain.to_vec()), select(plain.to_vec())]
}

fn any_claims() -> impl Strategy<Value = Claims> {
    let mut names: Vec<&str> = vec!["email", "email", "email_verified", "email_verified", "department"];
    names.extend(Field::ALL.iter().map(|field| field.as_str()));
    btree_map(select(names), any_claim(), 0..9)
        .prop_map(|claims| claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// An observation of one of a few identities; some clocks run ahead.
fn any_observation(identities: usize) -> impl Strategy<Value = Observation> {
    let sources =
        [Source::Login, Source::Login, Source::Refresh, Source::Webhook, Source::Scan, Source::Import];
    let some = Extent::Full(["email", "name", "department"].map(str::to_owned).into());
    let extents = [Extent::Partial, Extent::Partial, full(), some];
    let standings = [None, None, Some(Standing::Present), Some(Standing::Blocked), Some(Standing::Deleted)];
    let times = (0..6i64, -1..4i64);
    let said = (select(extents.to_vec()), select(standings.to_vec()), any_claims());
    (0..identities, select(sources.to_vec()), times, said).prop_map(
        |(who, source, (at, delay), (extent, standing, claims))| Observation {
            provider: format!("p{who}"),
            issuer: format!("https://{}.example", who % 2),
            subject: format!("s{who}"),
            origin: Origin {
                at: second(at),
                received_at: second(at + delay),
                source,
                actor: None,
                run: None,
            },
            extent,
            claims,
            standing: if source == Source::Login { Some(Standing::Present) } else { standing },
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

fn identity_in<'a>(user: &'a User, one: &Identity) -> &'a Identity {
    user.identity(&one.issuer, &one.subject).unwrap()
}

const HELD: [Held; 5] = [
    Held::Standing,
    Held::Field(Field::Name),
    Held::Field(Field::Email),
    Held::Field(Field::EmailVerified),
    Held::Field(Field::Picture),
];

fn hold() -> Hold {
    Hold { at: second(3), actor: None, run: None }
}

fn value_of(fact: &Option<Fact>) -> Option<Value> {
    fact.as_ref().and_then(|fact| fact.value.clone())
}

/// The values that are stated.
fn meant(facts: &Facts) -> BTreeMap<Field, Value> {
    facts.iter().filter_map(|(field, fact)| Some((*field, fact.value.clone()?))).collect()
}

fn is_flag(field: Field) -> bool {
    field.vouches_for().is_some()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_changes_are_all_it_takes_to_go_back(history in history(3), next in any_observation(3)) {
        let before = user_after(&history);
        let merged = merge(Some(before.clone()), &next, id(2));
        prop_assert!(merged.changes.iter().all(|change| change.version == merged.user.version));
        let back = crate::acts::before(&merged.user, &merged.changes);
        prop_assert_eq!(shown(&back), shown(&before));
        prop_assert_eq!(back.status(), before.status());
        for old in &before.identities {
            let back = back.identity(&old.issuer, &old.subject).unwrap();
            prop_assert_eq!(meant(&back.facts), meant(&old.facts));
            prop_assert_eq!(back.standing, old.standing);
            prop_assert_eq!(&back.claims, &old.claims);
        }
        prop_assert_eq!(back.identities.len(), before.identities.len());
        prop_assert_eq!(merged.user.version, before.version + 1);
        prop_assert_eq!(merged.user.id, before.id);
    }

    #[test]
    fn nothing_is_told_where_nothing_is_different(history in history(3), next in any_observation(3)) {
        let before = user_after(&history);
        let merged = merge(Some(before), &next, id(2));
        for change in &merged.changes {
            let differs = match &change.what {
                What::Fact { from, to, .. } => value_of(from) != value_of(to),
                What::Claims { from, to } => from != to,
                What::Standing { from, to } => from.0 != to.0,
                What::Linked | What::CameForward { .. } => true,
                What::Unlinked(_)
                | What::Disabled { .. }
                | What::Held { .. }
                | What::AccountMade
                | What::Invited { .. }
                | What::Withdrawn { .. } => false,
            };
            prop_assert!(differs, "{:?}", change.what);
        }
    }

    #[test]
    fn a_partial_observation_erases_nothing(history in history(2), next in any_observation(2)) {
        let before = user_after(&history);
        let next = Observation { extent: Extent::Partial, ..next };
        let user = merge(Some(before.clone()), &next, id(2)).user;
        for old in &before.identities {
            let new = user.identity(&old.issuer, &old.subject).unwrap();
            let is_there = |facts: &Facts, field| facts.get(field).is_some_and(|fact| fact.value.is_some());
            prop_assert!(old.facts.keys().all(|field| !is_there(&old.facts, field) || is_there(&new.facts, field)));
            prop_assert!(old.claims.keys().all(|name| new.claims.contains_key(name)));
            let stated = next.stated();
            for (field, fact) in old.facts.iter().filter(|(field, _)| !is_flag(**field)) {
                prop_assert!(stated.contains_key(field) || new.facts[field] == *fact);
            }
        }
    }

    #[test]
    fn a_full_observation_that_is_not_older_leaves_what_it_states(history in history(2), next in any_observation(2)) {
        let mut next = Observation { extent: full(), ..next };
        (next.origin.at, next.origin.received_at) = (second(50), second(50));
        let user = merge(Some(user_after(&history)), &next, id(2)).user;
        let identity = identity_of(&user, &next).unwrap();
        let is_there = |(field, fact): &(&Field, &Fact)| !is_flag(**field) && fact.value.is_some();
        let known: Vec<_> = identity.facts.iter().filter(is_there).map(|(field, _)| *field).collect();
        let stated: Vec<_> = next.stated().into_keys().filter(|field| !is_flag(*field)).collect();
        prop_assert_eq!(known, stated);
        prop_assert_eq!(&identity.claims, &next.claims);
    }

    #[test]
    fn what_is_held_stays_and_nothing_else_is_otherwise_for_it(
        history in history(2), held in vec(select(HELD.to_vec()), 0..4), next in vec(any_observation(2), 1..4),
    ) {
        let free = user_after(&history);
        let mut user = free.clone();
        for identity in &mut user.identities {
            identity.holds = held.iter().map(|one| (*one, hold())).collect();
        }
        let kept = user.clone();
        let mut free = free;
        for next in &next {
            user = merge(Some(user), next, id(2)).user;
            free = merge(Some(free), next, id(2)).user;
        }
        for old in &kept.identities {
            let (new, free) = (identity_in(&user, old), identity_in(&free, old));
            for &field in Field::ALL {
                // A flag goes with its value: where either is held, it may differ.
                let is_near = [Some(field), field.vouches_for()].into_iter().flatten();
                let is_near = is_near.map(Held::Field).any(|one| old.keeps(one));
                let fact = |one: &Identity| one.facts.get(&field).cloned();
                match old.keeps(Held::Field(field)) {
                    true => prop_assert_eq!(fact(new), fact(old)),
                    false => prop_assert!(is_near || fact(new) == fact(free)),
                }
            }
            match old.keeps(Held::Standing) {
                true => prop_assert_eq!((new.standing, new.standing_at), (old.standing, old.standing_at)),
                false => prop_assert_eq!((new.standing, new.standing_at), (free.standing, free.standing_at)),
            }
            prop_assert_eq!((&new.claims, &new.holds), (&free.claims, &old.holds));
        }
    }

    #[test]
    fn the_same_observation_twice_changes_no_field_the_second_time(history in history(3)) {
        let once = user_after(&history);
        let again = history.last().unwrap();
        let twice = merge(Some(once.clone()), again, id(2));
        prop_assert_eq!(told(&twice), []);
        prop_assert_eq!(shown(&twice.user), shown(&once));
        let counted = u64::from(again.origin.source == Source::Login);
        prop_assert_eq!(twice.user.login_count, once.login_count + counted);
        prop_assert_eq!(twice.user.updated_at, once.updated_at);
    }

    #[test]
    fn what_was_stated_later_stays(history in history(2), next in any_observation(2)) {
        let before = user_after(&history);
        let user = merge(Some(before.clone()), &next, id(2)).user;
        let at = next.origin.stated_at();
        for old in &before.identities {
            let new = user.identity(&old.issuer, &old.subject).unwrap();
            for (field, fact) in old.facts.iter().filter(|(field, fact)| fact.at > at && !is_flag(**field)) {
                prop_assert_eq!(&new.facts[field], fact);
            }
            if old.standing_at > at {
                prop_assert_eq!((new.standing, new.standing_at), (old.standing, old.standing_at));
            }
            for (name, value) in &old.claims {
                if old.claim_times.get(name).copied().unwrap_or(old.observed_at) > at {
                    prop_assert_eq!(&new.claims[name], value);
                }
            }
        }
    }

    #[test]
    fn claims_end_alike_in_whatever_order_they_are_heard(
        said in vec((select(vec!["a", "team"]), select(vec!["x", "y"]), any::<bool>()), 1..6), turn in 0..6usize,
    ) {
        let one = |(at, (name, value, is_full)): (usize, &(&str, &str, bool))| {
            let extent = if *is_full { full() } else { Extent::Partial };
            Observation { extent, ..webhook(at as i64, json!({ *name: *value })) }
        };
        let in_order: Vec<_> = said.iter().enumerate().map(one).collect();
        let mut turned = in_order.clone();
        turned.rotate_left(turn % said.len());
        let (one, other) = (user_after(&in_order), user_after(&turned));
        prop_assert_eq!(&one.identities[0].claims, &other.identities[0].claims);
    }

    #[test]
    fn two_observations_of_the_same_fields_end_alike_in_either_order(
        words in vec(("[ab]", "[ab]"), 11), extents in any::<(bool, bool)>(),
    ) {
        let say = |at, is_full, pick: fn(&(String, String)) -> &String| {
            let extent = if is_full { full() } else { Extent::Partial };
            let claim = |(field, word): (Field, _)| {
                let value = if is_flag(field) { json!(pick(word) == "a") } else { json!(pick(word)) };
                (field.to_string(), value)
            };
            let claims = Field::ALL.iter().copied().zip(&words).map(claim).collect();
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
                stated.get(&of) == Some(value.value) && stated.get(&flag) == Some(&Value::Flag(true))
            });
            prop_assert!(said || flag_shown.value == &Value::Flag(false));
        }
    }

    #[test]
    fn only_a_log_in_brings_another_identity_to_the_front(history in history(3), next in any_observation(3)) {
        let mut ready = history;
        ready.push(login(20, json!({"name": "a"})));
        let before = user_after(&ready);
        let source = if next.origin.source == Source::Login { Source::Webhook } else { next.origin.source };
        let user = merge(Some(before.clone()), &by(source, next), id(2)).user;
        prop_assert_eq!(&user.ranked().next().unwrap().subject, &before.ranked().next().unwrap().subject);
    }

    #[test]
    fn times_keep_their_order(history in history(3)) {
        let user = user_after(&history);
        let logins: Vec<_> = history.iter().filter(|one| one.origin.source == Source::Login).collect();
        prop_assert_eq!(user.login_count, logins.len() as u64);
        prop_assert_eq!(user.last_login_at, logins.iter().map(|one| one.origin.received_at).max());
        prop_assert_eq!(user.version, history.len() as i64);
        for identity in &user.identities {
            let of = || history.iter().filter(|one| identity_of(&user, one) == Some(identity));
            prop_assert_eq!(Some(identity.observed_at), of().map(|one| one.origin.stated_at()).max());
            prop_assert_eq!(Some(identity.last_seen_at), of().map(|one| one.origin.received_at).max());
            prop_assert!(identity.facts.values().all(|fact| fact.at <= identity.observed_at));
            prop_assert!(identity.observed_at <= identity.last_seen_at);
        }
    }
}
