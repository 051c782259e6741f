//! What can be used once: attempts and logout tokens.

use identity::{Attempt, Digest, Joins, Link, Taken, Ticket, TicketKind};

use super::people::{ISSUER, at, attempt, digest, id, ticket};
use crate::support::databases::Database;
use crate::support::opened::Opened;

/// The id of a logout token, until then.
pub fn spent(jti: &str, until: i64) -> Ticket {
    Ticket {
        kind: TicketKind::LogoutToken,
        key: Digest::of_pair(ISSUER, jti),
        holder: None,
        content: Vec::new(),
        expires_at: at(until),
    }
}

async fn take(store: &Opened, ticket: &Ticket, seconds: i64) -> Taken {
    store.tickets.take(ticket.kind, &ticket.key, ticket.holder.as_ref(), at(seconds)).await.unwrap()
}

pub async fn an_attempt_is_taken_once(db: &Database) {
    let store = db.open().await;
    let begun = Attempt {
        joins: Joins::Link(Link { user: id(), session: digest("session") }),
        ..attempt("state", "browser")
    };
    let issued = begun.to_ticket().unwrap();
    store.tickets.issue(&issued, 20).await.unwrap();
    let Taken::Ours(taken) = take(&store, &issued, 1).await else { panic!("not ours") };
    assert_eq!(Attempt::from_ticket(&taken), Some(begun));
    assert_eq!(take(&store, &issued, 2).await, Taken::Used(issued));
    assert_eq!(take(&store, &ticket("never begun", "browser"), 1).await, Taken::Unknown);
}

pub async fn another_browsers_attempt_is_unknown_and_stays_usable(db: &Database) {
    let store = db.open().await;
    let issued = ticket("state", "browser");
    store.tickets.issue(&issued, 20).await.unwrap();
    for stranger in [Some(digest("another")), None] {
        let theirs = Ticket { holder: stranger, ..issued.clone() };
        assert_eq!(take(&store, &theirs, 1).await, Taken::Unknown);
    }
    let other_kind = Ticket { kind: TicketKind::LogoutToken, ..issued.clone() };
    assert_eq!(take(&store, &other_kind, 1).await, Taken::Unknown);
    assert_eq!(take(&store, &issued, 1).await, Taken::Ours(issued));
}

pub async fn an_expired_attempt_says_where_it_was_going(db: &Database) {
    let store = db.open().await;
    let issued = ticket("state", "browser");
    store.tickets.issue(&issued, 20).await.unwrap();
    assert_eq!(take(&store, &issued, 1800).await, Taken::Expired(issued.clone()));
    assert!(matches!(take(&store, &issued, 1799).await, Taken::Ours(_)));
    assert!(matches!(take(&store, &issued, 1801).await, Taken::Used(_)));
}

pub async fn an_attempt_under_a_lost_secret_is_unknown(db: &Database) {
    let store = db.open().await;
    let issued = ticket("state", "browser");
    store.tickets.issue(&issued, 20).await.unwrap();
    let lost = Opened::at(&db.url, 8).await;
    assert_eq!(take(&lost, &issued, 1).await, Taken::Unknown);
}

pub async fn a_browser_has_only_so_many_attempts_under_way(db: &Database) {
    let store = db.open().await;
    let issue = async |number: i64, browser: &str| {
        let mut issued = ticket(&format!("{browser} {number}"), browser);
        issued.expires_at = at(1800 + number);
        store.tickets.issue(&issued, 3).await.unwrap();
        issued
    };
    let other = issue(0, "another").await;
    let mut issued = Vec::new();
    for number in 0..6 {
        issued.push(issue(number, "browser").await);
    }
    for (number, one) in issued.into_iter().enumerate() {
        let taken = take(&store, &one, 1).await;
        assert_eq!(matches!(taken, Taken::Ours(_)), number >= 3, "{number}: {taken:?}");
    }
    assert!(matches!(take(&store, &other, 1).await, Taken::Ours(_)), "each browser by itself");
    // The clock of another process may be ahead of ours.
    let behind = issue(-1000, "browser").await;
    assert!(matches!(take(&store, &behind, 1).await, Taken::Ours(_)), "whoever leaves now can come back");
}

pub async fn a_logout_token_is_spent_once(db: &Database) {
    let store = db.open().await;
    assert!(store.tickets.spend(&spent("jti", 600)).await.unwrap());
    assert!(!store.tickets.spend(&spent("jti", 600)).await.unwrap());
    for other in ["JTI", "jti ", "j\0ti", &"j".repeat(5000)] {
        assert!(store.tickets.spend(&spent(other, 600)).await.unwrap(), "{other:?}");
    }
    let elsewhere = Ticket { key: Digest::of_pair("https://other.example.com", "jti"), ..spent("", 600) };
    assert!(store.tickets.spend(&elsewhere).await.unwrap());
}

pub async fn a_ticket_that_is_looked_at_stays_as_it_is(db: &Database) {
    let store = db.open().await;
    let issued = Ticket { kind: TicketKind::Invitation, holder: None, ..ticket("invitation", "") };
    store.tickets.issue(&issued, 1).await.unwrap();
    let look = async |holder, seconds| {
        store.tickets.look(issued.kind, &issued.key, holder, at(seconds)).await.unwrap()
    };
    for _ in 0..2 {
        assert_eq!(look(None, 1799).await, Taken::Ours(issued.clone()));
    }
    assert_eq!(look(None, 1800).await, Taken::Expired(issued.clone()));
    let stranger = digest("browser");
    assert_eq!(look(Some(&stranger), 1).await, Taken::Unknown);
    let lost = Opened::at(&db.url, 8).await;
    let unread = lost.tickets.look(issued.kind, &issued.key, None, at(1)).await.unwrap();
    assert_eq!(unread, Taken::Unknown);
    assert_eq!(take(&store, &issued, 1).await, Taken::Ours(issued.clone()));
    assert_eq!(look(None, 1).await, Taken::Used(issued.clone()));
}

pub async fn tickets_that_are_over_are_swept_away_and_no_others(db: &Database) {
    let store = db.open().await;
    let (mut old, young) = (ticket("old", "browser"), ticket("young", "browser"));
    old.expires_at = at(99);
    store.tickets.issue(&old, 20).await.unwrap();
    store.tickets.issue(&young, 20).await.unwrap();
    store.tickets.spend(&spent("old", 99)).await.unwrap();
    store.tickets.spend(&spent("young", 101)).await.unwrap();
    store.tickets.sweep(at(100)).await.unwrap();
    assert_eq!(take(&store, &old, 50).await, Taken::Unknown);
    assert!(matches!(take(&store, &young, 100).await, Taken::Ours(_)));
    assert!(store.tickets.spend(&spent("old", 200)).await.unwrap());
    assert!(!store.tickets.spend(&spent("young", 200)).await.unwrap());
}
