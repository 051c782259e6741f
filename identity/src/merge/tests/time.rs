//! Older, equal, newer; and clocks that run ahead.

use super::*;

#[test]
fn a_strictly_older_observation_changes_no_field_and_a_log_in_counts_all_the_same() {
    let older = received(8, login(4, json!({"name": "Old"})));
    let merged = after(&[login(5, json!({"name": "Ada"})), older]);
    assert_eq!(shown(&merged.user), [(Field::Name, Value::Text("Ada".into()))]);
    assert!(merged.changes.is_empty());
    assert_eq!((merged.user.login_count, merged.user.last_login_at), (2, Some(second(8))));
    let identity = &merged.user.identities[0];
    assert_eq!(identity.claims, claims(json!({"name": "Ada"})));
    assert_eq!((identity.observed_at, identity.last_seen_at), (second(5), second(8)));
}

#[test]
fn a_strictly_older_full_observation_clears_nothing() {
    let merged = after(&[login(5, json!({"name": "Ada"})), scan(4, json!({}))]);
    assert_eq!(merged.user.text(Field::Name).as_deref(), Some("Ada"));
}

#[test]
fn an_equal_observation_is_merged() {
    let merged = after(&[login(5, json!({"name": "Ada"})), webhook(5, json!({"name": "Ada L."}))]);
    assert_eq!(told(&merged), [(Field::Name, text("Ada"), text("Ada L."))]);
}

#[test]
fn a_microsecond_is_enough_to_be_older() {
    let mut early = webhook(5, json!({"name": "Old"}));
    early.origin.at -= chrono::TimeDelta::microseconds(1);
    assert!(after(&[login(5, json!({"name": "Ada"})), early]).changes.is_empty());
}

#[test]
fn older_is_judged_within_one_identity() {
    let other = elsewhere(login(1, json!({"locale": "fr"})));
    let merged = after(&[login(5, json!({"name": "Ada"})), other]);
    assert_eq!(told(&merged), [(Field::Locale, None, text("fr"))]);
}

#[test]
fn time_is_compared_field_by_field() {
    let older = webhook(4, json!({"name": "Old", "locale": "en", "team": "a", "desk": 1}));
    let merged = after(&[login(5, json!({"name": "Ada", "team": "b"})), older.clone()]);
    assert_eq!(told(&merged), [(Field::Locale, None, text("en"))]);
    let identity = &merged.user.identities[0];
    let kept = json!({"name": "Ada", "team": "b", "locale": "en", "desk": 1});
    assert_eq!((&identity.claims, identity.observed_at), (&claims(kept), second(5)));
    assert_eq!(identity.facts[&Field::Locale].at, second(4));
    // What was stated between the two is newer than the one and older than the other.
    let between = webhook(5, json!({"locale": "fr", "desk": 2}));
    let merged = merge(Some(merged.user), &between, id(1));
    assert_eq!(told(&merged), [(Field::Locale, text("en"), text("fr"))]);
    assert!(merge(Some(merged.user), &older, id(1)).changes.is_empty());
}

#[test]
fn what_was_cleared_stays_away_from_whatever_was_stated_before() {
    let cleared = after(&[login(1, json!({"name": "Ada", "team": "a"})), scan(5, json!({}))]);
    for at in [2, 4] {
        let merged =
            merge(Some(cleared.user.clone()), &webhook(at, json!({"name": "Old", "team": "b"})), id(1));
        assert_eq!((merged.user.text(Field::Name), told(&merged)), (None, vec![]), "{at}");
        assert_eq!(merged.user.identities[0].claims, claims(json!({})));
    }
    let merged = merge(Some(cleared.user), &webhook(6, json!({"name": "Ada L.", "team": "b"})), id(1));
    assert_eq!(told(&merged), [(Field::Name, None, text("Ada L."))]);
    assert_eq!(merged.user.identities[0].claims["team"], "b");
}

#[test]
fn a_clock_that_runs_ahead_does_not_silence_what_comes_after() {
    let ahead = received(1, login(1_000_000, json!({"name": "Ada"})));
    let first = after(std::slice::from_ref(&ahead));
    assert_eq!(first.user.identities[0].observed_at, second(1));
    assert_eq!(first.user.identities[0].facts[&Field::Name].at, second(1));
    assert_eq!(first.changes[0].origin.at, second(1));
    let merged = merge(Some(first.user), &webhook(2, json!({"name": "Ada L."})), id(1));
    assert_eq!(merged.user.text(Field::Name).as_deref(), Some("Ada L."));
}

#[test]
fn times_of_receipt_never_go_back() {
    let mut late = login(2, json!({"name": "Ada L."}));
    late.origin.at = second(9);
    late.origin.received_at = second(2);
    let mut first = login(5, json!({"name": "Ada"}));
    first.origin.at = second(1);
    let merged = after(&[first, late]);
    assert_eq!(told(&merged).len(), 1);
    assert_eq!((merged.user.updated_at, merged.user.last_login_at), (second(5), Some(second(5))));
    let identity = &merged.user.identities[0];
    assert_eq!((identity.last_seen_at, identity.last_login_at), (second(5), Some(second(5))));
    assert_eq!((identity.first_seen_at, identity.observed_at), (second(5), second(2)));
}

#[test]
fn the_provider_goes_by_the_name_under_which_it_was_last_seen() {
    let renamed = Observation { provider: "kinde".into(), ..login(2, json!({"name": "Ada L."})) };
    let merged = after(&[login(1, json!({"name": "Ada"})), renamed]);
    assert_eq!(merged.user.identities.len(), 1);
    assert_eq!(merged.user.identities[0].provider, "kinde");
    assert_eq!(merged.changes[0].identity.as_ref().unwrap().provider, "kinde");
}
