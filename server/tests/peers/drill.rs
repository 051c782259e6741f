//! The drill: a real provider with many people is gone, and the database with it. Everybody is in at another one as the
//! user they were, out of last night's backup. Run by `cargo xtask drill`; each step is printed with what it took. Loses no
//! row and makes no stranger, or fails.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use futures::future::join_all;
use http::Method;
use serde_json::{Value as Json, json};

use super::Peer;
use super::client::Client;
use super::keycloak::{Keycloak, SERVICE, SERVICE_SECRET};
use super::process::Running;
use super::walk::Page;
use crate::backup::Site;
use crate::support::app::{Plan, TestApp, eventually};
use crate::support::browser::Browser;
use crate::support::databases::{Database, Kind};
use crate::support::process::run;
use crate::undo::people;

/// People at the provider that goes away, unless `DRILL_USERS` says so.
const USERS: usize = 10_000;
/// How many of them log in at the new one, unless `DRILL_LOGINS` says so.
const LOGINS: usize = 300;
/// Of those, so many have logged in at the old one; and as many others are renamed there.
const BEFORE: usize = 20;
/// People of one import.
const CHUNK: usize = 500;
/// Who log in at once.
const AT_ONCE: usize = 4;
/// What the service account may do; docs/way-out.md names the same.
const RIGHTS: [&str; 3] = ["view-users", "manage-users", "manage-realm"];

#[expect(clippy::disallowed_methods, reason = "the tests have settings of their own")]
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn number(name: &str, otherwise: usize) -> usize {
    asked(name).and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

/// The kind of database that the copy is in at first, and the other one, for what is restored.
fn kinds() -> (Kind, Kind) {
    match asked("DRILL_FROM").as_deref() {
        Some("postgres") => (Kind::Postgres, Kind::Sqlite),
        _ => (Kind::Sqlite, Kind::Postgres),
    }
}

/// Prints each step with its time, as a row of a table.
struct Watch {
    start: Instant,
    step: Instant,
}

impl Watch {
    fn start() -> Self {
        println!("| step | seconds |\n|---|---:|");
        Self { start: Instant::now(), step: Instant::now() }
    }

    fn step(&mut self, what: &str) {
        println!("| {what} | {:.1} |", self.step.elapsed().as_secs_f64());
        self.step = Instant::now();
    }
}

fn name(number: usize) -> String {
    format!("person{number:05}")
}

/// The realm with nobody in it.
async fn emptied(keycloak: &Keycloak) {
    for user in keycloak.admin(Method::GET, "/users", &Json::Null).await.as_array().unwrap() {
        let path = format!("/users/{}", user["id"].as_str().unwrap());
        keycloak.admin(Method::DELETE, &path, &Json::Null).await;
    }
}

/// Gives somebody a password, as *Forgot password* would.
async fn set_password(keycloak: &Keycloak, id: &str, password: &str) {
    let body = json!({ "type": "password", "value": password, "temporary": false });
    keycloak.admin(Method::PUT, &format!("/users/{id}/reset-password"), &body).await;
}

fn record(number: usize) -> Json {
    json!({
        "username": name(number), "enabled": true, "email": format!("{}@example.com", name(number)),
        "emailVerified": true, "firstName": format!("Given{number}"), "lastName": "Drill",
        "realmRoles": ["default-roles-sparekey"],
    })
}

async fn import(keycloak: &Keycloak, numbers: std::ops::Range<usize>) {
    let users: Vec<Json> = numbers.map(record).collect();
    let body = json!({ "ifResourceExists": "FAIL", "users": users });
    keycloak.admin(Method::POST, "/partialImport", &body).await;
}

/// Gives somebody another first name, or shuts them out, at the provider.
async fn change(keycloak: &Keycloak, number: usize, what: &Json) {
    let path = format!("/users/{}", keycloak.find(&name(number)).await.unwrap());
    let mut record = record(number);
    record.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    keycloak.admin(Method::PUT, &path, &record).await;
}

/// Logs in at a provider by its own pages.
async fn log_in(app: &TestApp, provider: &str, who: &str) -> Browser {
    let browser = app.browser();
    let page = Page::open(&browser, &browser.leave(&format!("?provider={provider}")).await).await;
    let page = page.submit(&[("username", who), ("password", who)]).await;
    assert_eq!(browser.get(page.home()).await.location(), "/dashboard", "{who}");
    browser
}

/// Runs a command with the application's settings: what it wrote to stdout, and what it said.
fn sparekey(app: &TestApp, folder: &Path, arguments: &[&str]) -> (String, String) {
    let settings: Vec<(&str, &str)> = app.settings().collect();
    let output = run(folder, &settings, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {said}");
    (String::from_utf8(output.stdout).unwrap(), said)
}

/// Everybody, by our ids.
fn everybody(app: &TestApp) -> BTreeMap<String, Json> {
    people(app).into_iter().map(|user| (user["id"].as_str().unwrap().to_owned(), user)).collect()
}

fn has_all_of(now: &Json, then: &Json) -> bool {
    let subjects = |user: &Json| -> Vec<(String, String)> {
        let all = user["identities"].as_array().unwrap().iter();
        all.map(|one| (one["issuer"].to_string(), one["subject"].to_string())).collect()
    };
    let now = subjects(now);
    subjects(then).iter().all(|one| now.contains(one))
}

fn history(app: &TestApp, folder: &Path, id: &str) -> Vec<String> {
    let (told, _) = sparekey(app, folder, &["users", "history", id, "--json"]);
    told.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_provider_is_gone_and_everybody_is_in_at_another_one_as_the_user_they_were() {
    let (users, logins) = (number("DRILL_USERS", USERS), number("DRILL_LOGINS", LOGINS));
    let (kind, other_kind) = kinds();
    assert!(users > 3 * BEFORE && logins > 0, "the drill takes more people");
    let keys = Site::new();
    let folder = keys.folder.path();
    let mut watch = Watch::start();
    let start =
        |settings: Json| tokio::task::spawn_blocking(move || Running::start("keycloak.mjs", &settings));
    // Only the first one pushes; the two share no file.
    let first = start(json!({ "events": true })).await.unwrap();
    let second = start(json!({})).await.unwrap();
    let (a, b) = (Keycloak::of(&first.facts), Keycloak::of(&second.facts));
    watch.step("two Keycloaks, A and B, are started");

    for keycloak in [&a, &b] {
        emptied(keycloak).await;
        keycloak.let_in_a_service(&RIGHTS).await;
    }
    for from in (0..users).step_by(CHUNK) {
        import(&a, from..(from + CHUNK).min(users)).await;
    }
    watch.step(&format!("{users} people are made at A"));

    let (db, plan) = (Database::fresh(kind).await, Plan::new().await);
    let mut client = Client::of(&plan.site);
    let at_a = a.register(&client).await;
    client.redirect_uri.push_str("/b");
    let at_b = b.register(&client).await;
    a.push_to(&plan.site).await;
    std::fs::create_dir(keys.path("backups")).unwrap();
    let path = |name: &str| keys.path(name).display().to_string();
    let (sign, verify, backups) = (path("sign.key"), path("sign.pub"), path("backups"));
    let mut app = plan
        .set("DATABASE_URL", &db.url)
        .set("OIDC_ISSUER_URL", a.issuer())
        .set("OIDC_CLIENT_ID", &at_a.id)
        .set("OIDC_CLIENT_SECRET", &at_a.secret)
        .set("OIDC_PRESET", "keycloak")
        .set("OIDC_WEBHOOK_SECRET", SERVICE_SECRET)
        .set("OIDC_ADMIN_CLIENT_ID", SERVICE)
        .set("OIDC_ADMIN_CLIENT_SECRET", SERVICE_SECRET)
        .set("OIDC_SCAN_SECONDS", "0")
        .set("OIDC_PROVIDERS", "b")
        .set("OIDC_B_ISSUER_URL", b.issuer())
        .set("OIDC_B_CLIENT_ID", &at_b.id)
        .set("OIDC_B_CLIENT_SECRET", &at_b.secret)
        .set("OIDC_B_PRESET", "keycloak")
        .set("OIDC_B_ADMIN_CLIENT_ID", SERVICE)
        .set("OIDC_B_ADMIN_CLIENT_SECRET", SERVICE_SECRET)
        .set("OIDC_B_SCAN_SECONDS", "0")
        .set("BACKUP_RECIPIENTS", &keys.recipient)
        .set("BACKUP_SIGN_KEY", &sign)
        .set("BACKUP_VERIFY_KEY", &verify)
        .set("RATE_LIMIT", "off")
        .start()
        .await;
    sparekey(&app, folder, &["scan", "main"]);
    assert_eq!(everybody(&app).len(), users, "each is one user");
    watch.step(&format!("a scan brings them into the copy, on {kind:?}"));

    for number in 0..BEFORE {
        set_password(&a, &a.find(&name(number)).await.unwrap(), &name(number)).await;
        log_in(&app, "main", &name(number)).await;
    }
    watch.step(&format!("{BEFORE} log in at A"));
    for number in BEFORE..2 * BEFORE {
        change(&a, number, &json!({ "firstName": "Renamed" })).await;
    }
    let blocked = users - 1;
    change(&a, blocked, &json!({ "enabled": false })).await;
    let renamed = async || {
        let all = everybody(&app);
        let renamed = all.values().filter(|user| user["given_name"] == "Renamed").count();
        let out = all.values().filter(|user| user["identities"][0]["standing"] == "blocked").count();
        (renamed, out) == (BEFORE, 1)
    };
    eventually("the pushes arrive", renamed).await;
    watch.step(&format!("{BEFORE} are renamed there and one is blocked, which A pushes"));

    let mut night = everybody(&app);
    sparekey(&app, folder, &["backup", "backups/night.age"]);
    watch.step("a backup is made");
    let (proved, _) = sparekey(&app, folder, &["backup", "verify", "backups/night.age", "--identity", "key"]);
    assert!(proved.contains(&format!("{users} users")), "{proved}");
    watch.step("it is verified: restored, and compared line by line");

    let erased = 2 * BEFORE;
    let of = |all: &BTreeMap<String, Json>, login: &str| {
        let mut all = all.iter();
        all.find(|(_, user)| user["preferred_username"] == login).map(|(id, _)| id.clone())
    };
    let gone = of(&night, &name(erased)).unwrap();
    night.remove(&gone);
    let before = night;
    let histories: Vec<(&String, Vec<String>)> =
        before.keys().step_by(users / BEFORE).map(|id| (id, history(&app, folder, id))).collect();
    app.restart(&[("BACKUP_TO", &backups)]).await;
    sparekey(&app, folder, &["users", "erase", &gone, "--yes"]);
    change(&a, erased, &json!({ "firstName": "Back" })).await;
    sparekey(&app, folder, &["scan", "main"]);
    let now = everybody(&app);
    assert_eq!((now.len(), of(&now, &name(erased))), (users - 1, None));
    watch.step("one is erased after that, and neither a push nor a scan of A brings them back");

    first.kill();
    app.stop().await;
    let restored = Database::fresh(other_kind).await;
    app.restart(&[("DATABASE_URL", &restored.url)]).await;
    watch.step("A is gone, and the database too");
    app.stop().await;
    let (_, told) = sparekey(&app, folder, &["restore", "backups/night.age", "--identity", "key"]);
    assert!(told.contains("left out, because they were erased: 1 users"), "{told}");
    app.restart(&[]).await;
    let after = everybody(&app);
    let lost = before.iter().filter(|(id, user)| after.get(*id) != Some(user)).count();
    assert_eq!((lost, after.len(), of(&after, &name(erased))), (0, users - 1, None), "rows lost, rows");
    for (id, told) in &histories {
        assert_eq!(&history(&app, folder, id), told);
    }
    watch.step(&format!("the backup is restored, into {other_kind:?}, without whom was erased"));

    let plan = ["switch", "plan", "--from", "main", "--to", "b", "--out", "plan"];
    let (_, told) = sparekey(&app, folder, &plan);
    let moved = users - 2;
    assert!(told.contains(&format!("{moved}  chosen_subject")), "{told}");
    assert!(told.contains("1  left out: not_present"), "who is blocked at A gets no account: {told}");
    watch.step("the plan is made");
    let (_, told) = sparekey(&app, folder, &["switch", "apply", "plan"]);
    let switch = told.lines().find_map(|line| line.strip_prefix("run ")).unwrap();
    let switch = switch.split(';').next().unwrap().to_owned();
    watch.step(&format!("{moved} people have an account at B, under our id"));
    let (_, told) = sparekey(&app, folder, &["switch", "verify", &switch]);
    assert!(told.contains(&format!("{moved} of {moved} can get in")), "{told}");
    watch.step("every account is read back");

    let step = (users / logins).max(1);
    let is_moved = |number: &usize| *number != erased && *number != blocked;
    let chosen: Vec<usize> = (0..users).step_by(step).filter(is_moved).take(logins).collect();
    let mut strangers = 0;
    for some in chosen.chunks(AT_ONCE) {
        let come = some.iter().map(async |number| {
            let login = name(*number);
            let id = b.find(&login).await.unwrap();
            set_password(&b, &id, &login).await;
            (id, log_in(&app, "b", &login).await)
        });
        for (id, browser) in join_all(come).await {
            let me = browser.user_id().await;
            strangers += usize::from(!before.contains_key(&me) || me != id);
        }
    }
    watch.step(&format!("{} people log in at B", chosen.len()));
    let after = everybody(&app);
    let lost =
        before.iter().filter(|(id, had)| after.get(*id).is_none_or(|has| !has_all_of(has, had))).count();
    let strangers = strangers + after.keys().filter(|id| !before.contains_key(*id)).count();
    assert_eq!((lost, strangers, after.len()), (0, 0, users - 1), "rows lost, strangers, rows");
    for (id, told) in &histories {
        let now = history(&app, folder, id);
        assert!(now.len() > told.len() || !after[*id]["identities"][1].is_object(), "the switch is in it");
        assert!(told.iter().all(|line| now.contains(line)), "the history is the same one");
    }

    let (_, told) = sparekey(&app, folder, &["switch", "undo", &switch, "--accounts"]);
    let kept = chosen.len();
    assert!(told.contains(&format!("{} identities taken away, {kept} left", moved - kept)), "{told}");
    let after = everybody(&app);
    let untouched = after
        .iter()
        .filter(|(id, user)| before.get(*id).map(|had| &had["identities"]) == Some(&user["identities"]));
    assert_eq!(untouched.count(), users - 1 - kept, "whoever did not log in at B is as before");
    watch.step("the switch is taken back, but for who logged in");
    second.kill();
    println!(
        "| all of it | {:.1} |\n\nrows lost: {lost}; strangers made: {strangers}",
        watch.start.elapsed().as_secs_f64()
    );
}
