//! `sparekey runs|undo|hold`, through the real binary, beside a running application.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use dev_provider::Person;
use identity::{Act, Actor};
use serde_json::{Value as Json, json};

use crate::operator::data;
use crate::support::app::{ADA, TestApp};
use crate::support::process::run;

fn sparekey(app: &TestApp, folder: &Path, arguments: &[&str]) -> Output {
    let settings = [
        ("DATABASE_URL", app.setting("DATABASE_URL")),
        ("OIDC_ISSUER_URL", app.setting("OIDC_ISSUER_URL")),
        ("OIDC_CLIENT_ID", app.setting("OIDC_CLIENT_ID")),
    ];
    run(folder, &settings, arguments)
}

/// Runs it in a folder of nothing.
fn said(app: &TestApp, arguments: &[&str]) -> (String, String) {
    let output = sparekey(app, tempfile::tempdir().unwrap().path(), arguments);
    (data(&output), String::from_utf8(output.stderr).unwrap())
}

fn objects(lines: &str) -> Vec<Json> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// All users, without the times of a last sight and change.
pub(crate) fn people(app: &TestApp) -> Vec<Json> {
    let mut all = objects(&said(app, &["users", "export"]).0);
    for user in &mut all {
        user.as_object_mut().unwrap().remove("updated_at");
        for identity in user["identities"].as_array_mut().unwrap() {
            identity.as_object_mut().unwrap().remove("last_seen_at");
        }
    }
    all
}

/// The run that a command told of.
fn told(stderr: &str) -> String {
    let run = stderr.lines().find_map(|line| line.strip_prefix("run ")).unwrap();
    run.split(';').next().unwrap().to_owned()
}

fn state(app: &TestApp, run: &str) -> String {
    let (shown, _) = said(app, &["runs", "show", run, "--json"]);
    objects(&shown)[0]["state"].as_str().unwrap().to_owned()
}

/// ADA has logged in; then a file says that she is called otherwise, and that there is a stranger.
pub(crate) async fn imported(app: &TestApp, folder: &Path) -> (Vec<Json>, Vec<Json>, String) {
    app.signed_in(ADA).await;
    let before = people(app);
    let realm = json!([
        { "id": ADA, "username": "ada", "email": "eve@wrong.example", "emailVerified": true, "enabled": true },
        { "id": "stranger", "username": "stranger", "email": "stranger@wrong.example", "enabled": true },
    ]);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    std::fs::write(folder.join("file"), realm.to_string()).unwrap();
    let done = sparekey(app, folder, &["users", "import", "--format", "keycloak", "--json", "file"]);
    let run = objects(&data(&done))[0]["run"].as_str().unwrap().to_owned();
    let after = people(app);
    assert_eq!((after.len(), &after[0]["email"]), (2, &json!("eve@wrong.example")));
    (before, after, run)
}

#[tokio::test]
async fn an_import_is_undone_by_one_command_and_done_again_by_another() {
    let (app, folder) = (TestApp::start().await, tempfile::tempdir().unwrap());
    let (before, after, run) = imported(&app, folder.path()).await;
    assert_eq!(state(&app, &run), "done");

    let (would, told_so) = said(&app, &["undo", "--run", &run]);
    assert!(would.contains(r#"main email: "eve@wrong.example" → "ada@example.com""#), "{would}");
    assert!(would.contains("goes: never logged in"), "{would}");
    assert!(told_so.contains("2 people") && told_so.contains("nothing was written"), "{told_so}");
    assert_eq!(people(&app), after);

    let (_, done) = said(&app, &["undo", "--run", &run, "--apply"]);
    let undo = told(&done);
    assert_eq!(people(&app), before);
    assert_eq!((state(&app, &run), state(&app, &undo)), ("undone".to_owned(), "done".to_owned()));
    let (again, nothing) = said(&app, &["undo", "--run", &run, "--apply", "--json"]);
    assert!(again.is_empty() && nothing.contains("0 people"), "{again}{nothing}");

    said(&app, &["undo", "--run", &undo, "--apply"]);
    assert_eq!(people(&app), after);
    assert_eq!((state(&app, &run), state(&app, &undo)), ("done".to_owned(), "undone".to_owned()));
    let (runs, _) = said(&app, &["runs", "list"]);
    let kinds: Vec<&str> = runs.lines().map(|line| line.split('\t').nth(1).unwrap()).collect();
    assert_eq!(kinds, ["undo", "undo", "import"]);
    let mut acts = app.store().await.acts().await;
    acts.retain(|(act, ..)| *act != Act::Export);
    let [(Act::Undo, Actor::Cli(_), again), (Act::Undo, _, first), (Act::Import, _, import)] = &acts[..]
    else {
        panic!("what would be done is no act: {acts:?}")
    };
    assert_eq!(*import, format!("run {run}"));
    assert_eq!(*first, format!("run {undo}, of run {run}"));
    assert!(again.ends_with(&format!(", of run {undo}")), "{again}");
    let (shown, _) = said(&app, &["runs", "show", &run]);
    assert!(shown.contains(r#"main email: "ada@example.com" → "eve@wrong.example""#), "{shown}");
}

#[tokio::test]
async fn who_was_erased_is_brought_back_by_no_undo() {
    let (app, folder) = (TestApp::start().await, tempfile::tempdir().unwrap());
    let (_, _, run) = imported(&app, folder.path()).await;
    let undo = told(&said(&app, &["undo", "--run", &run, "--apply"]).1);
    // The stranger comes once more, as another user, and is erased.
    data(&sparekey(&app, folder.path(), &["users", "import", "--format", "keycloak", "file"]));
    let stranger = people(&app)[1]["id"].as_str().unwrap().to_owned();
    data(&sparekey(&app, folder.path(), &["users", "erase", &stranger, "--yes"]));
    let (done, _) = said(&app, &["undo", "--run", &undo, "--apply"]);
    assert!(done.contains("left: main") && done.contains("the person was erased since"), "{done}");
    let left = people(&app);
    assert_eq!(
        (left.len(), &left[0]["email"]),
        (1, &json!("eve@wrong.example")),
        "the others are as they were"
    );
}

#[tokio::test]
async fn what_was_begun_is_done_though_nobody_reads_what_is_said_of_it() {
    let (app, folder) = (TestApp::start().await, tempfile::tempdir().unwrap());
    let (before, _, run) = imported(&app, folder.path()).await;
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut undo = std::process::Command::new(env!("CARGO_BIN_EXE_sparekey"));
    undo.args(["undo", "--run", &run, "--apply"]).current_dir(folder.path()).env_clear().stdout(full);
    let done = undo.env("DATABASE_URL", app.setting("DATABASE_URL")).output().unwrap();
    let told = String::from_utf8(done.stderr).unwrap();
    assert!(!done.status.success() && told.contains("the output cannot be written"), "{told}");
    assert_eq!(people(&app), before, "{told}");
    assert_eq!(state(&app, &run), "undone");
}

#[tokio::test]
async fn one_person_of_a_run_is_undone_alone_and_what_is_held_stays_until_it_is_released() {
    let (app, folder) = (TestApp::start().await, tempfile::tempdir().unwrap());
    let (before, _, run) = imported(&app, folder.path()).await;
    let ada = before[0]["id"].as_str().unwrap();
    said(&app, &["undo", "--run", &run, "--user", ada, "--apply", "--hold"]);
    let left = people(&app);
    assert_eq!((left.len(), &left[0]["email"]), (2, &json!("ada@example.com")));
    assert_eq!(state(&app, &run), "done", "not the whole of it");

    let holds = objects(&said(&app, &["hold", "list", "--json"]).0);
    assert!(holds.iter().any(|hold| hold["user"] == ada && hold["held"] == "email"), "{holds:?}");
    let again = ["users", "import", "--format", "keycloak", "file"];
    data(&sparekey(&app, folder.path(), &again));
    assert_eq!(people(&app)[0]["email"], "ada@example.com");
    said(&app, &["hold", "release", ada, "email", "--provider", "main"]);
    let (act, _, detail) = app.store().await.acts().await.remove(0);
    assert_eq!((act, detail.as_str()), (Act::ReleaseHold, "main email"));
    data(&sparekey(&app, folder.path(), &again));
    assert_eq!(people(&app)[0]["email"], "eve@wrong.example");

    said(&app, &["undo", "--user", ada, "--field", "email", "--apply"]);
    assert_eq!(people(&app)[0]["email"], "ada@example.com");
    said(&app, &["undo", "--user", ada, "--last", "--apply"]);
    assert_eq!(people(&app)[0]["email"], "eve@wrong.example", "the last was the undo");
}

/// docs/copy.md has this as its example.
#[tokio::test]
async fn a_wrong_profile_of_an_hour_is_taken_back_with_its_sessions() {
    let app = TestApp::start().await;
    let ada = |name: &str| Person::new("x").named("Ada", name).mail("ada@example.com");
    app.provider.set_person(ada("Lovelace"));
    let before = app.signed_in("x").await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let from = chrono::Utc::now().to_rfc3339();
    app.provider.set_person(ada("Somebody-Else"));
    let meanwhile = app.signed_in("x").await;
    let to = chrono::Utc::now().to_rfc3339();
    assert_eq!(people(&app)[0]["family_name"], "Somebody-Else");

    let window = ["undo", "--from", &from, "--to", &to, "--source", "login", "--end-sessions"];
    let (would, told_so) = said(&app, &window);
    assert!(would.contains(r#"main family_name: "Somebody-Else" → "Lovelace""#), "{would}");
    assert!(told_so.contains("1 sessions"), "{told_so}");
    assert!(meanwhile.is_signed_in().await, "nothing was done yet");
    said(&app, &[&window[..], &["--apply"]].concat());
    assert_eq!(people(&app)[0]["family_name"], "Lovelace");
    assert!(before.is_signed_in().await && !meanwhile.is_signed_in().await);
    let elsewhere = ["undo", "--from", &from, "--to", &to, "--provider", "other", "--json"];
    assert_eq!(said(&app, &elsewhere).0, "");

    tokio::time::sleep(Duration::from_millis(1100)).await;
    app.provider.set_person(ada("King"));
    app.signed_in("x").await;
    assert_eq!(people(&app)[0]["family_name"], "King", "the next log-in counts");
}

#[tokio::test]
async fn what_cannot_be_undone_is_said() {
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    let nobody = uuid::Uuid::now_v7().to_string();
    for (arguments, status, word) in [
        (&["undo"][..], 2, "--run"),
        (&["undo", "--last"], 2, "--user"),
        (&["undo", "--user", &nobody], 2, "--run"),
        (&["undo", "--from", "yesterday", "--to", "today"], 2, "2026-11-30T10:00:00Z"),
        (&["undo", "--user", &nobody, "--field", "shoe_size"], 2, "standing"),
        (&["undo", "--run", &nobody, "--end-sessions"], 2, "--from"),
        (&["undo", "--run", &nobody], 1, "no such run"),
        (&["undo", "--user", &nobody, "--last"], 1, "no such user"),
        (&["hold", "release", &nobody], 1, "no such user"),
        (&["runs", "show", &nobody], 1, "no such run"),
    ] {
        let output = sparekey(&app, folder.path(), arguments);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {told}");
        assert!(output.stdout.is_empty() && told.contains(word), "{arguments:?}: {told}");
    }
    let settings = [("DATABASE_URL", "sqlite://nowhere.db")];
    let output = run(folder.path(), &settings, &["undo", "--run", &nobody, "--apply"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("sparekey migrate"));
}
