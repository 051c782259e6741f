//! `/studio/waiting` and the holds on a user's page: viewers look, operators act.

use identity::{Act, Held};
use serde_json::json;

use crate::support::app::{ADA, GRACE, Plan};
use crate::support::browser::{Browser, between};
use crate::undo::imported;

/// The address of the page that comes next.
pub(super) fn next(page: &str) -> String {
    let link = page.split("rel=\"next\"").nth(1).expect("a next page");
    let link = if link.contains("href=\"") { link } else { page };
    between(link, "href=\"", "\"").unwrap().replace("&amp;", "&")
}

#[tokio::test]
async fn whose_a_waiting_account_is_an_operator_can_say() {
    const OID: &str = "6c1dd94d-01ed-44bb-a0ab-29c2d2eb5d0b";
    let plan = Plan::new().await.set("OIDC_PRESET", "entra").set("OIDC_SCIM_TOKEN", "a-token");
    let grace = format!("sub:{}|{GRACE}", plan.provider.issuer());
    let ada = format!("sub:{}|{ADA}", plan.provider.issuer());
    let app = plan.set("OPERATORS", &grace).set("VIEWERS", &ada).start().await;
    let body = json!({ "externalId": OID, "userName": "ada@<b>", "displayName": "Ada <i>", "active": true,
        "emails": [{ "value": "ada@example.com", "primary": true }] });
    let browser = app.browser();
    let ask =
        browser.ask(http::Method::POST, "/scim/v2/main/Users").header("authorization", "Bearer a-token");
    assert_eq!(ask.body("application/scim+json", body.to_string()).send().await.status, 201);
    let (operator, viewer) = (app.signed_in(GRACE).await, app.signed_in(ADA).await);
    let (id, account) = (viewer.user_id().await, {
        let entries = app.store().await.entries.page(Some("main"), None, 9).await.unwrap();
        entries.iter().find(|entry| entry.waits()).unwrap().id.to_string()
    });

    let seen = viewer.get("/studio/waiting").await;
    assert_eq!((seen.status.as_u16(), seen.heading()), (200, "Waiting accounts"));
    assert!(seen.body.contains(OID) && seen.body.contains("ada@example.com"), "{}", seen.body);
    assert!(seen.body.contains("Ada &lt;i&gt;") && !seen.body.contains("waiting/adopt"), "{}", seen.body);
    let post = async |browser: &Browser, user: &str| {
        browser.post("/studio/waiting/adopt", &[("account", &*account), ("user", user)]).await
    };
    assert_eq!(post(&viewer, &id).await.verdict(), (403, "denied"));
    for odd in ["x", "0198a7f0-22d4-7e19-8b3c-6d10f9e5a487"] {
        let refused = post(&operator, odd).await.location().to_owned();
        assert_eq!(refused, "/studio/waiting?problem=nobody", "{odd}");
        assert!(operator.get(&refused).await.body.contains("no user of that id"));
    }
    assert_eq!(post(&operator, &id).await.location(), format!("/studio/users/{id}"));
    assert!(operator.get("/studio/waiting").await.body.contains("No account waits"));
    assert!(operator.get(&format!("/studio/users/{id}")).await.body.contains(OID));
    assert_eq!(app.store().await.entries.count("main").await.unwrap().waiting, 0);
    let copy = viewer.get("/studio/copy").await;
    assert!(copy.body.contains("/studio/waiting?provider=main"), "{}", copy.body);
}

#[tokio::test]
async fn what_is_held_is_released_by_operators_alone() {
    let plan = Plan::new().await;
    let grace = format!("sub:{}|{GRACE}", plan.provider.issuer());
    let ada = format!("sub:{}|{ADA}", plan.provider.issuer());
    let app = plan.set("OPERATORS", &grace).set("VIEWERS", &ada).start().await;
    let folder = tempfile::tempdir().unwrap();
    let (before, _, run) = imported(&app, folder.path()).await;
    let id = before[0]["id"].as_str().unwrap().to_owned();
    let (operator, store) = (app.signed_in(GRACE).await, app.store().await);
    operator.post("/studio/undo", &[("run", &run), ("hold", "true")]).await;
    let user = format!("/studio/users/{id}");
    let held = async || -> Vec<Held> {
        let user = store.users.find(identity::UserId(id.parse().unwrap())).await.unwrap().unwrap();
        user.identities.iter().flat_map(|one| one.holds.keys().copied()).collect()
    };
    let all = held().await;
    let what = all[0].to_string();
    assert!(operator.get(&user).await.body.contains(&format!("Release {what}")));
    let viewer = app.signed_in(ADA).await;
    let seen = viewer.get(&user).await;
    assert!(seen.body.contains("On hold:") && !seen.body.contains("holds/release"), "{}", seen.body);
    let form = [("user", &*id), ("held", &*what), ("provider", "main")];
    assert_eq!(viewer.post("/studio/holds/release", &form).await.verdict(), (403, "denied"));
    assert_eq!(held().await, all);
    assert_eq!(operator.post("/studio/holds/release", &form).await.location(), user);
    assert_eq!(held().await, all[1..]);
    assert_eq!(operator.post("/studio/holds/release", &form).await.location(), user, "it is so already");
    let odd = [("user", &*id), ("held", "x"), ("provider", "main")];
    assert_eq!(operator.post("/studio/holds/release", &odd).await.verdict(), (400, "parameter_invalid"));
    assert_eq!(store.acts().await.iter().filter(|(act, ..)| *act == Act::ReleaseHold).count(), 1);
}
