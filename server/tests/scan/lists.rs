//! What a list proves, and what it does not.

use identity::scan::Incomplete;
use identity::{RunState, Standing};

use super::here::Here;
use crate::support::admin::{Fault, Person};

#[tokio::test]
async fn a_rename_that_shifts_pages_makes_the_list_incomplete() {
    let here = Here::start(450).await;
    here.scan().await;
    // The first of the list becomes the last: whoever was first on the second page is on none.
    here.admin.script().faults = [Some(Fault::Rename(0, "zoe"))].into();
    let report = here.scan().await;
    assert_eq!((report.state, report.incomplete), (RunState::Incomplete, Some(Incomplete::Miscounted)));
    assert_eq!(here.present().await, 450);
    assert_eq!(here.scan().await.state, RunState::Done, "the next one is whole");
}

#[tokio::test]
async fn a_page_twice_an_empty_first_page_and_another_realm_make_it_incomplete() {
    let here = Here::start(450).await;
    here.scan().await;
    here.admin.script().faults = [None, Some(Fault::PageAgain)].into();
    assert_eq!(here.scan().await.incomplete, Some(Incomplete::Repeated));
    here.admin.script().faults = [Some(Fault::Empty)].into();
    assert_eq!(here.scan().await.incomplete, Some(Incomplete::Empty));
    here.admin.script().people = (1000..1450).map(Person::new).collect();
    let strangers = here.scan().await;
    assert_eq!(strangers.incomplete, Some(Incomplete::Strangers));
    assert_eq!((strangers.missing, strangers.gone), (450, 0), "nobody is asked for in another realm");
    assert_eq!((here.users().await.len(), here.present().await), (450, 450));
}

#[tokio::test]
async fn an_empty_copy_has_nobody_to_miss() {
    let here = Here::start(0).await;
    let report = here.scan().await;
    assert_eq!((report.state, report.seen), (RunState::Done, 0));
}

#[tokio::test]
async fn an_approved_incomplete_run_takes_nobody_away() {
    let here = Here::start(20).await;
    here.scan().await;
    {
        let mut script = here.admin.script();
        script.people.drain(..12);
        script.people[0].is_enabled = false;
        script.people[1].given_name = "Augusta".to_owned();
        script.people.push(Person { is_enabled: false, ..Person::new(99) });
    }
    let report = here.scan().await;
    assert_eq!((report.state, here.users().await.len()), (RunState::Incomplete, 20));
    let approved = here.approve(&report).await.unwrap();
    assert_eq!(approved.state, RunState::Approved);
    assert_eq!((here.users().await.len(), here.present().await), (21, 20));
    assert_eq!(here.standing(99).await, Standing::Blocked, "who is new was never here");
    assert_eq!(here.identity("id-000013").await.claims["given_name"], "Augusta");
}

#[tokio::test]
async fn who_is_not_in_the_list_and_there_by_id_stays_and_is_brought_up_to_date() {
    let here = Here::start(20).await;
    here.scan().await;
    {
        let mut script = here.admin.script();
        let mut hidden = script.people.remove(0);
        hidden.given_name = "Augusta".to_owned();
        script.hidden.push(hidden);
    }
    let report = here.scan().await;
    assert_eq!((report.state, report.missing, report.gone, report.changed), (RunState::Done, 1, 0, 1));
    assert_eq!(here.present().await, 20);
    assert_eq!(here.identity("id-000000").await.claims["given_name"], "Augusta");
}

#[tokio::test]
async fn who_cannot_be_asked_for_stays() {
    for status in [404, 418, 500, 403] {
        let here = Here::start(20).await;
        here.scan().await;
        here.admin.script().people.remove(0);
        here.admin.script().by_id_answers = Some(status);
        let report = here.scan().await;
        assert_eq!((report.state, report.missing, report.gone, report.unanswered), (RunState::Done, 1, 0, 1));
        assert_eq!(here.present().await, 20);
    }
}

#[tokio::test]
async fn a_provider_that_answers_for_nobody_has_failed() {
    let here = Here::start(40).await;
    here.scan().await;
    here.admin.script().people.drain(..15);
    here.admin.script().by_id_answers = Some(500);
    assert!(here.try_scan().await.is_err());
    assert_eq!((here.present().await, here.admin.asked("/users/id-")), (40, 10));
}

#[tokio::test]
async fn a_list_that_breaks_off_has_failed_and_the_next_one_begins_anew() {
    let here = Here::start(450).await;
    here.admin.script().faults = [None, Some(Fault::Status(500, Vec::new()))].into();
    assert!(here.try_scan().await.is_err());
    assert!(here.users().await.is_empty());
    let runs = here.store.runs.runs(&Default::default(), 10).await.unwrap();
    assert_eq!(runs[0].state, RunState::Failed);
    assert_eq!(here.scan().await.new, 450);
}

#[tokio::test]
async fn a_second_account_that_is_kept_as_one_with_the_first_is_no_deletion() {
    let here = Here::of("auth0", "/auth0/api/v2", 20).await;
    here.admin.script().people[1].id = "google-oauth2|7".to_owned();
    here.scan().await;
    {
        let mut script = here.admin.script();
        script.people.remove(1);
        script.linked.insert("id-000002".to_owned(), "google-oauth2|7".to_owned());
    }
    let report = here.scan().await;
    assert_eq!((report.state, report.missing, report.gone), (RunState::Done, 0, 0));
    assert_eq!(here.identity("google-oauth2|7").await.standing, Standing::Present);
}

#[tokio::test]
async fn accounts_whose_people_are_not_known_wait_and_a_delta_says_what_has_changed() {
    let here = Here::of("entra", "/graph/v1.0", 7).await;
    let first = here.scan().await;
    assert_eq!((first.state, first.seen, first.unknown, first.new), (RunState::Done, 7, 7, 0));
    assert!(here.users().await.is_empty());
    let waiting = here.store.entries.count("main").await.unwrap().waiting;
    assert_eq!(waiting, 7);
    here.admin.script().removed = vec!["id-000003".to_owned()];
    let second = here.scan().await;
    assert_eq!((second.state, second.seen, second.unknown), (RunState::Done, 1, 0));
    assert_eq!(here.admin.asked("$skiptoken"), 3, "the list was read once");
    assert_eq!(here.store.entries.count("main").await.unwrap().waiting, 6);
    here.scan().await;
    assert_eq!(here.admin.asked("deltatoken=next"), 1, "from where the last one ended");
}

#[tokio::test]
async fn a_list_of_changes_that_leads_back_to_itself_is_incomplete_and_the_next_one_is_whole() {
    let here = Here::of("entra", "/graph/v1.0", 7).await;
    here.scan().await;
    here.admin.script().is_endless = true;
    assert_eq!(here.scan().await.state, RunState::Incomplete);
    here.admin.script().is_endless = false;
    let whole = here.scan().await;
    assert_eq!((whole.state, whole.seen), (RunState::Done, 7));
}
