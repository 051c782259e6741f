//! Whom a held scan would take away, before anybody approves it: on the run's page, and by `sparekey runs show`.

use std::process::Output;

use serde_json::Value as Json;

use super::waiting::next;
use crate::support::admin::Admin;
use crate::support::app::{ADA, GRACE, Plan, TestApp};
use crate::support::process::run;

const NAMES: [&str; 12] = [
    "SITE_URL",
    "DATABASE_URL",
    "SESSION_SECRET",
    "OIDC_ISSUER_URL",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_PROVIDERS",
    "OIDC_SECOND_ISSUER_URL",
    "OIDC_SECOND_CLIENT_ID",
    "OIDC_SECOND_PRESET",
    "OIDC_SECOND_ADMIN_URL",
    "OIDC_SECOND_ADMIN_TOKEN",
];

fn sparekey(app: &TestApp, names: &[&str], arguments: &[&str]) -> Output {
    let settings: Vec<(&str, &str)> = names.iter().map(|name| (*name, app.setting(name))).collect();
    run(tempfile::tempdir().unwrap().path(), &settings, arguments)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// An application where Grace acts and Ada looks, and whose second provider is scanned at this admin interface.
pub(super) async fn app(admin: &Admin) -> TestApp {
    let plan = Plan::new().await;
    let issuer = plan.provider.issuer();
    let (grace, ada) = (format!("sub:{issuer}|{GRACE}"), format!("sub:{issuer}|{ADA}"));
    let plan = plan.and("second").await.set("OPERATORS", &grace).set("VIEWERS", &ada);
    plan.set("OIDC_SECOND_ISSUER_URL", &admin.issuer())
        .set("OIDC_SECOND_PRESET", "keycloak")
        .set("OIDC_SECOND_ADMIN_URL", &format!("{}/admin/realms/acme", admin.origin))
        .set("OIDC_SECOND_ADMIN_TOKEN", "token-0")
        .set("OIDC_SECOND_SCAN_SECONDS", "0")
        .start()
        .await
}

/// Scans, and once more where 59 are gone and one is blocked: the run that the guard holds.
pub(super) fn held(app: &TestApp, admin: &Admin) -> String {
    let first = sparekey(app, &NAMES, &["scan", "second"]);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    {
        let mut script = admin.script();
        script.people.drain(..59);
        script.people[0].is_enabled = false;
    }
    let held = sparekey(app, &NAMES, &["scan", "second", "--json"]);
    assert_eq!(held.status.code(), Some(75), "{}", text(&held.stderr));
    serde_json::from_slice::<Json>(&held.stdout).unwrap()["run"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_would_go_is_listed_before_anybody_says_yes() {
    let admin = Admin::start(130).await;
    let app = app(&admin).await;
    let scan = |arguments: &[&str]| sparekey(&app, &NAMES, &[&["scan"], arguments].concat());
    let id = held(&app, &admin);
    let shown = sparekey(&app, &NAMES, &["runs", "show", &id]);
    let shown = text(&shown.stdout);
    assert_eq!(shown.lines().filter(|line| line.starts_with("would go: ")).count(), 60, "{shown}");
    assert_eq!(shown.matches("second standing: \"present\" → \"deleted\"").count(), 59, "{shown}");
    assert_eq!(shown.matches("second standing: \"present\" → \"blocked\"").count(), 1, "{shown}");
    assert!(shown.contains("user0@example.com") && !shown.contains("user60@example.com"), "{shown}");
    let as_json = text(&sparekey(&app, &NAMES, &["runs", "show", &id, "--json"]).stdout);
    let last: Json = serde_json::from_str(as_json.lines().last().unwrap()).unwrap();
    assert!(last["would"].as_array().unwrap().iter().any(|one| one["what"] == "standing"), "{last}");
    let sealed = sparekey(&app, &["DATABASE_URL"], &["runs", "show", &id]);
    assert!(text(&sealed.stderr).contains("SESSION_SECRET"), "{}", text(&sealed.stderr));

    let viewer = app.signed_in(ADA).await;
    let page = viewer.get(&format!("/studio/runs/{id}")).await;
    assert!(page.status == 200 && page.body.contains("Whom it would take away"), "{}", page.body);
    assert!(page.body.contains(&format!("sparekey scan approve {id}")), "{}", page.body);
    assert!(!page.body.contains("Apply this list"), "a viewer only looks");
    let count = |body: &str| body.matches("account present → ").count();
    let more = viewer.get(&next(&page.body)).await;
    assert_eq!([count(&page.body), count(&more.body)], [50, 10], "{}", more.body);
    let odd = viewer.get(&format!("/studio/runs/{id}?from=x")).await;
    assert_eq!(count(&odd.body), 50);

    let approved = scan(&["approve", &id]);
    assert_eq!(approved.status.code(), Some(0), "{}", text(&approved.stderr));
    let page = viewer.get(&format!("/studio/runs/{id}")).await;
    assert!(!page.body.contains("Whom it would take away"), "{}", page.body);
    assert_eq!(count(&page.body), 50, "now it is what it changed");
}
