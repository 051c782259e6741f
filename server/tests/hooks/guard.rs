//! The guard of what is pushed: a tenth goes, more is held, and the operator's yes lets it go.

use identity::{MessageState, Status};
use serde_json::json;

use super::operator::inbox;
use super::{WHSEC, processed, so, standard, with};
use crate::support::app::{ADA, TestApp};

async fn make(app: &TestApp, people: std::ops::Range<usize>) {
    for number in people {
        let body = json!({"type": "user.created", "timestamp": "2026-11-29T10:00:00Z",
            "data": {"sub": format!("p{number}"), "name": "A"}});
        assert_eq!(standard(&format!("made {number}"), &body, WHSEC).by(app).await.status, 200);
    }
}

async fn delete(app: &TestApp, number: usize) -> Option<(MessageState, Option<String>)> {
    let id = format!("deleted {number}");
    let body = json!({"type": "user.deleted", "timestamp": "2026-11-29T11:00:00Z", "data": {"sub": format!("p{number}")}});
    assert_eq!(standard(&id, &body, WHSEC).by(app).await.status, 200, "what is held is kept too");
    app.state_of(&id).await
}

async fn gone(app: &TestApp) -> usize {
    let all = app.store().await.users.page(None, 1000).await.unwrap();
    all.iter().filter(|user| user.status() == Status::Tombstone).count()
}

#[tokio::test]
async fn a_tenth_goes_and_the_next_is_held_until_the_operator_says_yes() {
    let app = with("standard", WHSEC, &[("OIDC_MISSING_LIMIT", "10%")]).await;
    make(&app, 0..70).await;
    for number in 0..7 {
        assert_eq!(delete(&app, number).await, processed(), "{number} of 70");
    }
    for number in 7..10 {
        assert_eq!(delete(&app, number).await, so(MessageState::Held, "missing_limit"), "{number}");
    }
    assert_eq!(gone(&app).await, 7);
    assert_eq!(delete(&app, 3).await, processed(), "who is gone already takes nobody more away");
    app.signed_in(ADA).await;

    let listed = inbox(&app, &["list"]);
    assert_eq!(listed.lines, 3, "{}", listed.stdout);
    assert!(listed.stdout.lines().all(|line| line.ends_with("\theld\tmissing_limit")), "{}", listed.stdout);
    let one = inbox(&app, &["replay", "main/deleted 7"]);
    assert_eq!((one.status, gone(&app).await), (0, 8), "{}", one.stderr);
    assert_eq!(delete(&app, 11).await, so(MessageState::Held, "missing_limit"), "others are held still");
    assert_eq!(inbox(&app, &["drop", "main/deleted 8"]).status, 0);
    assert_eq!(app.state_of("deleted 8").await, Some((MessageState::Dropped, None)));
    let unasked = inbox(&app, &["replay", "--held"]);
    assert!(unasked.status != 0 && unasked.stderr.contains("with --yes"), "{}", unasked.stderr);
    let rest = inbox(&app, &["replay", "--held", "--yes"]);
    assert_eq!((rest.status, gone(&app).await), (0, 10), "{}", rest.stderr);
    assert_eq!(inbox(&app, &["list"]).lines, 0);
    assert_eq!(delete(&app, 12).await, processed(), "they looked at what went: it is counted anew");
    assert_eq!(delete(&app, 8).await, Some((MessageState::Dropped, None)), "the same id again: nothing");
}

#[tokio::test]
async fn of_many_deletions_at_once_no_more_than_the_limit_go() {
    let app = with("standard", WHSEC, &[("OIDC_MISSING_LIMIT", "6")]).await;
    make(&app, 0..40).await;
    let twin = app.twin().await;
    let (one, other) = (app.browser(), app.browser().sent_to(twin.door));
    let all = (0..30).map(|number| {
        let body = json!({"type": "user.deleted", "timestamp": "2026-11-29T11:00:00Z", "data": {"sub": format!("p{number}")}});
        let push = standard(&format!("deleted {number}"), &body, WHSEC);
        let by = if number % 2 == 0 { &one } else { &other };
        async move { push.send(by).await.status.as_u16() }
    });
    let answers = futures::future::join_all(all).await;
    assert!(answers.iter().all(|status| [200, 503].contains(status)), "{answers:?}");
    assert_eq!(gone(&app).await, 6);
}
