//! One user, from the first request to the last.

use http::Method;
use identity::{Actor, Field, MessageState, Observation, Origin, Source, Standing, Status, User};
use serde_json::{Value as Json, json};

use super::{Client, TOKEN, app, app_on, assert_refused, of, on_each_database, person, started};
use crate::store::people::{id, login};
use crate::support::app::{ADA, Plan, TestApp};
use crate::support::databases::Database;
use crate::support::opened::Opened;

on_each_database! {
    a_user_is_made_read_replaced_changed_and_taken_away
    of_many_who_make_one_user_one_does
}

/// The user of this subject at the provider `main`.
async fn user(app: &TestApp, store: &Opened, subject: &str) -> Option<User> {
    store.users.find_by_identity(app.provider.issuer(), subject).await.unwrap()
}

async fn a_user_is_made_read_replaced_changed_and_taken_away(database: &Database) {
    let (app, client) = app_on(database).await;
    let store = app.store().await;

    let made = client.post(&person("r-1", "grace")).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let location = format!("{}/scim/v2/main{}", app.site, of(&id));
    assert_eq!(made.headers["location"], location.as_str());
    assert_eq!(made.json()["meta"]["location"], location.as_str());
    assert_eq!(made.headers["etag"], made.json()["meta"]["version"].as_str().unwrap());
    let grace = user(&app, &store, "r-1").await.unwrap();
    assert_eq!(grace.text(Field::Email).as_deref(), Some("grace@example.com"));
    assert_eq!(grace.profile()[&Field::Email].source, Source::Scim);
    assert_eq!((grace.status(), grace.login_count), (Status::Active, 0));

    let read = client.get(&of(&id)).await;
    assert_eq!((read.status.as_u16(), read.json()), (200, made.json()));

    // All of it: what is not there any more is cleared.
    let replaced =
        client.put(&id, &json!({ "externalId": "r-1", "userName": "Grace", "active": true })).await;
    assert_eq!(replaced.status, 200, "{replaced:?}");
    assert_eq!((replaced.json()["id"].as_str(), replaced.json().get("emails")), (Some(&*id), None));
    let grace = user(&app, &store, "r-1").await.unwrap();
    assert_eq!((grace.text(Field::Email), grace.text(Field::Name)), (None, None));

    // What is named, and nothing else; the answer is the user.
    let operations = json!([{ "op": "replace", "path": "name.givenName", "value": "Grace" }]);
    let patched = client.patch(&id, operations).await;
    assert_eq!((patched.status.as_u16(), &patched.json()["name"]["givenName"]), (200, &json!("Grace")));
    let grace = user(&app, &store, "r-1").await.unwrap();
    assert_eq!(grace.text(Field::GivenName).as_deref(), Some("Grace"));
    assert_eq!(grace.text(Field::PreferredUsername).as_deref(), Some("Grace"));

    assert_eq!(client.delete(&id).await.status, 204);
    assert_refused(&client.get(&of(&id)).await, 404, None, "not_found");
    assert_refused(&client.delete(&id).await, 404, None, "not_found");
    let gone = user(&app, &store, "r-1").await.unwrap();
    assert_eq!((gone.status(), gone.identities[0].standing), (Status::Tombstone, Standing::Deleted));
    assert_eq!(gone.text(Field::GivenName).as_deref(), Some("Grace"), "kept, and marked");

    // Back again: the same id, the same user.
    let back = client.post(&person("r-1", "grace")).await;
    assert_eq!((back.status.as_u16(), back.json()["id"].as_str()), (201, Some(&*id)));
    let back = user(&app, &store, "r-1").await.unwrap();
    assert_eq!((back.id, back.status()), (grace.id, Status::Active));
}

async fn of_many_who_make_one_user_one_does(database: &Database) {
    let (app, _) = app_on(database).await;
    let twin = app.twin().await;
    let racers: Vec<_> = (0..16)
        .map(|number| {
            let client = Client::of(&app, "main", TOKEN);
            let browser = if number % 2 == 0 { client.browser } else { client.browser.sent_to(twin.door) };
            let client = Client { browser, ..client };
            tokio::spawn(async move { client.post(&person("r-1", "grace")).await })
        })
        .collect();
    let mut made = 0;
    for racer in racers {
        let answer = racer.await.unwrap();
        match answer.status.as_u16() {
            201 => made += 1,
            _ => assert_refused(&answer, 409, Some("uniqueness"), "uniqueness"),
        }
    }
    assert_eq!(made, 1);
    let store = app.store().await;
    assert_eq!(store.users.page(None, 10).await.unwrap().len(), 1);
    assert_eq!(store.entries.page(None, None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_reference_or_a_name_that_is_anothers_is_refused_and_ones_own_is_not() {
    let (_app, client) = app().await;
    let ada = client.made(&person("r-1", "ada")).await;
    let eve = client.made(&person("r-2", "eve")).await;
    for taken in [person("r-1", "other"), person("r-3", "ADA")] {
        assert_refused(&client.post(&taken).await, 409, Some("uniqueness"), "uniqueness");
        assert_refused(&client.put(&eve, &taken).await, 409, Some("uniqueness"), "uniqueness");
    }
    assert_eq!(client.put(&ada, &person("r-1", "Ada")).await.status, 200);
    // Case counts in a reference, and not in a name.
    client.made(&person("R-1", "somebody")).await;
}

#[tokio::test]
async fn who_is_blocked_is_out_at_once_and_in_again_when_they_are_not() {
    let (app, client) = app().await;
    let browser = app.signed_in(ADA).await;
    let id = client.made(&person(ADA, "ada")).await;
    assert!(browser.is_signed_in().await);
    let blocked = client.patch(&id, json!([{ "op": "replace", "value": { "active": false } }])).await;
    assert_eq!((blocked.status.as_u16(), &blocked.json()["active"]), (200, &json!(false)));
    assert!(!browser.is_signed_in().await);
    let store = app.store().await;
    assert_eq!(user(&app, &store, ADA).await.unwrap().identities[0].standing, Standing::Blocked);
    // Inactive users are still found.
    assert_eq!(client.get("/Users?filter=userName+eq+%22ada%22").await.json()["totalResults"], 1);
    client.patch(&id, json!([{ "op": "replace", "path": "active", "value": true }])).await;
    assert_eq!(user(&app, &store, ADA).await.unwrap().status(), Status::Active);
    browser.log_in_as(ADA).await;
}

#[tokio::test]
async fn no_client_lifts_what_the_operator_decided() {
    let (app, client) = app().await;
    let browser = app.signed_in(ADA).await;
    let id = client.made(&person(ADA, "ada")).await;
    let store = app.store().await;
    let ada = user(&app, &store, ADA).await.unwrap();
    store.set_disabled(ada.id, true, chrono::Utc::now()).await;
    for active in [false, true] {
        let operations = json!([{ "op": "replace", "path": "active", "value": active }]);
        assert_eq!(client.patch(&id, operations).await.status, 200);
    }
    assert_eq!(user(&app, &store, ADA).await.unwrap().status(), Status::Disabled);
    assert_eq!(browser.try_as(ADA).await.status, 403);
}

#[tokio::test]
async fn a_password_is_kept_nowhere() {
    let (app, client) = app().await;
    let mut body = person("r-1", "ada");
    body["password"] = json!("hunter2");
    body["urn:example:2.0:User"] = json!({ "Password": "hunter3", "department": "it" });
    let id = client.made(&body).await;
    let operations = json!([{ "op": "add", "value": { "password": "hunter4", "title": "Dr" } }]);
    let answer = client.patch(&id, operations).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!answer.body.contains("hunter"), "{answer:?}");
    assert_eq!(answer.json()["urn:example:2.0:User"]["department"], "it");
    let store = app.store().await;
    let kept = format!("{:?}", (user(&app, &store, "r-1").await, store.entries.page(None, None, 9).await));
    assert!(!kept.contains("hunter") && kept.contains("department"), "{kept}");
    let changes = store.changes(user(&app, &store, "r-1").await.unwrap().id, 9).await;
    assert!(!format!("{changes:?}").contains("hunter"));
}

#[tokio::test]
async fn a_version_that_is_not_there_any_more_changes_nothing() {
    let (_app, client) = app().await;
    let made = client.post(&person("r-1", "ada")).await;
    let path = of(made.json()["id"].as_str().unwrap());
    let etag = made.headers["etag"].to_str().unwrap();
    let unchanged = client.ask(Method::GET, &path, None, &[("if-none-match", etag)]).await;
    assert_eq!((unchanged.status.as_u16(), unchanged.body.as_str()), (304, ""));

    let body = person("r-1", "Ada");
    for (method, body) in [(Method::PUT, Some(&body)), (Method::DELETE, None)] {
        let stale = client.ask(method, &path, body, &[("if-match", "W/\"other\"")]).await;
        assert_refused(&stale, 412, None, "stale");
    }
    let replaced = client.ask(Method::PUT, &path, Some(&body), &[("if-match", etag)]).await;
    assert_eq!(replaced.status, 200, "{replaced:?}");
    let newer = replaced.headers["etag"].to_str().unwrap();
    assert_ne!(newer, etag);
    let again = client.ask(Method::PUT, &path, Some(&body), &[("if-match", etag)]).await;
    assert_refused(&again, 412, None, "stale");
    assert_eq!(client.ask(Method::DELETE, &path, None, &[("if-match", newer)]).await.status, 204);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_changes_nothing() {
    let (app, client) = app().await;
    let id = client.made(&person("r-1", "ada")).await;
    let path = of(&id);
    let before = client.get(&path).await.json();
    let raw = async |method: Method, path: &str, kind: &str, body: &str| {
        let ask = client.browser.ask(method, &format!("/scim/v2/main{path}"));
        ask.header("authorization", &client.token).body(kind, body.to_owned()).send().await
    };
    let scim = "application/scim+json";
    assert_refused(
        &raw(Method::POST, "/Users", scim, "{").await,
        400,
        Some("invalidSyntax"),
        "invalid_syntax",
    );
    assert_refused(
        &raw(Method::POST, "/Users", scim, "[]").await,
        400,
        Some("invalidSyntax"),
        "invalid_syntax",
    );
    let form = raw(Method::POST, "/Users", "application/x-www-form-urlencoded", "a=b").await;
    assert_refused(&form, 415, None, "media_type_unsupported");
    let nameless = json!({ "externalId": "r-2" });
    assert_refused(&client.post(&nameless).await, 400, Some("invalidValue"), "invalid_value");
    let unknown = json!({ "userName": "eve" });
    assert_refused(&client.post(&unknown).await, 400, Some("invalidValue"), "invalid_value");
    let nobody = client.patch(&id, json!([{ "op": "remove", "path": "externalId" }])).await;
    assert_refused(&nobody, 400, Some("mutability"), "mutability");
    let large = raw(Method::POST, "/Users", scim, &format!("{{\"x\":\"{}\"}}", "x".repeat(1 << 20))).await;
    assert_refused(&large, 413, None, "too_large");
    // Nobody's directory keeps us busy by a list of names, wherever it stands.
    let names: serde_json::Map<String, Json> = (0..6000).map(|n| (format!("k{n}"), json!(1))).collect();
    for answer in [
        client.post(&json!(names)).await,
        client.put(&id, &json!(names)).await,
        client.patch(&id, json!([{ "op": "add", "value": names }])).await,
    ] {
        assert_refused(&answer, 413, None, "too_large");
    }
    assert_eq!(client.get(&path).await.json(), before);
    assert_eq!(app.store().await.users.page(None, 9).await.unwrap().len(), 1);
    // As some clients send it.
    let plain =
        raw(Method::PUT, &path, "application/json; charset=utf-8", &person("r-1", "Ada").to_string()).await;
    assert_eq!((plain.status.as_u16(), &plain.json()["userName"]), (200, &json!("Ada")));
}

#[tokio::test]
async fn too_many_at_once_are_held_and_their_client_comes_again() {
    let (app, client) = started(Plan::new().await.set("OIDC_MISSING_LIMIT", "2")).await;
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(client.made(&person(&format!("r-{number}"), &format!("n{number}"))).await);
    }
    assert_eq!(client.delete(&ids[0]).await.status, 204);
    let block = json!([{ "op": "replace", "path": "active", "value": false }]);
    assert_eq!(client.patch(&ids[1], block.clone()).await.status, 200);
    // Whoever is away already takes nothing more away.
    assert_eq!(client.patch(&ids[1], block.clone()).await.status, 200);
    let store = app.store().await;
    for held in [
        client.delete(&ids[2]).await,
        client.patch(&ids[2], block).await,
        client.put(&ids[2], &json!({ "externalId": "r-2", "userName": "n2", "active": false })).await,
        client.put(&ids[2], &person("another", "n2")).await,
    ] {
        assert_refused(&held, 503, None, "held");
        assert!(held.headers.contains_key("retry-after"));
        assert_eq!(user(&app, &store, "r-2").await.unwrap().status(), Status::Active);
    }
    // What takes nobody away goes on, and so does a try: the user made last, whom nobody has been.
    assert_eq!(client.delete(&ids[5]).await.status, 204);
    assert_refused(&client.delete(&ids[4]).await, 503, None, "held");
    assert_eq!(client.put(&ids[3], &person("r-3", "N3")).await.status, 200);
    let held = store.store.ports().messages.page(&[MessageState::Held], Some("main"), None, 9).await.unwrap();
    assert_eq!(held.len(), 2, "one for each account: {held:?}");
}

/// Else a token could take everybody away, one after the other.
#[tokio::test]
async fn who_was_there_before_their_client_made_them_is_no_try_of_it() {
    let (app, client) = started(Plan::new().await.set("OIDC_MISSING_LIMIT", "2")).await;
    let store = app.store().await;
    let issuer = app.provider.issuer().to_owned();
    for number in 0..6 {
        let scanned = login(&format!("r-{number}"), 0, json!({ "name": "Scanned" }));
        let origin = Origin { source: Source::Scan, ..scanned.origin.clone() };
        let scanned = Observation { issuer: issuer.clone(), origin, ..scanned };
        store.record(&scanned, id(), None).await.unwrap().unwrap();
    }
    let mut answers = Vec::new();
    for number in 0..6 {
        let made = client.made(&person(&format!("r-{number}"), &format!("n{number}"))).await;
        answers.push(client.delete(&made).await.status.as_u16());
    }
    assert_eq!(answers, [204, 204, 503, 503, 503, 503]);
    assert_eq!(user(&app, &store, "r-5").await.unwrap().status(), Status::Active);
}

/// The client's next try finds what the operator decided, and whatever else is held or was counted meanwhile.
#[tokio::test]
async fn a_held_request_is_decided_once() {
    let (app, client) = started(Plan::new().await.set("OIDC_MISSING_LIMIT", "1")).await;
    let mut ids = Vec::new();
    for number in 0..9 {
        ids.push(client.made(&person(&format!("r-{number}"), &format!("n{number}"))).await);
    }
    assert_eq!(client.delete(&ids[0]).await.status, 204);
    for id in &ids[1..6] {
        assert_refused(&client.delete(id).await, 503, None, "held");
    }
    let store = app.store().await;
    let inbox = identity::Inbox::new(store.store.ports(), std::sync::Arc::new(server::System));
    let by = Actor::Cli("ada".into()).into();
    let held = inbox.page(&[MessageState::Held], Some("main"), None, 9).await.unwrap();
    for one in &held[..3] {
        inbox.replay_later(one, &by).await.unwrap();
    }
    assert!(inbox.throw_away(&held[3], &by).await.unwrap());
    // The yes counts at once, for each of them, although another is held still.
    for id in &ids[1..4] {
        assert_eq!(client.delete(id).await.status, 204);
    }
    let block = json!([{ "op": "replace", "path": "active", "value": false }]);
    for _ in 0..2 {
        assert_refused(&client.delete(&ids[4]).await, 403, None, "dropped");
    }
    assert_refused(&client.patch(&ids[4], block).await, 503, None, "held");
    assert_refused(&client.delete(&ids[5]).await, 503, None, "held");
    // It was a yes to that one request.
    assert_eq!(client.made(&person("r-1", "n1")).await, ids[1]);
    assert_refused(&client.delete(&ids[1]).await, 503, None, "held");
    assert_eq!(user(&app, &store, "r-4").await.unwrap().status(), Status::Active);
}
