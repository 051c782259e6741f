//! What goes, what is held, and what an approval does.

use std::sync::Arc;

use identity::scan::ScanError;
use identity::{Act, Actor, RunState, Standing};

use super::here::Here;
use crate::support::admin::Fault;

#[tokio::test]
async fn the_first_scan_of_an_empty_copy_makes_everybody_and_the_next_one_changes_nobody() {
    let here = Here::start(450).await;
    let dry = here.dry_run().await;
    assert_eq!((dry.run, dry.state, dry.new, dry.seen), (None, RunState::Done, 450, 450));
    assert!(here.users().await.is_empty(), "a dry run writes nobody");
    assert!(here.store.runs.runs(&Default::default(), 10).await.unwrap().is_empty(), "and nothing else");
    let first = here.scan().await;
    assert_eq!((first.state, first.new, first.seen, first.gone), (RunState::Done, 450, 450, 0));
    assert_eq!(here.present().await, 450);
    let again = here.scan().await;
    assert_eq!((again.new, again.changed, again.blocked, again.missing), (0, 0, 0, 0));
    let run = here.store.runs.run(again.run.unwrap()).await.unwrap().unwrap();
    assert_eq!((run.state, run.counts["seen"]), (RunState::Done, 450));
    assert!(run.finished_at.is_some());
    assert!(here.store.shelf.shelved_runs(None, 10).await.unwrap().is_empty(), "nothing is kept of it");
}

#[tokio::test]
async fn what_has_changed_there_changes_here_and_comes_back_too() {
    let here = Here::start(60).await;
    here.scan().await;
    let gone = {
        let mut script = here.admin.script();
        script.people[1].given_name = "Augusta".to_owned();
        script.people[2].is_enabled = false;
        script.people.remove(3)
    };
    let dry = here.dry_run().await;
    let report = here.scan().await;
    assert_eq!((report.changed, report.blocked, report.missing, report.gone), (1, 1, 1, 1));
    assert_eq!(report.by_field.keys().collect::<Vec<_>>(), ["given_name", "name"]);
    assert_eq!((dry.changed, dry.by_field, dry.gone), (1, report.by_field.clone(), 1), "one computation");
    let standings = [here.standing(1).await, here.standing(2).await, here.standing(3).await];
    assert_eq!(standings, [Standing::Present, Standing::Blocked, Standing::Deleted]);
    let kept = here.identity("id-000003").await;
    assert_eq!(kept.claims["email"], "user3@example.com", "their facts stay");
    {
        let mut script = here.admin.script();
        script.people[2].is_enabled = true;
        script.people.push(gone);
    }
    let back = here.scan().await;
    assert_eq!((back.reappeared, back.new, back.gone), (2, 0, 0));
    assert_eq!(here.present().await, 60);
}

#[tokio::test]
async fn a_field_that_is_cleared_there_is_cleared_here_and_one_that_the_source_knows_not_stays() {
    let here = Here::start(10).await;
    here.scan().await;
    here.admin.script().people[0].given_name.clear();
    let report = here.scan().await;
    assert_eq!(report.changed, 1);
    let facts = here.identity("id-000000").await.facts;
    assert!(facts[&identity::Field::GivenName].value.is_none());
    assert!(!facts.contains_key(&identity::Field::Picture), "Keycloak knows no picture");
}

#[tokio::test]
async fn a_tenth_goes_and_one_more_is_held_before_anything_is_written() {
    let here = Here::start(60).await;
    here.scan().await;
    let removed: Vec<_> = here.admin.script().people.drain(..6).collect();
    assert_eq!((here.scan().await.state, here.present().await), (RunState::Done, 54));
    here.admin.script().people.extend(removed);
    assert_eq!((here.scan().await.reappeared, here.present().await), (6, 60));
    // Blocked ones count too.
    {
        let mut script = here.admin.script();
        script.people.drain(..4);
        script.people[..3].iter_mut().for_each(|one| one.is_enabled = false);
        script.people[10].given_name = "Augusta".to_owned();
    }
    let held = here.scan().await;
    assert_eq!((held.state, held.gone, held.blocked, held.changed), (RunState::Held, 4, 3, 1));
    assert_eq!(here.present().await, 60);
    assert_ne!(here.identity("id-000014").await.claims["given_name"], "Augusta", "nothing at all is written");
}

#[tokio::test]
async fn an_approval_applies_the_list_that_was_looked_at_and_no_other() {
    let here = Here::start(60).await;
    here.scan().await;
    let mut removed: Vec<_> = here.admin.script().people.drain(..30).collect();
    let held = here.scan().await;
    assert_eq!((held.state, held.missing, held.gone), (RunState::Held, 30, 30));
    // Meanwhile more go, and some are there again.
    here.admin.script().people.truncate(20);
    here.admin.script().people.push(removed.remove(0));
    let approved = here.approve(&held).await.unwrap();
    assert_eq!((approved.state, approved.gone), (RunState::Approved, 30));
    assert_eq!(here.present().await, 30);
    let run = here.store.runs.run(held.run.unwrap()).await.unwrap().unwrap();
    assert_eq!((run.state, run.finished_at.is_some()), (RunState::Approved, true));
    let approval = (Act::ApproveRun, Actor::Cli("ada".into()), format!("run {}: {}", run.id, run.list()));
    assert_eq!(here.store.acts().await, [approval], "the scans are no acts");
    let again = here.approve(&held).await;
    assert!(matches!(again, Err(ScanError::NotApproved(_))), "{again:?}");
}

#[tokio::test]
async fn what_was_read_of_a_held_run_is_kept_for_a_week() {
    let here = Here::start(20).await;
    here.scan().await;
    here.admin.script().people.truncate(12);
    let held = here.scan().await;
    assert_eq!(held.state, RunState::Held);
    here.pass(8 * 86_400);
    here.sweep().await;
    let late = here.approve(&held).await;
    assert!(matches!(late, Err(ScanError::NotApproved(sentence)) if sentence.contains("7 days")), "{late:?}");
    assert_eq!(here.present().await, 20);
}

#[tokio::test]
async fn so_many_go_and_one_more_is_held_whatever_their_share() {
    let mut here = Here::start(300).await;
    here.settings.missing_limit = "90%,50".parse().unwrap();
    here.scan().await;
    let removed: Vec<_> = here.admin.script().people.drain(..51).collect();
    let held = here.scan().await;
    assert_eq!((held.state, held.gone), (RunState::Held, 51));
    here.admin.script().people.push(removed.into_iter().next().unwrap());
    let goes = here.scan().await;
    assert_eq!((goes.state, goes.gone), (RunState::Done, 50));
}

#[tokio::test]
async fn a_held_run_is_superseded_once_a_later_scan_was_applied() {
    let here = Here::start(20).await;
    here.scan().await;
    let removed: Vec<_> = here.admin.script().people.drain(..8).collect();
    let (first, second) = (here.scan().await, here.scan().await);
    assert_eq!([first.state, second.state], [RunState::Held; 2]);
    here.admin.script().people.extend(removed);
    assert_eq!(here.scan().await.state, RunState::Done);
    for held in [&first, &second] {
        let run = here.store.runs.run(held.run.unwrap()).await.unwrap().unwrap();
        assert_eq!((run.state.to_string().as_str(), run.finished_at.is_some()), ("superseded", true));
        let late = here.approve(held).await;
        assert!(matches!(late, Err(ScanError::NotApproved(_))), "{late:?}");
    }
    assert!(here.store.shelf.shelved_runs(None, 10).await.unwrap().is_empty(), "nothing is kept of them");
    assert_eq!(here.present().await, 20);
}

#[tokio::test]
async fn a_run_that_is_held_is_counted_however_many_came_after_it() {
    let here = Here::start(20).await;
    let applied = here.scan().await;
    here.admin.script().people.truncate(12);
    let held = here.scan().await;
    here.admin.script().faults = (0..60).map(|_| Some(Fault::Status(500, Vec::new()))).collect();
    for _ in 0..55 {
        assert!(here.try_scan().await.is_err());
    }
    let watch =
        identity::CopyWatch::new(here.store.store.ports(), Arc::new(server::System), vec!["main".into()]);
    let state = &watch.state().await.unwrap().providers[0];
    let began = here.store.runs.run(applied.run.unwrap()).await.unwrap().unwrap().started_at;
    assert_eq!((held.state, state.held_scans, state.scanned_at), (RunState::Held, 1, Some(began)));
    assert_eq!(state.last_scan.as_ref().map(|run| run.state), Some(RunState::Failed));
}
