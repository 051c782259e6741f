//! Realistic users, each made from a number: always the same one. Pure; what a database is filled with.
//!
//! Most have what most providers state, some lack it: no e-mail, no name, names in other scripts, an e-mail
//! that changed since, a second identity, one who was shut out.

use chrono::{DateTime, TimeDelta};
use identity::merge::merge;
use identity::{
    Change, Claims, Extent, Field, Held, Hold, Observation, Origin, Source, Standing, Timestamp, User,
    UserId, Write,
};
use serde_json::{Value, json};
use uuid::Builder;

/// When the first one came: 1 January 2023.
const FIRST_SECOND: i64 = 1_672_531_200;
/// How long after another the next one came. A million take a little less than three years.
const SECONDS_BETWEEN: i64 = 90;

const GIVEN: [&str; 24] = [
    "Ada",
    "Grace",
    "Alan",
    "Zoë",
    "José",
    "Nguyễn",
    "Olena",
    "Андрій",
    "Мария",
    "Ελένη",
    "يوسف",
    "נועה",
    "太郎",
    "花子",
    "小明",
    "Priya",
    "Arjun",
    "Chidi",
    "Amina",
    "Søren",
    "Łukasz",
    "İpek",
    "Siobhán",
    "Mary Jane",
];
const FAMILY: [&str; 22] = [
    "Lovelace",
    "Hopper",
    "Turing",
    "O'Brien",
    "García Márquez",
    "Văn",
    "Шевченко",
    "Иванова",
    "Παπαδοπούλου",
    "الهاشمي",
    "לוי",
    "山田",
    "佐藤",
    "王",
    "Sharma",
    "Okonkwo",
    "van der Berg",
    "Ångström",
    "Wójcik",
    "Yıldız",
    "Smith",
    "Müller",
];
const LOCALES: [&str; 8] = ["en", "en-GB", "de", "fr-CA", "ja", "ar", "pt-BR", "uk"];
const ZONES: [&str; 6] =
    ["Europe/London", "America/New_York", "Asia/Tokyo", "Africa/Lagos", "Asia/Kolkata", "America/Sao_Paulo"];
const HOSTS: [&str; 5] =
    ["example.com", "mail.example.org", "example.net", "post.example", "work.example.co.uk"];

/// A user as the store would have it, and what changed since they came, oldest first.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) changes: Vec<Change>,
}

/// The subject of number `n`.
pub(crate) fn subject(n: u64) -> String {
    format!("kp_{:016x}{:016x}", dice(n, 1), dice(n, 2))
}

/// What their provider states of number `n`.
pub(crate) fn claims(n: u64) -> Claims {
    let (given, family) = (one_of(&GIVEN, n, 3), one_of(&FAMILY, n, 4));
    let mut claims = Claims::new();
    let mut state = |claim: &str, percent: u64, value: Value| {
        if chance(n, claim.len() as u64 * 31 + percent, percent) {
            claims.insert(claim.to_owned(), value);
        }
    };
    state("sub", 100, json!(subject(n)));
    state("given_name", 96, json!(given));
    state("family_name", 94, json!(family));
    state("name", 90, json!(format!("{given} {family}")));
    state("email", 92, json!(email(n, 0)));
    state("email_verified", 88, json!(chance(n, 5, 85)));
    state(
        "picture",
        60,
        json!(format!("https://pictures.example.com/a/{:032x}=s96-c", u128::from(dice(n, 6)))),
    );
    state("locale", 70, json!(one_of(&LOCALES, n, 7)));
    state("zoneinfo", 40, json!(one_of(&ZONES, n, 8)));
    state("preferred_username", 30, json!(format!("user{n}")));
    state("phone_number", 10, json!(format!("+44 20 7946 {:04}", dice(n, 9) % 10_000)));
    state("phone_number_verified", 9, json!(true));
    state("org_code", 35, json!(format!("org_{:010x}", dice(n % 500, 10) >> 24)));
    state("updated_at", 80, json!(came_at(n).timestamp()));
    claims
}

/// Number `n`, who came through the provider `main` at this issuer.
pub(crate) fn person(n: u64, issuer: &str) -> Person {
    let mut observation = Observation {
        provider: "main".to_owned(),
        issuer: issuer.to_owned(),
        subject: subject(n),
        origin: Origin {
            at: came_at(n),
            received_at: came_at(n),
            source: Source::Login,
            actor: None,
            run: None,
        },
        extent: Extent::Partial,
        claims: claims(n),
        standing: Some(Standing::Present),
    };
    let Write { mut user, mut changes, .. } = merge(None, &observation, id(n));
    if chance(n, 11, 20) {
        observation.claims.insert("email".to_owned(), json!(email(n, 1)));
        observation.origin.at = came_at(n) + TimeDelta::days(30);
        observation.origin.received_at = observation.origin.at;
        see(&mut user, &mut changes, &observation);
    }
    if chance(n, 12, 4) {
        observation.provider = "second".to_owned();
        observation.issuer = "https://second.example.com".to_owned();
        observation.origin.received_at += TimeDelta::days(7);
        see(&mut user, &mut changes, &observation);
    }
    come_back(&mut user, n);
    Person { user, changes }
}

fn see(user: &mut User, changes: &mut Vec<Change>, observation: &Observation) {
    let merged = merge(Some(user), observation, user.id);
    *user = merged.user;
    changes.extend(merged.changes);
}

/// The many log-ins that changed nothing but the count.
fn come_back(user: &mut User, n: u64) {
    let often = dice(n, 13) % 200;
    user.login_count += often;
    user.version += often as i64;
    let last = user.last_login_at.map(|at| at + TimeDelta::hours(often as i64));
    user.last_login_at = last;
    if let Some(identity) = user.identities.first_mut() {
        identity.last_login_at = last;
        identity.last_seen_at = identity.last_seen_at.max(last.unwrap_or(identity.last_seen_at));
    }
    if chance(n, 14, 1) {
        user.is_disabled = true;
    }
    go_away(user, n);
}

/// Of two hundred, one was deleted at the provider, one blocked, and of one the operator keeps the name.
fn go_away(user: &mut User, n: u64) {
    let at = user.updated_at;
    let Some(identity) = user.identities.first_mut() else { return };
    let mut becomes = |standing| (identity.standing, identity.standing_at) = (standing, at);
    match dice(n, 20) % 200 {
        0 => becomes(Standing::Deleted),
        1 => becomes(Standing::Blocked),
        2 => drop(identity.holds.insert(Held::Field(Field::Name), Hold { at, actor: None, run: None })),
        _ => {}
    }
}

fn came_at(n: u64) -> Timestamp {
    let seconds = TimeDelta::seconds(SECONDS_BETWEEN.saturating_mul(n as i64));
    DateTime::UNIX_EPOCH + TimeDelta::seconds(FIRST_SECOND) + seconds
}

fn id(n: u64) -> UserId {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&dice(n, 15).to_be_bytes());
    random[8..].copy_from_slice(&(n as u16).to_be_bytes());
    UserId(Builder::from_unix_timestamp_millis(came_at(n).timestamp_millis() as u64, &random).into_uuid())
}

/// In ASCII, as most are; `version` tells an older address from a newer one.
fn email(n: u64, version: u64) -> String {
    format!("user{n}.{:x}@{}", dice(n, 16 + version) >> 48, one_of(&HOSTS, n, 18 + version))
}

fn one_of(list: &[&'static str], n: u64, salt: u64) -> &'static str {
    list[(dice(n, salt) % list.len() as u64) as usize]
}

fn chance(n: u64, salt: u64, percent: u64) -> bool {
    dice(n, salt) % 100 < percent
}

/// The same number for the same question (splitmix64).
fn dice(n: u64, salt: u64) -> u64 {
    let mut z = (n ^ salt.rotate_left(40)).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(salt);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ISSUER: &str = "https://id.example.com";

    #[test]
    fn a_number_is_always_the_same_person() {
        for n in [0, 7, 999_999] {
            let (one, other) = (person(n, ISSUER), person(n, ISSUER));
            assert_eq!((one.user, one.changes), (other.user, other.changes));
        }
    }

    #[test]
    fn no_two_numbers_are_one_person_and_ids_sort_by_age() {
        let people: Vec<User> = (0..20_000).map(|n| person(n, ISSUER).user).collect();
        let subjects: BTreeSet<&str> =
            people.iter().map(|user| user.identities[0].subject.as_str()).collect();
        assert_eq!(subjects.len(), people.len());
        assert!(people.is_sorted_by(|one, next| one.id < next.id && one.created_at < next.created_at));
    }

    #[test]
    fn they_are_as_different_as_people_are() {
        let people: Vec<Person> = (0..5_000).map(|n| person(n, ISSUER)).collect();
        let share =
            |is: &dyn Fn(&Person) -> bool| people.iter().filter(|one| is(one)).count() * 100 / people.len();
        assert!((88..96).contains(&share(&|one| one.user.text(Field::Email).is_some())));
        assert!((2..7).contains(&share(&|one| one.user.identities.len() > 1)));
        assert!((15..25).contains(&share(&|one| {
            one.changes.iter().any(|change| matches!(change.what, identity::What::Fact { from: Some(_), .. }))
        })));
        let stands = |standing| people.iter().any(|one| one.user.identities[0].standing == standing);
        assert!(stands(Standing::Deleted) && stands(Standing::Blocked));
        assert!(people.iter().any(|one| !one.user.identities[0].holds.is_empty()));
        assert!(people.iter().any(|one| one.user.is_disabled));
        assert!(people.iter().any(|one| one.user.text(Field::Name).is_none()));
    }
}
