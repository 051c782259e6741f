//! `sparekey switch`, through the real binary: everybody in at another provider, as the user they are.

mod rules;
mod studio;
mod targets;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use identity::Act;
use serde_json::Value as Json;

use crate::operator::data;
use crate::support::admin::{Admin, Person};
use crate::support::app::{ADA, GRACE, Plan, TestApp, eventually};
use crate::support::browser::Browser;
use crate::support::process;

async fn two() -> TestApp {
    let app = Plan::new().await.and("second").await.start().await;
    for subject in [ADA, GRACE] {
        log_in_at(&app.browser(), "main", subject).await;
    }
    app
}

async fn log_in_at(browser: &Browser, provider: &str, subject: &str) {
    let authorize = browser.leave(&format!("?provider={provider}")).await;
    browser.get(&browser.choose(&authorize, subject).await).await.location();
}

/// Runs it beside the application, with the settings of its providers and further ones.
fn sparekey(app: &TestApp, folder: &Path, more: &[(&str, &str)], arguments: &[&str]) -> Output {
    command(app, folder, more, arguments).output().unwrap()
}

fn command(app: &TestApp, folder: &Path, more: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut settings = vec![
        ("DATABASE_URL", app.setting("DATABASE_URL")),
        ("SESSION_SECRET", app.setting("SESSION_SECRET")),
        ("OIDC_ISSUER_URL", app.setting("OIDC_ISSUER_URL")),
        ("OIDC_CLIENT_ID", app.setting("OIDC_CLIENT_ID")),
        ("OIDC_CLIENT_SECRET", app.setting("OIDC_CLIENT_SECRET")),
    ];
    match more.is_empty() {
        true => settings.extend([
            ("OIDC_PROVIDERS", "second"),
            ("OIDC_SECOND_ISSUER_URL", app.setting("OIDC_SECOND_ISSUER_URL")),
            ("OIDC_SECOND_CLIENT_ID", app.setting("OIDC_SECOND_CLIENT_ID")),
        ]),
        false => settings.extend(more),
    }
    let mut command = process::sparekey(folder, &settings, arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn well(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    said(output)
}

fn refused(output: &Output, word: &str) {
    assert_eq!(output.status.code(), Some(1), "{}", said(output));
    assert!(said(output).contains(word), "{}", said(output));
}

/// Each user's id and the subjects of their identities.
fn people(app: &TestApp, folder: &Path) -> Vec<(String, Vec<String>)> {
    let exported = data(&sparekey(app, folder, &[], &["users", "export"]));
    let of_one = |line: &str| {
        let user: Json = serde_json::from_str(line).unwrap();
        let subjects = user["identities"].as_array().unwrap().iter();
        let subjects = subjects
            .map(|one| format!("{} {}", one["provider"].as_str().unwrap(), one["subject"].as_str().unwrap()));
        (user["id"].as_str().unwrap().to_owned(), subjects.collect())
    };
    exported.lines().map(of_one).collect()
}

fn run_of(told: &str) -> String {
    let line = told.lines().find_map(|line| line.strip_prefix("run ")).unwrap();
    line.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn by_the_same_subject_everybody_is_in_elsewhere_as_the_user_they_were_and_out_again_by_undo() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let before = people(&app, folder);
    let plan =
        ["switch", "plan", "--from", "main", "--to", "second", "--by", "same_subject", "--out", "plan"];
    assert!(well(&sparekey(&app, folder, &[], &plan)).contains("2  same_subject"));
    assert_eq!(people(&app, folder), before, "a plan changes nothing");
    refused(&sparekey(&app, folder, &[], &plan), "cannot be made");

    // A log-in meanwhile changes nothing of who is who.
    log_in_at(&app.browser(), "main", ADA).await;
    let apply = ["switch", "apply", "plan"];
    let told = well(&sparekey(&app, folder, &[], &apply));
    assert!(told.contains("joined 2"), "{told}");
    let run = run_of(&told);
    let after = people(&app, folder);
    assert_eq!(after[0], (before[0].0.clone(), vec![format!("main {ADA}"), format!("second {ADA}")]));
    assert!(well(&sparekey(&app, folder, &[], &apply)).contains("already 2"), "twice is once");
    assert_eq!(people(&app, folder), after);
    well(&sparekey(&app, folder, &[], &["switch", "verify", &run]));

    let browser = app.browser();
    log_in_at(&browser, "second", ADA).await;
    assert_eq!(browser.user_id().await, before[0].0, "nobody's stranger");
    let told = well(&sparekey(&app, folder, &[], &["switch", "undo", &run]));
    assert!(told.contains("1 identities taken away, 1 left"), "{told}");
    assert_eq!(people(&app, folder), [after[0].clone(), before[1].clone()], "who has logged in keeps it");
    assert!(browser.is_signed_in().await);
    well(&sparekey(&app, folder, &[], &["switch", "undo", &run, "--force"]));
    assert_eq!(people(&app, folder), before);
    let acts = app.store().await.acts().await.into_iter().map(|(act, ..)| act);
    let acts: Vec<Act> = acts.filter(|act| *act != Act::Export).collect();
    assert_eq!(acts, [Act::Undo, Act::Undo, Act::Switch], "applied twice, begun once");
}

#[tokio::test]
async fn a_plan_that_was_edited_or_is_of_others_is_refused_and_nothing_is_written() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let plan =
        ["switch", "plan", "--from", "main", "--to", "second", "--by", "same_subject", "--out", "plan"];
    well(&sparekey(&app, folder, &[], &plan));
    let text = std::fs::read_to_string(folder.join("plan")).unwrap();
    std::fs::write(folder.join("edited"), text.replace(GRACE, "dev|0009")).unwrap();
    std::fs::write(folder.join("cut"), text.rsplit_once("{\"end\"").unwrap().0).unwrap();
    let before = people(&app, folder);
    for edited in ["edited", "cut"] {
        refused(&sparekey(&app, folder, &[], &["switch", "apply", edited]), "make a new one");
    }
    let elsewhere = two().await;
    refused(&sparekey(&elsewhere, folder, &[], &["switch", "apply", "plan"]), "");
    log_in_at(&app.browser(), "main", "dev|0006").await;
    refused(&sparekey(&app, folder, &[], &["switch", "apply", "plan"]), "identities are others");
    assert_eq!(people(&app, folder)[..2], before);
    refused(&sparekey(&app, folder, &[], &["switch", "undo", &before[0].0]), "no such run");
}

#[tokio::test]
async fn a_mapping_says_who_is_who_and_two_on_one_account_and_who_is_not_in_it_are_left_out() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    log_in_at(&app.browser(), "main", "dev|0006").await;
    let folder = folder.path();
    let before = people(&app, folder);
    let mapping = format!("user,subject\n{},x\n{},x\n", before[0].0, before[1].0);
    std::fs::write(folder.join("mapping"), mapping).unwrap();
    let plan = [
        "switch",
        "plan",
        "--from",
        "main",
        "--to",
        "second",
        "--mapping",
        "mapping",
        "--out",
        "plan",
        "--strict",
    ];
    let output = sparekey(&app, folder, &[], &plan);
    refused(&output, "not everybody");
    for line in ["1  mapping", "1  left out: twice", "1  left out: no_way_in"] {
        assert!(said(&output).contains(line), "{}", said(&output));
    }
    well(&sparekey(&app, folder, &[], &["switch", "apply", "plan"]));
    let after = people(&app, folder);
    assert_eq!(after[0].1, [format!("main {ADA}"), "second x".to_owned()]);
    assert_eq!(after[1..], before[1..]);
}

/// The settings of a provider `b`, which is a scripted Keycloak.
fn settings(keycloak: &Admin) -> Vec<(&'static str, String)> {
    vec![
        ("OIDC_PROVIDERS", "b".to_owned()),
        ("OIDC_B_ISSUER_URL", keycloak.issuer()),
        ("OIDC_B_CLIENT_ID", "sparekey".to_owned()),
        ("OIDC_B_CLIENT_SECRET", "secret".to_owned()),
        ("OIDC_B_PRESET", "keycloak".to_owned()),
        ("OIDC_B_ADMIN_CLIENT_ID", "mover".to_owned()),
        ("OIDC_B_ADMIN_CLIENT_SECRET", "mover-secret".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn keycloak_gets_accounts_under_our_ids_and_nobody_elses_is_taken_for_ours() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let keycloak = Admin::start(1).await;
    keycloak.script().people[0].email = "Grace@Example.com".to_owned();
    let all = settings(&keycloak);
    let more: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, &**value)).collect();
    let before = people(&app, folder);
    let ada = before[0].0.clone();

    let told = well(&sparekey(
        &app,
        folder,
        &more,
        &["switch", "plan", "--from", "main", "--to", "b", "--out", "plan"],
    ));
    assert!(told.contains("1  chosen_subject") && told.contains("1  left out: there_already"), "{told}");
    assert_eq!(keycloak.script().people.len(), 1, "a plan changes nothing there");
    let told = well(&sparekey(&app, folder, &more, &["switch", "apply", "plan"]));
    let run = run_of(&told);
    let ids = || keycloak.script().people.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(), ["id-000000", &ada]);
    assert_eq!(people(&app, folder)[0].1, [format!("main {ADA}"), format!("b {ada}")]);
    well(&sparekey(&app, folder, &more, &["switch", "apply", "plan"]));
    assert_eq!(ids().len(), 2, "twice is once");
    assert!(well(&sparekey(&app, folder, &more, &["switch", "verify", &run])).contains("1 of 1 can get in"));

    let taken = keycloak.script().people.pop().unwrap();
    let output = sparekey(&app, folder, &more, &["switch", "verify", &run]);
    refused(&output, "1 cannot get in");
    assert!(String::from_utf8(output.stdout).unwrap().contains("there is no such account there"));
    keycloak.script().people.push(taken);
    let told = well(&sparekey(&app, folder, &more, &["switch", "undo", &run, "--accounts"]));
    assert!(told.contains("1 identities taken away, 0 left, 1 accounts"), "{told}");
    assert_eq!((ids(), people(&app, folder)), (vec!["id-000000".to_owned()], before));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_keycloak_does_not_take_is_left_out_and_the_others_go_in() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let keycloak = Admin::start(0).await;
    let all = settings(&keycloak);
    let more: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, &**value)).collect();
    well(&sparekey(&app, folder, &more, &["switch", "plan", "--from", "main", "--to", "b", "--out", "plan"]));
    // Meanwhile somebody takes Ada's name, and there is one whom no transaction takes.
    keycloak.script().people.push(Person { email: "ada@example.com".to_owned(), ..Person::new(7) });
    keycloak.script().unfit = Some("grace@example.com".to_owned());
    let output = sparekey(&app, folder, &more, &["switch", "apply", "plan", "--strict"]);
    refused(&output, "2 are left out");
    assert!(
        said(&output).contains("there already") && said(&output).contains("refused there"),
        "{}",
        said(&output)
    );
    assert!(people(&app, folder).iter().all(|(_, identities)| identities.len() == 1));
    // The same command goes on once they fit.
    keycloak.script().unfit = None;
    keycloak.script().people.clear();
    assert!(well(&sparekey(&app, folder, &more, &["switch", "apply", "plan"])).contains("joined 2"));
}
