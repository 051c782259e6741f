//! Invitations: a one-time address by which the next log-in at another provider joins a user. Made by the real binary,
//! taken up over HTTP.

use std::process::Output;

use http::Method;
use serde_json::Value as Json;

use crate::operator::{data, users};
use crate::support::app::{ADA, GRACE, Plan, TestApp};
use crate::support::browser::{Answer, Browser, between, parameter};
use crate::support::process::run;

pub(crate) async fn two() -> TestApp {
    Plan::new().await.and("second").await.start().await
}

/// Runs it with the settings of the application, and further ones.
fn invite(app: &TestApp, id: &str, more: &[(&str, &str)], arguments: &[&str]) -> Output {
    const NAMES: [&str; 8] = [
        "SITE_URL",
        "DATABASE_URL",
        "SESSION_SECRET",
        "OIDC_ISSUER_URL",
        "OIDC_CLIENT_ID",
        "OIDC_PROVIDERS",
        "OIDC_SECOND_ISSUER_URL",
        "OIDC_SECOND_CLIENT_ID",
    ];
    let mut settings: Vec<(&str, &str)> = NAMES.iter().map(|name| (*name, app.setting(name))).collect();
    settings.extend(more);
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &settings, &[&["users", "invite", id], arguments].concat())
}

/// An invitation for the provider `second`: the path and the query of its address.
pub(crate) fn invited(app: &TestApp, id: &str) -> String {
    let address = data(&invite(app, id, &[], &["--provider", "second"]));
    address.trim().strip_prefix(&app.site).unwrap().to_owned()
}

/// Presses the button of the page; the answer leads to the provider.
async fn press(browser: &Browser, address: &str) -> Answer {
    let code = parameter(address, "code").unwrap();
    browser.post("/auth/invitation", &[("code", &code)]).await
}

/// The whole way of whoever takes an invitation up as this person at the provider.
pub(crate) async fn take_up(browser: &Browser, address: &str, subject: &str) -> Answer {
    let left = press(browser, address).await.location().to_owned();
    let callback = browser.choose(&left, subject).await;
    browser.get(&callback).await
}

async fn identities(browser: &Browser) -> Vec<String> {
    let me = browser.get("/api/me").await.json();
    let all = me["identities"].as_array().unwrap().iter();
    all.map(|one| format!("{} {}", one["provider"].as_str().unwrap(), one["subject"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn whoever_is_invited_is_the_user_they_were_by_their_next_log_in_elsewhere() {
    let app = two().await;
    let before = app.signed_in(ADA).await;
    let id = before.user_id().await;
    let address = invited(&app, &id);
    assert!(!before.is_signed_in().await, "an invitation ends the sessions that there are");
    let before = app.signed_in(ADA).await;

    let browser = app.browser();
    let page = browser.get(&address).await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "You are invited."));
    assert!(page.body.contains("Ada Lovelace") && page.body.contains("action=\"/auth/invitation\""));
    assert!(!page.body.contains("<script src"), "it works without a script");
    take_up(&browser, &address, GRACE).await.location();
    assert_eq!(browser.user_id().await, id);
    assert_eq!(identities(&browser).await, [format!("main {ADA}"), format!("second {GRACE}")]);
    assert!(!before.is_signed_in().await, "whoever was in before is out");
    // From then on it is a log-in like any other.
    let again = app.browser();
    let left = again.leave("?provider=second").await;
    again.get(&again.choose(&left, GRACE).await).await.location();
    assert_eq!(again.user_id().await, id);

    let history = data(&users(&app, &["history", &id, "--json"]));
    let lines: Vec<Json> = history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["what"] == "invited").unwrap();
    assert_eq!((&line["to"], &line["source"]), (&Json::from("second"), &Json::from("operator")));
    assert!(again.get("/account").await.body.contains("Invited to log in"));
    let log = app.store().await.log.lines(None, 10).await.unwrap();
    assert_eq!((log[0].act.to_string(), log[0].user.unwrap().to_string()), ("invite".to_owned(), id));
    assert_eq!(log[0].detail.as_deref(), Some("second"));
}

#[tokio::test]
async fn looking_at_an_invitation_uses_nothing_and_a_log_in_uses_it_once() {
    let app = two().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let address = invited(&app, &id);
    let browser = app.browser();
    for purpose in ["prefetch", "preview"] {
        let ask = browser.ask(Method::GET, &address).header("sec-purpose", purpose);
        assert_eq!(ask.send().await.status, 204);
    }
    assert_eq!(browser.ask(Method::HEAD, &address).send().await.status, 204);
    assert_eq!(browser.get(&address).await.status, 200);
    // Whoever turns back at the provider may come again, and so may somebody else meanwhile.
    press(&browser, &address).await.location();
    let (first, second) = (app.browser(), app.browser());
    let slow = press(&second, &address).await.location().to_owned();
    take_up(&first, &address, GRACE).await.location();
    assert_eq!(first.user_id().await, id);
    let late = second.choose(&slow, "dev|0006").await;
    assert_eq!(second.get(&late).await.verdict(), (400, "invitation_used"));
    assert_eq!(second.get(&address).await.verdict(), (400, "invitation_used"));
    assert_eq!(press(&second, &address).await.verdict(), (400, "invitation_used"));
    assert_eq!(identities(&first).await.len(), 2);
}

#[tokio::test]
async fn an_identity_that_is_somebodys_joins_nobody_and_leaves_the_invitation_as_it_is() {
    let app = two().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let grace = app.browser();
    let left = grace.leave("?provider=second").await;
    grace.get(&grace.choose(&left, GRACE).await).await.location();
    let address = invited(&app, &id);
    let browser = app.browser();
    assert_eq!(take_up(&browser, &address, GRACE).await.verdict(), (400, "identity_taken"));
    take_up(&browser, &address, "dev|0006").await.location();
    assert_eq!(browser.user_id().await, id);
}

#[tokio::test]
async fn an_invitation_is_for_one_provider_and_one_person_who_is_still_there() {
    let app = two().await;
    let browser = app.signed_in(ADA).await;
    let id = browser.user_id().await;
    let address = invited(&app, &id);
    let left = press(&browser, &address).await.location().to_owned();
    assert!(left.starts_with(app.others["second"].issuer()), "{left}");
    for odd in
        ["/auth/invitation", "/auth/invitation?code=x", &format!("/auth/invitation?code={}", "A".repeat(43))]
    {
        assert_eq!(app.browser().get(odd).await.verdict(), (400, "invitation_unknown"), "{odd}");
    }
    users(&app, &["disable", &id, "--reason", "x"]);
    assert_eq!(app.browser().get(&address).await.verdict(), (403, "user_disabled"));
    users(&app, &["enable", &id]);
    assert_eq!(app.browser().get(&address).await.status, 200);
    users(&app, &["erase", &id, "--yes"]);
    let stranger = app.browser();
    let callback = stranger.choose(&left, GRACE).await;
    assert_eq!(browser.get(&callback).await.verdict(), (400, "invitation_unknown"));
}

#[tokio::test]
async fn operators_and_viewers_are_not_invited_nor_anybody_to_where_nobody_logs_in() {
    let app = two().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let refused = |more: &[(&str, &str)], provider: &str, words: &str| {
        let output = invite(&app, &id, more, &["--provider", provider]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{said}");
        assert!(said.contains(words), "{said}");
    };
    for right in ["main/email:ada@example.com", "main/claim:email=ada@example.com"] {
        refused(&[("OPERATORS", right)], "second", "not invited");
        refused(&[("VIEWERS", right)], "second", "not invited");
    }
    refused(&[("OIDC_SECOND_RETIRED", "on")], "second", "retired");
    refused(&[], "third", "no provider");
    users(&app, &["disable", &id, "--reason", "x"]);
    refused(&[], "second", "disabled");
    users(&app, &["enable", &id]);
    let output = data(&invite(
        &app,
        &id,
        &[("OPERATORS", "main/email:grace@example.com")],
        &["--provider", "second", "--json", "--reason", "asked by letter"],
    ));
    let line: Json = serde_json::from_str(&output).unwrap();
    assert_eq!((&line["id"], &line["provider"]), (&Json::from(id.as_str()), &Json::from("second")));
    assert!(line["address"].as_str().unwrap().starts_with(&format!("{}/auth/invitation?code=", app.site)));
}

#[tokio::test]
async fn whoever_becomes_an_operator_meanwhile_is_not_joined() {
    let mut app = two().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let address = invited(&app, &id);
    let browser = app.browser();
    let left = press(&browser, &address).await.location().to_owned();
    app.restart(&[("VIEWERS", "main/email:ada@example.com")]).await;
    let browser = browser.sent_to(app.door);
    assert_eq!(browser.get(&browser.choose(&left, GRACE).await).await.verdict(), (400, "invitation_unknown"));
    assert_eq!(browser.get(&address).await.verdict(), (400, "invitation_unknown"));
}

#[tokio::test]
async fn a_code_of_an_invitation_stands_on_no_page_but_its_own_form() {
    let app = two().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let address = invited(&app, &id);
    let code = parameter(&address, "code").unwrap();
    let page = app.browser().get(&address).await;
    assert_eq!(page.body.matches(&code).count(), 1, "{}", page.body);
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(between(&page.body, "<form", "</form>").unwrap().contains(&code));
    let browser = app.browser();
    take_up(&browser, &address, GRACE).await.location();
    for path in [&*address, "/account", "/account/data.json"] {
        assert!(!browser.get(path).await.body.contains(&code), "{path}");
    }
}
