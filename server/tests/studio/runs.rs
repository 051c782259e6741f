//! `/studio/runs`: viewers look, operators take back.

use crate::support::app::{ADA, GRACE, Plan};
use crate::support::browser::between;
use crate::undo::{imported, people};

#[tokio::test]
async fn a_run_is_shown_person_by_person_and_taken_back_by_operators_alone() {
    let plan = Plan::new().await;
    let grace = format!("sub:{}|{GRACE}", plan.provider.issuer());
    let ada = format!("sub:{}|{ADA}", plan.provider.issuer());
    let app = plan.set("OPERATORS", &grace).set("VIEWERS", &ada).start().await;
    let folder = tempfile::tempdir().unwrap();
    let (before, after, run) = imported(&app, folder.path()).await;
    // A log-in is as old as its ID token, which counts in seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let (operator, viewer) = (app.signed_in(GRACE).await, app.signed_in(ADA).await);
    // Ada has logged in anew, so her e-mail address is what the provider says.
    let now = people(&app);
    assert_eq!(now.len(), after.len() + 1);

    let page = |path: &str| format!("/studio/runs{path}");
    let listed = viewer.get(&page("")).await;
    assert_eq!((listed.status.as_u16(), listed.heading()), (200, "Runs"));
    assert!(listed.body.contains(&page(&format!("/{run}"))), "{}", listed.body);
    let shown = viewer.get(&page(&format!("/{run}"))).await;
    assert_eq!((shown.status.as_u16(), shown.heading()), (200, "Import"));
    assert!(shown.body.contains("“ada@example.com” → “eve@wrong.example”"), "{}", shown.body);
    assert!(!shown.body.contains("Undo this run"), "a viewer only looks");
    let user = viewer.get(&format!("/studio/users/{}", before[0]["id"].as_str().unwrap())).await;
    assert!(user.body.contains(&format!("href=\"{}\"", page(&format!("/{run}")))), "{}", user.body);
    let undo = page(&format!("/{run}/undo"));
    assert_eq!(viewer.get(&undo).await.verdict(), (403, "denied"));
    assert_eq!(viewer.post("/studio/undo", &[("run", &run)]).await.verdict(), (403, "denied"));
    assert_eq!(viewer.get(&page("/nothing")).await.verdict(), (404, "not_found"));
    assert_eq!(people(&app), now);

    assert!(operator.get(&page(&format!("/{run}"))).await.body.contains("Undo this run"));
    let asked = operator.get(&undo).await;
    assert_eq!((asked.status.as_u16(), asked.heading()), (200, "Undo this import?"), "{}", asked.body);
    assert!(asked.body.contains("taken away: never logged in"), "{}", asked.body);
    assert_eq!(between(&asked.body, "name=\"run\" value=\"", "\""), Some(&*run));
    assert_eq!(people(&app), now, "asking changes nothing");
    let done = operator.post("/studio/undo", &[("run", &run)]).await;
    let of_undo = done.location().to_owned();
    let by = identity::Actor::User(identity::UserId(operator.user_id().await.parse().unwrap()));
    let (act, actor, detail) = app.store().await.acts().await.remove(0);
    assert_eq!((act, actor), (identity::Act::Undo, by));
    assert!(detail.ends_with(&format!(", of run {run}")), "{detail}");
    let shown = operator.get(&of_undo).await;
    assert_eq!((shown.status.as_u16(), shown.heading()), (200, "Undo"));
    let left = people(&app);
    assert_eq!(left.len(), 2, "the stranger is gone");
    assert_eq!((&left[0]["id"], &left[0]["email"]), (&before[0]["id"], &now[0]["email"]));
    let of_run = operator.get(&page(&format!("/{run}"))).await;
    assert!(of_run.body.contains("undone") && !of_run.body.contains("Undo this run"));
    assert_eq!(operator.post("/studio/undo", &[("run", "x")]).await.verdict(), (404, "not_found"));
}
