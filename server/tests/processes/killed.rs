//! `kill -9` of the application and of the database server while many log in: what was answered is there
//! afterwards, and nothing is there by halves.

use std::time::{Duration, Instant};

use tokio::join;

use super::crowd::{Crowd, export, is_a_page_that_says_later};
use crate::support::app::{ADA, TestApp, eventually};
use crate::support::databases::{Database, Kind, Mortal};
use crate::support::process::Site;

const ROUNDS: usize = 3;
/// How many log-ins there have to be before anything dies.
const SOME: usize = 10;

pub async fn what_was_answered_outlives_the_process(kind: Kind) {
    let db = Database::fresh(kind).await;
    let site = Site::new().await;
    let settings = [("DATABASE_URL", db.url.as_str()), ("RATE_LIMIT", "off")];
    let crowd = Crowd::default();
    let mut process = site.serve(&settings).await;
    for round in 0..ROUNDS {
        let door = process.browser();
        let on_the_way = process.browser();
        let killer = async {
            let before = crowd.kept();
            eventually("some log in", || async { crowd.kept() >= before + SOME }).await;
            tokio::time::sleep(Duration::from_micros(getrandom::u64().unwrap() % 100_000)).await;
            let callback = on_the_way.come_back_as(ADA).await;
            process.kill();
            crowd.end();
            callback
        };
        let ((), callback) = join!(crowd.log_in(round, &site.provider, &door), killer);
        process = site.serve(&settings).await;
        // An attempt waits for no disk, and is there all the same.
        assert_eq!(on_the_way.get(&callback).await.location(), "/dashboard");
        crowd.have_their_sessions(&process.browser()).await;
    }
    crowd.have_their_changes(&db.open().await, site.provider.issuer()).await;
    export(site.folder.path(), &db.url);
}

pub async fn what_was_answered_outlives_the_database_server(kind: Kind) {
    let server = Mortal::new(kind).await;
    let app = TestApp::with(&[("DATABASE_URL", &server.url), ("RATE_LIMIT", "off")]).await;
    let crowd = Crowd::default();
    let door = app.browser();
    let killer = async {
        eventually("some log in", || async { crowd.kept() >= SOME }).await;
        server.kill();
        visitors_are_told(&app).await;
        let before = crowd.kept();
        server.start_again();
        eventually("it is ready again", || async { door.get("/readyz").await.status == 200 }).await;
        eventually("they log in again", || async { crowd.kept() >= before + SOME }).await;
        crowd.end();
    };
    join!(crowd.log_in(0, &app.provider, &door), killer);
    app.signed_in(ADA).await;
    crowd.have_their_sessions(&door).await;
    crowd.have_their_changes(&app.store().await, app.provider.issuer()).await;
    let folder = tempfile::tempdir().unwrap();
    export(folder.path(), &server.url);
}

/// While the database is away, whoever needs it is told to come later, and all others do not wait for it.
pub(crate) async fn visitors_are_told(app: &TestApp) {
    let (somebody, member) = (app.browser(), app.browser());
    member.plant(crate::support::app::SESSION, &"A".repeat(43));
    let (begun, dashboard, not_ready, ()) = join!(
        somebody.get("/auth/login"),
        member.get("/dashboard"),
        somebody.get("/readyz"),
        others_do_not_wait(app),
    );
    is_a_page_that_says_later(&begun);
    is_a_page_that_says_later(&dashboard);
    assert_eq!((not_ready.status.as_u16(), not_ready.header("retry-after")), (503, "5"));
}

async fn others_do_not_wait(app: &TestApp) {
    let somebody = app.browser();
    for target in ["/", "/healthz"] {
        let mut fastest = Duration::MAX;
        for _ in 0..10 {
            let asked = Instant::now();
            assert_eq!(somebody.get(target).await.status, 200, "{target}");
            fastest = fastest.min(asked.elapsed());
        }
        assert!(fastest < Duration::from_secs(1), "{target} waits for the database: {fastest:?}");
    }
}
