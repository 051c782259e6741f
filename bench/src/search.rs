//! What a page of the list of users costs: each kind of question, asked of the store as the studio asks it.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chrono::{TimeDelta, Utc};
use identity::search::{Cursor, Direction, From, Order, Query, Sort, When, seen_at};
use store::{Seal, Store};

use crate::people::person;
use crate::process::cpu_seconds;

/// Times that each question is asked; then how many of them are looked at.
const WARM: usize = 3;
const ASKED: usize = 40;
/// Pages before the one far back.
const PAGES: u64 = 10_000;

/// What one question cost.
#[derive(Clone, Debug)]
pub(crate) struct Cost {
    pub(crate) what: &'static str,
    /// Milliseconds.
    pub(crate) median: f64,
    pub(crate) p95: f64,
    /// Processor time of this process, milliseconds; on SQLite all there is.
    pub(crate) cpu: f64,
}

/// Asks everything of a database of so many users.
pub(crate) async fn measure(url: &str, users: u64, issuer: &str) -> Result<Vec<Cost>> {
    let mut costs = Vec::new();
    let store = store::open(url, Seal::new(&[])).await?;
    for (what, query) in questions(users, issuer) {
        costs.push(ask(&store, what, &query).await.with_context(|| what.to_owned())?);
    }
    store.close().await;
    costs.push(figures(url).await?);
    Ok(costs)
}

fn questions(users: u64, issuer: &str) -> Vec<(&'static str, Query)> {
    let read = |address: &str| {
        let pairs = address.split('&').filter_map(|pair| pair.split_once('='));
        Query::read(pairs)
    };
    let rare = format!("q=user{}.", users / 3);
    // The last page of a list that is shorter.
    let far = person(users.saturating_sub(PAGES * 25), issuer).user;
    let after = |sort, direction| {
        let cursor = Cursor { order: Order::By(sort, direction), user: far.id, seen_at: seen_at(&far) };
        Query { sort: Some(sort), from: From::After(cursor.written()), ..Query::default() }
    };
    let mut questions = vec![
        ("the first page, last log-in first", Query::default()),
        ("page 10,000, first seen last", after(Sort::Seen, Direction::Desc)),
        ("far back by the last log-in", after(Sort::Login, Direction::Desc)),
        ("somewhere by name", after(Sort::Name, Direction::Asc)),
    ];
    questions.extend(
        [
            ("a rare user name", rare.as_str()),
            ("a name that 4 % have", "q=ada"),
            ("the same, by the last log-in", "q=ada&sort=login"),
            ("the same, by name, Z to A", "q=ada&sort=name&dir=desc"),
            ("two names, 0.2 %", "q=ada lovelace"),
            ("`@`", "q=@"),
            ("a domain of 18 %", "q=@example.com"),
            ("the same, by the last log-in", "q=@example.com&sort=login"),
            ("what nobody has", "q=zzzzzz"),
            ("status=disabled", "status=disabled"),
            ("status=tombstone", "status=tombstone"),
            ("status=active", "status=active"),
            ("provider=second", "provider=second"),
            ("provider=main", "provider=main"),
            ("verified=yes", "verified=yes"),
            ("verified=no", "verified=no"),
            ("verified=none", "verified=none"),
            ("verified=none, by name", "verified=none&sort=name"),
            ("login=today", "login=today"),
            ("login=7d", "login=7d"),
            ("login=30d", "login=30d"),
            ("login=older", "login=older"),
            ("login=never", "login=never"),
            ("login=older, by name", "login=older&sort=name"),
            ("from, to: one day", "from=2023-01-05&to=2023-01-05"),
            ("several", "several=1"),
            ("online", "online=1"),
            ("hold", "hold=1"),
            ("standing=present", "standing=present"),
            ("standing=blocked", "standing=blocked"),
            ("standing=deleted", "standing=deleted"),
            ("a name, unverified, several", "q=ada&verified=no&several=1"),
            ("the same, by name", "q=ada&verified=no&several=1&sort=name"),
        ]
        .map(|(what, address)| (what, read(address))),
    );
    questions
}

async fn ask(store: &Store, what: &'static str, query: &Query) -> Result<Cost> {
    let search = store.ports().search;
    let when = When { now: Utc::now(), idle: TimeDelta::days(1) };
    let mut took = Vec::new();
    let mut cpu = 0.0;
    for number in 0..WARM + ASKED {
        if number == WARM {
            cpu = cpu_seconds(std::process::id())?;
        }
        let start = Instant::now();
        let hits = search.search(query, when).await?;
        let is_page = matches!(query.from, From::Start) || !hits.is_lost;
        ensure!(is_page, "the place that was asked for is not there");
        if number >= WARM {
            took.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    let cpu = (cpu_seconds(std::process::id())? - cpu) * 1000.0 / ASKED as f64;
    Ok(cost(what, took, cpu))
}

/// Counted anew, by a process that has counted nothing yet.
async fn figures(url: &str) -> Result<Cost> {
    let (mut took, before) = (Vec::new(), cpu_seconds(std::process::id())?);
    for _ in 0..5 {
        let store = store::open(url, Seal::new(&[])).await?;
        let (start, now) = (Instant::now(), Utc::now());
        while store.ports().search.figures(now).await?.is_none() {}
        took.push(start.elapsed().as_secs_f64() * 1000.0);
        store.close().await;
    }
    let cpu = (cpu_seconds(std::process::id())? - before) * 1000.0 / took.len() as f64;
    Ok(cost("the figures, counted anew once a minute", took, cpu))
}

fn cost(what: &'static str, mut took: Vec<f64>, cpu: f64) -> Cost {
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share).round() as usize];
    Cost { what, median: at(0.5), p95: at(0.95), cpu }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fill;

    #[test]
    fn of_forty_two_may_be_odd() {
        let took: Vec<f64> = (1..=40).map(f64::from).collect();
        let cost = cost("x", took, 1.0);
        assert_eq!((cost.median, cost.p95), (21.0, 38.0));
    }

    #[test]
    fn every_question_asks_something_of_its_own() {
        let questions = questions(1000, "https://id.example.com");
        assert!(questions.iter().skip(1).all(|(_, query)| *query != Query::default()));
    }

    #[tokio::test]
    async fn every_question_is_answered_and_every_filter_meets_somebody() {
        const USERS: u64 = 2_000;
        const ISSUER: &str = "https://id.example.com";
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("bench.db").display());
        fill::people(&url, USERS, ISSUER).await.unwrap();
        let store = store::open(&url, Seal::new(&[])).await.unwrap();
        let when = When { now: Utc::now(), idle: TimeDelta::days(1) };
        for (what, query) in questions(USERS, ISSUER) {
            let hits = store.ports().search.search(&query, when).await.unwrap();
            let filter = what.split(['=', ',']).next().unwrap_or_default();
            let is_met = ["status", "provider", "verified", "several", "hold", "standing"].contains(&filter);
            assert!(!is_met || !hits.users.is_empty(), "nobody is found by {what}");
        }
        store.close().await;
        let costs = measure(&url, USERS, ISSUER).await.unwrap();
        assert_eq!(costs.len(), questions(USERS, ISSUER).len() + 1);
        assert!(fill::search(&url).await.unwrap() > 0.0);
    }
}
