//! Two operators at once, a form that is posted twice, somebody erased meanwhile: each is done once, and said so.

use identity::{Act, MessageState, Standing, UserId};
use serde_json::json;

use super::acts::{SAM, operator};
use crate::hooks::{WHSEC, standard};
use crate::support::app::{ADA, GRACE, Plan, TestApp, eventually};
use crate::support::browser::Browser;
use crate::undo::imported;

/// Grace and Sam may act.
async fn plan() -> Plan {
    let plan = Plan::new().await;
    let both = format!("email:grace@example.com,sub:{}|{SAM}", plan.provider.issuer());
    plan.set("OPERATORS", &both)
}

/// What operators did, the newest first.
async fn acts(app: &TestApp) -> Vec<Act> {
    app.store().await.log.lines(None, 20).await.unwrap().into_iter().map(|line| line.act).collect()
}

/// Two who may act, in fresh log-ins.
async fn two_operators(app: &TestApp) -> (Browser, Browser) {
    let two = operator(app).await;
    let other = app.browser();
    let authorize = other.leave("?max_age=900").await;
    let callback = other.choose(&authorize, SAM).await;
    assert_eq!(other.get(&callback).await.status, 303);
    (two, other)
}

#[tokio::test]
async fn what_two_operators_do_at_once_is_done_once() {
    let app = plan().await.start().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let (one, other) = two_operators(&app).await;
    let both = async |form: &[(&str, &str)]| {
        let (one, other) = tokio::join!(one.post("/studio/acts", form), other.post("/studio/acts", form));
        assert!(one.status == 200 && other.status == 200, "{one:?} {other:?}");
        [one.body, other.body]
    };
    let said = |answers: &[String; 2], what: &str| answers.iter().filter(|body| body.contains(what)).count();
    let answers = both(&[("act", "disable"), ("user", &id), ("reason", "both")]).await;
    assert_eq!((said(&answers, "Disabled, and signed out."), said(&answers, "it was so already")), (1, 1));
    let answers = both(&[("act", "erase"), ("user", &id), ("reason", "both"), ("word", "erase")]).await;
    assert_eq!((said(&answers, "Erased."), said(&answers, "Erased already.")), (1, 1), "{answers:?}");
    let lines = app.store().await.log.lines(None, 9).await.unwrap();
    let acts: Vec<Act> = lines.iter().map(|line| line.act).collect();
    assert_eq!(acts, [Act::Erase, Act::Disable]);
}

#[tokio::test]
async fn a_message_is_applied_or_dropped_once_by_the_first_who_says_so() {
    let plan = plan().await.set("OIDC_WEBHOOK_SECRET", WHSEC).set("OIDC_MISSING_LIMIT", "0");
    let app = plan.start().await;
    let (one, other) = two_operators(&app).await;
    let made = json!({"type": "user.created", "timestamp": "2026-11-29T10:00:00Z", "data": {"sub": "x", "name": "A"}});
    let gone = json!({"type": "user.deleted", "timestamp": "2026-11-29T11:00:00Z", "data": {"sub": "x"}});
    let odd = json!({"type": "user.updated", "timestamp": "2026-11-29T11:00:00Z", "data": {"name": "y"}});
    for (id, body) in [("1", &made), ("2", &gone), ("3", &odd)] {
        assert_eq!(standard(id, body, WHSEC).by(&app).await.status, 200);
    }
    let open = app.store().await.messages.page(MessageState::OPEN, None, None, 10).await.unwrap();
    let [held, odd] = &open[..] else { panic!("{open:?}") };
    let (held, odd) = (held.id.0.to_string(), odd.id.0.to_string());
    for browser in [&one, &other] {
        let dropped = browser.post("/studio/inbox/drop", &[("id", &odd)]).await;
        assert_eq!(dropped.location(), "/studio/inbox");
        let applied = browser.post("/studio/inbox/replay", &[("id", &held)]).await;
        assert_eq!(applied.location(), "/studio/inbox");
        eventually("it is applied", || async { app.identity("x").await.standing == Standing::Deleted }).await;
        let is_done = || async { app.state_of("2").await.unwrap().0 == MessageState::Processed };
        eventually("it is done with", is_done).await;
    }
    assert_eq!(app.state_of("3").await, Some((MessageState::Dropped, None)));
    assert_eq!(acts(&app).await, [Act::ReplayMessage, Act::DropMessage]);
}

#[tokio::test]
async fn a_message_that_two_drop_at_the_same_moment_is_dropped_by_one() {
    let app = plan().await.set("OIDC_WEBHOOK_SECRET", WHSEC).start().await;
    let (one, other) = two_operators(&app).await;
    const MESSAGES: usize = 10;
    for id in 0..MESSAGES {
        let odd = json!({"type": "user.updated", "timestamp": "2026-11-29T11:00:00Z", "data": {"name": "y"}});
        assert_eq!(standard(&id.to_string(), &odd, WHSEC).by(&app).await.status, 200);
    }
    let open = app.store().await.messages.page(MessageState::OPEN, None, None, 99).await.unwrap();
    assert_eq!(open.len(), MESSAGES);
    for message in open {
        let id = message.id.0.to_string();
        let form = [("id", id.as_str())];
        let path = "/studio/inbox/drop";
        let (one, other) = tokio::join!(one.post(path, &form), other.post(path, &form));
        assert!(one.location() == "/studio/inbox" && other.location() == "/studio/inbox");
    }
    assert_eq!(acts(&app).await, [Act::DropMessage; MESSAGES]);
}

#[tokio::test]
async fn a_run_is_taken_back_once_by_a_form_that_is_posted_twice() {
    let app = plan().await.start().await;
    let folder = tempfile::tempdir().unwrap();
    let (_, _, run) = imported(&app, folder.path()).await;
    let grace = operator(&app).await;
    let before = acts(&app).await.len();
    let undone = grace.post("/studio/undo", &[("run", &run)]).await;
    assert!(undone.location().starts_with("/studio/runs/"), "{undone:?}");
    let again = grace.post("/studio/undo", &[("run", &run)]).await;
    assert_eq!(again.location(), format!("/studio/runs/{run}"));
    let acts = acts(&app).await;
    assert_eq!((acts.len(), acts[0]), (before + 1, Act::Undo), "{acts:?}");
}

#[tokio::test]
async fn a_run_that_two_take_back_at_the_same_moment_is_taken_back_by_one_run() {
    let app = plan().await.start().await;
    let folder = tempfile::tempdir().unwrap();
    let (_, _, run) = imported(&app, folder.path()).await;
    let (one, other) = two_operators(&app).await;
    let form = [("run", run.as_str())];
    let (one_done, other_done) =
        tokio::join!(one.post("/studio/undo", &form), other.post("/studio/undo", &form));
    let about = format!("/studio/runs/{run}");
    let (told, done): (Vec<_>, Vec<_>) =
        [one_done, other_done].into_iter().partition(|answer| answer.location().starts_with(&about));
    assert!(told.len() == 1 && done.len() == 1, "{told:?} {done:?}");
    let page = one.get(told[0].location()).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("Undo this run</button>"), "{page:?}");
    assert_eq!(acts(&app).await.into_iter().filter(|act| *act == Act::Undo).count(), 1);
    let undo = one.get(&format!("{about}/undo")).await;
    assert!(undo.body.contains("It is taken back already."), "{undo:?}");
    let other_undo = done[0].location().to_owned() + "/undo?under-way=1";
    assert!(one.get(&other_undo).await.body.contains("Somebody else is taking it back at this moment."));
}

#[tokio::test]
async fn of_several_who_are_ticked_one_who_was_erased_meanwhile_holds_up_nobody() {
    let app = plan().await.start().await;
    let (ada, eve) = (app.signed_in(ADA).await, app.signed_in("dev|0004").await);
    let (gone, stays) = (ada.user_id().await, eve.user_id().await);
    let (one, other) = two_operators(&app).await;
    let asked = one.get(&format!("/studio/acts?act=disable&user={gone}&user={stays}")).await;
    assert_eq!(asked.heading(), "Disable for 2 people?");
    let erase = [("act", "erase"), ("user", &*gone), ("reason", "asked"), ("word", "erase")];
    assert!(other.post("/studio/acts", &erase).await.body.contains("Erased."));
    let form = [("act", "disable"), ("user", &*gone), ("user", &*stays), ("reason", "both")];
    let done = one.post("/studio/acts", &form).await;
    assert_eq!(done.status, 200);
    for verdict in ["There is no such user any more.", "Disabled, and signed out."] {
        assert_eq!(done.body.matches(verdict).count(), 1, "{verdict}: {done:?}");
    }
    assert_eq!(acts(&app).await, [Act::Disable, Act::Erase]);
    assert!(!eve.is_signed_in().await);
}

/// Their own page was open in a browser.
#[tokio::test]
async fn no_form_of_somebody_who_was_erased_meanwhile_brings_anything_back() {
    let app = plan().await.start().await;
    let ada = app.signed_in(ADA).await;
    let id = ada.user_id().await;
    assert_eq!(ada.get("/account").await.status, 200);
    let cookies = ada.cookies();
    let user = UserId(id.parse().unwrap());
    app.store().await.erase(user, chrono::Utc::now()).await;
    let issuer = app.provider.issuer();
    for (path, form) in [
        ("/auth/unlink", vec![("issuer", issuer), ("subject", ADA)]),
        ("/auth/link", vec![("provider", "main")]),
        ("/auth/sessions/end", vec![("session", "x")]),
        ("/auth/sessions/end-others", vec![]),
        ("/auth/logout-everywhere", vec![]),
        ("/auth/erase", vec![("word", "erase")]),
    ] {
        let ask = ada.ask(http::Method::POST, path).header("origin", &app.site).header("cookie", &cookies);
        assert_eq!(ask.form(&form).send().await.verdict(), (401, "signed_out"), "{path}");
    }
    let file = ada.ask(http::Method::GET, "/account/data.json").header("cookie", &cookies).send().await;
    assert!(file.location().starts_with("/auth/login"), "{file:?}");
    let store = app.store().await;
    assert!(store.users.find(user).await.unwrap().is_none());
    assert!(store.users.find_by_identity(issuer, ADA).await.unwrap().is_none());
    let grace = app.signed_in(GRACE).await;
    assert!(grace.get("/account").await.status == 200, "nobody else is concerned");
}
