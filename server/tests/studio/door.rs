//! Nobody but operators and viewers gets a byte, on any address below the studio's, by any method.

use http::Method;

use crate::support::app::{ADA, GRACE, Plan, TestApp};
use crate::support::browser::Browser;
use crate::support::raw::{request, send};

/// Ada may act, Grace may look, Eve may neither.
const EVE: &str = "dev|0003";

async fn app() -> TestApp {
    let plan = Plan::new().await;
    let grace = format!("sub:{}|{GRACE}", plan.provider.issuer());
    plan.set("OPERATORS", "email:ada@example.com").set("VIEWERS", &grace).start().await
}

/// Addresses of the studio, there or not, in spellings that a reader could take for one.
const ADDRESSES: &[&str] = &[
    "/studio",
    "/studio/",
    "//studio",
    "/./studio",
    "/x/../studio",
    "/studio/.",
    "/studio/../studio",
    "/studio%2f",
    "/studio%2fusers",
    "/%73tudio",
    "/studio\\users",
    "/studio?q=ada",
    "/studio/users/0198a7f0-22d4-7e19-8b3c-6d10f9e5a487",
    "/studio/users/0198a7f0-22d4-7e19-8b3c-6d10f9e5a487/data.json",
    "/studio/claims",
    "/studio/copy",
    "/studio/log",
    "/studio/runs",
    "/studio/runs/0198a7f0-22d4-7e19-8b3c-6d10f9e5a487/left-out",
    "/studio/runs/0198a7f0-22d4-7e19-8b3c-6d10f9e5a487/undo",
    "/studio/undo",
    "/studio/runs/0198a7f0-22d4-7e19-8b3c-6d10f9e5a487/approve",
    "/studio/approve",
    "/studio/inbox",
    "/studio/inbox/replay",
    "/studio/waiting",
    "/studio/waiting/adopt",
    "/studio/holds/release",
    "/studio/export.csv",
    "/studio/export.ndjson",
    "/studio/log.csv",
    "/studio/log.ndjson",
    "/studio/acts",
    "/studio/nowhere",
    "/studio/%ff",
];

const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

#[tokio::test]
async fn whoever_is_signed_out_is_sent_to_log_in_or_hears_401_and_nothing_else() {
    let app = app().await;
    drop(app.signed_in(ADA).await);
    for address in ADDRESSES {
        for method in METHODS {
            for headers in [
                &[b"accept: text/html".as_slice()][..],
                &[b"accept: application/json"],
                &[b"sec-fetch-mode: cors"],
                &[b"sec-fetch-site: cross-site", b"origin: https://evil.example"],
            ] {
                let line = format!("{method} {address}");
                let answer = send(app.door, &request(line.as_bytes(), headers)).await;
                let reads = ["GET", "HEAD"].contains(method);
                let expected = match *method {
                    "OPTIONS" => 204,
                    _ if reads && headers != [b"sec-fetch-mode: cors"] => 303,
                    _ => 401,
                };
                assert_eq!(answer.status, expected, "{line} {answer:?}");
                assert_eq!(answer.header("allow"), "get,head,post", "{line}: it says nothing of the address");
                assert!(!answer.body.contains("ada@example.com"), "{line}");
                assert!(expected != 303 || answer.header("location").starts_with("/auth/login?return_to="));
            }
        }
    }
}

#[tokio::test]
async fn whoever_is_signed_in_without_rights_is_denied_everywhere_alike() {
    let app = app().await;
    drop(app.signed_in(ADA).await);
    let cookie = format!("cookie: {}", app.signed_in(EVE).await.cookies());
    for address in ADDRESSES {
        for method in METHODS.iter().filter(|method| **method != "OPTIONS") {
            for accept in [b"accept: text/html".as_slice(), b"accept: application/json"] {
                let line = format!("{method} {address}");
                let answer = send(app.door, &request(line.as_bytes(), &[cookie.as_bytes(), accept])).await;
                assert_eq!(answer.status, 403, "{line} {answer:?}");
                assert_eq!(answer.header("allow"), "get,head,post", "{line}: it says nothing of the address");
                assert!(*method == "HEAD" || answer.body.contains("denied"), "{line} {answer:?}");
                assert!(
                    !answer.body.contains("ada@example.com") && !answer.body.contains("Studio"),
                    "{line}"
                );
            }
        }
    }
}

#[tokio::test]
async fn operators_and_viewers_find_the_studio_and_what_is_not_there_is_404() {
    let app = app().await;
    for person in [ADA, GRACE] {
        let browser = app.signed_in(person).await;
        let page = browser.get("/studio").await;
        assert_eq!((page.status.as_u16(), page.heading()), (200, "Users"));
        assert!(page.body.contains("ada@example.com") && page.header("cache-control") == "no-store");
        assert!(browser.get("/dashboard").await.body.contains("href=\"/studio\""), "the header leads there");
        assert_eq!(browser.get("/studio/nowhere").await.verdict(), (404, "not_found"));
        let posted = browser.post("/studio", &[]).await;
        assert_eq!(posted.verdict(), (405, "method_not_allowed"));
        let ask = browser.ask(Method::POST, "/studio").header("origin", "https://evil.example");
        assert_eq!(ask.send().await.verdict(), (403, "cross_site"));
        for spelling in ["/studio/", "//studio", "/./studio", "/%73tudio", "/studio%2fusers"] {
            let cookie = format!("cookie: {}", browser.cookies());
            let line = format!("GET {spelling}");
            let answer = send(app.door, &request(line.as_bytes(), &[cookie.as_bytes()])).await;
            assert_eq!(answer.status, 404, "{spelling} {answer:?}");
        }
    }
    // One whose e-mail is Ada's and was never verified, too.
    for person in [EVE, "dev|0014"] {
        let browser = app.signed_in(person).await;
        assert!(!browser.get("/dashboard").await.body.contains("/studio"));
        assert!(!may_enter(&browser).await, "{person}");
    }
}

#[tokio::test]
async fn a_log_in_leads_back_to_where_the_operator_was_going() {
    let app = app().await;
    let browser = app.browser();
    let sent = browser.get("/studio?after=0198a7f0-22d4-7e19-8b3c-6d10f9e5a487").await;
    let login = browser.get(sent.location()).await;
    let callback = browser.choose(login.location(), ADA).await;
    let back = browser.get(&callback).await;
    assert_eq!(back.location(), "/studio?after=0198a7f0-22d4-7e19-8b3c-6d10f9e5a487");
}

async fn may_enter(browser: &Browser) -> bool {
    match browser.get("/studio").await.verdict() {
        (200, _) => true,
        (403, "denied") => false,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn rights_by_a_claim_are_those_of_the_log_in_as_far_as_they_still_stand() {
    let app = TestApp::with(&[("OPERATORS", "claim:locale=en-GB"), ("VIEWERS", "claim:locale=de")]).await;
    let browser = app.signed_in(ADA).await;
    assert!(may_enter(&browser).await);
    // What is pushed since may take it away, and not give it.
    let store = app.store().await;
    let id = identity::UserId(browser.user_id().await.parse().unwrap());
    let user = store.users.find(id).await.unwrap().unwrap();
    let [identity] = &user.identities[..] else { panic!("one identity") };
    let push = |locale: &str| identity::Observation {
        provider: "main".to_owned(),
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
        origin: identity::Origin {
            at: chrono::Utc::now(),
            received_at: chrono::Utc::now(),
            source: identity::Source::Webhook,
            actor: None,
            run: None,
        },
        extent: identity::Extent::Partial,
        claims: serde_json::json!({ "locale": locale }).as_object().unwrap().clone(),
        standing: None,
    };
    store.record(&push("fr"), id, None).await.unwrap().unwrap();
    assert!(!may_enter(&browser).await);
    store.record(&push("de"), id, None).await.unwrap().unwrap();
    assert!(!may_enter(&browser).await, "a push gives nothing");
}

#[tokio::test]
async fn an_e_mail_at_another_provider_opens_nothing() {
    let plan = Plan::new().await.and("other").await;
    let app = plan.set("OPERATORS", "other/email:ada@example.com").start().await;
    assert!(!may_enter(&app.signed_in(ADA).await).await, "verified, and by another provider");
    let browser = app.browser();
    let authorize = browser.leave("?provider=other").await;
    let callback = browser.choose(&authorize, ADA).await;
    assert_eq!(browser.get(&callback).await.status, 303);
    assert!(may_enter(&browser).await);
}
