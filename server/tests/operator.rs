//! The operator's command line, through the real binary, beside a running application.

use std::process::Output;

use dev_provider::Person;
use identity::{Act, Actor};

use crate::support::app::{ADA, GRACE, TestApp};
use crate::support::process::run;

pub(crate) fn users(app: &TestApp, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("DATABASE_URL", app.setting("DATABASE_URL"))];
    run(folder.path(), &settings, &[&["users"], arguments].concat())
}

pub(crate) fn data(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A line with its ids as ID and its times as TIME.
fn masked(line: &str) -> String {
    let parts = line.split('"').map(|part| {
        let is_time = chrono::DateTime::parse_from_rfc3339(part).is_ok();
        if uuid::Uuid::parse_str(part).is_ok() {
            "ID"
        } else if is_time && part.ends_with('Z') {
            "TIME"
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("\"")
}

#[tokio::test]
async fn a_user_is_exported_on_one_line_of_exactly_this_form() {
    let app = TestApp::start().await;
    app.provider.set_person(Person::new("x").named("Ada", "Lovelace").mail("ada@example.com"));
    app.signed_in("x").await;
    let exported = data(&users(&app, &["export"]));
    assert_eq!(exported.matches('\n').count(), 1);
    let (before, after) = exported.trim_end().split_once(r#""claims":{"#).unwrap();
    let (claims, after) = after.split_once(r#"}}]"#).unwrap();
    let line = format!(r#"{before}"claims":{{}}}}]{after}"#);
    let issuer = app.provider.issuer();
    let expected = format!(
        r#"{{"schema":"sparekey.user/1","id":"ID","status":"active","email":"ada@example.com","email_verified":true,"name":"Ada Lovelace","given_name":"Ada","family_name":"Lovelace","preferred_username":null,"picture":null,"phone_number":null,"phone_number_verified":null,"locale":null,"zoneinfo":null,"identities":[{{"provider":"main","issuer":"{issuer}","subject":"x","standing":"present","first_seen_at":"TIME","last_seen_at":"TIME","claims":{{}}}}],"created_at":"TIME","updated_at":"TIME","last_login_at":"TIME","login_count":1}}"#
    );
    assert_eq!(masked(&line), expected);
    assert!(claims.contains(r#""given_name":"Ada""#), "{claims}");
}

#[tokio::test]
async fn everybody_is_exported_and_listed_in_one_order_and_stdout_holds_nothing_else() {
    let app = TestApp::start().await;
    for subject in [ADA, GRACE, "dev|0006", "dev|0011"] {
        app.signed_in(subject).await;
    }
    let exported = users(&app, &["export"]);
    let ids = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned()
            })
            .collect()
    };
    let exported_ids = ids(&data(&exported));
    let listed = data(&users(&app, &["list"]));
    let listed_ids: Vec<String> =
        listed.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect();
    assert_eq!(exported_ids.len(), 4);
    assert_eq!(exported_ids, listed_ids);
    let rows: Vec<Vec<&str>> = listed.lines().map(|line| line.split('\t').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 5));
    assert_eq!(rows[0][1..4], ["active", "ada@example.com", "Ada Lovelace"]);
}

#[tokio::test]
async fn a_user_is_shown_by_id_and_by_identity() {
    let app = TestApp::start().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let by_id = data(&users(&app, &["show", &id]));
    let issuer = app.provider.issuer();
    let by_identity = data(&users(&app, &["show", "--issuer", issuer, "--subject", ADA]));
    assert_eq!(by_id, by_identity);
    assert_eq!(by_id, data(&users(&app, &["export"])));
}

#[tokio::test]
async fn who_is_not_there_is_said_so_on_stderr() {
    let app = TestApp::start().await;
    let nobody = uuid::Uuid::nil().to_string();
    let known = app.signed_in(ADA).await.user_id().await;
    assert!(users(&app, &["show", &known]).status.success());
    for arguments in
        [&["show", &nobody][..], &["disable", &nobody], &["enable", "--issuer", "x", "--subject", "y"]]
    {
        let output = users(&app, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
    let odd = users(&app, &["show", "not-an-id"]);
    assert!(!odd.status.success() && odd.stdout.is_empty());
}

#[tokio::test]
async fn a_disabled_user_is_out_at_the_next_request_and_refused_until_enabled() {
    let app = TestApp::start().await;
    let (browser, elsewhere) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
    let other = app.signed_in(GRACE).await;
    let id = browser.user_id().await;
    let done = users(&app, &["disable", &id]);
    assert!(done.status.success() && done.stdout.is_empty());
    for browser in [&browser, &elsewhere] {
        assert_eq!(browser.get("/dashboard").await.location(), "/auth/login?return_to=/dashboard");
        assert!(!browser.is_signed_in().await);
    }
    assert!(other.is_signed_in().await);
    let refused = browser.try_as(ADA).await;
    assert_eq!(refused.verdict(), (403, "user_disabled"));
    assert!(refused.set_cookies().is_empty() && !browser.is_signed_in().await);
    assert!(data(&users(&app, &["show", &id])).contains(r#""status":"disabled""#));
    assert!(users(&app, &["enable", &id]).status.success());
    browser.log_in_as(ADA).await;
    assert_eq!(browser.user_id().await, id);
}

/// Three people: whole, without an e-mail address, and one whom the operator shut out.
async fn three() -> TestApp {
    let app = TestApp::start().await;
    app.signed_in(ADA).await;
    app.provider.set_person(Person::new("nomail"));
    app.signed_in("nomail").await;
    let out = app.signed_in(GRACE).await.user_id().await;
    assert!(users(&app, &["disable", &out]).status.success());
    app
}

#[tokio::test]
async fn users_go_out_as_another_provider_takes_them_and_what_is_lost_is_said() {
    let app = three().await;
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.jsonl");
    let output = users(
        &app,
        &["export", "--format", "keycloak", "--into", "acme", "--report", report.to_str().unwrap()],
    );
    let file: serde_json::Value = serde_json::from_str(&data(&output)).unwrap();
    let people = file["users"].as_array().unwrap();
    assert_eq!(people.len(), 3);
    assert_eq!((&people[0]["enabled"], &people[2]["enabled"]), (&true.into(), &false.into()));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("3 of 3 users written") && told.contains("no_email: email"), "{told}");
    let report = std::fs::read_to_string(report).unwrap();
    let nomail = people[1]["id"].as_str().unwrap();
    assert!(
        report.contains(&format!(r#"{{"user":"{nomail}","kind":"no_email","what":"email"}}"#)),
        "{report}"
    );
    assert!(report.ends_with("{\"files\":1,\"users\":3,\"written\":3}\n"), "{report}");
    assert!(!report.contains('@'), "a report holds no values");
}

#[tokio::test]
async fn strict_is_content_only_with_a_format_that_holds_all() {
    let app = three().await;
    assert!(users(&app, &["export", "--strict"]).status.success());
    let auth0 = users(&app, &["export", "--format", "auth0", "--strict"]);
    assert_eq!(auth0.status.code(), Some(1));
    assert!(String::from_utf8(auth0.stderr).unwrap().contains("left_out: no e-mail address"));
    assert!(users(&app, &["export", "--format", "auth0"]).status.success());
}

#[tokio::test]
async fn files_go_into_a_folder_and_never_over_others() {
    let app = three().await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new");
    let arguments = ["export", "--format", "csv", "--out", out.to_str().unwrap()];
    assert_eq!(data(&users(&app, &arguments)), "");
    let names: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["csv-0001.csv"]);
    let before = std::fs::read_to_string(out.join("csv-0001.csv")).unwrap();
    assert!(before.contains("ada@example.com") && before.lines().count() == 4);
    let again = users(&app, &arguments);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr).unwrap().contains("is there already"));
    assert_eq!(std::fs::read_to_string(out.join("csv-0001.csv")).unwrap(), before);
}

#[tokio::test]
async fn what_an_export_needs_to_know_is_asked_for_and_nothing_is_written() {
    let app = three().await;
    for (arguments, status, word) in [
        (&["export", "--format", "zitadel"][..], 1, "organization"),
        (&["export", "--format", "entra"], 1, "guests"),
        (&["export", "--format", "paper"], 2, "keycloak"),
    ] {
        let output = users(&app, arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        assert!(output.stdout.is_empty());
        assert!(String::from_utf8(output.stderr).unwrap().contains(word), "{arguments:?}");
    }
    assert!(
        data(&users(&app, &["export", "--format", "zitadel", "--into", "42"])).contains(r#""orgId":"42""#)
    );
}

#[tokio::test]
async fn whoever_takes_users_out_or_looks_at_one_stands_in_the_operators_log() {
    let app = TestApp::start().await;
    let id = app.signed_in(ADA).await.user_id().await;
    data(&users(&app, &["list"]));
    data(&users(&app, &["export", "--format", "csv"]));
    data(&users(&app, &["show", &id]));
    let lines = app.store().await.log.lines(None, 9).await.unwrap();
    let said: Vec<_> = lines.iter().map(|line| (line.act, line.user.map(|user| user.to_string()))).collect();
    assert_eq!(said, [(Act::LookAtClaims, Some(id)), (Act::Export, None)]);
    assert_eq!(lines[1].detail.as_deref(), Some("users export --format csv"));
    assert!(lines.iter().all(|line| matches!(line.actor, Actor::Cli(_))), "{lines:?}");
    // Whoever has a database that takes no write reads it all the same.
    let url = app.setting("DATABASE_URL").replace("mode=rwc", "mode=ro");
    let folder = tempfile::tempdir().unwrap();
    let read_only = run(folder.path(), &[("DATABASE_URL", &url)], &["users", "export"]);
    assert!(data(&read_only).contains("ada@example.com"));
    assert!(String::from_utf8_lossy(&read_only.stderr).contains("stands in no operators' log"));
}
