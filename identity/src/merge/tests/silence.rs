//! Silence, odd claims, and the claims as received.

use super::*;

/// Ways of saying nothing.
fn silences() -> [Json; 5] {
    [json!(null), json!(""), json!("  "), json!("\u{0}"), json!("\t\u{a0}")]
}

/// Things that no text field can mean.
fn oddities() -> [Json; 5] {
    [json!({"a": 1}), json!(["Ada"]), json!(5), json!(1.5), json!(true)]
}

#[test]
fn absence_in_a_partial_observation_never_erases() {
    let merged =
        after(&[login(1, json!({"name": "Ada", "locale": "en"})), login(2, json!({"locale": "fr"}))]);
    assert_eq!(merged.user.text(Field::Name).as_deref(), Some("Ada"));
    assert_eq!(told(&merged), [(Field::Locale, text("en"), text("fr"))]);
}

#[test]
fn silence_and_odd_claims_in_a_partial_observation_never_erase() {
    for quiet in silences().into_iter().chain(oddities()) {
        let merged = after(&[login(1, json!({"name": "Ada"})), login(2, json!({"name": quiet}))]);
        assert_eq!(merged.user.text(Field::Name).as_deref(), Some("Ada"), "{quiet}");
        assert!(told(&merged).is_empty(), "{quiet}");
    }
}

#[test]
fn silence_and_absence_in_a_full_observation_clear_and_the_change_keeps_what_was() {
    for said in silences().map(|quiet| json!({"name": quiet})).into_iter().chain([json!({})]) {
        let merged = after(&[login(1, json!({"name": "Ada"})), scan(2, said.clone())]);
        assert_eq!(merged.user.text(Field::Name), None, "{said}");
        assert_eq!(told(&merged), [(Field::Name, text("Ada"), None)], "{said}");
        assert_eq!(merged.changes[0].origin.source, Source::Scan);
        assert_eq!(merged.user.identities[0].claims, claims(said));
    }
}

#[test]
fn a_full_observation_keeps_what_it_states() {
    let both = json!({"name": "Ada", "locale": "en"});
    let merged = after(&[login(1, both), scan(2, json!({"name": "Ada"}))]);
    assert_eq!(merged.user.text(Field::Name).as_deref(), Some("Ada"));
    assert_eq!(told(&merged), [(Field::Locale, text("en"), None)]);
}

#[test]
fn odd_claims_lock_nobody_out_and_stay_as_received() {
    for odd in oddities().into_iter().chain(silences()).chain([json!("é".repeat(1 << 10))]) {
        let said = Field::ALL.iter().map(|field| (field.to_string(), odd.clone())).collect();
        let merged = merge(None, &Observation { claims: said, ..login(1, json!({})) }, id(1));
        assert_eq!(merged.user.login_count, 1);
        assert_eq!(merged.user.identities[0].claims.len(), 11);
        assert_eq!(merged.user.identities[0].claims["name"], odd);
    }
}

#[test]
fn a_claim_of_a_megabyte_is_kept_whole() {
    let name = "é".repeat(1 << 19);
    let merged = after(&[login(1, json!({"name": name}))]);
    assert_eq!(merged.user.text(Field::Name), Some(name));
}

#[test]
fn claims_that_nobody_mapped_are_kept_and_brought_up_to_date() {
    let first = login(1, json!({"department": "engines", "roles": ["a"], "shoe_size": 38}));
    let second = login(2, json!({"department": "", "roles": [], "shoe_size": null, "team": null}));
    let merged = after(&[first, second]);
    let kept = json!({"department": "engines", "roles": [], "shoe_size": 38, "team": null});
    assert_eq!(merged.user.identities[0].claims, claims(kept));
}

#[test]
fn a_full_observation_replaces_the_claims_as_received() {
    let merged = after(&[login(1, json!({"department": "engines", "a": 1})), scan(2, json!({"a": 2}))]);
    assert_eq!(merged.user.identities[0].claims, claims(json!({"a": 2})));
}

#[test]
fn a_source_clears_only_what_it_speaks_of() {
    let known = json!({"name": "Ada", "picture": "p", "email": "a@b.c", "team": "a", "desk": 1});
    let speaks_of = ["name", "email", "team"].map(str::to_owned).into();
    let full = Observation { extent: Extent::Full(speaks_of), ..scan(2, json!({})) };
    let merged = after(&[login(1, known), full]);
    assert_eq!(shown(&merged.user), [(Field::Picture, Value::Text("p".into()))]);
    assert_eq!(merged.user.identities[0].claims, claims(json!({"picture": "p", "desk": 1})));
}

#[test]
fn claims_that_differ_are_told_and_the_protocols_own_are_not() {
    let said = |iat, team: &str| json!({"iat": iat, "nonce": team, "sid": team, "team": team, "sub": "ada"});
    let merged = after(&[login(1, said(1, "a")), login(2, said(2, "b"))]);
    let changed = What::Claims { from: claims(json!({"team": "a"})), to: claims(json!({"team": "b"})) };
    assert_eq!(told_besides(&merged), [changed]);
    let same = after(&[login(1, said(1, "a")), login(2, json!({"iat": 5, "nonce": "z"}))]);
    assert_eq!((same.changes.len(), &same.user.identities[0].claims["iat"]), (0, &json!(5)));
}
