//! An operator says yes in the studio to what the guard holds, and the server applies it.

use identity::{Act, Actor, RunId, RunState, UserId};

use super::leaving::{app, held};
use crate::support::admin::Admin;
use crate::support::app::{ADA, GRACE, TestApp, eventually};
use crate::support::browser::between;

async fn state(app: &TestApp, run: &str) -> (RunState, bool) {
    let run = app.store().await.runs.run(RunId(run.parse().unwrap())).await.unwrap().unwrap();
    (run.state, run.finished_at.is_some())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_scan_is_approved_by_an_operator_who_says_why_and_applied_by_the_server() {
    let admin = Admin::start(130).await;
    let app = app(&admin).await;
    let run = held(&app, &admin);
    let page = format!("/studio/runs/{run}");
    let question = format!("{page}/approve");
    let (operator, viewer) = (app.signed_in(GRACE).await, app.signed_in(ADA).await);
    assert_eq!(viewer.get(&question).await.verdict(), (403, "denied"));
    assert!(operator.get(&page).await.body.contains(&question), "the run's page leads to it");

    let asked = operator.get(&question).await;
    assert_eq!(
        (asked.status.as_u16(), asked.heading()),
        (200, "Apply this scan of Keycloak?"),
        "{}",
        asked.body
    );
    let count = |body: &str| body.matches("account present → ").count();
    let more = operator.get(&super::waiting::next(&asked.body)).await;
    assert_eq!([count(&asked.body), count(&more.body)], [50, 10], "whom it would take away");
    let list = between(&asked.body, "name=\"list\" value=\"", "\"").unwrap();
    assert_eq!(list, "0 new, 0 changed, 59 gone, 1 blocked");

    let yes = |list, reason| vec![("run", run.as_str()), ("list", list), ("reason", reason)];
    assert_eq!(viewer.post("/studio/approve", &yes(list, "so it is")).await.verdict(), (403, "denied"));
    // Without a reason, or to another list, nobody says yes.
    let long = "x".repeat(1001);
    for odd in [yes(list, " "), yes(list, &long), yes("0 new, 0 changed, 58 gone, 1 blocked", "so it is")] {
        assert_eq!(operator.post("/studio/approve", &odd).await.location(), question, "{odd:?}");
    }
    let nothing = [("run", "x"), ("list", list), ("reason", "so it is")];
    assert_eq!(operator.post("/studio/approve", &nothing).await.verdict(), (404, "not_found"));
    assert_eq!(state(&app, &run).await, (RunState::Held, false));

    for _ in 0..2 {
        assert_eq!(operator.post("/studio/approve", &yes(list, "we left that site")).await.location(), page);
    }
    let store = app.store().await;
    let lines = store.log.lines(None, 99).await.unwrap();
    let [line] = lines.iter().filter(|line| line.act == Act::ApproveRun).collect::<Vec<_>>()[..] else {
        panic!("one line: {lines:?}")
    };
    assert_eq!(line.actor, Actor::User(UserId(operator.user_id().await.parse().unwrap())));
    assert_eq!(line.reason.as_deref(), Some("we left that site"));
    assert_eq!(line.detail, Some(format!("run {run}: {list}")));
    eventually("the server applies it", || async { state(&app, &run).await == (RunState::Approved, true) })
        .await;
    assert_eq!(count(&operator.get(&page).await.body), 50, "it is what it changed");
    let over = operator.get(&question).await;
    assert!(!over.body.contains("Apply this list"), "{}", over.body);
}
