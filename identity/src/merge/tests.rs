//! What the merge promises, by example and by property. The helpers speak of one person, Ada, at two providers.

mod flags;
mod holds;
mod identities;
mod properties;
mod silence;
mod standing;
mod time;

use chrono::DateTime;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::*;
use crate::{Claims, IdentityName, Status};

/// This many seconds after midnight.
fn second(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

fn id(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn claims(json: Json) -> Claims {
    json.as_object().unwrap().clone()
}

/// A log-in at `main`, stated and received in the same second.
fn login(at: i64, json: Json) -> Observation {
    Observation {
        provider: "main".into(),
        issuer: "https://one.example".into(),
        subject: "ada".into(),
        origin: Origin {
            at: second(at),
            received_at: second(at),
            source: Source::Login,
            actor: None,
            run: None,
        },
        extent: Extent::Partial,
        claims: claims(json),
        standing: Some(Standing::Present),
    }
}

/// What a webhook says; partial.
fn webhook(at: i64, json: Json) -> Observation {
    by(Source::Webhook, login(at, json))
}

/// Full, of all that these tests speak of.
fn full() -> Extent {
    let others = ["department", "a", "team", "desk"].map(str::to_owned);
    Extent::Full(Field::ALL.iter().map(ToString::to_string).chain(others).collect())
}

/// What an admin API says; full.
fn scan(at: i64, json: Json) -> Observation {
    let said = by(Source::Scan, login(at, json));
    Observation { extent: full(), standing: Some(Standing::Present), ..said }
}

/// The same from another source, which says nothing of the account.
fn by(source: Source, said: Observation) -> Observation {
    let standing = said.standing.filter(|_| source == Source::Login);
    Observation { origin: Origin { source, ..said.origin.clone() }, standing, ..said }
}

/// The same, received then.
fn received(at: i64, said: Observation) -> Observation {
    Observation { origin: Origin { received_at: second(at), ..said.origin.clone() }, ..said }
}

/// The same, said by another provider of another identity.
fn elsewhere(observation: Observation) -> Observation {
    let (provider, issuer) = ("other".into(), "https://two.example".into());
    Observation { provider, issuer, subject: "lovelace".into(), ..observation }
}

fn merge(user: Option<User>, observation: &Observation, fresh: UserId) -> Write {
    super::merge(user.as_ref(), observation, fresh)
}

/// The last of a row of observations of one user.
fn after(observations: &[Observation]) -> Write {
    let mut merged = None;
    for observation in observations {
        merged = Some(merge(merged.map(|one: Write| one.user), observation, id(1)));
    }
    merged.unwrap()
}

/// The profile without where it comes from.
fn shown(user: &User) -> Vec<(Field, Value)> {
    user.profile().into_iter().map(|(field, shown)| (field, shown.value.clone())).collect()
}

fn email(user: &User) -> (Option<String>, Option<bool>) {
    let verified = user.profile().get(&Field::EmailVerified).and_then(|shown| shown.value.flag());
    (user.text(Field::Email), verified)
}

/// The fields that changed, from what to what.
fn told(merged: &Write) -> Vec<(Field, Option<Value>, Option<Value>)> {
    let value = |fact: &Option<Fact>| fact.as_ref().and_then(|fact| fact.value.clone());
    let field = |change: &Change| match &change.what {
        What::Fact { field, from, to } => Some((*field, value(from), value(to))),
        _ => None,
    };
    merged.changes.iter().filter_map(field).collect()
}

/// Whatever else changed.
fn told_besides(merged: &Write) -> Vec<What> {
    let whats = merged.changes.iter().map(|change| change.what.clone());
    whats.filter(|what| !matches!(what, What::Fact { .. })).collect()
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.into()))
}

#[test]
fn the_first_observation_starts_a_user_under_the_fresh_id() {
    let observation = received(5, login(3, json!({"name": "Ada"})));
    let Write { user, changes, .. } = merge(None, &observation, id(9));
    let identity = user.identities[0].clone();
    assert_eq!((user.id, user.status(), user.version), (id(9), Status::Active, 1));
    assert_eq!((user.created_at, user.updated_at), (second(5), second(5)));
    assert_eq!((user.last_login_at, user.login_count), (Some(second(5)), 1));
    assert_eq!((identity.provider.as_str(), identity.issuer.as_str()), ("main", "https://one.example"));
    assert_eq!(identity.subject, "ada");
    assert_eq!((identity.first_seen_at, identity.last_seen_at), (second(5), second(5)));
    assert_eq!((identity.last_login_at, identity.observed_at), (Some(second(5)), second(3)));
    assert_eq!(identity.claims, claims(json!({"name": "Ada"})));
    let fact = Fact { value: text("Ada"), at: second(3), source: Source::Login };
    assert_eq!(identity.facts[&Field::Name], fact);
    assert_eq!((identity.standing, identity.standing_at), (Standing::Present, second(3)));
    let name =
        IdentityName { provider: "main".into(), issuer: "https://one.example".into(), subject: "ada".into() };
    let change =
        |what| Change { version: 1, identity: Some(name.clone()), what, origin: observation.origin.clone() };
    let whats = [
        What::Linked,
        What::Fact { field: Field::Name, from: None, to: Some(fact) },
        What::Claims { from: claims(json!({})), to: claims(json!({"name": "Ada"})) },
    ];
    assert_eq!(changes, whats.map(change));
}

#[test]
fn a_user_without_a_single_claim_is_a_user() {
    let merged = merge(None, &login(1, json!({})), id(1));
    assert_eq!(told_besides(&merged), [What::Linked]);
    assert_eq!((merged.changes.len(), merged.user.login_count), (1, 1));
}

#[test]
fn the_token_of_a_distributed_claim_is_not_kept_and_all_else_of_it_is() {
    let sources = |source: Json| json!({ "_claim_names": { "age": "a" }, "_claim_sources": source });
    let fetched = json!({ "a": { "endpoint": "https://a.example", "access_token": "secret" } });
    let kept = after(&[login(0, sources(fetched))]).user.identities.remove(0).claims;
    assert_eq!(Json::from(kept), sources(json!({ "a": { "endpoint": "https://a.example" } })));
    for odd in [json!({ "a": { "JWT": "x.y.z" }, "b": "c" }), json!("access_token"), json!([1])] {
        let kept = after(&[login(0, sources(odd.clone()))]).user.identities.remove(0).claims;
        assert_eq!(Json::from(kept), sources(odd));
    }
}

#[test]
fn a_known_user_keeps_its_id_and_its_age() {
    let merged = after(&[login(1, json!({"name": "Ada"}))]);
    let merged = merge(Some(merged.user), &login(2, json!({"name": "Ada L."})), id(2));
    assert_eq!((merged.user.id, merged.user.created_at), (id(1), second(1)));
    assert_eq!((merged.user.updated_at, merged.user.version), (second(2), 2));
    assert_eq!(told(&merged), [(Field::Name, text("Ada"), text("Ada L."))]);
    assert_eq!(merged.changes[0].version, 2);
}

#[test]
fn a_write_that_changes_no_field_leaves_the_time_of_the_last_change() {
    let merged = after(&[login(1, json!({"name": "Ada"})), login(7, json!({"name": "Ada"}))]);
    assert_eq!((merged.user.updated_at, merged.user.version), (second(1), 2));
    assert_eq!(merged.user.identities[0].last_seen_at, second(7));
}

#[test]
fn only_a_log_in_counts_as_one() {
    let merged = after(&[login(1, json!({})), webhook(2, json!({"name": "Ada"})), scan(3, json!({}))]);
    assert_eq!((merged.user.login_count, merged.user.last_login_at), (1, Some(second(1))));
    assert_eq!(merged.user.identities[0].last_login_at, Some(second(1)));
    let merged = merge(Some(merged.user), &login(4, json!({})), id(1));
    assert_eq!((merged.user.login_count, merged.user.last_login_at), (2, Some(second(4))));
    assert_eq!(merged.user.identities[0].last_login_at, Some(second(4)));
}
