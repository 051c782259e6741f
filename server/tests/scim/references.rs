//! Whose a client's user is: a reference that changes, one that nobody has logged in with, one that is erased.

use dev_provider::Person;
use identity::{Field, Standing, Status};
use serde_json::json;

use super::{Client, app, assert_refused, of, person, started};
use crate::support::app::{ADA, GRACE, Plan};

#[tokio::test]
async fn a_client_can_put_no_subject_of_its_own_on_anybodys_user() {
    let (app, client) = app().await;
    let (ada, grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
    let store = app.store().await;
    let before = (ada.user_id().await, grace.user_id().await);
    let id = client.made(&person(ADA, "ada")).await;

    let moved = client.patch(&id, json!([{ "op": "replace", "path": "externalId", "value": GRACE }])).await;
    assert_eq!(moved.status, 200, "{moved:?}");
    assert_eq!((moved.json()["id"].as_str(), moved.json()["externalId"].as_str()), (Some(&*id), Some(GRACE)));
    // The account of the old reference is gone, and its sessions with it; nobody else has become anybody else.
    assert!(!ada.is_signed_in().await);
    let owner =
        async |subject| store.users.find_by_identity(app.provider.issuer(), subject).await.unwrap().unwrap();
    assert_eq!(owner(ADA).await.status(), Status::Tombstone);
    let entry = store.entries.find_by_reference("main", GRACE).await.unwrap().unwrap();
    assert!(entry.awaits_login && entry.id.to_string() == id);

    // What it says waits, to be seen: nobody's name, nobody's access.
    client.patch(&id, json!([{ "op": "replace", "value": { "displayName": "Eve", "active": false } }])).await;
    assert!(grace.is_signed_in().await);
    assert_ne!(owner(GRACE).await.text(Field::Name).as_deref(), Some("Eve"));
    assert_eq!(client.get(&of(&id)).await.json()["displayName"], "Eve");

    // A verified log-in adopts it: Grace stays the user that she was. It states when it was to the second.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    grace.log_in_as(GRACE).await;
    assert_eq!(grace.user_id().await, before.1);
    let entry = store.entries.find_by_reference("main", GRACE).await.unwrap().unwrap();
    assert!(!entry.awaits_login && entry.waiting.is_empty());
    client.patch(&id, json!([{ "op": "replace", "path": "active", "value": true }])).await;
    client.patch(&id, json!([{ "op": "replace", "path": "active", "value": false }])).await;
    assert!(!grace.is_signed_in().await, "now it speaks of her");
    // And Ada comes back by herself.
    ada.log_in_as(ADA).await;
    assert_eq!(ada.user_id().await, before.0);
}

#[tokio::test]
async fn a_reference_of_a_tombstone_or_of_a_kept_user_is_no_ones_to_take_by_accident() {
    let (app, client) = app().await;
    let ada = client.made(&person("r-1", "ada")).await;
    let eve = client.made(&person("r-2", "eve")).await;
    let moved = client.put(&eve, &person("r-1", "eve")).await;
    assert_refused(&moved, 409, Some("uniqueness"), "uniqueness");
    let store = app.store().await;
    let identity = store.users.find_by_identity(app.provider.issuer(), "r-2").await.unwrap().unwrap();
    assert_eq!(
        identity.identities[0].standing,
        Standing::Present,
        "nothing was taken away by what was refused"
    );
    assert_eq!(client.delete(&ada).await.status, 204);
    assert_eq!(client.put(&eve, &person("r-1", "eve")).await.status, 200);
    assert_refused(&client.get(&of(&ada)).await, 404, None, "not_found");
    assert!(store.entries.find_by_reference("main", "r-1").await.unwrap().unwrap().awaits_login);
}

/// As Entra, whose tokens have another subject for each client.
#[tokio::test]
async fn where_the_reference_is_another_claim_a_user_waits_for_their_first_log_in() {
    const OID: &str = "6c1dd94d-01ed-44bb-a0ab-29c2d2eb5d0b";
    let plan = Plan::new().await.set("OIDC_PRESET", "entra");
    let (app, client) = started(plan).await;
    let store = app.store().await;
    app.provider.set_person(Person::new("pairwise").with("oid", OID));
    let mut body = person(OID, "ada@example.com");
    body["title"] = json!("Dr");
    let id = client.made(&body).await;
    assert!(store.users.page(None, 9).await.unwrap().is_empty());
    assert_eq!(store.entries.count("main").await.unwrap().waiting, 1);
    assert_eq!(client.get(&of(&id)).await.status, 200);

    let browser = app.signed_in("pairwise").await;
    assert_eq!(store.entries.count("main").await.unwrap().waiting, 0);
    let user = store.users.find_by_identity(app.provider.issuer(), "pairwise").await.unwrap().unwrap();
    assert_eq!(user.identities[0].claims["title"], "Dr");
    let blocked = client.patch(&id, json!([{ "op": "Replace", "path": "active", "value": "False" }])).await;
    assert_eq!(blocked.status, 200, "{blocked:?}");
    assert!(!browser.is_signed_in().await);

    // Entra's own default mapping, which would make everybody a second account.
    let refused = client.post(&person("ada.lovelace", "other@example.com")).await;
    assert_refused(&refused, 400, Some("invalidValue"), "invalid_value");
    assert!(refused.body.contains("map objectId"), "{refused:?}");
}

#[tokio::test]
async fn the_user_name_can_be_the_reference() {
    let plan = Plan::new().await.set("OIDC_SCIM_SUBJECT", "userName");
    let (app, client) = started(plan).await;
    let browser = app.signed_in(ADA).await;
    let id = client.made(&json!({ "externalId": "its own", "userName": ADA, "title": "Dr" })).await;
    let store = app.store().await;
    let ada = store.users.find_by_identity(app.provider.issuer(), ADA).await.unwrap().unwrap();
    assert_eq!(ada.identities[0].claims["title"], "Dr");
    assert_eq!(client.delete(&id).await.status, 204);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_token_of_the_directory_makes_nobody_an_operator() {
    let plan = Plan::new().await.set("OPERATORS", "email:eve@example.com,claim:role=operator");
    let (app, client) = started(plan).await;
    let mut body = person("eve", "eve");
    body["role"] = json!("operator");
    client.made(&body).await;
    app.provider.set_person(Person::new("eve"));
    let browser = app.signed_in("eve").await;
    assert_eq!(browser.get("/studio").await.status, 403);
}

#[tokio::test]
async fn two_clients_of_one_person_are_two_identities() {
    let plan = Plan::new().await.and("acme").await.set("OIDC_ACME_SCIM_TOKEN", "another");
    let (app, main) = started(plan).await;
    let acme = Client::of(&app, "acme", "another");
    for client in [&main, &acme] {
        client.made(&person("ada", "ada")).await;
    }
    // The same e-mail joins nobody.
    assert_eq!(app.store().await.users.page(None, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn who_was_erased_is_not_made_again_before_they_log_in() {
    let (app, client) = app().await;
    let store = app.store().await;
    client.made(&person("ada", "ada")).await;
    let issuer = app.provider.issuer();
    let ada = store.users.find_by_identity(issuer, "ada").await.unwrap().unwrap();
    let directory = identity::Directory::new(store.store.ports(), std::sync::Arc::new(server::System));
    assert!(directory.erase(ada.id).await.unwrap());
    assert_refused(&client.post(&person("ada", "ada")).await, 409, None, "erased");
    // Nor as whom another user is from now on.
    let eve = client.made(&person("eve", "eve")).await;
    let moved = client.patch(&eve, json!([{ "op": "replace", "path": "externalId", "value": "ada" }])).await;
    assert_refused(&moved, 409, None, "erased");
    assert_eq!(client.get(&of(&eve)).await.json()["externalId"], "eve");
    assert!(store.users.find_by_identity(issuer, "ada").await.unwrap().is_none());
    assert!(
        store.entries.find_by_reference("main", "ada").await.unwrap().is_none(),
        "nothing of them is kept"
    );

    app.provider.set_person(Person::new("ada"));
    app.signed_in("ada").await;
    let made = client.post(&person("ada", "ada")).await;
    assert_eq!(made.status, 201, "{made:?}");
}

/// As `sparekey users` says and does it, with the settings of the application.
fn sparekey(app: &crate::support::app::TestApp, arguments: &[&str]) -> std::process::Output {
    let names = [
        "DATABASE_URL",
        "SESSION_SECRET",
        "OIDC_ISSUER_URL",
        "OIDC_CLIENT_ID",
        "OIDC_CLIENT_SECRET",
        "OIDC_REFERENCE",
    ];
    let all = names.map(|name| (name, app.setting(name)));
    let settings: Vec<(&str, &str)> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    crate::support::process::run(
        tempfile::tempdir().unwrap().path(),
        &settings,
        &[&["users"], arguments].concat(),
    )
}

#[tokio::test]
async fn the_operator_says_whose_an_account_is_that_waits() {
    let (app, client) = app().await;
    let store = app.store().await;
    let (ada, grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
    let (ada_id, grace_id) = (ada.user_id().await, grace.user_id().await);
    // A client's user whose reference it changes waits, whoever that is.
    let account = client.made(&person("r-1", "ada")).await;
    client.patch(&account, json!([{ "op": "replace", "path": "externalId", "value": "r-2" }])).await;
    client.patch(&account, json!([{ "op": "replace", "path": "title", "value": "Dr" }])).await;
    let listed = sparekey(&app, &["waiting", "--json"]);
    let line: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!((&line["id"], &line["reference"]), (&json!(account), &json!("r-2")));

    let nobody = "0198f000-0000-7000-8000-000000000000";
    assert_eq!(sparekey(&app, &["adopt", nobody, "--account", &account]).status.code(), Some(1));
    assert_eq!(sparekey(&app, &["adopt", &ada_id, "--account", nobody]).status.code(), Some(1));
    let done = sparekey(&app, &["adopt", &ada_id, "--account", &account]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let owner = store.users.find_by_identity(app.provider.issuer(), "r-2").await.unwrap().unwrap();
    assert_eq!(owner.id.to_string(), ada_id);
    let identity = owner.identity(app.provider.issuer(), "r-2").unwrap();
    assert_eq!(identity.claims["title"], "Dr", "what was said meanwhile is merged");
    assert_eq!(store.entries.count("main").await.unwrap().waiting, 0);
    assert!(sparekey(&app, &["waiting"]).stdout.is_empty());
    // From now on the client speaks of her.
    client.patch(&account, json!([{ "op": "replace", "path": "title", "value": "Countess" }])).await;
    let owner = store.users.find_by_identity(app.provider.issuer(), "r-2").await.unwrap().unwrap();
    assert_eq!(owner.identity(app.provider.issuer(), "r-2").unwrap().claims["title"], "Countess");
    assert!(sparekey(&app, &["adopt", &ada_id, "--account", &account]).status.success(), "it was so already");
    let taken = sparekey(&app, &["adopt", &grace_id, "--account", &account]);
    assert!(String::from_utf8_lossy(&taken.stderr).contains("another user's"), "{taken:?}");
    let acts: Vec<identity::Act> = store.acts().await.into_iter().map(|(act, ..)| act).collect();
    assert_eq!(acts, [identity::Act::Link, identity::Act::Link], "the identity, and the account");
}

#[tokio::test]
async fn where_the_reference_is_another_claim_the_account_is_that_of_the_user_s_one_identity() {
    let plan = Plan::new().await.set("OIDC_PRESET", "entra").set("OIDC_REFERENCE", "oid");
    let (app, client) = started(plan).await;
    app.provider.set_person(Person::new("pairwise"));
    let browser = app.signed_in("pairwise").await;
    let oid = "11111111-2222-3333-4444-555555555555";
    let mut body = person(oid, "ada@example.com");
    body["title"] = json!("Dr");
    let account = client.made(&body).await;
    let user = browser.user_id().await;
    let done = sparekey(&app, &["adopt", &user, "--account", &account]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let owner = app.user("pairwise").await.unwrap();
    assert_eq!((owner.identities.len(), &owner.identities[0].claims["title"]), (1, &json!("Dr")));
    let blocked =
        client.patch(&account, json!([{ "op": "replace", "path": "active", "value": false }])).await;
    assert_eq!(blocked.status, 200, "{blocked:?}");
    assert!(!browser.is_signed_in().await, "and what is said next is heard of them");
}
