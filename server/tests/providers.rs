//! Several providers at once, one user with several of them, and Kinde under the names of its starter.

use dev_provider::{Endpoint, Fault, Person};
use serde_json::json;

use crate::hooks::{WHSEC, standard};
use crate::support::app::{ADA, GRACE, Plan, SESSION, TestApp};
use crate::support::browser::{Browser, parameter};

async fn two() -> TestApp {
    Plan::new().await.and("second").await.start().await
}

/// Logs in at a named provider.
async fn log_in_at(browser: &Browser, provider: &str, subject: &str) {
    let authorize = browser.leave(&format!("?provider={provider}")).await;
    browser.get(&browser.choose(&authorize, subject).await).await.location();
}

#[tokio::test]
async fn where_there_are_several_the_visitor_chooses() {
    let app = two().await;
    let browser = app.browser();
    let home = browser.get("/").await.body;
    assert!(home.contains("href=\"/auth/providers\""));
    let choice = browser.get("/auth/providers?return_to=/account").await.body;
    for name in ["main", "second"] {
        let link = format!("href=\"/auth/login?return_to=%2Faccount&amp;provider={name}\"");
        assert!(choice.contains(&link), "{choice}");
    }
    let (main, second) = (browser.leave("?provider=main").await, browser.leave("?provider=second").await);
    assert!(main.starts_with(app.provider.issuer()) && second.starts_with(app.others["second"].issuer()));
    assert_eq!(parameter(&main, "redirect_uri"), Some(format!("{}/auth/callback", app.site)));
    assert_eq!(parameter(&second, "redirect_uri"), Some(format!("{}/auth/callback/second", app.site)));
    assert!(browser.leave("").await.starts_with(app.provider.issuer()), "main, where none is named");
    assert_eq!(browser.get("/auth/login?provider=nobody").await.verdict(), (400, "provider_unknown"));
}

#[tokio::test]
async fn without_a_main_one_the_log_in_leads_to_the_choice() {
    let plan = Plan::new().await.and("one").await.and("two").await;
    let app =
        plan.set("OIDC_ISSUER_URL", "").set("OIDC_CLIENT_ID", "").set("OIDC_CLIENT_SECRET", "").start().await;
    let choice = app.browser().get("/auth/login?return_to=/account&login_hint=ada").await;
    assert_eq!(choice.location(), "/auth/providers?return_to=%2Faccount&login_hint=ada");
    let plan = Plan::new().await.and("one").await;
    let app =
        plan.set("OIDC_ISSUER_URL", "").set("OIDC_CLIENT_ID", "").set("OIDC_CLIENT_SECRET", "").start().await;
    assert!(app.browser().leave("").await.starts_with(app.others["one"].issuer()), "the only one");
    log_in_at(&app.browser(), "one", ADA).await;
}

#[tokio::test]
async fn an_answer_of_one_provider_at_the_address_of_another_is_refused() {
    let app = two().await;
    let browser = app.browser();
    for (provider, strange, honest) in [
        ("main", "/auth/callback/second?", "/auth/callback?"),
        ("second", "/auth/callback?", "/auth/callback/second?"),
    ] {
        let authorize = browser.leave(&format!("?provider={provider}")).await;
        let callback = browser.choose(&authorize, ADA).await;
        let mixed = browser.get(&callback.replace(honest, strange)).await;
        assert_eq!(mixed.verdict(), (400, "provider_mismatch"), "{provider}");
    }
    for provider in [&app.provider, &app.others["second"]] {
        assert_eq!(provider.calls().count(Endpoint::Token), 0);
    }
    assert_eq!(
        browser.get("/auth/callback/nobody?code=x&state=y").await.verdict(),
        (400, "provider_unknown")
    );
    log_in_at(&browser, "second", ADA).await;
}

#[tokio::test]
async fn an_answer_that_names_another_issuer_is_refused_before_the_code_is_used() {
    let app = two().await;
    let browser = app.browser();
    let callback = browser.come_back_as(ADA).await;
    let encode = |issuer: &str| url::form_urlencoded::byte_serialize(issuer.as_bytes()).collect::<String>();
    let (own, other) = (encode(app.provider.issuer()), encode(app.others["second"].issuer()));
    let mixed = browser.get(&callback.replace(&own, &other)).await;
    assert_eq!(mixed.verdict(), (400, "iss_mismatch"));
    assert_eq!(app.provider.calls().count(Endpoint::Token), 0);
    browser.log_in_as(ADA).await;
}

#[tokio::test]
async fn the_same_subject_at_two_providers_is_two_users_and_so_is_the_same_mail() {
    let app = two().await;
    let (one, other) = (app.browser(), app.browser());
    log_in_at(&one, "main", ADA).await;
    log_in_at(&other, "second", ADA).await;
    let (ada, too) = (one.get("/api/me").await.json(), other.get("/api/me").await.json());
    assert_eq!(ada["email"], too["email"]);
    assert_ne!(ada["id"], too["id"]);
    for (subject, verified) in [("a", Some(true)), ("b", Some(false)), ("c", None)] {
        let person = Person::new(subject).with("email", "ada@example.com");
        app.provider.set_person(match verified {
            Some(verified) => person.with("email_verified", verified),
            None => person,
        });
        let browser = app.signed_in(subject).await;
        let me = browser.get("/api/me").await.json();
        assert!(me["id"] != ada["id"] && me["id"] != too["id"], "{verified:?}");
    }
}

#[tokio::test]
async fn a_second_provider_joins_the_user_who_is_signed_in() {
    let app = two().await;
    let browser = app.browser();
    log_in_at(&browser, "main", ADA).await;
    let id = browser.user_id().await;
    assert!(browser.get("/account").await.body.contains("action=\"/auth/link\""));
    let left = browser.post("/auth/link", &[("provider", "second")]).await;
    let callback = browser.choose(left.location(), GRACE).await;
    browser.get(&callback).await.location();
    let me = browser.get("/api/me").await.json();
    assert_eq!(me["id"].as_str(), Some(id.as_str()));
    assert_eq!(me["identities"].as_array().map(Vec::len), Some(2));
    let elsewhere = app.browser();
    log_in_at(&elsewhere, "second", GRACE).await;
    assert_eq!(elsewhere.user_id().await, id, "either opens the same user");
}

#[tokio::test]
async fn a_link_is_seen_in_the_history_and_can_be_undone_but_for_the_last() {
    let app = two().await;
    let browser = app.browser();
    log_in_at(&browser, "main", ADA).await;
    let id = browser.user_id().await;
    let alone = browser.get("/account").await.body;
    assert!(!alone.contains("action=\"/auth/unlink\"") && !alone.contains("Provider linked"), "{alone}");
    let main = browser.get("/api/me").await.json()["identities"][0].clone();
    let of = |one: &serde_json::Value| [("issuer", text(&one["issuer"])), ("subject", text(&one["subject"]))];
    let last = of(&main);
    let last: Vec<(&str, &str)> = last.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(browser.post("/auth/unlink", &last).await.verdict(), (400, "identity_last"));
    let left = browser.post("/auth/link", &[("provider", "second")]).await;
    browser.get(&browser.choose(left.location(), GRACE).await).await.location();
    let account = browser.get("/account").await.body;
    assert!(account.contains("Provider linked") && account.contains("action=\"/auth/unlink\""), "{account}");
    // The one that they did not come by: they stay.
    assert_eq!(browser.post("/auth/unlink", &last).await.location(), "/account");
    let me = browser.get("/api/me").await.json();
    assert_eq!((me["id"].as_str(), me["identities"].as_array().map(Vec::len)), (Some(id.as_str()), Some(1)));
    assert!(browser.get("/account").await.body.contains("Provider unlinked"));
    let stranger = app.browser();
    log_in_at(&stranger, "main", ADA).await;
    assert_ne!(stranger.user_id().await, id, "it opens another user now");
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_links_or_unlinks_shows_first_who_they_are() {
    let app = two().await;
    let browser = app.browser();
    log_in_at(&browser, "main", ADA).await;
    let stale = chrono::Utc::now() - chrono::TimeDelta::seconds(3600);
    let store = app.store().await;
    let id = identity::Secret::parse(&browser.cookie(SESSION).unwrap()).unwrap().digest();
    let (session, _) = store.sessions.find(&id).await.unwrap().unwrap();
    let tokens = store.sessions.tokens(&id).await.unwrap().unwrap();
    store.sessions.end(&identity::Ends::One(id)).await.unwrap();
    store.start(&identity::Session { auth_time: Some(stale), tokens, ..session }).await;
    for (path, form) in [
        ("/auth/link", &[("provider", "second")][..]),
        ("/auth/unlink", &[("issuer", "a"), ("subject", "b")]),
    ] {
        let sent = browser.post(path, form).await;
        let location = sent.location();
        assert!(
            location.starts_with("/auth/login?return_to=/account&provider=main&max_age=300"),
            "{location}"
        );
    }
    assert_eq!(browser.get("/api/me").await.json()["identities"].as_array().map(Vec::len), Some(1));
    log_in_at(&browser, "main", ADA).await;
    let left = browser.post("/auth/link", &[("provider", "second")]).await;
    browser.get(&browser.choose(left.location(), GRACE).await).await.location();
    assert_eq!(browser.get("/api/me").await.json()["identities"].as_array().map(Vec::len), Some(2));
}

/// A session of this browser as it is some time later.
async fn age(app: &TestApp, browser: &Browser, seconds: i64) {
    let ago = |at: chrono::DateTime<chrono::Utc>| at - chrono::TimeDelta::seconds(seconds);
    let store = app.store().await;
    let id = identity::Secret::parse(&browser.cookie(SESSION).unwrap()).unwrap().digest();
    let (session, _) = store.sessions.find(&id).await.unwrap().unwrap();
    let tokens = store.sessions.tokens(&id).await.unwrap().unwrap();
    store.sessions.end(&identity::Ends::One(id)).await.unwrap();
    let (created_at, auth_time) = (ago(session.created_at), session.auth_time.map(ago));
    store.start(&identity::Session { created_at, auth_time, tokens, ..session }).await;
}

#[tokio::test]
async fn where_a_provider_states_no_time_it_is_asked_to_ask_each_time() {
    let app = two().await;
    app.provider.faults().set(Fault::AuthTimeMissing);
    let browser = app.browser();
    log_in_at(&browser, "main", ADA).await;
    for _ in 0..2 {
        let sent = browser.post("/auth/link", &[("provider", "second")]).await;
        let again = sent.location().to_owned();
        assert_eq!(again, "/auth/login?return_to=/account&provider=main&prompt=login");
        let authorize = browser.get(&again).await.location().to_owned();
        assert_eq!(parameter(&authorize, "prompt").as_deref(), Some("login"));
        assert_eq!(browser.get(&browser.choose(&authorize, ADA).await).await.location(), "/account");
        let sent = browser.post("/auth/link", &[("provider", "second")]).await;
        assert!(sent.location().starts_with(app.others["second"].issuer()), "{}", sent.location());
        age(&app, &browser, 400).await;
    }
    app.provider.faults().clear_all();
    log_in_at(&browser, "main", ADA).await;
    age(&app, &browser, 400).await;
    let sent = browser.post("/auth/link", &[("provider", "second")]).await;
    assert_eq!(sent.location(), "/auth/login?return_to=/account&provider=main&max_age=300");
}

#[tokio::test]
async fn a_provider_that_does_not_heed_how_old_a_log_in_may_be_is_asked_to_ask() {
    let app = two().await;
    let browser = app.browser();
    log_in_at(&browser, "main", ADA).await;
    age(&app, &browser, 400).await;
    let again = browser.post("/auth/link", &[("provider", "second")]).await.location().to_owned();
    app.provider.faults().set_once(Fault::AuthTimeOld);
    let callback = browser.choose(browser.get(&again).await.location(), ADA).await;
    let refused = browser.get(&callback).await;
    assert_eq!(refused.verdict(), (502, "auth_time_too_old"));
    let anew = "/auth/login?provider=main&prompt=login";
    assert!(refused.body.contains(&format!("href=\"{}\"", anew.replace('&', "&amp;"))), "{}", refused.body);
    let authorize = browser.get(anew).await.location().to_owned();
    browser.get(&browser.choose(&authorize, ADA).await).await.location();
    let left = browser.post("/auth/link", &[("provider", "second")]).await;
    assert!(left.location().starts_with(app.others["second"].issuer()), "{}", left.location());
}

#[tokio::test]
async fn whoever_came_by_google_links_too_though_it_knows_no_prompt_by_that_name() {
    let plan = Plan::new().await.and("second").await;
    let app = plan.set("OIDC_PRESET", "google").start().await;
    app.provider.faults().set(Fault::AuthTimeMissing);
    let browser = app.browser();
    log_in_at(&browser, "main", ADA).await;
    let again = browser.post("/auth/link", &[("provider", "second")]).await.location().to_owned();
    let authorize = browser.get(&again).await.location().to_owned();
    assert_eq!(parameter(&authorize, "prompt").as_deref(), Some("select_account"));
    assert_eq!(parameter(&authorize, "max_age"), None);
    browser.get(&browser.choose(&authorize, ADA).await).await.location();
    let left = browser.post("/auth/link", &[("provider", "second")]).await;
    browser.get(&browser.choose(left.location(), GRACE).await).await.location();
    assert_eq!(browser.get("/api/me").await.json()["identities"].as_array().map(Vec::len), Some(2));
    for (asked, sent) in [("login%20consent", "select_account consent"), ("none", "none")] {
        let authorize = browser.leave(&format!("?provider=main&prompt={asked}")).await;
        assert_eq!(parameter(&authorize, "prompt").as_deref(), Some(sent));
    }
}

#[tokio::test]
async fn an_identity_of_another_user_is_not_linked() {
    let app = two().await;
    let (grace, ada) = (app.browser(), app.browser());
    log_in_at(&grace, "second", GRACE).await;
    log_in_at(&ada, "main", ADA).await;
    let (hers, his) = (ada.user_id().await, grace.user_id().await);
    let left = ada.post("/auth/link", &[("provider", "second")]).await;
    let callback = ada.choose(left.location(), GRACE).await;
    assert_eq!(ada.get(&callback).await.verdict(), (400, "identity_taken"));
    assert_eq!((ada.user_id().await, grace.user_id().await), (hers, his));
    assert_eq!(ada.get("/api/me").await.json()["identities"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_plain_log_in_never_links_and_a_link_needs_its_user_to_be_there_still() {
    let app = two().await;
    let browser = app.browser();
    log_in_at(&browser, "main", ADA).await;
    let first = browser.user_id().await;
    log_in_at(&browser, "second", GRACE).await;
    assert_ne!(browser.user_id().await, first);
    let left = browser.post("/auth/link", &[("provider", "main")]).await;
    let callback = browser.choose(left.location(), "dev|0003").await;
    browser.post("/auth/logout", &[]).await;
    assert_eq!(browser.get(&callback).await.verdict(), (401, "signed_out"));
    assert_eq!(
        app.browser().post("/auth/link", &[("provider", "main")]).await.verdict(),
        (401, "signed_out")
    );
}

#[tokio::test]
async fn one_provider_that_is_down_does_not_keep_anybody_from_the_other() {
    let app = two().await;
    app.others["second"].stop().await;
    let browser = app.browser();
    assert_eq!(browser.get("/auth/login?provider=second").await.verdict(), (503, "provider_unavailable"));
    log_in_at(&browser, "main", ADA).await;
}

async fn kinde(more: &[(&str, &str)]) -> TestApp {
    let plan = Plan::new().await;
    let (issuer, site) = (plan.provider.issuer().to_owned(), plan.site.clone());
    let plan = plan
        .set("OIDC_ISSUER_URL", "")
        .set("OIDC_CLIENT_ID", "")
        .set("OIDC_CLIENT_SECRET", "")
        .set("SITE_URL", "")
        .set("KINDE_ISSUER_URL", &issuer)
        .set("KINDE_CLIENT_ID", "sparekey")
        .set("KINDE_CLIENT_SECRET", "dev-secret")
        .set("KINDE_SITE_URL", &site)
        .set("KINDE_POST_LOGIN_REDIRECT_URL", &format!("{site}/dashboard"))
        .set("KINDE_POST_LOGOUT_REDIRECT_URL", &site);
    more.iter().fold(plan, |plan, (name, value)| plan.set(name, value)).start().await
}

#[tokio::test]
async fn an_application_registered_at_kinde_for_the_starter_works_unchanged() {
    let app = kinde(&[("KINDE_AUDIENCE", "https://api.one https://api.two")]).await;
    let browser = app.browser();
    let authorize = browser.get("/api/auth/login").await.location().to_owned();
    assert_eq!(parameter(&authorize, "redirect_uri"), Some(format!("{}/api/auth/kinde_callback", app.site)));
    assert_eq!(parameter(&authorize, "scope").as_deref(), Some("openid profile email offline"));
    assert_eq!(authorize.matches("audience=").count(), 2);
    let callback = browser.choose(&authorize, "kp_5f2c0015a1b2c3d4").await;
    assert_eq!(browser.get(&callback).await.location(), "/dashboard");
    assert_eq!(browser.get("/api/me").await.json()["email"], "kim@example.com");
    assert_eq!(browser.get("/api/auth/success").await.location(), "/dashboard");
    assert_eq!(browser.get("/api/auth/logout").await.heading(), "Log out?");
    let out = browser.post("/auth/logout", &[]).await;
    let site: String = url::form_urlencoded::byte_serialize(app.site.as_bytes()).collect();
    assert_eq!(out.location(), format!("{}/logout?redirect={site}", app.provider.issuer()));
    assert_eq!(browser.get(out.location()).await.location(), app.site);
    let register = browser.get("/api/auth/register").await;
    assert_eq!(parameter(register.location(), "prompt").as_deref(), Some("create"));
}

#[tokio::test]
async fn kindes_audience_is_taken_in_either_form_and_at_kinde_alone() {
    let app = kinde(&[]).await;
    app.provider.faults().set(Fault::AudIsIssuer);
    app.browser().log_in_as(ADA).await;
    app.provider.faults().set(Fault::AzpMissing);
    assert_eq!(app.browser().try_as(ADA).await.status, 502, "the issuer alone names nobody");
    let plain = TestApp::start().await;
    plain.provider.faults().set(Fault::AudIsIssuer);
    assert_eq!(plain.browser().try_as(ADA).await.verdict(), (502, "audience_mismatch"));
}

#[tokio::test]
async fn an_organisation_can_be_asked_for_at_kinde() {
    let app = kinde(&[]).await;
    let authorize = app.browser().leave("?org_code=org_1a2b3c").await;
    assert_eq!(parameter(&authorize, "org_code").as_deref(), Some("org_1a2b3c"));
    let plain = TestApp::start().await;
    assert_eq!(parameter(&plain.browser().leave("?org_code=x").await, "org_code"), None);
}

#[tokio::test]
async fn people_read_the_label_of_a_provider_wherever_its_name_would_stand() {
    let app = TestApp::with(&[("OIDC_LABEL", "Acme & Co")]).await;
    let browser = app.signed_in(ADA).await;
    for (page, text) in [
        ("/account", "log-in at Acme &amp; Co"),
        ("/account", "from Acme &amp; Co"),
        ("/account", "<b>Acme &amp; Co</b>"),
    ] {
        let answer = browser.get(page).await;
        assert!(answer.body.contains(text), "{page} {text}: {}", answer.body);
        assert!(!answer.body.contains(">main<"), "{page}");
    }
}

#[tokio::test]
async fn nobody_logs_in_at_a_retired_provider_and_whoever_did_stays_in() {
    let mut app = two().await;
    let browser = app.browser();
    log_in_at(&browser, "second", ADA).await;
    let id = browser.user_id().await;
    app.restart(&[("OIDC_SECOND_RETIRED", "on")]).await;
    let browser = browser.sent_to(app.door);
    assert!(browser.is_signed_in().await);
    assert_eq!(browser.user_id().await, id);
    let stranger = app.browser();
    assert_eq!(stranger.get("/auth/login?provider=second").await.verdict(), (400, "provider_unknown"));
    assert!(stranger.leave("").await.starts_with(app.provider.issuer()), "the other one is the only one");
    app.restart(&[("OIDC_SECOND_RETIRED", "off")]).await;
    log_in_at(&app.browser(), "second", ADA).await;
}

#[tokio::test]
async fn a_retired_provider_is_heard_of_its_own_identities_and_makes_nobody() {
    let plan = Plan::new().await.and("second").await.set("OIDC_SECOND_WEBHOOK_SECRET", WHSEC);
    let mut app = plan.set("OIDC_SECOND_SCIM_TOKEN", "a-token").start().await;
    let browser = app.browser();
    log_in_at(&browser, "second", ADA).await;
    app.restart(&[("OIDC_SECOND_RETIRED", "on")]).await;
    let (store, issuer) = (app.store().await, app.others["second"].issuer().to_owned());
    let at = chrono::Utc::now().to_rfc3339();
    let push = async |id: &str, subject: &str| {
        let data = json!({ "sub": subject, "name": "As pushed" });
        let body = json!({ "type": "user.updated", "timestamp": at, "data": data });
        assert_eq!(standard(id, &body, WHSEC).to("second").by(&app).await.status, 200);
    };
    push("1", ADA).await;
    push("2", "stranger").await;
    let ada = store.users.find_by_identity(&issuer, ADA).await.unwrap().unwrap();
    assert_eq!(ada.text(identity::Field::Name).as_deref(), Some("As pushed"));
    let wrong = "whsec_b3RoZXIgc2VjcmV0IG9mIG91cnM=";
    assert_eq!(standard("3", &json!({}), wrong).to("second").by(&app).await.status, 401, "as ever");

    let post = async |subject: &str| {
        let body = json!({ "externalId": subject, "userName": subject, "displayName": "As provisioned" });
        let browser = app.browser();
        let ask = browser
            .ask(http::Method::POST, "/scim/v2/second/Users")
            .header("authorization", "Bearer a-token");
        ask.body("application/scim+json", body.to_string().into_bytes()).send().await
    };
    assert_eq!(post(ADA).await.status, 201);
    let refused = post("stranger").await;
    assert!(refused.status == 403 && refused.body.contains("retired: "), "{refused:?}");
    let all = store.users.page(None, 9).await.unwrap();
    assert_eq!(all.len(), 1, "nobody was made");
    assert_eq!(all[0].text(identity::Field::Name).as_deref(), Some("As provisioned"));
    assert_eq!(store.entries.count("second").await.unwrap().waiting, 0);
}
