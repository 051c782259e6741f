//! The copy at a real Keycloak, which pushes by the extension of Phase Two and is scanned: kept true, healed after what
//! was lost, and taken back. Full run only.

use std::process::Output;
use std::time::Duration;

use http::Method;
use identity::{Field, Standing};
use serde_json::{Value, json};

use super::keycloak::{Keycloak, SERVICE, SERVICE_SECRET};
use super::process::Running;
use super::{Peer, Person, plan, signed_in};
use crate::support::app::{TestApp, eventually};
use crate::support::process::run;
use crate::undo::people;

async fn silent(peer: &Keycloak) {
    let events =
        json!({ "adminEventsEnabled": false, "eventsEnabled": false, "eventsListeners": ["jboss-logging"] });
    peer.admin(Method::PUT, "/events/config", &events).await;
}

async fn sparekey(app: &TestApp, arguments: &[&str]) -> Output {
    let names = [
        "DATABASE_URL",
        "SESSION_SECRET",
        "OIDC_ISSUER_URL",
        "OIDC_CLIENT_ID",
        "OIDC_CLIENT_SECRET",
        "OIDC_PRESET",
        "OIDC_ADMIN_CLIENT_ID",
        "OIDC_ADMIN_CLIENT_SECRET",
    ];
    let settings = names.map(|name| (name, app.setting(name).to_owned()));
    let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
    let work = move || {
        let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(tempfile::tempdir().unwrap().path(), &settings, &arguments)
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

async fn scanned(app: &TestApp, status: i32) -> Value {
    let output = sparekey(app, &["scan", "--json"]).await;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{told}");
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

async fn name(app: &TestApp, id: &str) -> String {
    app.user(id).await.and_then(|user| user.text(Field::GivenName)).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_copy_at_a_real_keycloak_is_kept_true_healed_and_taken_back() {
    let running = Running::start("keycloak.mjs", &json!({ "events": true }));
    let (facts, peer) = (running.facts.clone(), Keycloak::of(&running.facts));
    let plan = plan(&peer, |_| {}).await;
    peer.let_in_a_service(&["view-users"]).await;
    peer.push_to(&plan.site).await;
    let mut app = plan
        .set("OIDC_PRESET", "keycloak")
        .set("OIDC_WEBHOOK_SECRET", SERVICE_SECRET)
        .set("OIDC_ADMIN_CLIENT_ID", SERVICE)
        .set("OIDC_ADMIN_CLIENT_SECRET", SERVICE_SECRET)
        .set("OIDC_SCAN_SECONDS", "0")
        .start()
        .await;
    let mut all = Vec::new();
    for _ in 0..12 {
        all.push(Person::new_at(&peer).await);
    }
    // Each of them was pushed; the scan has those who were there before, too.
    let report = scanned(&app, 0).await;
    assert_eq!((&report["seen"], &report["state"]), (&json!(14), &json!("done")), "{report}");

    // Pushed: within seconds, and whoever is blocked is out at once.
    let mut person = all[0].clone();
    let (browser, id) = (signed_in(&app, &person).await, peer.id(&person).await);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    person.given_name = "Supernova".to_owned();
    peer.put(&person).await;
    eventually("the push renames them", || async { name(&app, &id).await == "Supernova" }).await;
    peer.shut_out(&person).await;
    eventually("the push blocks them", || async { app.identity(&id).await.standing == Standing::Blocked })
        .await;
    assert!(!browser.is_signed_in().await);
    let gone = peer.id(&all[1]).await;
    peer.admin(Method::DELETE, &format!("/users/{gone}"), &Value::Null).await;
    eventually("the push takes them away", || async {
        app.identity(&gone).await.standing == Standing::Deleted
    })
    .await;

    // Lost, for we are down meanwhile: the next scan heals it.
    app.stop().await;
    let mut person = all[2].clone();
    person.given_name = "Hypernova".to_owned();
    peer.put(&person).await;
    let id = peer.id(&person).await;
    app.restart(&[]).await;
    assert_eq!(name(&app, &id).await, "Nova");
    assert_eq!(scanned(&app, 0).await["changed"], 1);
    assert_eq!(name(&app, &id).await, "Hypernova");

    // The provider is killed: a scan fails and changes nobody, and the one after it goes well.
    let before = people(&app);
    let port = peer.origin.rsplit(':').next().unwrap().parse::<u16>().unwrap();
    running.kill();
    scanned(&app, 1).await;
    assert_eq!(people(&app), before);
    let again = json!({ "events": true, "port": port, "keep": facts["password"] });
    let running = Running::start("keycloak.mjs", &again);
    assert_eq!(scanned(&app, 0).await["gone"], 0);

    // Half of the people are taken away: nobody changes until the operator says so, and one command takes that back.
    silent(&peer).await;
    let remove = async |some: &[Person]| {
        for person in some {
            let path = format!("/users/{}", peer.id(person).await);
            peer.admin(Method::DELETE, &path, &Value::Null).await;
        }
    };
    remove(&all[2..8]).await;
    let before = people(&app);
    let held = scanned(&app, 75).await;
    assert_eq!((&held["state"], &held["gone"]), (&json!("held"), &json!(6)), "{held}");
    assert_eq!(people(&app), before);
    let run = held["run"].as_str().unwrap();
    assert!(sparekey(&app, &["scan", "approve", run]).await.status.success());
    assert_eq!(app.identity(&id).await.standing, Standing::Deleted);
    assert!(sparekey(&app, &["undo", "--run", run, "--apply"]).await.status.success());
    assert_eq!(people(&app), before);

    // The realm is emptied: nobody changes.
    let left = peer.admin(Method::GET, "/users?max=100", &Value::Null).await;
    for user in left.as_array().unwrap() {
        let path = format!("/users/{}", user["id"].as_str().unwrap());
        peer.admin(Method::DELETE, &path, &Value::Null).await;
    }
    assert_eq!(scanned(&app, 1).await["state"], "incomplete", "an empty list proves nothing");
    assert_eq!(people(&app), before);

    // What we export it takes as it is, under our ids, and people log in there again.
    let output = sparekey(&app, &["users", "export", "--format", "keycloak", "--into", "sparekey"]).await;
    let exported = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let file: Value = serde_json::from_str(&exported).unwrap();
    let answer = peer.admin(Method::POST, "/partialImport", &file).await;
    assert_eq!((&answer["added"], &answer["skipped"]), (&json!(before.len()), &json!(0)), "{answer}");
    for user in &before {
        let id = user["id"].as_str().unwrap();
        let there = peer.admin(Method::GET, &format!("/users/{id}"), &Value::Null).await;
        let is_present = user["identities"][0]["standing"] == "present";
        assert_eq!((&there["email"], &there["enabled"]), (&user["email"], &json!(is_present)), "{there}");
        let told = (&there["firstName"], &there["emailVerified"]);
        assert_eq!(told, (&user["given_name"], &user["email_verified"]), "nothing is verified that was not");
    }
    let password = json!({ "type": "password", "value": all[8].login, "temporary": false });
    let path = format!("/users/{}/reset-password", peer.id(&all[8]).await);
    peer.admin(Method::PUT, &path, &password).await;
    signed_in(&app, &all[8]).await;
    running.kill();
}
