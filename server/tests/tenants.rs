//! One issuer setting for many tenants, as Microsoft Entra ID has it (`…/common/v2.0`): metadata names a
//! template, and each token the issuer of its own tenant.

use std::time::Duration;

use dev_provider::{Endpoint, Person};

use crate::support::app::{ADA, GRACE, Plan, TestApp};

const OURS: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const THEIRS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// An application that is set to this tenant, or to `common`; its provider speaks for ours.
async fn set_to(tenant: &str) -> TestApp {
    let plan = Plan::new().await;
    let issuer = format!("{}/{tenant}/v2.0", plan.provider.issuer());
    plan.provider.speak_for_tenant(OURS);
    plan.set("OIDC_ISSUER_URL", &issuer)
        .set("OIDC_PRESET", "entra")
        .set("OIDC_SCOPES", "openid profile email offline_access")
        .start()
        .await
}

fn of_tenant(subject: &str, tenant: &str) -> Person {
    Person::new(subject).mail("ada@example.com").with("tid", tenant)
}

#[tokio::test]
async fn a_token_of_any_tenant_is_believed_under_that_tenants_own_issuer() {
    for shared in ["common", "organizations"] {
        let app = set_to(shared).await;
        app.provider.set_person(of_tenant(ADA, OURS));
        let ours = app.signed_in(ADA).await;
        let issuer = |tenant: &str| format!("{}/{tenant}/v2.0", app.provider.issuer());
        assert_eq!(ours.get("/api/me").await.json()["identities"][0]["issuer"], issuer(OURS));
        app.provider.speak_for_tenant(THEIRS);
        app.provider.set_person(of_tenant(ADA, THEIRS));
        let theirs = app.signed_in(ADA).await;
        assert_eq!(theirs.get("/api/me").await.json()["identities"][0]["issuer"], issuer(THEIRS));
        assert_ne!(ours.user_id().await, theirs.user_id().await, "a subject counts within its tenant");
    }
}

#[tokio::test]
async fn a_token_whose_tenant_and_issuer_differ_is_refused() {
    let app = set_to("common").await;
    let with = |tid: serde_json::Value| Person::new(ADA).with("tid", tid);
    for (issuer, person) in [
        (OURS, of_tenant(ADA, THEIRS)),
        (OURS, with(OURS.to_uppercase().into())),
        (OURS, with(7.into())),
        (OURS, Person::new(ADA)),
        ("common", of_tenant(ADA, "common")),
        ("{tenantid}", of_tenant(ADA, "{tenantid}")),
        ("evil/9188040d-6c67-4c5b-b112-36a304b66dad", of_tenant(ADA, THEIRS)),
    ] {
        app.provider.speak_for_tenant(issuer);
        app.provider.set_person(person.clone());
        let browser = app.browser();
        assert_eq!(browser.try_as(ADA).await.verdict(), (502, "issuer_mismatch"), "{issuer} {person:?}");
        assert!(!browser.is_signed_in().await);
    }
    assert_eq!(app.provider.calls().count(Endpoint::Userinfo), 0);
    app.provider.speak_for_tenant(OURS);
    app.provider.set_person(of_tenant(ADA, OURS));
    app.signed_in(ADA).await;
}

#[tokio::test]
async fn where_one_tenant_is_set_no_other_gets_in() {
    let app = set_to(OURS).await;
    app.provider.set_person(of_tenant(ADA, OURS));
    app.signed_in(ADA).await;
    app.provider.speak_for_tenant(THEIRS);
    app.provider.set_person(of_tenant(GRACE, THEIRS));
    assert_eq!(app.browser().try_as(GRACE).await.verdict(), (502, "issuer_mismatch"));
}

#[tokio::test]
async fn a_template_is_no_issuer_of_a_provider_that_has_no_tenants() {
    let plan = Plan::new().await;
    let issuer = format!("{}/common/v2.0", plan.provider.issuer());
    let app = plan.set("OIDC_ISSUER_URL", &issuer).set("OIDC_PRESET", "plain").start().await;
    assert_eq!(app.browser().get("/auth/login").await.verdict(), (502, "metadata_issuer_mismatch"));
    assert_eq!(set_to("common").await.browser().get("/auth/login").await.status, 303);
}

#[tokio::test]
async fn a_session_of_a_tenant_is_refreshed_and_logged_out_at_the_provider() {
    let app = set_to("common").await;
    app.provider.set_person(of_tenant(ADA, OURS));
    app.provider.access_tokens_live_for(Duration::ZERO);
    let browser = app.browser();
    browser.try_as(ADA).await.location();
    app.provider.access_tokens_live_for(Duration::from_secs(3600));
    app.provider.set_person(of_tenant(ADA, OURS).mail("ada@king.example"));
    assert_eq!(browser.get("/api/me").await.json()["email"], "ada@king.example");
    assert_eq!(app.provider.calls().count(Endpoint::Refresh), 1);
    let out = browser.post("/auth/logout", &[]).await;
    assert!(out.location().starts_with(&format!("{}/logout?", app.provider.issuer())), "{out:?}");
    assert_eq!(app.provider.calls().count(Endpoint::Revoke), 1);

    // Another tenant's tokens are not this session's.
    app.provider.access_tokens_live_for(Duration::ZERO);
    let browser = app.browser();
    browser.try_as(ADA).await.location();
    app.provider.speak_for_tenant(THEIRS);
    app.provider.set_person(of_tenant(ADA, THEIRS));
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_log_in_may_be_started_in_the_name_of_a_tenant() {
    let app = set_to("common").await;
    let started = |tenant: &str| format!("/auth/initiate?iss={}/{tenant}/v2.0", app.provider.issuer());
    for tenant in [OURS, THEIRS, "common"] {
        let answer = app.browser().get(&started(tenant)).await;
        assert_eq!(answer.location(), "/auth/login?provider=main", "{tenant}");
    }
    assert_eq!(app.browser().get(&started("evil")).await.verdict(), (400, "provider_unknown"));

    let plan = Plan::new().await;
    let of = |tenant: &str| format!("{}/{tenant}/v2.0", plan.provider.issuer());
    let (common, ours) = (of("common"), of(OURS));
    let app = plan
        .set("OIDC_ISSUER_URL", &common)
        .set("OIDC_PRESET", "entra")
        .set("OIDC_PROVIDERS", "acme")
        .set("OIDC_ACME_ISSUER_URL", &ours)
        .set("OIDC_ACME_CLIENT_ID", "acme")
        .set("OIDC_ACME_PRESET", "entra")
        .start()
        .await;
    for (issuer, provider) in [(ours, "acme"), (common, "main")] {
        let answer = app.browser().get(&format!("/auth/initiate?iss={issuer}")).await;
        assert_eq!(answer.location(), format!("/auth/login?provider={provider}"), "the one that is named");
    }
}
