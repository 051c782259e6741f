//! The development provider as a whole: somebody is changed on its page, and the copy follows, each way by which it hears.

use dev_provider::Provisioning;
use identity::{Field, Standing, User};

use crate::support::app::{ADA, GRACE, Plan, TestApp, eventually};
use crate::support::process::{Serving, free_port, run, sparekey};

/// An application whose development provider pushes, keeps users here by SCIM, and can be scanned.
async fn provisioned() -> TestApp {
    let plan = Plan::new().await;
    let provisioning = Provisioning::for_named(&plan.site, "main");
    plan.provider.provision(provisioning.clone());
    let admin = format!("{}/scim/v2", plan.provider.issuer());
    plan.set("OIDC_WEBHOOK_SECRET", &provisioning.webhook_secret)
        .set("OIDC_SCIM_TOKEN", &provisioning.scim_token)
        .set("OIDC_ADMIN_URL", &admin)
        .set("OIDC_ADMIN_TOKEN", &provisioning.admin_token)
        .set("OIDC_SCAN_SECONDS", "0")
        .set("OPERATORS", "email:grace@example.com")
        .start()
        .await
}

/// Fills in a form of the page `/people`; what the page says then.
async fn post(issuer: &str, form: &[(&str, &str)]) -> String {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let people = format!("{issuer}/people");
    let ask = crate::peers::http().post(&people).header("content-type", "application/x-www-form-urlencoded");
    let answer = ask.body(body).send().await.unwrap();
    assert_eq!(answer.status(), 200, "it leads back to the page");
    answer.text().await.unwrap()
}

fn renamed<'a>(by: &'a str, given_name: &'a str) -> Vec<(&'a str, &'a str)> {
    let (family, email) = (("family_name", "Lovelace"), ("email", "ada@example.com"));
    vec![("sub", ADA), ("act", "change"), ("by", by), ("given_name", given_name), family, email]
}

fn name(user: &User) -> String {
    user.text(Field::GivenName).unwrap_or_default()
}

#[tokio::test]
async fn a_person_who_is_renamed_blocked_and_deleted_there_is_so_here_by_webhook_and_by_scim() {
    for (by, says) in
        [("webhook", "To the webhook user.updated it answered 200."), ("scim", "it answered 20")]
    {
        let app = provisioned().await;
        let (ada, grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
        // An ID token's time has no fraction: what is said later is later by a second.
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        let issuer = app.provider.issuer();
        let page = post(issuer, &renamed(by, "Augusta")).await;
        assert!(page.contains(says), "{by}: {page}");
        eventually("the new name is here", || async { name(&app.user(ADA).await.unwrap()) == "Augusta" })
            .await;
        let id = app.user(ADA).await.unwrap().id;
        assert!(grace.get(&format!("/studio/users/{id}")).await.body.contains("Augusta"), "{by}");

        let page = post(issuer, &[("sub", ADA), ("act", "block"), ("by", by)]).await;
        assert!(page.contains("To the log-out by the back channel it answered 200."), "{by}: {page}");
        assert!(!ada.is_signed_in().await && grace.is_signed_in().await, "{by}: out at once");
        eventually("it is blocked", || async { app.identity(ADA).await.standing == Standing::Blocked }).await;
        let browser = app.browser();
        let shut = browser.ask(http::Method::GET, &browser.leave("").await).header("dev-choose", ADA);
        assert_eq!(shut.send().await.status, 403, "nor is there a way in");

        post(issuer, &[("sub", ADA), ("act", "let_in"), ("by", by)]).await;
        eventually("it is there again", || async { app.identity(ADA).await.standing == Standing::Present })
            .await;
        post(issuer, &[("sub", ADA), ("act", "delete"), ("by", by)]).await;
        eventually("it is gone", || async { app.identity(ADA).await.standing == Standing::Deleted }).await;
        assert_eq!(name(&app.user(ADA).await.unwrap()), "Augusta", "what was known of her stays");
    }
}

#[tokio::test]
async fn what_nobody_was_told_the_next_scan_finds() {
    let app = provisioned().await;
    app.signed_in(ADA).await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let page = post(app.provider.issuer(), &renamed("nothing", "Augusta")).await;
    assert!(page.contains("the application&#39;s next scan finds it"), "{page}");
    assert_eq!(name(&app.user(ADA).await.unwrap()), "Ada");
    let names = [
        "DATABASE_URL",
        "SESSION_SECRET",
        "OIDC_ISSUER_URL",
        "OIDC_CLIENT_ID",
        "OIDC_CLIENT_SECRET",
        "OIDC_ADMIN_URL",
        "OIDC_ADMIN_TOKEN",
    ];
    let settings = names.map(|name| (name, app.setting(name).to_owned()));
    let scanned = tokio::task::spawn_blocking(move || {
        let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
        run(tempfile::tempdir().unwrap().path(), &settings, &["scan"])
    });
    let scanned = scanned.await.unwrap();
    assert!(scanned.status.success(), "{}", String::from_utf8_lossy(&scanned.stderr));
    let ada = app.user(ADA).await.unwrap();
    assert_eq!(name(&ada), "Augusta");
    assert_eq!(ada.text(Field::Email).as_deref(), Some("ada@example.com"));
    assert!(app.user("dev|0005").await.is_some(), "and who has never logged in");
    let strangers = crate::peers::http().get(format!("{}/scim/v2/Users", app.provider.issuer())).send().await;
    assert_eq!(strangers.unwrap().status(), 401);
}

/// As a developer starts it.
#[tokio::test]
async fn without_any_settings_all_of_it_works() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let serving = Serving::start(folder.path(), port, &[]).await;
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let (_, rest) = log.split_once("the development provider is at ").unwrap_or_else(|| panic!("{log}"));
    let issuer = rest.split(';').next().unwrap().to_owned();
    let (ada, grace) = (serving.browser(), serving.browser());
    ada.log_in_as(ADA).await;
    grace.log_in_as(GRACE).await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let page = post(&issuer, &renamed("webhook", "Augusta")).await;
    assert!(page.contains("it answered 200"), "{page}");
    let id = ada.user_id().await;
    eventually("the studio has it", || async {
        grace.get(&format!("/studio/users/{id}")).await.body.contains("Augusta")
    })
    .await;
    // A command beside it means the same provider.
    if issuer.ends_with(&format!(":{}", port + 1)) {
        let scan = move || {
            let address = format!("127.0.0.1:{port}");
            let output =
                sparekey(folder.path(), &[("LEPTOS_SITE_ADDR", &address)], &["scan"]).output().unwrap();
            (folder, output)
        };
        let (_folder, output) = tokio::task::spawn_blocking(scan).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("missing      0"), "{output:?}");
    }
}
