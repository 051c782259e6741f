//! A push that says no more than that somebody changed: they are read again at the provider, soon and with retries.

use identity::{Field, Identity, MessageName, MessageState, Standing};
use serde_json::json;

use super::{WHSEC, standard};
use crate::support::admin::Admin;
use crate::support::app::{Plan, TestApp, eventually};

async fn app(admin: &Admin) -> TestApp {
    let settings = [
        ("OIDC_ISSUER_URL", admin.issuer()),
        ("OIDC_PRESET", "keycloak".to_owned()),
        ("OIDC_ADMIN_URL", format!("{}/admin/realms/acme", admin.origin)),
        ("OIDC_ADMIN_CLIENT_ID", "scanner".to_owned()),
        ("OIDC_ADMIN_CLIENT_SECRET", "scanner-secret".to_owned()),
        ("OIDC_SCAN_SECONDS", "0".to_owned()),
        ("OIDC_WEBHOOK_FORMAT", "standard".to_owned()),
        ("OIDC_WEBHOOK_SECRET", WHSEC.to_owned()),
    ];
    let plan = Plan::new().await;
    settings.iter().fold(plan, |plan, (name, value)| plan.set(name, value)).start().await
}

async fn identity(app: &TestApp, issuer: &str, subject: &str) -> Option<Identity> {
    let user = app.store().await.users.find_by_identity(issuer, subject).await.unwrap()?;
    user.identity(issuer, subject).cloned()
}

async fn push(app: &TestApp, id: &str, subject: &str) {
    let body = json!({"type": "user.updated", "timestamp": chrono::Utc::now().to_rfc3339(), "data": {"id": subject}});
    assert_eq!(standard(id, &body, WHSEC).by(app).await.status, 200);
}

async fn state(app: &TestApp, id: &str) -> (MessageState, Option<String>) {
    let name = MessageName::Sender { provider: "main".into(), id: id.into() };
    let message = app.store().await.messages.find(&name).await.unwrap().unwrap();
    (message.state, message.reason)
}

#[tokio::test]
async fn who_is_only_said_to_have_changed_is_read_again_whole() {
    let admin = Admin::start(3).await;
    let (app, issuer, ada) = (app(&admin).await, admin.issuer(), "id-000001");
    push(&app, "1", ada).await;
    eventually("they are read", || async { state(&app, "1").await.0 == MessageState::Processed }).await;
    let known = identity(&app, &issuer, ada).await.unwrap();
    assert!(known.facts[&Field::GivenName].value.is_some() && known.standing == Standing::Present);

    admin.script().people[1].is_enabled = false;
    push(&app, "2", ada).await;
    eventually("they are blocked here too", || async {
        identity(&app, &issuer, ada).await.unwrap().standing == Standing::Blocked
    })
    .await;
    admin.script().people[1].is_enabled = true;
    push(&app, "3", ada).await;
    eventually("they are back", || async {
        identity(&app, &issuer, ada).await.unwrap().standing == Standing::Present
    })
    .await;
    admin.script().people.remove(1);
    push(&app, "4", ada).await;
    eventually("they are gone", || async {
        identity(&app, &issuer, ada).await.unwrap().standing == Standing::Deleted
    })
    .await;
    // Nobody there, nobody here.
    push(&app, "5", "id-999999").await;
    eventually("nobody is made", || async { state(&app, "5").await.0 == MessageState::Processed }).await;
    assert_eq!(identity(&app, &issuer, "id-999999").await, None);
}

#[tokio::test]
async fn what_cannot_be_read_now_waits() {
    let admin = Admin::start(3).await;
    let (app, issuer) = (app(&admin).await, admin.issuer());
    push(&app, "1", "id-000000").await;
    eventually("they are read", || async { state(&app, "1").await.0 == MessageState::Processed }).await;
    drop(admin);
    let body = json!({"type": "user.updated", "timestamp": chrono::Utc::now().to_rfc3339(),
        "data": {"sub": "id-000000", "given_name": "Changed"}});
    assert_eq!(standard("2", &body, WHSEC).by(&app).await.status, 200);
    // What it says by itself is merged before the answer.
    let known = identity(&app, &issuer, "id-000000").await.unwrap();
    assert_eq!(known.facts[&Field::GivenName].value.as_ref().and_then(|value| value.text()), Some("Changed"));
    eventually("it waits for its provider", || async {
        state(&app, "2").await == (MessageState::Waiting, Some("provider_unavailable".to_owned()))
    })
    .await;
}

/// An interface that answers 429 for a quarter of an hour is its own provider's trouble.
#[tokio::test]
async fn nobody_waits_for_another_provider_s_interface() {
    let (busy, quick) = (Admin::start(3).await, Admin::start(3).await);
    let mut plan = Plan::new().await.and("acme").await.set("OIDC_SCAN_SECONDS", "0");
    for (prefix, admin) in [("OIDC", &busy), ("OIDC_ACME", &quick)] {
        let url = format!("{}/admin/realms/acme", admin.origin);
        for (name, value) in [
            ("ISSUER_URL", admin.issuer().as_str()),
            ("PRESET", "keycloak"),
            ("ADMIN_URL", url.as_str()),
            ("ADMIN_CLIENT_ID", "scanner"),
            ("ADMIN_CLIENT_SECRET", "scanner-secret"),
            ("SCAN_SECONDS", "0"),
            ("WEBHOOK_FORMAT", "standard"),
            ("WEBHOOK_SECRET", WHSEC),
        ] {
            plan = plan.set(&format!("{prefix}_{name}"), value);
        }
    }
    let app = plan.start().await;
    busy.script().by_id_answers = Some(429);
    busy.script().headers = vec![("retry-after", "900".to_owned())];
    push(&app, "1", "id-000000").await;
    eventually("the busy one is asked", || async { busy.asked("/users/id-000000") > 0 }).await;
    let body = json!({"type": "user.updated", "timestamp": chrono::Utc::now().to_rfc3339(), "data": {"id": "id-000001"}});
    assert_eq!(standard("2", &body, WHSEC).to("acme").by(&app).await.status, 200);
    eventually("the other one's is done", || async {
        identity(&app, &quick.issuer(), "id-000001").await.is_some()
    })
    .await;
    eventually("it is tried again later", || async {
        state(&app, "1").await == (MessageState::Waiting, Some("provider_unavailable".to_owned()))
    })
    .await;
}
