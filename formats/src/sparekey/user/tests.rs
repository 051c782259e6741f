//! A line, its user, and the line of that user.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::*;
use identity::{Standing, UserId};

fn second(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

fn any_claims() -> impl Strategy<Value = Claims> {
    let mut names: Vec<&str> = vec!["email", "email", "email_verified", "team"];
    names.extend(Field::ALL.iter().map(|field| field.as_str()));
    let values = [
        json!("a"),
        json!("b"),
        json!(" "),
        json!(null),
        json!("a\0"),
        json!(true),
        json!("false"),
        json!([1]),
    ];
    btree_map(select(names), select(values.to_vec()), 0..8)
        .prop_map(|claims| claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn any_observation() -> impl Strategy<Value = Observation> {
    let sources = vec![Source::Login, Source::Login, Source::Refresh, Source::Scan, Source::Import];
    let full = Extent::Full(Field::ALL.iter().map(|field| field.to_string()).collect());
    let extents = vec![Extent::Partial, Extent::Partial, full];
    let standings = vec![None, Some(Standing::Present), Some(Standing::Blocked), Some(Standing::Deleted)];
    let who = (0..3usize, select(sources), 0..9i64, 0..3i64);
    (who, select(extents), select(standings), any_claims()).prop_map(
        |((who, source, at, delay), extent, standing, claims)| Observation {
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
            standing: if source == Source::Login { Some(Standing::Present) } else { standing },
            claims,
        },
    )
}

fn any_user() -> impl Strategy<Value = User> {
    (vec(any_observation(), 1..9), any::<bool>()).prop_map(|(history, is_disabled)| {
        let id = UserId(Uuid::from_u128(7));
        let user =
            history.iter().fold(None, |user: Option<User>, one| Some(merge(user.as_ref(), one, id).user));
        let mut user = User { is_disabled, ..user.unwrap() };
        user.identities
            .sort_by_cached_key(|one| (one.first_seen_at, one.issuer.clone(), one.subject.clone()));
        user
    })
}

fn text(line: &UserLine) -> String {
    serde_json::to_string(line).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn the_line_of_a_lines_user_is_the_line(user in any_user()) {
        let line = UserLine::full(&user);
        let again = line.to_user(second(100)).unwrap();
        prop_assert_eq!(text(&UserLine::full(&again)), text(&line));
        prop_assert_eq!(UserLine::full(&again).to_user(second(100)).unwrap(), again);
    }

    #[test]
    fn a_fact_is_never_stated_after_now_or_after_its_identity_was_heard_of(user in any_user(), now in 0..12i64) {
        let again = UserLine::full(&user).to_user(second(now)).unwrap();
        for one in &again.identities {
            for fact in one.facts.values() {
                prop_assert!(fact.at <= second(now) && fact.at <= one.last_seen_at);
            }
        }
    }
}

fn line() -> UserLine {
    let said = Observation {
        provider: "main".into(),
        issuer: "https://one.example".into(),
        subject: "ada".into(),
        standing: Some(Standing::Present),
        ..observed(json!({"email": "a@example.com", "name": "Ada"}).as_object().unwrap().clone(), second(1))
    };
    UserLine::full(&merge(None, &said, UserId(Uuid::from_u128(7))).user)
}

fn refused(change: impl Fn(&mut UserLine)) -> Option<LineError> {
    let mut line = line();
    change(&mut line);
    line.to_user(second(9)).err()
}

#[test]
fn a_line_that_contradicts_itself_is_refused() {
    assert_eq!(refused(|_| {}), None);
    assert_eq!(refused(|line| line.status = Status::Tombstone), Some(LineError::Status));
    assert_eq!(refused(|line| line.identities[0].standing = Standing::Deleted), Some(LineError::Status));
    assert_eq!(refused(|line| line.status = Status::Disabled), None);
    assert_eq!(refused(|line| line.identities.push(line.identities[0].clone())), Some(LineError::Twice));
    assert_eq!(refused(|line| line.identities.clear()), Some(LineError::Unstated));
    assert_eq!(refused(|line| line.identities[0].issuer.clear()), Some(LineError::Nameless));
    assert_eq!(refused(|line| line.identities[0].subject.push('\0')), Some(LineError::Nameless));
    assert_eq!(refused(|line| line.created_at = DateTime::<chrono::Utc>::MAX_UTC), Some(LineError::Time));
    assert_eq!(
        refused(|line| line.updated_at = DateTime::from_timestamp(-1, 0).unwrap()),
        Some(LineError::Time)
    );
}

#[test]
fn what_a_line_shows_counts_where_the_claims_say_something_else() {
    let mut line = line();
    line.identities[0].claims.as_mut().unwrap().insert("email_verified".into(), json!(true));
    line.email_verified = Some(false);
    line.name = None;
    let user = line.to_user(second(9)).unwrap();
    assert_eq!(UserLine::full(&user), line);
}

#[test]
fn a_line_without_claims_is_the_profile_and_nothing_else() {
    let mut line = line();
    line.identities[0].claims = None;
    let user = line.to_user(second(9)).unwrap();
    assert_eq!(UserLine::public(&user), line);
}
