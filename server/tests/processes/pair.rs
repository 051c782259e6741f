//! Two real processes behind one database, and a load balancer that sends each request where it likes.

use std::collections::BTreeSet;
use std::process::Output;
use std::time::Duration;

use dev_provider::{DevProvider, Endpoint, Person};
use futures::future::join_all;
use tempfile::TempDir;
use tokio::join;

use crate::support::app::{ADA, GRACE, SESSION};
use crate::support::browser::Browser;
use crate::support::databases::{Database, Kind};
use crate::support::process::{Serving, Site, free_port, sparekey};

/// One site of two processes.
struct Pair {
    provider: DevProvider,
    processes: [Serving; 2],
    db: Database,
    folder: TempDir,
}

pub async fn two_processes_are_one_site(kind: Kind) {
    processes_that_migrate_at_once_do_it_once(kind).await;
    let pair = Pair::start(kind).await;
    pair.a_log_in_begins_at_one_and_ends_at_the_other().await;
    pair.a_log_out_at_one_is_one_at_the_other().await;
    pair.a_log_out_at_the_provider_is_one_at_both().await;
    pair.a_race_to_refresh_is_one_refresh().await;
    pair.sixty_four_first_log_ins_make_one_user().await;
}

async fn processes_that_migrate_at_once_do_it_once(kind: Kind) {
    let db = Database::fresh(kind).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = [("DATABASE_URL", db.url.as_str())];
    let started: Vec<_> = (0..4)
        .map(|_| {
            let mut migrate = sparekey(folder.path(), &settings, &["migrate"]);
            migrate.stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let done: Vec<Output> = started.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    assert!(done.iter().all(|output| output.status.success()), "{done:?}");
    let idle = done.iter().filter(|one| String::from_utf8_lossy(&one.stderr).contains("is up to date"));
    assert_eq!(idle.count(), 3, "{done:?}");
}

impl Pair {
    /// Both start at once, on a database where there is nothing yet.
    async fn start(kind: Kind) -> Self {
        let db = Database::fresh(kind).await;
        let site = Site::new().await;
        let settings = site.settings(&[
            ("DATABASE_URL", db.url.as_str()),
            ("OIDC_SCOPES", "openid profile email offline_access"),
            ("RATE_LIMIT", "off"),
        ]);
        let (url, folder) = (site.url(), site.folder.path());
        let ports = [site.port, free_port()];
        let [one, other] = ports.map(|port| Serving::of_site(&url, folder, port, &settings));
        let processes = join!(one, other).into();
        let Site { folder, provider, .. } = site;
        Self { provider, processes, db, folder }
    }

    /// A browser whose next request goes to this process.
    fn to(&self, process: usize, browser: &Browser) -> Browser {
        browser.sent_to(self.processes[process % 2].door())
    }

    /// A browser at the first process.
    fn browser(&self) -> Browser {
        self.processes[0].browser()
    }

    async fn signed_in(&self, subject: &str) -> Browser {
        let browser = self.browser();
        browser.log_in_as(subject).await;
        browser
    }

    async fn a_log_in_begins_at_one_and_ends_at_the_other(&self) {
        for (begins, ends) in [(0, 1), (1, 0)] {
            let browser = self.to(begins, &self.browser());
            let callback = browser.come_back_as(ADA).await;
            let browser = self.to(ends, &browser);
            assert_eq!(browser.get(&callback).await.location(), "/dashboard");
            for process in [0, 1] {
                let browser = self.to(process, &browser);
                assert_eq!(browser.get("/dashboard").await.heading(), "You are signed in.");
            }
            let twice = self.to(begins, &self.browser());
            twice.plant(crate::support::app::BROWSER, &browser.cookie(crate::support::app::BROWSER).unwrap());
            assert_eq!(twice.get(&callback).await.status, 400, "used up at the other one");
        }
    }

    async fn a_log_out_at_one_is_one_at_the_other(&self) {
        let browser = self.signed_in(ADA).await;
        let beside = self.to(1, &browser);
        assert!(beside.is_signed_in().await);
        browser.post("/auth/logout", &[]).await.location();
        assert!(!beside.is_signed_in().await);
    }

    async fn a_log_out_at_the_provider_is_one_at_both(&self) {
        let (ada, grace) = (self.signed_in(ADA).await, self.signed_in(GRACE).await);
        let beside = self.to(1, &ada);
        assert!(beside.is_signed_in().await);
        // The provider tells the site's own address, which is the first process.
        let delivered = self.provider.log_out_everywhere(ADA).await;
        assert!(delivered.iter().all(|one| one.status == 200), "{delivered:?}");
        assert!(!ada.is_signed_in().await && !beside.is_signed_in().await);
        assert!(self.to(1, &grace).is_signed_in().await);
    }

    async fn a_race_to_refresh_is_one_refresh(&self) {
        self.provider.access_tokens_live_for(Duration::ZERO);
        let browser = self.browser();
        browser.try_as(ADA).await.location();
        self.provider.access_tokens_live_for(Duration::from_secs(3600));
        self.provider.calls().clear();
        let browsers: Vec<Browser> = (0..20).map(|number| self.to(number, &browser)).collect();
        let answers = join_all(browsers.iter().map(|browser| browser.get("/api/me"))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        assert_eq!(self.provider.calls().count(Endpoint::Refresh), 1);
    }

    async fn sixty_four_first_log_ins_make_one_user(&self) {
        self.provider.set_person(Person::new("crowd").named("Ada", "Byron").mail("crowd@example.com"));
        let first = self.browser();
        let visitors: Vec<Browser> = (0..64).map(|number| self.to(number, &first)).collect();
        let callbacks = join_all(visitors.iter().map(|visitor| visitor.come_back_as("crowd"))).await;
        let ways = visitors.iter().zip(&callbacks);
        let answers = join_all(ways.map(|(visitor, callback)| visitor.get(callback))).await;
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 303).collect();
        assert!(refused.is_empty(), "{} of 64: {:?}", refused.len(), refused[0]);
        let ids: BTreeSet<String> =
            join_all(visitors.iter().map(|visitor| visitor.user_id())).await.into_iter().collect();
        assert_eq!(ids.len(), 1);
        let sessions: BTreeSet<_> = visitors.iter().map(|visitor| visitor.cookie(SESSION)).collect();
        assert_eq!(sessions.len(), 64);
        let me = visitors[0].get("/api/me").await.json();
        assert_eq!(me["login_count"], 64);
        let users = super::crowd::export(self.folder.path(), &self.db.url);
        assert_eq!(users.iter().filter(|user| user["identities"][0]["subject"] == "crowd").count(), 1);
    }
}
