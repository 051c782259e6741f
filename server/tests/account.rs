//! `/account`: everything that is stored about one, in pages, as a file, and how to be forgotten.

use std::collections::BTreeSet;

use dev_provider::Person;
use http::Method;
use identity::{Entry, Message};
use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::store::entries::entry;
use crate::store::messages::message;
use crate::store::people::{login, record};
use crate::studio::acts::operator;
use crate::support::app::{ADA, GRACE, Plan, SESSION, TestApp};
use crate::support::browser::{Browser, between};

#[tokio::test]
async fn all_that_a_provider_said_is_shown_and_tokens_are_not() {
    let app = TestApp::start().await;
    let long = "x".repeat(3000);
    app.provider.set_person(
        Person::new("odd").named("Ada", "<b>").with("nickname", "Countess").with("long", long.as_str()),
    );
    let browser = app.signed_in("odd").await;
    let page = browser.get("/account").await.body;
    for part in ["<code>nickname</code>", "Countess", "<code>sub</code>", "All that ", "&lt;b&gt;"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains(&long), "a long one is in the download");
    let file = data(&browser).await;
    assert_eq!(file["identities"][0]["claims"]["long"], long.as_str());
    for whole in [page, file.to_string()] {
        for secret in ["dpat_", "dprt_", "eyJ"] {
            assert!(!whole.contains(secret), "{secret}");
        }
    }
}

async fn data(browser: &Browser) -> Value {
    let file = browser.get("/account/data.json").await;
    assert_eq!(file.status, 200, "{file:?}");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"sparekey.json\"");
    assert_eq!((file.header("content-type"), file.header("cache-control")), ("application/json", "no-store"));
    file.json()
}

#[tokio::test]
async fn the_download_is_the_line_with_claims_and_all_changes_sessions_and_holds() {
    let app = Plan::new().await.and("second").await.start().await;
    let (browser, other) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
    let left = browser.post("/auth/link", &[("provider", "second")]).await;
    browser.get(&browser.choose(left.location(), GRACE).await).await.location();
    let file = data(&browser).await;
    let me = browser.get("/api/me").await.json();
    for (name, value) in me.as_object().unwrap() {
        if name != "identities" {
            assert_eq!(&file[name], value, "{name}");
        }
    }
    assert_eq!(file["schema"], "sparekey.user/1");
    let identities = file["identities"].as_array().unwrap();
    assert!(identities.len() == 2 && identities.iter().all(|one| one["claims"]["sub"] == one["subject"]));
    let changes = file["changes"].as_array().unwrap();
    let versions: Vec<i64> = changes.iter().map(|one| one["version"].as_i64().unwrap()).collect();
    assert!(versions.is_sorted_by(|one, other| one >= other) && versions.first() > versions.last());
    assert!(changes.iter().any(|one| one["what"] == "linked" && one["subject"] == GRACE), "{file}");
    assert!(changes.iter().all(|one| one["source"] == "login" && one["by"].is_null()));
    let sessions = file["sessions"].as_array().unwrap();
    assert_eq!((sessions.len(), file["holds"].as_array().map(Vec::len)), (2, Some(0)));
    assert_eq!(sessions.iter().filter(|one| one["is_this"] == true).count(), 1);
    drop(other);
}

#[tokio::test]
async fn the_download_is_for_whoever_is_signed_in() {
    let app = TestApp::start().await;
    let stranger = app.browser();
    let sent = stranger.get("/account/data.json").await;
    assert_eq!(sent.location(), "/auth/login?return_to=/account/data.json");
    let asked = stranger.ask(Method::GET, "/account/data.json").header("sec-fetch-mode", "cors").send().await;
    assert_eq!(asked.verdict(), (401, "signed_out"));
    for path in ["/account/erase", "/account"] {
        assert!(stranger.get(path).await.location().starts_with("/auth/login?return_to=/account"), "{path}");
    }
    assert_eq!(stranger.get("/account/erased").await.heading(), "You are erased.");
}

/// The changes that a page shows: of which name, to what.
fn names(page: &str) -> Vec<String> {
    let table = between(page, "id=\"changes\"", "id=\"providers\"").unwrap();
    let rows = table.split("<tr").skip(2);
    rows.filter_map(|row| between(row, "data-label=\"To\"><span><bdi>", "<").map(str::to_owned)).collect()
}

fn older(page: &str) -> Option<String> {
    between(page, "href=\"/account?before=", "#changes\">Older")
        .map(|before| format!("/account?before={before}"))
}

#[tokio::test]
async fn a_long_history_comes_in_pages_each_change_once_and_none_is_hidden_by_what_nobody_sees() {
    let app = TestApp::with(&[("RATE_LIMIT", "off")]).await;
    let browser = app.browser();
    for n in 0..45 {
        // Two log-ins change what only the claims have.
        for rest in 0..2 {
            let person = Person::new("ada").named("Ada", &format!("No {n}")).with("updated_at", n * 2 + rest);
            app.provider.set_person(person);
            browser.log_in_as("ada").await;
        }
    }
    let first = browser.get("/account").await.body;
    assert!(!first.contains("Newest changes") && names(&first)[0].contains("No 44"), "{first}");
    let (mut all, mut next) = (names(&first), older(&first));
    let mut pages = 1;
    while let Some(address) = next {
        let page = browser.get(&address).await.body;
        assert!(page.contains("Newest changes"), "{page}");
        all.extend(names(&page));
        (next, pages) = (older(&page), pages + 1);
    }
    assert!(pages > 2, "{pages}");
    let distinct: BTreeSet<&String> = all.iter().filter(|name| name.starts_with("Ada No ")).collect();
    assert_eq!(distinct.len(), 45, "{all:?}");
    let once = all.iter().filter(|name| *name == "Ada No 20").count();
    assert_eq!(once, 1, "{all:?}");
    for odd in ["?before=x", "?before=-5", "?before=99999999999999999999", "?sessions=9999"] {
        assert_eq!(browser.get(&format!("/account{odd}")).await.status, 200, "{odd}");
    }
}

#[tokio::test]
async fn many_sessions_come_in_pages() {
    let app = TestApp::with(&[("RATE_LIMIT", "off")]).await;
    let browser = app.signed_in(ADA).await;
    for _ in 0..24 {
        app.signed_in(ADA).await;
    }
    let count = |page: &str| page.matches("data-label=\"Last seen\"").count();
    let first = browser.get("/account").await.body;
    let second = browser.get("/account?sessions=1").await.body;
    assert_eq!((count(&first), count(&second)), (20, 5));
    assert!(first.contains("href=\"/account?sessions=1#sessions\"") && first.contains("127.0.0.1"));
    assert!(second.contains("href=\"/account?sessions=0#sessions\"") && !second.contains("Used earlier"));
}

#[tokio::test]
async fn whoever_types_the_word_is_forgotten_and_the_next_log_in_is_somebody_new() {
    let app = TestApp::start().await;
    let (browser, elsewhere) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
    let grace = app.signed_in(GRACE).await;
    let id = browser.user_id().await;
    assert!(browser.get("/account").await.body.contains("href=\"/account/erase\""));
    let page = browser.get("/account/erase").await;
    assert_eq!(page.heading(), "Be erased?");
    assert!(page.body.contains("What stays") && page.body.contains("action=\"/auth/erase\""));
    for word in ["", "Erase", "delete", "erase me"] {
        let again = browser.post("/auth/erase", &[("word", word)]).await;
        assert_eq!(again.location(), "/account/erase?missed=1", "{word}");
        assert!(browser.get(again.location()).await.body.contains("aria-invalid=\"true\""));
    }
    assert_eq!(browser.user_id().await, id, "nothing was erased");
    let done = browser.post("/auth/erase", &[("word", "erase")]).await;
    assert_eq!((done.location(), browser.cookie(SESSION)), ("/account/erased", None));
    assert_eq!(browser.get(done.location()).await.heading(), "You are erased.");
    assert!(!browser.is_signed_in().await && !elsewhere.is_signed_in().await && grace.is_signed_in().await);
    let store = app.store().await;
    let user = identity::UserId(id.parse().unwrap());
    assert!(store.users.find(user).await.unwrap().is_none() && store.changes(user, 10).await.is_empty());
    let next = app.signed_in(ADA).await;
    assert_ne!(next.user_id().await, id);
    assert_eq!(next.get("/api/me").await.json()["login_count"], 1);
    let twice = elsewhere.post("/auth/erase", &[("word", "erase")]).await;
    assert_eq!(twice.verdict(), (401, "signed_out"));
}

/// What is stored of Ada elsewhere than with her user: an account as a SCIM client sent it, another that her provider keeps
/// as one with hers, and a message.
async fn kept_elsewhere(app: &TestApp) -> (Entry, Message) {
    let store = app.store().await;
    let issuer = app.provider.issuer();
    let resource = serde_json::json!({ "userName": "ada@corp", "department": "Engines" });
    let sent = Entry {
        resource: resource.as_object().cloned(),
        name: Some("ada@corp".to_owned()),
        ..entry("E-4711").of(issuer, ADA)
    };
    let linked = Entry { one_with: Some(ADA.to_owned()), ..entry("google|4711") };
    for entry in [&sent, &linked] {
        assert!(store.entries.put(None, entry).await.unwrap());
    }
    let about = identity::Digest::of_pair(issuer, "E-4711");
    let message = Message { about: Some(about), ..message("about ada", 0) };
    store.messages.keep(&message).await.unwrap();
    (linked, message)
}

#[tokio::test]
async fn what_is_kept_elsewhere_and_what_operators_did_is_shown_and_in_the_file() {
    let app = TestApp::with(&[("OPERATORS", "email:grace@example.com")]).await;
    let browser = app.signed_in(ADA).await;
    let id = browser.user_id().await;
    let nothing = browser.get("/account").await.body;
    for part in ["No provider sent a message about you", "Nobody changed anything of you"] {
        assert!(nothing.contains(part), "{part}: {nothing}");
    }
    assert!(!nothing.contains("What your providers call you"));
    let before = data(&browser).await;
    for list in ["accounts", "messages", "operators"] {
        assert_eq!(before[list], serde_json::json!([]), "{list}");
    }
    kept_elsewhere(&app).await;
    let grace = operator(&app).await;
    let look = [("user", &*id), ("issuer", app.provider.issuer()), ("subject", ADA)];
    assert_eq!(grace.post("/studio/claims", &look).await.status, 200);
    let act = [("act", "end_session"), ("user", &*id), ("reason", "she said <so>")];
    let session =
        between(&grace.get(&format!("/studio/users/{id}")).await.body, "session=", "\"").unwrap().to_owned();
    let act = [act[0], act[1], act[2], ("session", &*session)];
    assert_eq!(grace.post("/studio/acts", &act).await.status, 200);
    // Of Grace nothing is said of this.
    assert!(grace.get("/account").await.body.contains("Nobody changed anything of you"));
    let browser = app.signed_in(ADA).await;
    let page = browser.get("/account").await.body;
    for part in [
        "<code>E-4711</code>",
        "<bdi>ada@corp</bdi>",
        "<code>department</code>",
        "<code>google|4711</code>",
        "user.updated",
        "Looked at claims",
        "Ended a session",
        "she said &lt;so&gt;",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let file = data(&browser).await;
    assert_eq!(file["accounts"][0]["resource"]["department"], "Engines");
    assert_eq!(
        (&file["accounts"][0]["name"], &file["accounts"][1]["one_with"]),
        (&"ada@corp".into(), &ADA.into())
    );
    assert_eq!(
        (&file["messages"][0]["kind"], file["messages"].as_array().map(Vec::len)),
        (&"user.updated".into(), Some(1))
    );
    let acts: Vec<&Value> = file["operators"].as_array().unwrap().iter().map(|one| &one["act"]).collect();
    assert_eq!(acts, ["end_session", "look_at_claims"]);
    assert_eq!(file["operators"][0]["reason"], "she said <so>");
    let operator = grace.user_id().await;
    for whole in [page, file.to_string()] {
        assert!(
            !whole.contains("what about ada says") && !whole.contains("Grace") && !whole.contains(&operator)
        );
    }
    // The studio has the same, but what was sent, which is asked for by the claims.
    let shown = grace.get(&format!("/studio/users/{id}")).await.body;
    for part in
        ["<code>E-4711</code>", "google|4711", "user.updated", "Looked at claims", "she said &lt;so&gt;"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("department"));
    let log = grace.get(&format!("/studio/log?user={id}")).await.body;
    assert!(log.contains("Ended a session") && log.contains("about <bdi>Ada Lovelace"), "{log}");
    assert!(
        grace.get(&format!("/studio/log?user={operator}")).await.body.contains("Nobody has done anything")
    );
}

#[tokio::test]
async fn who_is_erased_is_erased_elsewhere_too_and_nobody_else() {
    let app = TestApp::with(&[("OPERATORS", "email:grace@example.com")]).await;
    let browser = app.signed_in(ADA).await;
    let store = app.store().await;
    let (linked, message) = kept_elsewhere(&app).await;
    // Another account that is one with Ada's at the provider is still somebody else's here.
    app.signed_in(GRACE).await;
    let others = Entry { one_with: Some(ADA.to_owned()), ..entry(GRACE) };
    assert!(store.entries.put(None, &others).await.unwrap());
    let done = browser.post("/auth/erase", &[("word", "erase")]).await;
    assert_eq!(done.location(), "/account/erased");
    let left = store.entries.page(None, None, 9).await.unwrap();
    assert_eq!(left, [others]);
    assert!(store.messages.find(&identity::MessageName::Id(message.id)).await.unwrap().is_none());
    let erased = [identity::ErasedName::reference(app.provider.issuer(), &linked.reference)];
    assert!(store.erasures.erased_at(&erased).await.unwrap().is_some(), "nothing brings it back");
}

/// Writes that a page looks back over, and some more.
const MANY: i64 = 1_030;

#[tokio::test]
async fn a_page_of_a_very_long_history_looks_back_so_far_and_the_file_has_the_rest() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let store = app.store().await;
    for n in 0..MANY {
        let mut said = login(ADA, 0, serde_json::json!({ "name": format!("Ada No {n}") }));
        said.issuer = app.provider.issuer().to_owned();
        (said.origin.at, said.origin.received_at) = (chrono::Utc::now(), chrono::Utc::now());
        record(&store, &said).await;
    }
    let first = browser.get("/account").await.body;
    assert!(names(&first)[0].contains("Ada No 1029") && !first.contains("What changed before"), "{first}");
    let deep = browser.get("/account?before=60").await.body;
    assert!(names(&deep).iter().any(|name| name.starts_with("Ada No")), "{deep}");
    assert!(deep.contains("What changed before is in the download."), "{deep}");
    assert!(older(&deep).is_none());
    let changes = data(&browser).await["changes"].as_array().unwrap().len();
    assert!(changes >= MANY as usize, "{changes}");
}

/// A picture's address that is another with each log-in, say: all of it would be kept for ever, and read for each page.
#[tokio::test]
async fn the_history_of_one_person_is_bounded_and_a_page_of_it_reads_no_more_than_it_must() {
    let app = TestApp::start().await;
    app.provider.set_person(Person::new("mover").named("A", "B"));
    let browser = app.signed_in("mover").await;
    app.provider.set_person(Person::new("mover").named("C", "D"));
    browser.log_in_as("mover").await;
    let database = sea_orm::Database::connect(app.setting("DATABASE_URL")).await.unwrap();
    let columns = "provider, issuer, subject, whats, is_unmapped, at, received_at, source, actor, run";
    let fill = format!(
        "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 23998) \
         INSERT INTO changes (user_id, version, ordinal, {columns}) \
         SELECT user_id, i, 0, {columns} FROM n, (SELECT * FROM changes WHERE version = 2 LIMIT 1)"
    );
    database.execute_unprepared(&fill).await.unwrap();
    database.execute_unprepared("UPDATE users SET version = 23998").await.unwrap();
    let count = async || {
        let all = "SELECT count(*) AS n FROM changes".to_owned();
        let row = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, all);
        database.query_one_raw(row).await.unwrap().unwrap().try_get::<i64>("", "n").unwrap()
    };
    assert!(count().await > 23_000);
    for name in ["E", "F", "G"] {
        app.provider.set_person(Person::new("mover").named(name, "H"));
        browser.log_in_as("mover").await;
    }
    assert!((19_000..=20_100).contains(&count().await), "{}", count().await);
    assert_eq!(browser.get("/account").await.status, 200);
}
