//! Sessions.

use identity::{Digest, Ends, Session, Tokens, UserId};
use store::Seal;

use super::people::{ISSUER, at, digest, id, plain_login, record, session, tokens};
use crate::support::databases::Database;
use crate::support::opened::Opened;

async fn ada(store: &Opened) -> UserId {
    record(store, &plain_login("ada", 0)).await.user.id
}

async fn start(store: &Opened, session: &Session) {
    store.start(session).await;
}

async fn is_there(store: &Opened, id: &Digest) -> bool {
    store.sessions.find(id).await.unwrap().is_some()
}

pub async fn a_session_comes_back_with_its_user(db: &Database) {
    let store = db.open().await;
    let mut user = record(&store, &plain_login("ada", 0)).await.user;
    let started = session("one", user.id, 0);
    start(&store, &started).await;
    let (found, of) = store.sessions.find(&started.id).await.unwrap().unwrap();
    let as_found = |session: &Session| {
        let tokens = Tokens { generation: session.tokens.generation, ..Tokens::default() };
        format!("{:?}", Session { tokens, ..session.clone() })
    };
    assert_eq!(format!("{found:?}"), as_found(&started), "all of it but the tokens");
    assert!(store.sessions.tokens(&started.id).await.unwrap().unwrap() == started.tokens);
    user.identities[0].claims.clear();
    user.identities[0].claim_times.clear();
    user.version += 1;
    assert_eq!(of, user, "all of the user but the claims");

    let mut bare = session("bare", user.id, 0);
    (bare.sid, bare.auth_time, bare.acr, bare.refresh_at) = (None, None, None, None);
    (bare.device, bare.tokens, bare.access) = Default::default();
    start(&store, &bare).await;
    let (found, _) = store.sessions.find(&bare.id).await.unwrap().unwrap();
    assert_eq!(format!("{found:?}"), as_found(&bare));
    assert!(store.sessions.tokens(&bare.id).await.unwrap().unwrap() == Tokens::default());

    let mut odd = session("odd", user.id, 0);
    (odd.sid, odd.acr) = (Some("s\0id".repeat(2000)), Some("a\0".to_owned()));
    odd.device.user_agent = Some("x".repeat(100_000));
    start(&store, &odd).await;
    let (found, _) = store.sessions.find(&odd.id).await.unwrap().unwrap();
    assert_eq!(format!("{found:?}"), as_found(&odd));
}

pub async fn an_unknown_session_is_none(db: &Database) {
    let store = db.open().await;
    assert!(!is_there(&store, &digest("never started")).await);
    assert!(store.sessions.tokens(&digest("never started")).await.unwrap().is_none());
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
    assert_eq!(store.sessions.end(&Ends::One(one.id)).await.unwrap(), 1);
    assert_eq!(store.sessions.end(&Ends::One(one.id)).await.unwrap(), 0);
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
    let end = async |except| store.sessions.end(&Ends::OfUser { user, except }).await.unwrap();
    assert_eq!(end(Some(sessions[1].id)).await, 2);
    assert!(is_there(&store, &sessions[1].id).await);
    assert!(is_there(&store, &of_bob.id).await);
    assert_eq!(end(None).await, 1);
    assert_eq!(end(None).await, 0);
    assert!(is_there(&store, &of_bob.id).await);
}

pub async fn a_logout_token_ends_what_it_names(db: &Database) {
    let store = db.open().await;
    let user = ada(&store).await;
    let names = ["phone", "desk", "tablet", "elsewhere", "other person", "upper case", "nameless"];
    let mut sessions = names.map(|name| session(name, user, 0));
    sessions[3].issuer = "https://other.example.com".to_owned();
    sessions[4].subject = "Ada".to_owned();
    sessions[4].sid = sessions[0].sid.clone();
    sessions[5].sid = Some("SID OF PHONE".to_owned());
    sessions[6].sid = None;
    for one in &sessions {
        start(&store, one).await;
    }
    let end = |subject, sid| store.sessions.end_at_provider(ISSUER, subject, sid);

    assert_eq!(end(None, Some("sid of nobody")).await.unwrap(), 0);
    assert_eq!(end(Some("eve"), Some("sid of phone")).await.unwrap(), 0, "both must fit");
    assert_eq!(end(Some("ada"), Some("sid of phone")).await.unwrap(), 2, "and what named no session");
    assert!(!is_there(&store, &sessions[0].id).await && !is_there(&store, &sessions[6].id).await);
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
    let rotated = Opened::of(store::open(&db.url, Seal::new(&[[8; 32], [7; 32]])).await.unwrap());
    let found = rotated.sessions.tokens(&one.id).await.unwrap().unwrap();
    assert!(found == one.tokens, "an older secret still opens");
    let lost = Opened::at(&db.url, 8).await;
    let found = lost.sessions.tokens(&one.id).await.unwrap().unwrap();
    assert!(found == Tokens { generation: 3, ..Tokens::default() });
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
    store.sessions.sweep(at(100), at(50)).await.unwrap();
    assert!(!is_there(&store, &over.id).await);
    assert!(!is_there(&store, &idle.id).await);
    assert!(is_there(&store, &kept.id).await);
    assert!(store.users.find(user).await.unwrap().is_some());
}

pub async fn sessions_that_were_started_within_a_time_come_by_pages(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    for number in 0..9 {
        store.start(&session(&format!("session {number}"), ada, number)).await;
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.sessions.started(at(2), at(6), after, 2).await.unwrap();
        after = page.last().map(|one| one.id);
        let is_last = page.len() < 2;
        found.extend(page.into_iter().map(|one| one.created_at));
        if is_last {
            break;
        }
    }
    found.sort_unstable();
    assert_eq!(found, [2, 3, 4, 5, 6].map(at), "both ends included");
    assert!(store.sessions.started(at(2), at(6), None, 0).await.unwrap().is_empty());
}
