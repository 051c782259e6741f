//! Whatever was written can be taken back, write by write, down to the first: for any history of anybody.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{Claims, Field, Value};

/// What happens, and to which of three identities.
type Step = (usize, usize, &'static str, i64);

fn said(at: i64, (who, kind, word, late): Step) -> Observation {
    let all = Field::ALL.iter().map(ToString::to_string).chain(["team".into(), "§ $.\0".into()]);
    let (source, standing, extent) = match kind {
        0 => (Source::Webhook, None, Extent::Partial),
        1 => (Source::Webhook, Some(Standing::Blocked), Extent::Partial),
        2 => (Source::Scan, Some(Standing::Deleted), Extent::Partial),
        3 => (Source::Scan, Some(Standing::Present), Extent::Full(all.collect())),
        _ => (Source::Login, Some(Standing::Present), Extent::Partial),
    };
    let mut claims = json!({
        "iat": at, "name": word, "email": format!("{word}@a.example"), "email_verified": word == "b",
        "team": word.len(), "§ $.\0": { "deep": word }, "phone_number": null,
    });
    if word == "c" {
        for name in ["name", "email_verified", "team", "§ $.\0"] {
            claims.as_object_mut().unwrap().remove(name);
        }
    }
    let origin = Origin { at: second(at - late), source, ..login(at, "").origin };
    let claims = claims.as_object().unwrap().clone();
    let issuer = format!("https://{who}.example");
    Observation { issuer, origin, standing, extent, claims, ..login(at, "ada") }
}

fn next(user: Option<&User>, at: i64, step: Step) -> Option<Write> {
    let decision = match step {
        (_, 8, word, _) => set_disabled(user, word != "a", None, &operator(at)),
        (who, 9, ..) => unlink(user, &format!("https://{who}.example"), "ada", &operator(at)),
        step => merge(user, &said(at, step), UserId(Uuid::from_u128(1))).into(),
    };
    match decision {
        Decision::Keep(write) => Some(*write),
        _ => None,
    }
}

/// All that is meant to come back: times of the last sight, counts and the protocol's own claims are no change.
fn meant(user: &User) -> impl PartialEq + std::fmt::Debug + use<> {
    let value = |(field, fact): (&Field, &crate::Fact)| Some((*field, fact.value.clone()?));
    let one = |one: &Identity| {
        let facts: Vec<(Field, Value)> = one.facts.iter().filter_map(value).collect();
        let claims: Claims = one.claims.clone().into_iter().filter(|(name, _)| name != "iat").collect();
        (one.issuer.clone(), one.standing, facts, claims)
    };
    let ranked: Vec<_> = user.ranked().map(one).collect();
    let shown = user.profile().into_iter().map(|(field, shown)| (field, shown.value.clone()));
    (user.version, user.is_disabled, ranked, shown.collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_row_of_writes_is_taken_back_one_by_one(
        steps in vec((0..3usize, 0..10usize, prop::sample::select(vec!["a", "b", "c"]), 0..4i64), 1..24),
    ) {
        let mut users = vec![User::new(UserId(Uuid::from_u128(1)), second(0))];
        let mut writes = Vec::new();
        for (at, (who, kind, word, late)) in steps.into_iter().enumerate() {
            let user = users.last().filter(|user| user.version > 0);
            if let Some(write) = next(user, at as i64 * 10, (who, kind, word, late * 10)) {
                users.push(write.user);
                writes.push(write.changes);
            }
        }
        let mut now = users.pop().unwrap();
        for (then, changes) in users.iter().zip(&writes).rev() {
            // A write that changed nothing says nothing, not even that it was one.
            let back = User { version: then.version, ..before(&now, changes) };
            prop_assert_eq!(meant(&back), meant(then), "{:?}", changes);
            now = back;
        }
    }
}
