//! The formats that share a secret, each through HTTP with a signature as its sender makes it.

use http::Method;
use identity::{Field, MessageState, Standing};
use serde_json::{Value as Json, json};

use super::push::{hex, hmac, now};
use super::{Push, app, processed, so};
use crate::support::app::{ADA, TestApp};

const SECRET: &str = "a secret of ours";
const VECTORS: &str = include_str!("../../../formats/src/webhook/vectors.json");

async fn name(app: &TestApp, subject: &str) -> Option<String> {
    app.user(subject).await.and_then(|user| user.text(Field::Name))
}

#[tokio::test]
async fn what_others_signed_without_a_time_is_taken() {
    let all: Vec<Json> = serde_json::from_str(VECTORS).unwrap();
    for format in ["logto", "keycloak"] {
        let vector = all.iter().find(|one| one["format"] == format).unwrap();
        let app = app(format, vector["secret"].as_str().unwrap()).await;
        let headers = vector["headers"].as_object().unwrap();
        let push = Push::new(vector["body"].as_str().unwrap());
        let signed = headers
            .iter()
            .fold(push.clone(), |push, (name, value)| push.header(name, value.as_str().unwrap()));
        assert_eq!(signed.by(&app).await.status, 200, "{format}");
        let changed = Push { body: b"{}".to_vec(), ..signed };
        assert_eq!(changed.by(&app).await.verdict(), (401, "wrong_signature"), "{format}");
        assert_eq!(push.by(&app).await.status, 401, "{format}");
    }
}

#[tokio::test]
async fn auth0_blocks_lifts_and_links() {
    let app = app("auth0", SECRET).await;
    let event = |id: &str, kind: &str, time: &str, object: Json| {
        let body = json!({"id": id, "type": kind, "time": time, "data": {"object": object}});
        Push::new(body.to_string()).header("authorization", &format!("Bearer {SECRET}"))
    };
    let browser = app.signed_in(ADA).await;
    let at = |minutes: i64| (chrono::Utc::now() - chrono::TimeDelta::minutes(60 - minutes)).to_rfc3339();
    let soon = |seconds: i64| (chrono::Utc::now() + chrono::TimeDelta::milliseconds(seconds)).to_rfc3339();
    let blocked = json!({"user_id": ADA, "name": "Ada", "blocked": true});
    assert_eq!(event("1", "user.updated", &soon(0), blocked).by(&app).await.status, 200);
    assert_eq!(app.identity(ADA).await.standing, Standing::Blocked);
    assert!(!browser.is_signed_in().await, "out at once");
    let free = json!({"user_id": ADA, "name": "Ada", "blocked": false});
    assert_eq!(event("2", "user.updated", &soon(1), free).by(&app).await.status, 200);
    assert_eq!(app.identity(ADA).await.standing, Standing::Present, "active again lifts blocked");

    // Linking two accounts deletes the second one there.
    for (id, user) in [("3", "auth0|1"), ("4", "google-oauth2|77")] {
        event(id, "user.created", &at(1), json!({"user_id": user, "name": user})).by(&app).await;
    }
    event("5", "user.deleted", &at(2), json!({"user_id": "google-oauth2|77"})).by(&app).await;
    assert_eq!(app.identity("google-oauth2|77").await.standing, Standing::Deleted);
    let both = json!({"user_id": "auth0|1", "name": "One", "identities": [
        {"provider": "auth0", "user_id": "1"}, {"provider": "google-oauth2", "user_id": "77"}]});
    event("6", "user.updated", &at(2), both).by(&app).await;
    assert_eq!(app.identity("google-oauth2|77").await.standing, Standing::Present, "that was no deletion");
    event("7", "user.deleted", &at(2), json!({"user_id": "google-oauth2|77"})).by(&app).await;
    assert_eq!(app.state_of("7").await, so(MessageState::Processed, "linked"));
    for wrong in ["", "Bearer", "Bearer another", "Basic YTpi"] {
        let push = Push::new("{}").header("authorization", wrong);
        assert_eq!(push.by(&app).await.status, 401, "{wrong:?}");
    }
}

#[tokio::test]
async fn workos_and_zitadel_sign_the_time_too() {
    let workos = app("workos", SECRET).await;
    let body = json!({"id": "event_1", "event": "user.updated", "created_at": "2026-11-29T10:00:00Z",
        "data": {"object": "user", "id": "user_1", "first_name": "Ada", "email": "a@example.com"}})
    .to_string();
    let signed = |body: &str, time: i64| {
        let tag = hex(&hmac(SECRET.as_bytes(), format!("{time}.{body}").as_bytes()));
        Push::new(body).header("workos-signature", &format!("t={time}, v1={tag}"))
    };
    assert_eq!(signed(&body, now() * 1000).by(&workos).await.status, 200);
    assert_eq!(workos.user("user_1").await.unwrap().text(Field::GivenName).as_deref(), Some("Ada"));
    assert_eq!(signed(&body, (now() - 301) * 1000).by(&workos).await.verdict(), (401, "wrong_time"));

    let zitadel = app("zitadel", SECRET).await;
    let event = |sequence: i64, kind: &str, payload: Json| {
        json!({"aggregateID": "42", "aggregateType": "user", "resourceOwner": "1", "sequence": sequence,
            "event_type": kind, "created_at": format!("2026-11-29T10:00:0{sequence}Z"), "userID": "the administrator",
            "event_payload": payload})
        .to_string()
    };
    let signed = |body: String| {
        let time = now();
        let tag = hex(&hmac(SECRET.as_bytes(), format!("{time}.{body}").as_bytes()));
        Push::new(body).header("zitadel-signature", &format!("t={time},v1={tag}"))
    };
    let added = event(1, "user.human.added", json!({"userName": "ada", "displayName": "Ada"}));
    assert_eq!(signed(added).by(&zitadel).await.status, 200);
    assert_eq!(name(&zitadel, "42").await.as_deref(), Some("Ada"));
    signed(event(2, "user.deactivated", json!({}))).by(&zitadel).await;
    assert_eq!(zitadel.identity("42").await.standing, Standing::Blocked);
    assert_eq!(zitadel.state_of("42:2").await, processed());
    assert_eq!(zitadel.user("the administrator").await, None);
}

#[tokio::test]
async fn keycloak_and_logto_are_about_whom_they_name() {
    let keycloak = app("keycloak", SECRET).await;
    let signed = |body: String| {
        let tag = hex(&hmac(SECRET.as_bytes(), body.as_bytes()));
        Push::new(body).header("x-keycloak-signature", &tag)
    };
    let event = |uid: &str, kind: &str, representation: Json| {
        json!({"uid": uid, "time": now() * 1000, "type": kind, "resourceId": "kc-1", "resourcePath": "users/kc-1",
            "authDetails": {"userId": "the administrator"}, "representation": representation.to_string()})
        .to_string()
    };
    let made = json!({"username": "ada", "firstName": "Ada", "lastName": "Lovelace", "enabled": true});
    assert_eq!(signed(event("u1", "admin.USER-CREATE", made)).by(&keycloak).await.status, 200);
    let user = keycloak.user("kc-1").await.unwrap();
    assert_eq!(user.text(Field::FamilyName).as_deref(), Some("Lovelace"));
    assert_eq!(keycloak.user("the administrator").await, None);
    signed(event("u2", "admin.USER-DELETE", json!({}))).by(&keycloak).await;
    assert_eq!(keycloak.identity("kc-1").await.standing, Standing::Deleted);

    let logto = app("logto", SECRET).await;
    let body =
        json!({"event": "User.Data.Updated", "createdAt": "2026-11-29T10:00:00Z", "path": "/users/:userId",
        "params": {"userId": "lg1"}, "data": {"id": "lg1", "primaryEmail": "a@example.com", "name": "Ada"}})
        .to_string();
    let tag = hex(&hmac(SECRET.as_bytes(), body.as_bytes()));
    let push = Push::new(body).header("logto-signature-sha-256", &tag);
    assert_eq!(push.by(&logto).await.status, 200);
    assert_eq!(name(&logto, "lg1").await.as_deref(), Some("Ada"));
}

#[tokio::test]
async fn okta_says_several_things_at_once_and_asks_whether_the_address_is_ours() {
    let app = app("okta", SECRET).await;
    let event = |uuid: &str, kind: &str, id: &str| {
        json!({"uuid": uuid, "published": "2026-11-29T10:00:00Z", "eventType": kind, "outcome": {"result": "SUCCESS"},
            "actor": {"id": "the administrator", "type": "User"}, "target": [{"id": id, "type": "User"}]})
    };
    let push = |events: Vec<Json>| {
        Push::new(json!({"data": {"events": events}}).to_string()).header("authorization", SECRET)
    };
    app.signed_in(ADA).await;
    let suspended = json!({"published": chrono::Utc::now().to_rfc3339()});
    let mut suspend = event("e2", "user.lifecycle.suspend", ADA);
    suspend["published"] = suspended["published"].clone();
    let answer = push(vec![
        event("e1", "user.lifecycle.create", "okta-1"),
        suspend,
        event("e3", "group.user_membership.add", "okta-1"),
        json!({"uuid": "e4", "eventType": "user.lifecycle.suspend", "published": "x", "target": []}),
        // Odd ones cost the others nothing.
        json!({"uuid": "e5", "published": "x"}),
        json!("no event"),
        event("e6", "user.lifecycle.create", "okta-2"),
    ])
    .by(&app)
    .await;
    assert_eq!(answer.status, 200);
    assert!(app.user("okta-1").await.is_some());
    assert_eq!(app.identity(ADA).await.standing, Standing::Blocked);
    assert_eq!(app.state_of("e2").await, processed());
    assert_eq!(app.state_of("e3").await, Some((MessageState::Ignored, None)));
    assert_eq!(app.state_of("e4").await, so(MessageState::Quarantined, "no_reference"));
    assert_eq!(app.state_of("e5").await, so(MessageState::Quarantined, "not_this_format"));
    assert!(app.user("okta-2").await.is_some());
    let messages = app.store().await.messages.page(MessageState::ALL, None, None, 99).await.unwrap();
    let states = |state: MessageState| messages.iter().filter(|one| one.state == state).count();
    assert_eq!((messages.len(), states(MessageState::Quarantined)), (7, 3));

    let browser = app.browser();
    let asked = browser.ask(Method::GET, "/hooks/main").header("x-okta-verification-challenge", "c4_x-");
    assert_eq!(asked.send().await.json(), json!({"verification": "c4_x-"}));
    let unasked = browser.ask(Method::GET, "/hooks/main").header("accept", "*/*").send().await;
    assert_eq!(unasked.status, 400);
    let graph = browser.ask(Method::POST, "/hooks/main?validationToken=a%20b%3C").header("accept", "*/*");
    let graph = graph.send().await;
    assert_eq!((graph.status.as_u16(), graph.body.as_str()), (200, "a b<"));
    assert!(graph.header("content-type").starts_with("text/plain"));
    assert_eq!(graph.header("x-content-type-options"), "nosniff");
}
