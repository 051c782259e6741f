//! Sessions.

use identity::{Digest, Session, Tokens, UserId};
use store::{self, Seal, Store};

use super::people::{ISSUER, at, attempt, digest, id, plain_login, record, session, tokens};
use crate::support::databases::Database;

async fn ada(store: &Store) -> UserId {
    record(store, &plain_login("ada", 0)).await.user.id
}

async fn start(store: &Store, session: &Session) {
    store.sessions.start(session).await.unwrap();
}

async fn is_there(store: &Store, id: &Digest) -> bool {
    store.sessions.find(id).await.unwrap().is_some()
}

pub async fn a_session_comes_back_with_its_user(db: &Database) {
    let store = db.open().await;
    let mut user = record(&store, &plain_login("ada", 0)).await.user;
    let started = session("one", user.id, 0);
    start(&store, &started).await;
    let (found, of) = store.sessions.find(&started.id).await.unwrap().unwrap();
    assert_eq!(format!("{found:?}"), format!("{started:?}"));
    assert!(found.tokens == started.tokens);
    user.identities[0].claims.clear();
    assert_eq!(of, user, "all of the user but the claims");

    let mut bare = session("bare", user.id, 0);
    (bare.sid, bare.auth_time, bare.acr) = (None, None, None);
    (bare.device, bare.tokens, bare.access) = Default::default();
    start(&store, &bare).await;
    let (found, _) = store.sessions.find(&bare.id).await.unwrap().unwrap();
    assert_eq!(format!("{found:?}"), format!("{bare:?}"));
    assert!(found.tokens == Tokens::default());

    let mut odd = session("odd", user.id, 0);
    (odd.sid, odd.acr) = (Some("s\0id".repeat(2000)), Some("a\0".to_owned()));
    odd.device.user_agent = Some("x".repeat(100_000));
    start(&store, &odd).await;
    let (found, _) = store.sessions.find(&odd.id).await.unwrap().unwrap();
    assert_eq!(format!("{found:?}"), format!("{odd:?}"));
}

pub async fn an_unknown_session_is_none(db: &Database) {
    let store = db.open().await;
    assert!(!is_there(&store, &digest("never started")).await);
}

pub async fn a_use_is_noted_and_never_goes_back(db: &Database) {
    let store = db.open().await;
    let one = session("one", ada(&store).await, 0);
    start(&store, &one).await;
    store.sessions.touch(&one.id, at(50)).await.unwrap();
    store.sessions.touch(&one.id, at(20)).await.unwrap();
    let (found, _) = store.sessions.find(&one.id).await.unwrap().unwrap();
    assert_eq!(found.last_used_at, at(50));
    store.sessions.touch(&digest("unknown"), at(20)).await.unwrap();
}

pub async fn a_session_ends_once(db: &Database) {
    let store = db.open().await;
    let user = ada(&store).await;
    let (one, two) = (session("one", user, 0), session("two", user, 0));
    start(&store, &one).await;
    start(&store, &two).await;
    assert!(store.sessions.end(&one.id).await.unwrap());
    assert!(!store.sessions.end(&one.id).await.unwrap());
    assert!(!is_there(&store, &one.id).await);
    assert!(is_there(&store, &two.id).await);
}

pub async fn the_sessions_of_a_user_end_but_one(db: &Database) {
    let store = db.open().await;
    let user = ada(&store).await;
    let bob = record(&store, &plain_login("bob", 0)).await.user.id;
    let sessions = ["one", "two", "three"].map(|name| session(name, user, 0));
    let of_bob = session("of bob", bob, 0);
    for one in sessions.iter().chain([&of_bob]) {
        start(&store, one).await;
    }
    assert_eq!(store.sessions.end_of_user(user, Some(&sessions[1].id)).await.unwrap(), 2);
    assert!(is_there(&store, &sessions[1].id).await);
    assert!(is_there(&store, &of_bob.id).await);
    assert_eq!(store.sessions.end_of_user(user, None).await.unwrap(), 1);
    assert_eq!(store.sessions.end_of_user(user, None).await.unwrap(), 0);
    assert!(is_there(&store, &of_bob.id).await);
}

pub async fn a_logout_token_ends_what_it_names(db: &Database) {
    let store = db.open().await;
    let user = ada(&store).await;
    let names = ["phone", "desk", "tablet", "elsewhere", "other person", "upper case"];
    let mut sessions = names.map(|name| session(name, user, 0));
    sessions[3].issuer = "https://other.example.com".to_owned();
    sessions[4].subject = "Ada".to_owned();
    sessions[4].sid = sessions[0].sid.clone();
    sessions[5].sid = Some("SID OF PHONE".to_owned());
    for one in &sessions {
        start(&store, one).await;
    }
    let end = |subject, sid| store.sessions.end_at_provider(ISSUER, subject, sid);

    assert_eq!(end(None, Some("sid of nobody")).await.unwrap(), 0);
    assert_eq!(end(Some("eve"), Some("sid of phone")).await.unwrap(), 0, "both must fit");
    assert_eq!(end(Some("ada"), Some("sid of phone")).await.unwrap(), 1);
    assert!(!is_there(&store, &sessions[0].id).await);
    assert_eq!(end(None, Some("sid of desk")).await.unwrap(), 1);
    assert_eq!(end(Some("ada"), None).await.unwrap(), 2, "tablet and upper case");
    for left in [3, 4] {
        assert!(is_there(&store, &sessions[left].id).await, "{}", names[left]);
    }
    assert_eq!(end(None, None).await.unwrap(), 0);
    assert_eq!(end(None, Some("sid of phone")).await.unwrap(), 1, "the other person's");
}

pub async fn sessions_are_listed_the_last_used_first(db: &Database) {
    let store = db.open().await;
    let user = ada(&store).await;
    for (name, used) in [("one", 5), ("two", 15), ("three", 10), ("over", 20)] {
        let mut one = session(name, user, 0);
        one.last_used_at = at(used);
        if name == "over" {
            one.expires_at = at(30);
        }
        start(&store, &one).await;
    }
    start(&store, &session("bob's", record(&store, &plain_login("bob", 0)).await.user.id, 0)).await;
    let listed = store.sessions.list(user, at(30)).await.unwrap();
    let ids: Vec<Digest> = listed.iter().map(|one| one.id).collect();
    assert_eq!(ids, ["two", "three", "one"].map(digest));
    assert!(store.sessions.list(id(), at(30)).await.unwrap().is_empty());
}

pub async fn tokens_under_a_lost_secret_count_as_none(db: &Database) {
    let store = db.open().await;
    let mut one = session("one", ada(&store).await, 0);
    one.tokens = tokens(3);
    start(&store, &one).await;
    let rotated = store::open(&db.url, Seal::new(&[[8; 32], [7; 32]])).await.unwrap();
    let (found, _) = rotated.sessions.find(&one.id).await.unwrap().unwrap();
    assert!(found.tokens == one.tokens, "an older secret still opens");
    let lost = store::open(&db.url, Seal::new(&[[8; 32]])).await.unwrap();
    let (found, _) = lost.sessions.find(&one.id).await.unwrap().unwrap();
    assert!(found.tokens == Tokens { generation: 3, ..Tokens::default() });
}

pub async fn what_is_over_is_swept_away_and_nothing_else(db: &Database) {
    let store = db.open().await;
    let user = ada(&store).await;
    let mut over = session("over", user, 0);
    over.expires_at = at(99);
    let mut idle = session("idle", user, 0);
    idle.last_used_at = at(49);
    let mut kept = session("kept", user, 0);
    kept.last_used_at = at(50);
    over.last_used_at = at(60);
    for one in [&over, &idle, &kept] {
        start(&store, one).await;
    }
    let (mut old, young) = (attempt("old", "browser"), attempt("young", "browser"));
    old.expires_at = at(99);
    store.sessions.remember(&old).await.unwrap();
    store.sessions.remember(&young).await.unwrap();
    store.sessions.spend(ISSUER, "old", at(99)).await.unwrap();
    store.sessions.spend(ISSUER, "young", at(101)).await.unwrap();

    store.sessions.sweep(at(100), at(50)).await.unwrap();
    assert!(!is_there(&store, &over.id).await);
    assert!(!is_there(&store, &idle.id).await);
    assert!(is_there(&store, &kept.id).await);
    let take = |state: &str| {
        let (state, browser) = (digest(state), digest("browser"));
        let sessions = store.sessions.clone();
        async move { sessions.take(&state, &browser, at(100)).await.unwrap() }
    };
    assert!(matches!(take("old").await, identity::Taken::Unknown));
    assert!(matches!(take("young").await, identity::Taken::Attempt(_)));
    assert!(store.sessions.spend(ISSUER, "old", at(200)).await.unwrap());
    assert!(!store.sessions.spend(ISSUER, "young", at(200)).await.unwrap());
    assert!(store.users.find(user).await.unwrap().is_some());
}
