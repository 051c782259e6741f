//! Runs, and what they changed.

use std::sync::Arc;

use identity::directory::{RunUndone, UndoAsked, Which};
use identity::undo::Terms;
use identity::{
    Act, Actor, Change, ChangesOf, Counts, Directory, Made, Operator, Origin, Run, RunId, RunKind, RunState,
    RunsAsked, Source, UserId,
};
use serde_json::json;
use server::System;

use super::operator_log::line;
use super::people::{at, id, login, plain_login, record};
use crate::support::databases::Database;
use crate::support::opened::Opened;

pub fn run(seconds: i64) -> Run {
    Run {
        id: RunId(id().0),
        kind: RunKind::Scan,
        provider: Some("main".to_owned()),
        actor: Some(Actor::Cli("ада".to_owned())),
        about: None,
        state: RunState::Running,
        counts: Counts::new(),
        started_at: at(seconds),
        finished_at: None,
    }
}

fn counts(of: &[(&str, u64)]) -> Counts {
    of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

pub async fn a_run_is_kept_and_moves_on_from_where_it_is(db: &Database) {
    let store = db.open().await;
    let first = Run { about: Some(RunId(id().0)), ..run(0) };
    for _ in 0..2 {
        store.runs.start(&first).await.unwrap();
        assert_eq!(store.runs.run(first.id).await.unwrap(), Some(first.clone()));
    }
    let held =
        Run { state: RunState::Held, counts: counts(&[("gone", 501), ("新しい", 1)]), ..first.clone() };
    for _ in 0..2 {
        assert!(
            store.runs.advance(&held, RunState::Running, None).await.unwrap(),
            "also where it is so already"
        );
    }
    assert_eq!(store.runs.run(first.id).await.unwrap(), Some(held.clone()));
    let done = Run { state: RunState::Done, finished_at: Some(at(9)), ..held.clone() };
    assert!(!store.runs.advance(&done, RunState::Running, None).await.unwrap(), "it is not running any more");
    assert_eq!(store.runs.run(first.id).await.unwrap(), Some(held));
    assert!(store.runs.advance(&done, RunState::Held, None).await.unwrap());
    assert_eq!(store.runs.run(first.id).await.unwrap(), Some(done.clone()));
    // One that is there already stays as it is.
    store.runs.start(&first).await.unwrap();
    assert_eq!(store.runs.run(first.id).await.unwrap(), Some(done));
    assert_eq!(store.runs.run(RunId(id().0)).await.unwrap(), None);
    assert!(!store.runs.advance(&run(0), RunState::Running, None).await.unwrap());
}

/// Who moves a run on as an operator stands in the log, once, and whoever comes too late does not.
pub async fn a_run_moves_on_with_a_line_of_the_log(db: &Database) {
    let store = db.open().await;
    let held = Run { state: RunState::Held, ..run(0) };
    store.runs.start(&held).await.unwrap();
    let approved = Run { state: RunState::Approved, ..held.clone() };
    let line = || line(Act::ApproveRun, id(), 3);
    let (first, late) = (line(), line());
    for line in [&first, &first, &late] {
        assert!(store.runs.advance(&approved, RunState::Held, Some(line)).await.unwrap());
    }
    let done = Run { state: RunState::Done, finished_at: Some(at(9)), ..held };
    assert!(!store.runs.advance(&done, RunState::Held, Some(&late)).await.unwrap());
    assert_eq!(store.log.lines(None, 9).await.unwrap(), [first]);
    assert_eq!(store.runs.run(approved.id).await.unwrap(), Some(approved));
}

/// Whoever does one says that they are alive.
pub async fn a_run_that_nobody_goes_on_with_has_failed(db: &Database) {
    let store = db.open().await;
    let directory = Directory::new(store.store.ports(), Arc::new(System));
    let by = Operator::from(Actor::Cli("ada".to_owned()));
    let alive = directory.start_run(RunKind::Undo, None, &by, None).await.unwrap();
    let dead = [RunKind::Undo, RunKind::Import].map(|kind| Run { kind, ..run(0) });
    // Of these, somebody else knows.
    let others = [RunKind::Scan, RunKind::Switch, RunKind::Restore].map(|kind| Run { kind, ..run(0) });
    for run in dead.iter().chain(&others) {
        store.runs.start(run).await.unwrap();
    }
    let state = async |run: &Run| store.runs.run(run.id).await.unwrap().unwrap().state;
    for _ in 0..2 {
        directory.end_broken_off_runs().await.unwrap();
        directory.keep_run(&alive).await.unwrap();
        assert_eq!(state(&alive).await, RunState::Running);
        for one in &dead {
            assert_eq!(state(one).await, RunState::Failed, "{}", one.kind);
        }
        for one in &others {
            assert_eq!(state(one).await, RunState::Running, "{}", one.kind);
        }
    }
}

/// Of whom a run changed something, and the run, which is done.
async fn done(store: &Opened) -> (Run, Vec<UserId>) {
    let started = run(0);
    store.runs.start(&started).await.unwrap();
    let people = four(store, started.id).await.into_iter().map(|(user, _)| user).collect();
    let done = Run { state: RunState::Done, finished_at: Some(at(60)), ..started };
    assert!(store.runs.advance(&done, RunState::Running, None).await.unwrap());
    (done, people)
}

fn of_run(run: &Run) -> UndoAsked {
    let which = Which::Made(Made::ByRun(run.id));
    UndoAsked { which, user: None, provider: None, source: None, terms: Terms::default() }
}

pub async fn of_many_who_take_a_run_back_at_once_one_does(db: &Database) {
    let (one, other) = (db.open().await, db.open().await);
    let directories = [&one, &other].map(|store| Directory::new(store.store.ports(), Arc::new(System)));
    let (about, people) = done(&one).await;
    let all = futures::future::join_all((0..8).map(|turn| {
        let (directory, about, people) = (directories[turn % 2].clone(), about.clone(), people.clone());
        let by = Operator::from(Actor::Cli("ada".to_owned()));
        tokio::spawn(async move { directory.undo_run(&about, &people, &of_run(&about), &by).await.unwrap() })
    }))
    .await;
    let all: Vec<RunUndone> = all.into_iter().map(Result::unwrap).collect();
    let runs: Vec<&Run> = all
        .iter()
        .filter_map(|undone| match undone {
            RunUndone::Done(run) => Some(run),
            RunUndone::AsItWas | RunUndone::UnderWay => None,
        })
        .collect();
    let [undo] = runs[..] else { panic!("{all:?}") };
    assert_eq!((undo.state, undo.about, undo.counts["people"]), (RunState::Done, Some(about.id), 3));
    let asked = RunsAsked { kind: Some(RunKind::Undo), ..RunsAsked::default() };
    assert_eq!(other.runs.runs(&asked, 9).await.unwrap(), std::slice::from_ref(undo));
    let acts: Vec<Act> = other.log.lines(None, 9).await.unwrap().into_iter().map(|line| line.act).collect();
    assert_eq!(acts, [Act::Undo]);
    assert_eq!(other.runs.run(about.id).await.unwrap().unwrap().state, RunState::Undone);
    // Whoever still has it as it was before is told, too.
    let by = Operator::from(Actor::Cli("ada".to_owned()));
    let again = directories[1].undo_run(&about, &people, &of_run(&about), &by).await.unwrap();
    assert_eq!(again, RunUndone::AsItWas);
    // What was taken back is done again by taking that back.
    let back = directories[0].undo_run(undo, &people, &of_run(undo), &by).await.unwrap();
    assert!(matches!(back, RunUndone::Done(_)), "{back:?}");
    assert_eq!(one.runs.run(about.id).await.unwrap().unwrap().state, RunState::Done);
}

pub async fn a_turn_to_take_something_back_is_given_back_and_runs_out(db: &Database) {
    let store = db.open().await;
    let directory = Directory::new(store.store.ports(), Arc::new(System));
    let (about, other) = (of_run(&run(0)), of_run(&run(0)));
    let turn = directory.take_undo_turn(&about).await.unwrap().unwrap();
    let of_one = UndoAsked { user: Some(id()), ..about.clone() };
    for same in [&about, &of_one] {
        assert!(directory.take_undo_turn(same).await.unwrap().is_none(), "it is somebody's");
    }
    let others = directory.take_undo_turn(&other).await.unwrap().unwrap();
    let last = UndoAsked { which: Which::Last, user: Some(id()), ..about.clone() };
    let of_another = UndoAsked { user: Some(id()), ..last.clone() };
    assert!(directory.take_undo_turn(&last).await.unwrap().is_some());
    assert!(directory.take_undo_turn(&of_another).await.unwrap().is_some());
    assert!(directory.take_undo_turn(&last).await.unwrap().is_none());
    directory.keep_undo_turn(&turn).await.unwrap();
    directory.give_undo_turn_back(&turn).await;
    assert!(directory.take_undo_turn(&about).await.unwrap().is_some());
    // Of who was killed, the others wait for a minute.
    store.tickets.sweep(at_any(61)).await.unwrap();
    assert!(directory.take_undo_turn(&other).await.unwrap().is_some());
    directory.give_undo_turn_back(&others).await;
    assert!(directory.take_undo_turn(&other).await.unwrap().is_none(), "it was another's by then");
}

/// So many seconds from now.
fn at_any(seconds: i64) -> identity::Timestamp {
    identity::World::now(&System) + chrono::TimeDelta::seconds(seconds)
}

pub async fn runs_come_newest_first_as_they_are_asked_for(db: &Database) {
    let store = db.open().await;
    let mut all = Vec::new();
    for number in 0..7 {
        let provider = (number % 2 == 0).then(|| "main".to_owned());
        let (kind, state) = match number {
            3 => (RunKind::Import, RunState::Done),
            _ => (RunKind::Scan, RunState::Running),
        };
        let one = Run { provider, kind, state, actor: None, ..run(number) };
        store.runs.start(&one).await.unwrap();
        all.insert(0, one);
    }
    let asked = async |asked: RunsAsked, limit| store.runs.runs(&asked, limit).await.unwrap();
    assert_eq!(asked(RunsAsked::default(), 100).await, all);
    assert_eq!(asked(RunsAsked::default(), 3).await, all[..3]);
    assert_eq!(asked(RunsAsked { before: Some(all[2].id), ..RunsAsked::default() }, 3).await, all[3..6]);
    let main = RunsAsked { provider: Some("main".to_owned()), ..RunsAsked::default() };
    assert_eq!(asked(main, 100).await.len(), 4);
    let imports = RunsAsked { kind: Some(RunKind::Import), ..RunsAsked::default() };
    assert_eq!(asked(imports, 100).await, all[3..4]);
    let done = RunsAsked { state: Some(RunState::Done), kind: Some(RunKind::Scan), ..RunsAsked::default() };
    assert_eq!(asked(done, 100).await, []);
    assert_eq!(asked(RunsAsked::default(), 0).await, []);
}

/// Four people by log-in, of whom all but one are seen by a run, one of them twice; what that changed, by user.
async fn four(store: &Opened, run: RunId) -> Vec<(UserId, Vec<Change>)> {
    let mut expected = Vec::new();
    for (number, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let user = record(store, &plain_login(name, 0)).await.user.id;
        let mut changes = Vec::new();
        for again in 0..[1, 0, 2, 1][number] {
            let mut seen =
                login(name, 10 + again, json!({ "name": format!("{name} {again}"), "team": again }));
            seen.origin = Origin { run: Some(run), source: Source::Scan, ..seen.origin };
            changes.extend(record(store, &seen).await.changes);
        }
        expected.push((user, changes));
    }
    // Whoever was written since is no less of the run.
    record(store, &login("d", 50, json!({ "name": "later" }))).await;
    expected.retain(|(_, changes)| !changes.is_empty());
    expected
}

async fn all(store: &Opened, which: Made, limit: u32) -> Vec<(UserId, Vec<Change>)> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.runs.made(which, after, limit).await.unwrap();
        assert!(page.len() <= limit as usize);
        after = page.last().map(|one| one.user);
        let is_last = page.len() < limit as usize;
        all.extend(page.into_iter().map(|ChangesOf { user, changes }| (user, changes)));
        if is_last {
            return all;
        }
    }
}

pub async fn what_a_run_changed_comes_person_by_person(db: &Database) {
    let store = db.open().await;
    let run = RunId(id().0);
    let expected = four(&store, run).await;
    for limit in [1, 2, 3, 100] {
        assert_eq!(all(&store, Made::ByRun(run), limit).await, expected, "{limit}");
    }
    assert_eq!(all(&store, Made::ByRun(RunId(id().0)), 5).await, []);
    assert_eq!(store.runs.made(Made::ByRun(run), None, 0).await.unwrap(), []);
}

pub async fn what_was_received_within_a_time_comes_person_by_person(db: &Database) {
    let store = db.open().await;
    let expected = four(&store, RunId(id().0)).await;
    // What is stated is received a second later.
    for (from, to) in [(at(11), at(12)), (at(5), at(49))] {
        for limit in [1, 3, 100] {
            assert_eq!(all(&store, Made::Between(from, to), limit).await, expected, "{limit}");
        }
    }
    let first = all(&store, Made::Between(at(1), at(1)), 3).await;
    assert_eq!(first.len(), 4, "everybody came to be then");
    let names = all(&store, Made::Between(at(12), at(49)), 3).await;
    assert_eq!(names.len(), 1, "only one was seen twice");
    assert_eq!(all(&store, Made::Between(at(13), at(49)), 3).await, []);
}
