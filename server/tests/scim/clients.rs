//! The habits of clients, as they send them.

use http::Method;
use serde_json::{Value as Json, json};

use super::{app, assert_refused, of, person};
use crate::support::app::ADA;

/// Entra ID's provisioning: a test of the connection, a user made, changed, disabled after leaving, deleted later.
#[tokio::test]
async fn entra_provisions_a_user() {
    let (app, client) = app().await;
    let probe = client.get("/Users?filter=userName+eq+%22acd6abb8-7a5d-4c0b-9f6f-0c1b0d0f0a5e%22").await;
    assert_eq!((probe.status.as_u16(), &probe.json()["totalResults"]), (200, &json!(0)));
    let probe = client.get("/Users?aadOptscim062020&filter=userName+eq+%22nobody%22").await;
    assert_eq!((probe.status.as_u16(), &probe.json()["Resources"]), (200, &json!([])));

    let extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let made = client
        .post(&json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", extension],
            "externalId": ADA,
            "userName": "Ada@example.com",
            "active": "True",
            "displayName": "Ada",
            "emails": [{ "type": "work", "value": "ada@example.com", "primary": "True" }],
            "meta": { "resourceType": "User" },
            "name": { "formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada" },
            "roles": [],
        }))
        .await;
    assert_eq!((made.status.as_u16(), &made.json()["active"]), (201, &json!(true)), "{made:?}");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    for filter in [
        "userName+eq+%22ada@EXAMPLE.com%22",
        "externalId+eq+%22dev%7C0001%22",
        "emails%5Btype+eq+%22work%22%5D.value+eq+%22ada@example.com%22",
        "externalId+eq+%22dev%7C0001%22+and+userName+eq+%22ada@example.com%22",
    ] {
        let found = client.get(&format!("/Users?filter={filter}")).await.json();
        assert_eq!(
            (&found["totalResults"], &found["Resources"][0]["id"]),
            (&json!(1), &json!(id)),
            "{filter}"
        );
    }

    let browser = app.signed_in(ADA).await;
    let changed = client
        .patch(
            &id,
            json!([
                { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "new@example.com" },
                { "op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+41 44 000 00 00" },
                { "op": "Replace", "value": { "name.givenName": "Augusta", "displayName": "Augusta",
                    format!("{extension}:employeeNumber"): "7" } },
                { "op": "Remove", "path": "title" },
            ]),
        )
        .await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let user = changed.json();
    assert_eq!(user["emails"], json!([{ "type": "work", "value": "new@example.com", "primary": true }]));
    assert_eq!(user["phoneNumbers"][0]["value"], "+41 44 000 00 00");
    assert_eq!(
        (&user["name"]["givenName"], &user[extension]["employeeNumber"]),
        (&json!("Augusta"), &json!("7"))
    );

    let disabled = client.patch(&id, json!([{ "op": "Replace", "path": "active", "value": "False" }])).await;
    assert_eq!((disabled.status.as_u16(), &disabled.json()["active"]), (200, &json!(false)));
    assert!(!browser.is_signed_in().await);
    assert_eq!(client.get(&of(&id)).await.json()["active"], false);
    assert_eq!(client.delete(&id).await.status, 204);
}

/// Okta: custom applications replace, those of its catalogue send a path-less PATCH; nobody is ever deleted.
#[tokio::test]
async fn okta_provisions_a_user() {
    let (app, client) = app().await;
    let browser = app.signed_in(ADA).await;
    let plain = |method: Method, path: String, body: Option<Json>| {
        let client = &client;
        async move {
            let json = [("content-type", "application/scim+json; charset=utf-8")];
            client.ask(method, &path, body.as_ref(), &json).await
        }
    };
    let look = plain(
        Method::GET,
        "/Users?filter=userName%20eq%20%22ada%40example.com%22&startIndex=1&count=100".into(),
        None,
    );
    assert_eq!(look.await.json()["totalResults"], 0);
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@example.com",
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [{ "primary": true, "value": "ada@example.com", "type": "work" }],
        "displayName": "Ada Lovelace", "locale": "en-US", "externalId": ADA, "groups": [], "password": "1mz050nq",
        "active": true,
    });
    let made = plain(Method::POST, "/Users".into(), Some(body.clone())).await;
    assert_eq!(made.status, 201, "{made:?}");
    let again = plain(Method::POST, "/Users".into(), Some(body.clone())).await;
    assert_refused(&again, 409, Some("uniqueness"), "uniqueness");
    let path = of(made.json()["id"].as_str().unwrap());

    let mut renamed = body.clone();
    renamed["name"]["familyName"] = json!("King");
    let replaced = plain(Method::PUT, path.clone(), Some(renamed)).await;
    assert_eq!((replaced.status.as_u16(), &replaced.json()["name"]["familyName"]), (200, &json!("King")));
    let deactivate = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "active": false } }],
    });
    let deactivated = plain(Method::PATCH, path.clone(), Some(deactivate)).await;
    assert_eq!((deactivated.status.as_u16(), &deactivated.json()["active"]), (200, &json!(false)));
    assert!(!browser.is_signed_in().await);
    let imported = plain(Method::GET, "/Users?startIndex=1&count=100".into(), None).await.json();
    assert_eq!((&imported["totalResults"], &imported["itemsPerPage"]), (&json!(1), &json!(1)));
    let groups = plain(Method::GET, "/Groups?startIndex=1&count=100".into(), None).await;
    assert_refused(&groups, 404, None, "not_found");
}

#[tokio::test]
async fn what_the_server_can_do_is_to_be_read_and_not_written() {
    let (app, client) = app().await;
    let base = format!("{}/scim/v2/main", app.site);
    for (path, kind) in [
        ("/ServiceProviderConfig", "ServiceProviderConfig"),
        ("/ResourceTypes/User", "ResourceType"),
        ("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "Schema"),
    ] {
        let found = client.get(path).await;
        assert_eq!((found.status.as_u16(), &found.json()["meta"]["resourceType"]), (200, &json!(kind)));
        assert_eq!(found.json()["meta"]["location"], format!("{base}{path}"));
        assert_eq!(found.headers["content-type"], "application/scim+json");
    }
    for path in ["/ResourceTypes", "/Schemas"] {
        assert_eq!(client.get(path).await.json()["totalResults"], 1);
    }
    assert_refused(&client.get("/Schemas/urn:nothing").await, 404, None, "not_found");
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"] {
        let answer = client.ask(Method::POST, path, Some(&json!({})), &[]).await;
        assert_refused(&answer, 405, None, "method_not_allowed");
        assert_eq!(answer.headers["allow"], "GET, HEAD");
    }
    let answer = client.ask(Method::PUT, "/Users", Some(&json!({})), &[]).await;
    assert_refused(&answer, 405, None, "method_not_allowed");
    for path in ["/.search", &of(".search"), "/Bulk", "/Me"] {
        let answer = client.ask(Method::POST, path, Some(&json!({})), &[]).await;
        assert_refused(&answer, 501, None, "not_implemented");
    }
    for path in ["", "/", "/Nothing", &of("1/2"), &of("not-an-id")] {
        assert_refused(&client.get(path).await, 404, None, "not_found");
    }
    let head = client.ask(Method::HEAD, "/ServiceProviderConfig", None, &[]).await;
    assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn no_rate_limit_and_no_check_of_origins_is_in_a_clients_way() {
    let (_app, client) = app().await;
    let cross_site = [("origin", "https://portal.azure.example"), ("sec-fetch-site", "cross-site")];
    let made = client.ask(Method::POST, "/Users", Some(&person("r-1", "ada")), &cross_site).await;
    assert_eq!(made.status, 201, "{made:?}");
    for _ in 0..700 {
        assert_eq!(client.get("/Users?count=0").await.status, 200);
    }
}

#[tokio::test]
async fn without_a_token_in_the_settings_there_is_nothing() {
    let app = crate::support::app::TestApp::start().await;
    for token in ["", "x"] {
        let client = super::Client::of(&app, "main", token);
        assert_refused(&client.get("/Users").await, 404, None, "not_found");
    }
}
