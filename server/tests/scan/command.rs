//! `sparekey scan` through the real binary, and the scans of `serve`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::here::Here;
use crate::support::admin::{Admin, Fault};
use crate::support::app::eventually;
use crate::support::process::{Serving, free_port, run, sparekey};

fn pairs(environment: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

async fn scan(here: &Here, arguments: &[&str]) -> Output {
    let (environment, folder) = (here.environment(), here.folder.path().to_owned());
    let arguments: Vec<String> = ["scan"].iter().chain(arguments).map(|one| (*one).to_owned()).collect();
    let work = move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(&folder, &pairs(&environment), &arguments)
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn report(output: &Output) -> Json {
    serde_json::from_str(stdout(output).trim_end()).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

#[tokio::test]
async fn the_report_has_exactly_its_members_and_the_status_says_what_became_of_it() {
    let here = Here::start(20).await;
    let dry = scan(&here, &["--dry-run", "--json"]).await;
    assert_eq!(dry.status.code(), Some(0), "{}", stderr(&dry));
    assert_eq!(
        report(&dry),
        json!({
            "run": null, "provider": "main", "state": "done", "seen": 20, "new": 20, "changed": 0, "by_field": {},
            "reappeared": 0, "blocked": 0, "missing": 0, "gone": 0, "unknown": 0,
        })
    );
    assert!(here.users().await.is_empty());
    let done = scan(&here, &["main"]).await;
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(stdout(&done).starts_with("main: done, run ") && stdout(&done).contains("new          20"));
    here.admin.script().people.truncate(12);
    let held = scan(&here, &["--json"]).await;
    assert_eq!(held.status.code(), Some(75), "{}", stderr(&held));
    let run = report(&held)["run"].as_str().unwrap().to_owned();
    assert_eq!((&report(&held)["state"], &report(&held)["gone"]), (&json!("held"), &json!(8)));
    assert!(stderr(&held).contains(&format!("sparekey scan approve {run}")), "{}", stderr(&held));
    assert_eq!(here.present().await, 20);
    let dry = scan(&here, &["--dry-run"]).await;
    assert_eq!(dry.status.code(), Some(75));
    let approved = scan(&here, &["approve", &run, "--json"]).await;
    assert_eq!(approved.status.code(), Some(0), "{}", stderr(&approved));
    assert_eq!((&report(&approved)["state"], here.present().await), (&json!("approved"), 12));
    let again = scan(&here, &["approve", &run]).await;
    assert_eq!(again.status.code(), Some(1));
    here.admin.script().faults = [Some(Fault::Empty)].into();
    let incomplete = scan(&here, &["--json"]).await;
    assert_eq!((incomplete.status.code(), &report(&incomplete)["state"]), (Some(1), &json!("incomplete")));
    assert!(stderr(&incomplete).contains("first page"), "{}", stderr(&incomplete));
}

#[tokio::test]
async fn what_is_not_set_or_not_there_is_a_sentence() {
    let here = Here::start(2).await;
    let unknown = scan(&here, &["other"]).await;
    assert!(stderr(&unknown).contains("no provider other"), "{}", stderr(&unknown));
    let mut environment = here.environment();
    environment.retain(|name, _| !name.starts_with("OIDC_ADMIN"));
    let folder = here.folder.path();
    let none = run(folder, &pairs(&environment), &["scan"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(stderr(&none).contains("OIDC_ADMIN_TOKEN"), "{}", stderr(&none));
    let odd = scan(&here, &["approve", "0198f000-0000-7000-8000-000000000000"]).await;
    assert!(stderr(&odd).contains("no scan of this id"), "{}", stderr(&odd));
    assert_eq!(scan(&here, &["--file", "x"]).await.status.code(), Some(2));
    here.admin.script().by_id_answers = None;
    here.admin.script().faults = [Some(Fault::Status(403, Vec::new()))].into();
    let refused = scan(&here, &[]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("OIDC_ADMIN_CLIENT_SECRET"), "{}", stderr(&refused));
    assert!(!stderr(&refused).contains("scanner-secret") && !stderr(&refused).contains("token-1"));
}

#[tokio::test]
async fn a_file_is_scanned_as_a_list_is_and_proves_nobody_s_absence() {
    let here = Here::start(20).await;
    let (mut environment, folder) = (here.environment(), here.folder.path().to_owned());
    environment.retain(|name, _| !name.starts_with("OIDC_ADMIN"));
    let realm = |numbers: std::ops::Range<usize>| {
        let users = numbers.map(|number| {
            json!({ "id": format!("id-{number:06}"), "username": format!("u{number}"), "enabled": true })
        });
        Json::Array(users.collect()).to_string()
    };
    let file = |content: String| {
        std::fs::write(folder.join("users.json"), content).unwrap();
        let arguments = ["scan", "--file", "users.json", "--format", "keycloak", "--json"];
        run(&folder, &pairs(&environment), &arguments)
    };
    let first = file(realm(0..20));
    assert_eq!((first.status.code(), &report(&first)["new"]), (Some(0), &json!(20)), "{}", stderr(&first));
    let second = file(realm(5..21));
    assert_eq!(second.status.code(), Some(0), "{}", stderr(&second));
    let report = report(&second);
    assert_eq!((&report["new"], &report["missing"], &report["gone"]), (&json!(1), &json!(5), &json!(0)));
    assert_eq!(here.present().await, 21);
    let wrong = file("id,name\n1,a\n".to_owned());
    assert_eq!(wrong.status.code(), Some(1), "{}", stderr(&wrong));
}

/// Entra's `oid`: a subject is another name there, and would be a stranger's.
#[tokio::test]
async fn where_the_reference_is_another_claim_a_file_says_it_by_that_claim() {
    let here = Here::start(1).await;
    let (mut environment, folder) = (here.environment(), here.folder.path().to_owned());
    environment.retain(|name, _| !name.starts_with("OIDC_ADMIN"));
    environment.insert("OIDC_REFERENCE".to_owned(), "oid".to_owned());
    let line = |claims: Json| {
        let time = "2026-11-21T10:00:00Z";
        let identity = json!({
            "provider": "main", "issuer": environment["OIDC_ISSUER_URL"], "subject": "pairwise",
            "standing": "present", "first_seen_at": time, "last_seen_at": time, "claims": claims,
        });
        let id = "0198f000-0000-7000-8000-000000000001";
        json!({
            "schema": "sparekey.user/1", "id": id, "status": "active", "identities": [identity],
            "created_at": time, "updated_at": time, "last_login_at": null, "login_count": 0,
        })
    };
    let waiting = async |content: &str, more: &[&str]| {
        std::fs::write(folder.join("users.file"), content).unwrap();
        let arguments = [&["scan", "--json", "--file", "users.file", "--format"], more].concat();
        let done = run(&folder, &pairs(&environment), &arguments);
        let entries = here.store.entries.page(Some("main"), None, 9).await.unwrap();
        let names: Vec<String> = entries.into_iter().map(|entry| entry.reference).collect();
        (stderr(&done), names)
    };
    let (said, names) = waiting(&line(json!({ "email": "a@example.com" })).to_string(), &["sparekey"]).await;
    assert!(names.is_empty() && said.contains("no `oid`"), "{names:?} {said}");
    let (said, names) = waiting(&line(json!({ "oid": "o-1" })).to_string(), &["sparekey"]).await;
    assert_eq!(names, ["o-1"], "{said}");
    let graph = json!({ "value": [{ "id": "o-2", "displayName": "Grace" }] }).to_string();
    let (said, names) = waiting(&graph, &["entra", "--subject", "id"]).await;
    assert_eq!(names, ["o-1", "o-2"], "{said}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_killed_scan_leaves_the_copy_as_it_was_and_its_turn_for_a_minute() {
    let here = Here::start(450).await;
    here.admin.script().faults = [None, Some(Fault::Slow(60_000))].into();
    let environment = here.environment();
    let mut command = sparekey(here.folder.path(), &pairs(&environment), &["scan"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the second page is asked for", || async { here.admin.asked("first=200") > 0 }).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(here.users().await.is_empty());
    let busy = scan(&here, &[]).await;
    assert!(busy.status.code() == Some(1) && stderr(&busy).contains("60 seconds"), "{}", stderr(&busy));
    here.pass(61);
    here.admin.script().asked.clear();
    assert_eq!(here.scan().await.new, 450);
    assert_eq!(here.admin.asked("first=0"), 0, "what it read is still there");
}

#[tokio::test]
async fn serve_scans_by_itself_soon_after_its_start() {
    let here = Here::start(30).await;
    let environment = here.environment();
    let log = |folder: &Path| std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    let serving = Serving::start(here.folder.path(), free_port(), &pairs(&environment)).await;
    let mut waited = 0;
    while here.users().await.len() < 30 {
        assert!(waited < 55, "within a minute: {}", log(here.folder.path()));
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        waited += 1;
    }
    drop(serving);
    let runs = here.store.runs.runs(&Default::default(), 10).await.unwrap();
    assert_eq!((runs.len(), &runs[0].actor), (1, &None));
    assert!(log(here.folder.path()).contains("scan applied"), "{}", log(here.folder.path()));
}

#[tokio::test]
async fn a_check_waits_for_no_busy_interface_and_says_how_long_it_would_have_to() {
    let here = Here::start(3).await;
    here.admin.script().headers = vec![("retry-after", "900".to_owned())];
    here.admin.script().count_answers = Some(429);
    let (environment, folder) = (here.environment(), here.folder.path().to_owned());
    let start = std::time::Instant::now();
    let check = tokio::task::spawn_blocking(move || run(&folder, &pairs(&environment), &["check"]));
    let checked = tokio::time::timeout(Duration::from_secs(60), check).await.expect("it waits for nobody");
    let said = stdout(&checked.unwrap());
    assert!(said.contains("BAD") && said.contains("wants us to wait for 900 seconds"), "{said}");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retired_provider_is_scanned_by_nobody() {
    let (here, retired) = (Here::start(3).await, Admin::start(3).await);
    let mut environment = here.environment();
    for (name, value) in retired.settings("keycloak", "/admin/realms/acme") {
        environment.insert(name.replace("OIDC_", "OIDC_OLD_"), value);
    }
    for (name, value) in
        [("OIDC_PROVIDERS", "old"), ("OIDC_SCAN_SECONDS", "1"), ("OIDC_OLD_SCAN_SECONDS", "1")]
    {
        environment.insert(name.to_owned(), value.to_owned());
    }
    let folder = here.folder.path();
    let old = run(folder, &pairs(&environment), &["scan", "old", "--dry-run"]);
    assert_eq!((old.status.code(), retired.asked("/users") > 0), (Some(0), true), "{}", stderr(&old));
    retired.script().asked.clear();
    environment.insert("OIDC_OLD_RETIRED".to_owned(), "on".to_owned());
    let refused = run(folder, &pairs(&environment), &["scan", "old"]);
    assert!(refused.status.code() == Some(1) && stderr(&refused).contains("retired"), "{}", stderr(&refused));
    let all = run(folder, &pairs(&environment), &["scan"]);
    assert_eq!(all.status.code(), Some(0), "{}", stderr(&all));
    here.admin.script().asked.clear();
    let serving = Serving::start(folder, free_port(), &pairs(&environment)).await;
    eventually("the other one is scanned, and again", || async { here.admin.asked("first=0") > 1 }).await;
    drop(serving);
    assert_eq!(retired.script().asked, Vec::<String>::new(), "it is asked nothing");
}
