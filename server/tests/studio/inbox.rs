//! `/studio/inbox`: viewers look, operators act.

use http::Method;
use identity::{Act, Actor, MessageState, Standing, UserId};
use serde_json::json;

use crate::hooks::{WHSEC, standard};
use crate::support::app::{ADA, GRACE, Plan, TestApp, eventually};

/// Ada may act, Grace may look.
async fn app() -> TestApp {
    let plan = Plan::new().await;
    let grace = format!("sub:{}|{GRACE}", plan.provider.issuer());
    let plan = plan.set("OPERATORS", "email:ada@example.com").set("VIEWERS", &grace);
    plan.set("OIDC_WEBHOOK_SECRET", WHSEC).set("OIDC_MISSING_LIMIT", "0").start().await
}

#[tokio::test]
async fn what_is_held_is_applied_and_what_is_odd_is_dropped_by_operators_alone() {
    let app = app().await;
    let (ada, grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
    assert!(ada.get("/studio/inbox").await.body.contains("There is nothing to look at."));
    let made = json!({"type": "user.created", "timestamp": "2026-11-29T10:00:00Z", "data": {"sub": "x", "name": "A"}});
    let gone = json!({"type": "user.deleted", "timestamp": "2026-11-29T11:00:00Z", "data": {"sub": "x"}});
    let odd = json!({"type": "user.updated", "timestamp": "2026-11-29T11:00:00Z", "data": {"name": "<b>x"}});
    for (id, body) in [("1", &made), ("<i>2", &gone), ("3", &odd)] {
        assert_eq!(standard(id, body, WHSEC).by(&app).await.status, 200);
    }
    let page = ada.get("/studio/inbox").await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "Inbox"));
    for words in ["user.deleted", "missing_limit", "no_reference", "&lt;i&gt;2", "Apply all 1 that are held"]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let looked = grace.get("/studio/inbox").await;
    assert!(looked.status == 200 && looked.body.contains("missing_limit") && !looked.body.contains("Apply"));
    assert!(ada.get("/studio/inbox?all=1").await.body.contains("user.created"));

    let store = app.store().await;
    let open = store.messages.page(MessageState::OPEN, None, None, 10).await.unwrap();
    let [held, odd] = &open[..] else { panic!("{open:?}") };
    let (held, odd) = (held.id.0.to_string(), odd.id.0.to_string());
    for path in ["/studio/inbox/replay", "/studio/inbox/drop", "/studio/inbox/replay-held"] {
        let both = [("id", held.as_str()), ("up_to", &held)];
        assert_eq!(grace.post(path, &both).await.status, 403, "{path}");
        let nobody = app.browser();
        let stranger = nobody.ask(Method::POST, path).form(&both).send().await;
        assert_eq!(stranger.status, 401, "{path}");
    }
    // What cannot be taken back asks first, by what it would do.
    let all = ada.get("/studio/inbox/confirm?act=replay-held").await;
    assert_eq!((all.status.as_u16(), all.heading()), (200, "Apply what is held?"));
    assert!(all.body.contains("Apply these 1") && all.body.contains("&lt;i&gt;2"), "{}", all.body);
    for (act, id, heading) in [("replay", &held, "Apply this message?"), ("drop", &odd, "Drop this message?")]
    {
        let address = format!("/studio/inbox/confirm?act={act}&id={id}");
        assert!(page.body.contains(&address.replace('&', "&amp;")), "{}", page.body);
        assert_eq!(ada.get(&address).await.heading(), heading);
        assert_eq!(grace.get(&address).await.status, 403);
    }
    assert_eq!(ada.get("/studio/inbox/confirm?act=drop&id=none").await.status, 404);
    // Nobody was shown what came since.
    let before = [("up_to", "00000000-0000-7000-8000-000000000000")];
    assert_eq!(ada.post("/studio/inbox/replay-held", &before).await.location(), "/studio/inbox");
    assert_eq!(app.state_of("<i>2").await.map(|(state, _)| state), Some(MessageState::Held));
    assert_eq!(ada.post("/studio/inbox/replay", &[("id", &held)]).await.location(), "/studio/inbox");
    eventually("it is applied", || async { app.identity("x").await.standing == Standing::Deleted }).await;
    assert_eq!(ada.post("/studio/inbox/drop", &[("id", &odd)]).await.location(), "/studio/inbox");
    assert_eq!(app.state_of("3").await, Some((MessageState::Dropped, None)));
    assert_eq!(ada.post("/studio/inbox/replay-held", &[("up_to", &held)]).await.location(), "/studio/inbox");
    assert_eq!(ada.post("/studio/inbox/drop", &[("id", "none")]).await.location(), "/studio/inbox");
    let lines = store.log.lines(None, 9).await.unwrap();
    let acts: Vec<Act> = lines.iter().map(|line| line.act).collect();
    assert_eq!(acts, [Act::DropMessage, Act::ReplayMessage], "each once, and nothing that was not done");
    let by = Actor::User(UserId(ada.user_id().await.parse().unwrap()));
    assert!(lines.iter().all(|line| line.actor == by && line.request.is_some()), "{lines:?}");
    assert!(grace.get("/studio/log").await.body.contains("Dropped a message"));
}
