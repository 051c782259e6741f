//! `sparekey inbox`, through the real binary, beside a running application.

use identity::{Act, Actor, Field, MessageState};
use serde_json::{Value as Json, json};

use super::{WHSEC, app, processed, so, standard};
use crate::support::app::{ADA, GRACE, TestApp};
use crate::support::process::run;

/// What a command said.
pub(super) struct Said {
    pub(super) status: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) lines: usize,
}

/// Runs `sparekey inbox` with all the settings of an application.
pub(super) fn inbox(app: &TestApp, arguments: &[&str]) -> Said {
    let names = [
        "SITE_URL",
        "DATABASE_URL",
        "SESSION_SECRET",
        "OIDC_ISSUER_URL",
        "OIDC_CLIENT_ID",
        "OIDC_CLIENT_SECRET",
        "OIDC_WEBHOOK_FORMAT",
        "OIDC_WEBHOOK_SECRET",
        "OIDC_MISSING_LIMIT",
    ];
    run_with(app, &names, arguments)
}

fn run_with(app: &TestApp, names: &[&str], arguments: &[&str]) -> Said {
    let settings: Vec<(&str, &str)> =
        names.iter().map(|name| (*name, app.setting(name))).filter(|(_, value)| !value.is_empty()).collect();
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &settings, &[&["inbox"], arguments].concat());
    let stdout = String::from_utf8(output.stdout).unwrap();
    Said {
        status: output.status.code().unwrap(),
        lines: stdout.lines().count(),
        stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[tokio::test]
async fn whoever_is_erased_by_command_takes_along_what_nobody_understood() {
    let app = app("standard", WHSEC).await;
    for subject in [ADA, GRACE] {
        app.signed_in(subject).await;
        let odd = json!({"type": "user.updated", "data": {"account": subject}, "timestamp": "2026-11-29T10:00:00Z"});
        assert_eq!(standard(subject, &odd, WHSEC).by(&app).await.status, 200);
        assert_eq!(app.state_of(subject).await, so(MessageState::Quarantined, "no_reference"));
    }
    let erase = async |subject: &str, names: &[&str]| {
        let id = app.user(subject).await.unwrap().id.to_string();
        let settings: Vec<(&str, &str)> = names.iter().map(|name| (*name, app.setting(name))).collect();
        let folder = tempfile::tempdir().unwrap();
        let output = run(folder.path(), &settings, &["users", "erase", &id, "--yes"]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(app.user(subject).await, None);
        String::from_utf8(output.stderr).unwrap()
    };
    let said = erase(ADA, &["DATABASE_URL", "SESSION_SECRET"]).await;
    assert!(!said.contains("SESSION_SECRET"), "{said}");
    assert_eq!(app.state_of(ADA).await, None);
    assert!(app.state_of(GRACE).await.is_some(), "nobody else's goes");

    // Whoever cannot look into them says so.
    let said = erase(GRACE, &["DATABASE_URL"]).await;
    assert!(said.contains("another SESSION_SECRET or need one"), "{said}");
    assert!(app.state_of(GRACE).await.is_some());
}

#[tokio::test]
async fn what_is_not_understood_is_kept_shown_and_taken_again() {
    let app = app("standard", WHSEC).await;
    let odd = json!({"type": "user.updated", "data": {"name": "\u{1b}[31mAda"}, "timestamp": "2026-11-29T10:00:00Z"});
    assert_eq!(standard("msg_1", &odd, WHSEC).by(&app).await.status, 200, "it is kept");
    assert_eq!(app.state_of("msg_1").await, so(MessageState::Quarantined, "no_reference"));

    let only_database = ["DATABASE_URL"];
    let listed = run_with(&app, &only_database, &["list"]);
    let cells: Vec<&str> = listed.stdout.trim_end().split('\t').collect();
    assert_eq!(cells[2..], ["main", "msg_1", "user.updated", "quarantined", "no_reference"]);
    let object: Json =
        serde_json::from_str(&run_with(&app, &only_database, &["list", "--json"]).stdout).unwrap();
    assert_eq!((&object["id"], &object["state"]), (&json!(cells[0]), &json!("quarantined")));

    let shown = inbox(&app, &["show", "main/msg_1"]);
    assert!(shown.stdout.contains("\\u001b[31mAda") && !shown.stdout.contains('\u{1b}'), "{}", shown.stdout);
    assert!(!shown.stdout.contains("v1,"), "no signature");
    let by_id: Json = serde_json::from_str(&inbox(&app, &["show", "--json", cells[0]]).stdout).unwrap();
    assert_eq!(by_id["body"], odd);
    assert_eq!(
        run_with(&app, &only_database, &["show", "main/msg_1"]).status,
        78,
        "what is sealed needs the secret"
    );

    assert_eq!(inbox(&app, &["replay", "main/msg_1"]).status, 1, "still not understood");
    let good = json!({"type": "user.updated", "data": {"sub": "x", "name": "Ada"}, "timestamp": "2026-11-29T10:00:00Z"});
    assert_eq!(standard("msg_1", &good, WHSEC).by(&app).await.status, 200);
    assert_eq!(app.state_of("msg_1").await, processed(), "a quarantined one is taken again under its id");
    assert_eq!(app.user("x").await.unwrap().text(Field::Name).as_deref(), Some("Ada"));
    assert_eq!(inbox(&app, &["replay", "main/msg_1"]).status, 1, "nothing to replay");

    assert_eq!(standard("msg_2", &json!([]), WHSEC).by(&app).await.status, 200);
    assert_eq!(app.state_of("msg_2").await, so(MessageState::Quarantined, "not_an_object"));
    assert_eq!(run_with(&app, &only_database, &["drop", "main/msg_2"]).status, 0);
    assert_eq!((inbox(&app, &["list"]).lines, inbox(&app, &["list", "--all"]).lines), (0, 2));
    let acts = app.store().await.acts().await;
    let [(Act::DropMessage, Actor::Cli(_), _), (Act::ReplayMessage, Actor::Cli(_), replayed)] = &acts[..]
    else {
        panic!("what was done is written down, and what was not is not: {acts:?}")
    };
    assert_eq!(*replayed, format!("main {}", cells[0]));
    for unknown in ["main/none", "none", "0198f000-0000-7000-8000-000000000000"] {
        assert_eq!(inbox(&app, &["show", unknown]).status, 1, "{unknown}");
    }
    assert_eq!(inbox(&app, &["replay"]).status, 2);
}
