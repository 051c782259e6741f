//! `sparekey users import`, through the real binary.

use std::path::Path;
use std::process::Output;

use serde_json::{Value as Json, json};

use crate::operator::{data, users};
use crate::support::app::{ADA, GRACE, TestApp};
use crate::support::process::run;

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// `users import` into the application's database, as its operator runs it.
fn import(app: &TestApp, folder: &Path, content: &str, arguments: &[&str]) -> Output {
    std::fs::write(folder.join("file"), content).unwrap();
    let settings = [
        ("DATABASE_URL", app.setting("DATABASE_URL")),
        ("OIDC_ISSUER_URL", app.setting("OIDC_ISSUER_URL")),
        ("OIDC_CLIENT_ID", app.setting("OIDC_CLIENT_ID")),
    ];
    run(folder, &settings, &[&["users", "import"], arguments, &["file"]].concat())
}

#[tokio::test]
async fn a_copy_that_is_taken_in_elsewhere_is_exported_from_there_to_the_letter() {
    let (here, folder) = (TestApp::start().await, tempfile::tempdir().unwrap());
    for subject in [ADA, GRACE, "dev|0006"] {
        here.signed_in(subject).await;
    }
    let of_grace = ["disable", "--issuer", here.provider.issuer(), "--subject", GRACE];
    assert!(users(&here, &of_grace).status.success());
    let exported = data(&users(&here, &["export"]));
    let there = TestApp::start().await;
    let dry = import(&there, folder.path(), &exported, &["--format", "sparekey", "--dry-run"]);
    assert!(dry.status.success() && said(&dry).contains("it would be 3 new"), "{}", said(&dry));
    assert_eq!(data(&users(&there, &["export"])), "");
    for told in ["3 new, 0 changed, 0 unchanged", "0 new, 0 changed, 3 unchanged"] {
        let done = import(&there, folder.path(), &exported, &["--format", "sparekey"]);
        assert!(done.status.success() && said(&done).contains(told), "{}", said(&done));
        assert_eq!(data(&users(&there, &["export"])), exported);
    }
}

#[tokio::test]
async fn whoever_is_imported_from_a_provider_is_known_at_their_first_log_in() {
    let (app, folder) = (TestApp::start().await, tempfile::tempdir().unwrap());
    let realm = json!([{ "id": ADA, "username": "ada", "email": "ada@old.example", "enabled": true }]);
    let done = import(&app, folder.path(), &realm.to_string(), &["--format", "keycloak", "--json"]);
    assert_eq!(serde_json::from_str::<Json>(&data(&done)).unwrap()["new"], 1);
    let only = |text: String| -> Json { serde_json::from_str(text.trim_end()).unwrap() };
    let before = only(data(&users(&app, &["export"])));
    assert_eq!((&before["email"], &before["login_count"]), (&json!("ada@old.example"), &json!(0)));
    // A log-in is as old as its ID token, which counts in seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    app.signed_in(ADA).await;
    let after = only(data(&users(&app, &["export"])));
    assert_eq!((&after["id"], &after["login_count"]), (&before["id"], &json!(1)));
    assert_eq!(after["email"], "ada@example.com");
}

#[tokio::test]
async fn what_cannot_be_taken_in_is_named_and_the_rest_goes_in_or_with_strict_nothing() {
    let (here, folder) = (TestApp::start().await, tempfile::tempdir().unwrap());
    here.signed_in(ADA).await;
    let exported = data(&users(&here, &["export"]));
    let there = TestApp::start().await;
    let spoilt = format!("{{\"schema\":\"sparekey.user/1\"}}\n{exported}");
    let strict = import(&there, folder.path(), &spoilt, &["--format", "sparekey", "--strict"]);
    assert_eq!(strict.status.code(), Some(1));
    assert!(said(&strict).contains("nothing was imported"), "{}", said(&strict));
    assert_eq!(data(&users(&there, &["export"])), "");
    let done = import(&there, folder.path(), &spoilt, &["--format", "sparekey"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(said(&done).contains("line 1") && said(&done).contains("1 new"), "{}", said(&done));
    assert_eq!(data(&users(&there, &["export"])), exported);
}
