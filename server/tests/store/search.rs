//! The list of users: what is found, in which order, page by page.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use identity::search::{Count, Direction, Figures, From, Hits, Meaning, Query, SIZES, Sort, When};
use identity::{Actor, Field, Source, Standing, Status, Timestamp, User, UserId, Whom, acts};
use serde_json::{Value, json};

use super::people::{ISSUER, at, id, login, record, session};
use crate::support::databases::Database;
use crate::support::opened::Opened;

fn when() -> When {
    When { now: at(1_000_000), idle: TimeDelta::days(30) }
}

fn read(address: &str) -> Query {
    Query::of_address(address)
}

async fn ask(store: &Opened, query: &Query) -> Hits {
    store.search.search(query, when()).await.unwrap()
}

fn ids(hits: &Hits) -> Vec<UserId> {
    hits.users.iter().map(|user| user.id).collect()
}

/// Whom a question finds, by the subjects they have here, best match first.
async fn found(store: &Opened, address: &str) -> Vec<String> {
    let hits = ask(store, &read(address)).await;
    let subjects: Vec<String> = hits.users.iter().map(|user| user.identities[0].subject.clone()).collect();
    assert_eq!(hits.count, Count::Exact(subjects.len() as u64), "{address}");
    subjects
}

async fn sorted(store: &Opened, address: &str) -> BTreeSet<String> {
    found(store, address).await.into_iter().collect()
}

fn set(subjects: &[&str]) -> BTreeSet<String> {
    subjects.iter().map(ToString::to_string).collect()
}

async fn person(store: &Opened, subject: &str, seconds: i64, stated: Value) -> User {
    record(store, &login(subject, seconds, stated)).await.user
}

/// Somebody of whom a scan tells, who never logged in.
async fn stranger(store: &Opened, subject: &str, seconds: i64, stated: Value) -> User {
    let mut scanned = login(subject, seconds, stated);
    scanned.origin.source = Source::Scan;
    record(store, &scanned).await.user
}

pub async fn each_kind_of_query_finds_whom_it_means(db: &Database) {
    let store = db.open().await;
    let ada =
        json!({ "name": "Ada Lovelace", "email": "Ada.L@Example.com", "phone_number": "+49 170 1234567" });
    let ada = person(&store, "auth0|5F12", 0, ada).await;
    person(&store, "jl", 1, json!({ "name": "Jean-Luc O'Brien", "preferred_username": "captain.picard" }))
        .await;
    person(&store, "jls", 2, json!({ "name": "Jean Luc Smith", "email": "luc@mail.example.org" })).await;
    person(&store, "lukasz", 3, json!({ "name": "Łukasz Østergård", "email": "l@gmail.com" })).await;
    person(&store, "yamada", 4, json!({ "name": "山田太郎" })).await;
    person(&store, "kim", 5, json!({ "given_name": "민지", "family_name": "김" })).await;
    person(&store, "mira", 6, json!({ "name": "Mira 🌻" })).await;
    person(&store, "oid", 7, json!({ "oid": "7F000000-0000-4000-8000-000000000001", "name": "Bo" })).await;
    person(&store, "108204268033311374519", 8, json!({})).await;
    // What an account is called where that is no claim that everybody knows.
    person(&store, "e-4711-b", 8, json!({})).await;
    let referred = super::entries::entry("E-4711").of(ISSUER, "jl");
    assert!(store.entries.put(None, &referred).await.unwrap());
    for (typed, whom) in [
        ("ada", &["auth0|5F12"][..]),
        ("LOVE", &["auth0|5F12"]),
        ("love ad", &["auth0|5F12"]),
        ("ada lucas", &[]),
        ("ada.l@example.com", &["auth0|5F12"]),
        ("Ada.L", &["auth0|5F12"]),
        ("@Example", &["auth0|5F12"]),
        ("@gmail.com", &["lukasz"]),
        ("@", &["auth0|5F12", "jls", "lukasz"]),
        ("auth0|5F12", &["auth0|5F12"]),
        ("auth0|5", &["auth0|5F12"]),
        ("49170", &["auth0|5F12"]),
        ("+49 170 12", &["auth0|5F12"]),
        ("0170 1234567", &["auth0|5F12"]),
        ("1234567", &["auth0|5F12"]),
        ("234567", &[]),
        ("o'brien", &["jl"]),
        ("OBRIEN", &["jl"]),
        ("brien", &["jl"]),
        ("captain", &["jl"]),
        ("captain.picard", &["jl"]),
        ("jean luc", &["jl", "jls"]),
        ("jeanluc", &["jl"]),
        ("lukasz ostergard", &["lukasz"]),
        ("ŁUKASZ ØSTERGÅRD", &["lukasz"]),
        ("山田", &["yamada"]),
        ("太郎", &["yamada"]),
        ("김", &["kim"]),
        ("민지", &["kim"]),
        ("기", &[]),
        ("🌻", &["mira"]),
        ("bo", &["oid"]),
        ("7f000000-0000-4000-8000-000000000001", &["oid"]),
        ("108204268033311374519", &["108204268033311374519"]),
        ("10820426", &["108204268033311374519"]),
        ("E-4711", &["e-4711-b", "jl"]),
        ("e-4711", &["e-4711-b"]),
        ("E-471", &["e-4711-b"]),
        ("nobody", &[]),
    ] {
        let address = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", typed).finish();
        assert_eq!(sorted(&store, &address).await, set(whom), "{typed}");
        // Another order finds the same.
        assert_eq!(sorted(&store, &format!("{address}&sort=login")).await, set(whom), "{typed}");
    }
    let hits = ask(&store, &read(&format!("q={}", ada.id))).await;
    assert_eq!((ids(&hits), hits.asked.meaning), (vec![ada.id], Meaning::Id));
    assert!(hits.users[0].identities[0].claims.is_empty(), "claims are read by nobody here");
    // The smallest match first: who is called so before whose name only begins so.
    person(&store, "annabell", 9, json!({ "name": "Annabell Zz" })).await;
    person(&store, "ann", 10, json!({ "name": "Zoe Ann", "email": "annika@example.com" })).await;
    assert_eq!(found(&store, "q=ann").await, ["ann", "annabell"]);
}

pub async fn what_is_written_is_found_as_it_is_now(db: &Database) {
    let store = db.open().await;
    let ada = person(&store, "ada", 0, json!({ "name": "Ada Byron", "email": "ada@byron.example" })).await;
    assert_eq!(found(&store, "q=byron").await, ["ada"]);
    person(&store, "ada", 1, json!({ "name": "Ada Lovelace" })).await;
    assert!(found(&store, "q=ada+byron&sort=name").await.is_empty());
    assert_eq!(found(&store, "q=%40byron").await, ["ada"]);
    assert_eq!(found(&store, "q=lovelace").await, ["ada"]);
    store.set_disabled(ada.id, true, at(2)).await;
    assert_eq!(found(&store, "q=lovelace&status=disabled").await, ["ada"]);
    assert!(found(&store, "q=lovelace&status=active").await.is_empty());
    store.set_disabled(ada.id, false, at(3)).await;
    assert_eq!(found(&store, "status=active").await, ["ada"]);
    assert!(found(&store, "status=disabled").await.is_empty());
    // An identity that goes takes its words along, and the other one's stay.
    let mut second = login("kp_9", 4, json!({ "name": "Countess" }));
    second.provider = "kinde".to_owned();
    store.record(&second, id(), Some(ada.id)).await.unwrap().unwrap();
    assert_eq!(ask(&store, &read("q=countess")).await.users.len(), 1);
    assert_eq!(ask(&store, &read("provider=kinde&several=1")).await.users.len(), 1);
    let origin = identity::Origin::of_operator(Some(Actor::Cli("eve".to_owned())), at(5));
    let unlink = |user: Option<&User>| acts::unlink(user, super::people::ISSUER, "kp_9", &origin);
    store.users.write(Whom::id(ada.id), &unlink).await.unwrap();
    for gone in ["q=countess", "q=kp_9", "provider=kinde", "several=1"] {
        assert!(found(&store, gone).await.is_empty(), "{gone}");
    }
    store.erase(ada.id, at(9)).await;
    for gone in ["q=lovelace", "q=ada", "provider=main", "", &format!("q={}", ada.id)] {
        assert!(found(&store, gone).await.is_empty(), "{gone}");
    }
}

const CROWD: i64 = 64;

/// Everybody is different, and many lack something: a name, an e-mail, a log-in.
async fn crowd(store: &Opened) -> Vec<User> {
    let mut users = Vec::new();
    for n in 0..CROWD {
        let mut stated = serde_json::Map::new();
        if n % 3 != 0 {
            stated.insert("name".to_owned(), json!(format!("Name {} of many", (n * 7) % 10)));
        }
        if n % 4 != 0 {
            stated.insert("email".to_owned(), json!(format!("{}@example.com", (n * 5) % 16)));
        }
        let subject = format!("s{n}");
        // Several at the same time.
        let seconds = (n * 11) % 9;
        users.push(match n % 5 {
            0 => stranger(store, &subject, seconds, stated.into()).await,
            _ => person(store, &subject, seconds, stated.into()).await,
        });
    }
    users
}

/// What a list is sorted by, as this test sees it; `None` comes last.
fn key(user: &User, sort: Sort) -> Option<String> {
    let time = |at: Timestamp| format!("{:020}", at.timestamp_micros());
    match sort {
        Sort::Login => user.last_login_at.map(time),
        Sort::Seen => Some(time(user.created_at)),
        Sort::Name => user.text(Field::Name).map(|name| name.to_lowercase()),
        Sort::Email => user.text(Field::Email),
    }
}

fn in_order(mut users: Vec<User>, sort: Sort, direction: Direction) -> Vec<UserId> {
    users.sort_by(|one, other| {
        let by = |user: &User| (key(user, sort), user.id);
        let ((one_key, one_id), (other_key, other_id)) = (by(one), by(other));
        let present = other_key.is_some().cmp(&one_key.is_some());
        let pair = (one_key, one_id).cmp(&(other_key, other_id));
        present.then(if direction == Direction::Desc { pair.reverse() } else { pair })
    });
    users.iter().map(|user| user.id).collect()
}

/// All pages, read forwards to the end and from there back to the beginning; `between` is called between pages.
async fn there_and_back(
    store: &Opened,
    query: &Query,
    mut between: impl AsyncFnMut(&Hits),
) -> (Vec<UserId>, Vec<UserId>) {
    let (mut query, mut forwards) = (query.clone(), Vec::new());
    let mut hits = ask(store, &query).await;
    loop {
        assert!(!hits.is_stopped && !hits.is_lost && !hits.is_filling);
        forwards.extend(ids(&hits));
        between(&hits).await;
        let Some(older) = hits.older.clone() else { break };
        query.from = From::After(older);
        hits = ask(store, &query).await;
        assert!(hits.newer.is_some() && !hits.users.is_empty());
    }
    let mut backwards = ids(&hits);
    while let Some(newer) = hits.newer.clone() {
        query.from = From::Before(newer);
        hits = ask(store, &query).await;
        if hits.users.is_empty() {
            break;
        }
        assert!(hits.older.is_some());
        backwards.splice(0..0, ids(&hits));
    }
    (forwards, backwards)
}

pub async fn every_order_shows_everybody_once_forwards_and_back(db: &Database) {
    let store = db.open().await;
    let users = crowd(&store).await;
    for sort in Sort::ALL.iter().copied() {
        for direction in [Direction::Asc, Direction::Desc] {
            let query = Query { sort: Some(sort), direction: Some(direction), size: 10, ..Query::default() };
            let (forwards, backwards) = there_and_back(&store, &query, async |_| {}).await;
            let expected = in_order(users.clone(), sort, direction);
            assert_eq!(forwards, expected, "{sort} {direction}");
            assert_eq!(backwards, expected, "{sort} {direction}, back");
        }
    }
    // Best match, and a walk that no index knows of.
    for address in
        ["q=name", "q=name+of", "q=%40example", "standing=present&sort=name", "verified=no&sort=seen"]
    {
        let query = Query { size: 7, ..read(address) };
        let (forwards, backwards) = there_and_back(&store, &query, async |_| {}).await;
        assert_eq!(forwards, backwards, "{address}");
        let once: BTreeSet<_> = forwards.iter().collect();
        assert_eq!(once.len(), forwards.len(), "{address}");
        let count = ask(&store, &query).await.count;
        assert_eq!(count, Count::Exact(forwards.len() as u64), "{address}");
    }
}

pub async fn pages_show_everybody_once_while_others_log_in(db: &Database) {
    let store = db.open().await;
    let users = crowd(&store).await;
    let all: BTreeSet<UserId> = users.iter().map(|user| user.id).collect();
    let mut seconds = 100;
    for sort in Sort::ALL.iter().copied() {
        let query = Query { sort: Some(sort), size: 10, ..Query::default() };
        // Whoever stands on a page logs in before the next one is asked for, the last one as well.
        let (forwards, _) = there_and_back(&store, &query, async |hits: &Hits| {
            for user in hits.users.iter().rev().take(3).chain(hits.users.first()) {
                seconds += 1;
                let one = &user.identities[0];
                record(&store, &login(&one.subject, seconds, json!({}))).await;
            }
        })
        .await;
        assert_eq!(forwards.len(), all.len(), "{sort}");
        assert_eq!(forwards.into_iter().collect::<BTreeSet<_>>(), all, "{sort}");
    }
}

/// Everybody whom a walk meets, in its order; `between` is called between what it reads.
async fn walked(store: &Opened, query: &Query, mut between: impl AsyncFnMut(&[User])) -> Vec<UserId> {
    let mut walk = store.search.walk(query, when()).await.unwrap();
    assert!(!walk.is_filling());
    let mut met = Vec::new();
    loop {
        let users = walk.next().await.unwrap();
        if users.is_empty() {
            return met;
        }
        met.extend(users.iter().map(|user| user.id));
        between(&users).await;
    }
}

pub async fn a_walk_meets_everybody_once_who_is_found(db: &Database) {
    let store = db.open().await;
    let users = crowd(&store).await;
    let everybody = in_order(users.clone(), Sort::Seen, Direction::Asc);
    for address in
        ["", "q=name", "q=name+of&sort=login", "q=%40example", "verified=no", "login=never", "q=nobody"]
    {
        let query = Query { size: 100, ..read(address) };
        let found: BTreeSet<UserId> = ids(&ask(&store, &query).await).into_iter().collect();
        let expected: Vec<UserId> = everybody.iter().copied().filter(|id| found.contains(id)).collect();
        assert_eq!(walked(&store, &query, async |_| {}).await, expected, "{address}");
    }
}

/// More than are read at a time.
const PAGES: i64 = 1_010;

pub async fn a_walk_loses_nobody_who_is_written_or_erased_meanwhile(db: &Database) {
    let store = db.open().await;
    for n in 0..PAGES {
        person(&store, &format!("w{n}"), n / 3, json!({ "name": "Walker" })).await;
    }
    let everybody: Vec<UserId> = walked(&store, &Query::default(), async |_| {}).await;
    assert_eq!(everybody.iter().collect::<BTreeSet<_>>().len() as i64, PAGES);
    let mut rounds = 0;
    let mut erased = None;
    let met = walked(&store, &read("q=walker"), async |users: &[User]| {
        rounds += 1;
        if rounds > 1 {
            return;
        }
        // Some who were met and some who were not log in, and are called something else; whoever was met last is erased.
        for n in [0, 1, PAGES - 2, PAGES - 1] {
            person(&store, &format!("w{n}"), 5_000 + n, json!({ "name": format!("Walker {n}") })).await;
        }
        let last = users.last().unwrap().id;
        store.erase(last, at(9_000)).await;
        erased = Some(last);
    })
    .await;
    assert!(rounds > 2 && erased.is_some(), "{rounds}");
    assert_eq!(met, everybody);
}

pub async fn each_filter_shows_whom_it_names(db: &Database) {
    let store = db.open().await;
    let day = 24 * 3600;
    let now = when().now;
    let ago = |days: i64| 1_000_000 - days * day;
    let verified = json!({ "email": "v@example.com", "email_verified": true, "name": "Vera" });
    let vera = person(&store, "vera", ago(0), verified).await;
    person(&store, "week", ago(5), json!({ "email": "w@example.com", "name": "Vera" })).await;
    person(&store, "month", ago(20), json!({ "email": "m@example.com", "email_verified": false })).await;
    person(&store, "older", ago(40), json!({})).await;
    stranger(&store, "never", ago(3), json!({ "name": "Vera" })).await;
    let gone = |subject: &'static str, standing| {
        let mut gone = login(subject, ago(0), json!({}));
        (gone.origin.source, gone.standing) = (Source::Webhook, Some(standing));
        gone
    };
    record(&store, &gone("month", Standing::Blocked)).await;
    record(&store, &gone("older", Standing::Deleted)).await;
    store.set_disabled(store.find("week").await, true, now).await;
    let mut second = login("second", ago(0) + 10, json!({}));
    second.provider = "kinde".to_owned();
    let recorded = store.record(&second, id(), Some(vera.id)).await.unwrap().unwrap();
    assert_eq!(recorded.user.identities.len(), 2);
    store.start(&identity::Session { subject: "week".into(), ..session("on", vera.id, ago(0) - 500) }).await;
    let date = |days: i64| at(ago(days)).date_naive();
    for (filters, whom) in [
        ("status=active".to_owned(), &["vera", "never"][..]),
        ("status=disabled".to_owned(), &["week"]),
        ("status=tombstone".to_owned(), &["month", "older"]),
        ("provider=main".to_owned(), &["vera", "week", "month", "older", "never"]),
        ("provider=kinde".to_owned(), &["vera"]),
        ("provider=kin".to_owned(), &[]),
        ("verified=yes".to_owned(), &["vera"]),
        ("verified=no".to_owned(), &["week", "month"]),
        ("verified=none".to_owned(), &["older", "never"]),
        ("login=today".to_owned(), &["vera"]),
        ("login=7d".to_owned(), &["vera", "week"]),
        ("login=30d".to_owned(), &["vera", "week", "month"]),
        ("login=older".to_owned(), &["older"]),
        ("login=never".to_owned(), &["never"]),
        (format!("from={}&to={}", date(20), date(5)), &["week", "month"]),
        (format!("to={}", date(40)), &["older"]),
        (format!("from={}", date(3)), &["vera", "never"]),
        ("several=1".to_owned(), &["vera"]),
        ("online=1".to_owned(), &["vera"]),
        ("hold=1".to_owned(), &[]),
        ("standing=present".to_owned(), &["vera", "week", "never"]),
        ("standing=blocked".to_owned(), &["month"]),
        ("standing=deleted".to_owned(), &["older"]),
        ("q=vera&login=never".to_owned(), &["never"]),
        ("q=vera&verified=yes&provider=kinde&online=1&several=1&status=active".to_owned(), &["vera"]),
        (format!("q=vera&from={}&login=7d", date(6)), &["vera", "week"]),
    ] {
        for order in ["", "&sort=login&dir=asc", "&sort=name", "&sort=email&dir=desc", "&sort=seen"] {
            let found: BTreeSet<String> = sorted(&store, &format!("{filters}{order}")).await;
            assert_eq!(found, set(whom), "{filters}{order}");
        }
    }
}

impl Opened {
    async fn find(&self, subject: &str) -> UserId {
        self.users.find_by_identity(super::people::ISSUER, subject).await.unwrap().unwrap().id
    }
}

pub async fn odd_questions_are_questions(db: &Database) {
    let store = db.open().await;
    let users = crowd(&store).await;
    let long = "x y".repeat(5_000);
    let odd = [
        "%",
        "_",
        "'",
        "\"",
        "\\",
        "' OR 1=1 --",
        "\u{0}",
        "\u{1}provider:main",
        "\u{1}",
        "\u{fffd}",
        "$gt",
        "{\"$ne\":null}",
        "@@@",
        "---",
        "\u{202e}",
        "\u{10ffff}",
        long.as_str(),
    ];
    for typed in odd {
        for sort in [None, Some(Sort::Name)] {
            let query = Query { q: typed.to_owned(), sort, ..Query::default() };
            let hits = ask(&store, &query).await;
            assert!(hits.users.is_empty() || hits.asked.meaning == Meaning::Everybody, "{typed:?}");
        }
    }
    let first = Query { size: 10, sort: Some(Sort::Name), ..Query::default() };
    let start = ask(&store, &first).await;
    let older = start.older.clone().unwrap();
    for made_up in ["", "x", "AAAA", "🌻", "../..", &"A".repeat(10_000), &older[..older.len() - 1]] {
        for from in [From::After(made_up.to_owned()), From::Before(made_up.to_owned())] {
            let hits = ask(&store, &Query { from, ..first.clone() }).await;
            assert_eq!((ids(&hits), hits.is_lost), (ids(&start), true), "{made_up}");
        }
    }
    // A place in another list is none in this one.
    let other = Query { sort: Some(Sort::Email), from: From::After(older.clone()), ..first.clone() };
    let hits = ask(&store, &other).await;
    assert!(hits.is_lost && hits.newer.is_none() && hits.users.len() == 10);
    // Whoever stood there was erased meanwhile.
    let last = start.users.last().unwrap().id;
    store.erase(last, at(9)).await;
    let hits = ask(&store, &Query { from: From::After(older), ..first.clone() }).await;
    assert!(hits.is_lost && ids(&hits)[..9] == ids(&start)[..9]);
    assert_eq!(hits.count, Count::Exact(users.len() as u64 - 1));
    assert!(SIZES.contains(&Query::default().size));
}

pub async fn who_was_there_before_there_was_a_search_is_taken_in(db: &Database) {
    let store = db.open().await;
    let users = crowd(&store).await;
    assert_eq!(store.search.fill().await.unwrap(), None);
    db.forget_the_search().await;
    let hits = ask(&store, &Query::default()).await;
    assert!(hits.is_filling && hits.users.is_empty());
    assert!(store.search.walk(&Query::default(), when()).await.unwrap().is_filling());
    // Whoever is written meanwhile is found at once.
    record(&store, &login("s1", 500, json!({}))).await;
    record(&store, &login("s2", 501, json!({ "name": "New Name" }))).await;
    assert_eq!(sorted(&store, "sort=name").await, set(&["s1", "s2"]));
    assert_eq!(sorted(&store, "q=new").await, set(&["s2"]));
    let (one, other) = tokio::join!(fill(&store), fill(&store));
    assert!(one + other >= users.len() as u64 - 2, "{one} {other}");
    let query = Query { size: 100, ..Query::default() };
    let hits = ask(&store, &query).await;
    let found = ids(&hits);
    let lacking: Vec<&User> = users.iter().filter(|user| !found.contains(&user.id)).collect();
    assert!(lacking.is_empty() && found.len() == users.len() && !hits.is_filling, "{lacking:?}");
    assert_eq!(sorted(&store, "q=s63").await, set(&["s63"]));
    assert_eq!(ask(&store, &read("provider=main&size=100")).await.users.len(), users.len());
}

async fn fill(store: &Opened) -> u64 {
    let mut all = 0;
    while let Some(some) = store.search.fill().await.unwrap() {
        all += some;
    }
    all
}

/// The figures, which are counted while whoever asks first may go on.
async fn counted(store: &Opened, now: Timestamp) -> Figures {
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        match store.search.figures(now).await.unwrap() {
            Some(figures) => return figures,
            None => assert!(std::time::Instant::now() < patience, "nothing was counted"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

pub async fn figures_are_of_everybody(db: &Database) {
    let store = db.open().await;
    let users = crowd(&store).await;
    store.set_disabled(users[1].id, true, at(50)).await;
    let figures = counted(&store, at(60)).await;
    assert_eq!((figures.users(), figures.of(Status::Disabled)), (users.len() as u64, 1));
    assert_eq!((figures.of(Status::Tombstone), figures.on_hold), (0, 0));
    assert_eq!(figures.by_provider, [("main".to_owned(), users.len() as u64)]);
    let seen = users.iter().filter(|user| user.last_login_at.is_some()).count() as u64;
    assert_eq!(figures.seen_today, seen);
    let days: BTreeMap<_, _> = figures.days.iter().copied().collect();
    assert_eq!((days.len(), days[&at(60).date_naive()]), (30, users.len() as u64));
    // Kept for a minute, and then counted again.
    store.set_disabled(users[2].id, true, at(70)).await;
    assert_eq!(store.search.figures(at(119)).await.unwrap().unwrap().of(Status::Disabled), 1);
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while store.search.figures(at(200)).await.unwrap().unwrap().of(Status::Disabled) != 2 {
        assert!(std::time::Instant::now() < patience, "nobody counts");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
