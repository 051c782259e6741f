//! Standard Webhooks: what a push does, what proves it, and what is refused.

use identity::{Field, MessageState, Standing, Status};
use serde_json::{Value as Json, json};

use super::push::standard_at;
use super::{Push, WHSEC, app, processed, so, standard};
use crate::support::app::{ADA, GRACE, Plan, TestApp};

async fn push(app: &TestApp, id: &str, kind: &str, at: &str, data: Json) {
    let body = json!({"type": kind, "timestamp": at, "data": data});
    let answer = standard(id, &body, WHSEC).by(app).await;
    assert_eq!(answer.status, 200, "{id}: {answer:?}");
}

#[tokio::test]
async fn a_person_is_made_renamed_and_deleted_by_pushes() {
    let app = app("standard", WHSEC).await;
    push(
        &app,
        "1",
        "user.created",
        "2026-11-29T10:00:00Z",
        json!({"sub": "x", "name": "Ada", "email": "a@example.com"}),
    )
    .await;
    let made = app.user("x").await.unwrap();
    assert_eq!((made.text(Field::Name).as_deref(), made.login_count), (Some("Ada"), 0));
    push(&app, "2", "user.updated", "2026-11-29T11:00:00Z", json!({"sub": "x", "name": "Countess"})).await;
    let renamed = app.user("x").await.unwrap();
    assert_eq!(renamed.text(Field::Name).as_deref(), Some("Countess"));
    assert_eq!(renamed.text(Field::Email).as_deref(), Some("a@example.com"), "silence clears nothing");
    // What is older changes nothing, whenever it comes.
    push(&app, "3", "user.updated", "2026-11-29T10:30:00Z", json!({"sub": "x", "name": "Lady"})).await;
    assert_eq!(app.user("x").await.unwrap().text(Field::Name).as_deref(), Some("Countess"));
    push(&app, "4", "user.deleted", "2026-11-29T12:00:00Z", json!({"sub": "x"})).await;
    let gone = app.user("x").await.unwrap();
    assert_eq!((gone.status(), gone.text(Field::Name).as_deref()), (Status::Tombstone, Some("Countess")));
    for id in ["1", "2", "3", "4"] {
        assert_eq!(app.state_of(id).await, processed(), "{id}");
    }
}

#[tokio::test]
async fn the_same_id_again_does_nothing_and_a_push_that_came_before_its_elder_stays() {
    let app = app("standard", WHSEC).await;
    push(&app, "1", "user.created", "2026-11-29T10:00:00Z", json!({"sub": "x", "name": "Ada"})).await;
    let before = app.user("x").await.unwrap();
    push(&app, "1", "user.updated", "2026-11-29T19:00:00Z", json!({"sub": "x", "name": "Replayed"})).await;
    assert_eq!(app.user("x").await.unwrap(), before);
    // Senders keep no order: who was deleted before they were made does not come to be.
    push(&app, "2", "user.deleted", "2026-11-29T12:00:00Z", json!({"sub": "y"})).await;
    push(&app, "3", "user.created", "2026-11-29T11:00:00Z", json!({"sub": "y", "name": "Late"})).await;
    assert_eq!(app.user("y").await, None);
    assert_eq!(app.state_of("2").await, so(MessageState::Processed, "nobody"));
    assert_eq!(app.state_of("3").await, so(MessageState::Processed, "gone_since"));
    push(&app, "4", "user.created", "2026-11-29T13:00:00Z", json!({"sub": "y", "name": "Again"})).await;
    assert!(app.user("y").await.is_some());
}

#[tokio::test]
async fn who_is_deleted_there_is_out_here_at_once_and_a_log_in_lifts_it() {
    let app = app("standard", WHSEC).await;
    let (ada, grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
    // An ID token's time has no fraction.
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    push(&app, "1", "user.deleted", &now, json!({"sub": ADA})).await;
    assert!(!ada.is_signed_in().await && grace.is_signed_in().await);
    assert_eq!(app.identity(ADA).await.standing, Standing::Deleted);
    ada.log_in_as(ADA).await;
    assert_eq!(app.identity(ADA).await.standing, Standing::Present);
    // What is older than the log-in ends nothing.
    push(&app, "2", "user.deleted", "2026-11-01T00:00:00Z", json!({"sub": ADA})).await;
    assert!(ada.is_signed_in().await);
}

#[tokio::test]
async fn either_of_two_secrets_proves_a_push_and_nothing_else_does() {
    let other = "whsec_b3RoZXIgc2VjcmV0IG9mIG91cnM=";
    let app = app("standard", &format!("{WHSEC},{other}")).await;
    let body = json!({"type": "user.created", "timestamp": "2026-11-29T10:00:00Z", "data": {"sub": "x", "name": "A"}});
    assert_eq!(standard("1", &body, WHSEC).by(&app).await.status, 200);
    assert_eq!(standard("2", &body, other).by(&app).await.status, 200);
    let refused = [
        (standard("3", &body, "whsec_bm9ib2R5"), "wrong_signature"),
        (Push { body: b"{}".to_vec(), ..standard("3", &body, WHSEC) }, "wrong_signature"),
        (standard_at("3", &body, WHSEC, super::push::now() - 301), "wrong_time"),
        (standard_at("3", &body, WHSEC, super::push::now() + 310), "wrong_time"),
        (Push::new(body.to_string()), "no_signature"),
        (Push::new(body.to_string()).header("webhook-id", "3"), "no_signature"),
    ];
    for (push, code) in refused {
        assert_eq!(push.by(&app).await.verdict(), (401, code), "{push:?}");
    }
    assert_eq!(app.state_of("3").await, None, "nothing of it is kept");
}

/// Nothing says whom such a message is about but what stands in it.
#[tokio::test]
async fn an_erase_takes_the_messages_along_that_nobody_understood() {
    let app = app("standard", WHSEC).await;
    let ada = app.signed_in(ADA).await;
    let odd = |data: Json| json!({"type": "user.updated", "timestamp": "2026-11-29T10:00:00Z", "data": data});
    let hers =
        [json!({"name": "n", "account": {"key": ADA}}), json!({"name": "n", "mail": "ADA@example.com"})];
    let others = [json!({"name": "n", "account": {"key": GRACE}}), json!({"name": "Ada's friend"})];
    for (number, data) in hers.iter().chain(&others).enumerate() {
        assert_eq!(standard(&number.to_string(), &odd(data.clone()), WHSEC).by(&app).await.status, 200);
    }
    let quarantined = so(MessageState::Quarantined, "no_reference");
    assert_eq!(app.state_of("0").await, quarantined);
    let id = ada.user_id().await.parse().unwrap();
    let store = app.store().await;
    let directory = identity::Directory::new(store.store.ports(), std::sync::Arc::new(server::System));
    assert!(directory.erase(identity::UserId(id)).await.unwrap());
    for (number, expected) in [("0", None), ("1", None), ("2", quarantined.clone()), ("3", quarantined)] {
        assert_eq!(app.state_of(number).await, expected, "{number}");
    }
}

#[tokio::test]
async fn what_is_not_for_us_is_taken_and_done_nothing_about() {
    let app = app("standard", WHSEC).await;
    push(&app, "1", "organization.created", "2026-11-29T10:00:00Z", json!({"id": "org"})).await;
    assert_eq!(app.state_of("1").await, Some((MessageState::Ignored, None)));
    let name = identity::MessageName::Sender { provider: "main".into(), id: "1".into() };
    let kept = app.store().await.messages.find(&name).await.unwrap().unwrap();
    assert_eq!(kept.content, Some(Vec::new()), "nobody needs what it said");
    let (large, most) = ("x".repeat(1024 * 1024), "x".repeat(1024 * 1024 - 400));
    let with = |name: &str| json!({"type": "user.created", "timestamp": "2026-11-29T10:00:00Z", "data": {"sub": "x", "pad": name}});
    assert_eq!(standard("2", &with(&large), WHSEC).by(&app).await.verdict(), (413, "body_too_large"));
    assert_eq!(standard("3", &with(&most), WHSEC).by(&app).await.status, 200);
    assert_eq!(app.state_of("3").await, processed());
}

#[tokio::test]
async fn an_address_without_webhooks_is_none() {
    let app = Plan::new().await.and("acme").await.set("OIDC_WEBHOOK_SECRET", WHSEC).start().await;
    let body = json!({"type": "user.created", "timestamp": "2026-11-29T10:00:00Z", "data": {"sub": "x"}});
    for provider in ["acme", "nobody", "MAIN", "main/x", ""] {
        let push = standard("1", &body, WHSEC).to(provider);
        assert_eq!(push.by(&app).await.verdict(), (404, "not_found"), "{provider}");
    }
    let browser = app.browser();
    let got = browser.get("/hooks/main").await;
    assert_eq!((got.status.as_u16(), got.header("allow")), (405, "POST"));
    // A provider may call from wherever it likes: what proves it is its signature.
    let push = standard("1", &body, WHSEC).header("origin", "https://evil.example");
    assert_eq!(push.header("sec-fetch-site", "cross-site").by(&app).await.status, 200);
}

#[tokio::test]
async fn no_flood_of_pushes_is_answered_429_and_log_ins_go_on_meanwhile() {
    let app = app("standard", WHSEC).await;
    let (done, browser) = (std::sync::atomic::AtomicBool::new(false), app.browser());
    let flood = futures::future::join_all((0..100).map(|lane| {
        let (done, browser) = (&done, &browser);
        async move {
            let mut seen = Vec::new();
            for turn in 0.. {
                if done.load(std::sync::atomic::Ordering::SeqCst) {
                    return seen;
                }
                let subject = format!("{lane}-{turn}");
                let body = json!({"type": "user.created", "timestamp": "2026-11-29T10:00:00Z", "data": {"sub": subject, "name": "A"}});
                let answer = standard(&subject, &body, WHSEC).send(browser).await;
                seen.push((subject, answer.status.as_u16(), answer.header("retry-after").to_owned()));
            }
            seen
        }
    }));
    let log_ins = async {
        for _ in 0..5 {
            app.signed_in(ADA).await;
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
    };
    let (seen, ()) = futures::join!(flood, log_ins);
    let store = app.store().await;
    for (subject, status, retry_after) in seen.into_iter().flatten() {
        let user = store.users.find_by_identity(app.provider.issuer(), &subject).await.unwrap();
        match status {
            200 => assert!(user.is_some(), "{subject} was acknowledged"),
            503 => assert!(!retry_after.is_empty()),
            other => panic!("{subject}: {other}"),
        }
    }
}
