//! A switch in the studio: how far it is, who has no way in, and its undo.

use identity::{EmailLink, LinkRule, RunId, UserId};

use super::*;

#[tokio::test]
async fn the_studio_says_how_far_a_switch_is_and_who_has_no_way_in_and_takes_it_back() {
    let plan = Plan::new().await.and("second").await.and("third").await;
    let grace = format!("sub:{}|{GRACE}", plan.provider.issuer());
    let (app, folder) = (plan.set("OPERATORS", &grace).start().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    for subject in [ADA, GRACE, "dev|0006"] {
        log_in_at(&app.browser(), "main", subject).await;
    }
    // Somebody of another provider is nobody whom the switch leaves out.
    log_in_at(&app.browser(), "third", ADA).await;
    let before = people(&app, folder);
    let mapping = format!("user,subject\n{},x\n{},y\n", before[0].0, before[1].0);
    std::fs::write(folder.join("mapping"), mapping).unwrap();
    let plan =
        ["switch", "plan", "--from", "main", "--to", "second", "--mapping", "mapping", "--out", "plan"];
    well(&sparekey(&app, folder, &[], &plan));
    let run = run_of(&well(&sparekey(&app, folder, &[], &["switch", "apply", "plan"])));
    // As a plan does that lets addresses lead to people.
    let issuer = app.setting("OIDC_SECOND_ISSUER_URL").to_owned();
    let (email, user) = (EmailLink::key(&issuer, "ada@example.com"), UserId(before[0].0.parse().unwrap()));
    let until = chrono::DateTime::from_timestamp(99_999_999_999, 0).unwrap();
    let link = EmailLink { issuer, email, user, run: RunId(run.parse().unwrap()), until };
    let store = app.store().await;
    store.link_rules.put_rule(&LinkRule::Email(link)).await.unwrap();

    let operator = app.browser();
    log_in_at(&operator, "main", GRACE).await;
    let page = format!("/studio/runs/{run}");
    let shown = operator.get(&page).await;
    assert_eq!((shown.status.as_u16(), shown.heading()), (200, "Switch"), "{}", shown.body);
    assert!(shown.body.contains("2 of 2") && shown.body.contains("left out by the plan"), "{}", shown.body);
    assert!(shown.body.contains(&format!("{page}/left-out")), "{}", shown.body);
    let left_out = operator.get(&format!("{page}/left-out")).await;
    let is_listed = |one: &(String, Vec<String>)| left_out.body.contains(&format!("/studio/users/{}", one.0));
    assert_eq!(
        before.iter().map(is_listed).collect::<Vec<_>>(),
        [false, false, true, false],
        "{}",
        left_out.body
    );
    assert!(left_out.body.contains("not reached by the plan"), "{}", left_out.body);

    assert_eq!(operator.get(&format!("{page}/undo")).await.heading(), "Undo this switch?");
    operator.post("/studio/undo", &[("run", &run)]).await.location();
    assert_eq!(people(&app, folder), before);
    assert_eq!(store.link_rules.rules(None, None, 9).await.unwrap(), [], "no address leads anywhere");
    let shown = operator.get(&page).await;
    assert!(shown.body.contains("undone") && !shown.body.contains("Undo this run"), "{}", shown.body);
}
