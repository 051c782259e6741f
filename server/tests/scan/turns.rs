//! One scan at a time, which goes on where one broke off.

use std::time::Duration;

use async_trait::async_trait;
use identity::scan::ScanError;
use identity::{Account, AccountPage, Accounts, Claims, ProviderError, RunState};
use provider::admin::AdminInterface;

use super::here::Here;
use crate::support::admin::Fault;

#[tokio::test]
async fn of_two_scans_of_a_provider_one_is_at_it() {
    let here = Here::start(450).await;
    here.admin.script().faults = [Some(Fault::Slow(400))].into();
    let (one, other) = tokio::join!(here.try_scan(), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        here.try_scan().await
    });
    assert_eq!(one.unwrap().new, 450);
    assert!(matches!(other, Err(ScanError::Busy)), "{other:?}");
    assert_eq!(here.scan().await.new, 0, "the turn was given back");
}

/// As `kill -9` leaves it: nothing is finished, and the turn is not given back.
async fn broken_off(here: &Here, faults: &[Option<Fault>]) {
    here.admin.script().faults = faults.iter().cloned().collect();
    let cut = tokio::time::timeout(Duration::from_millis(1500), here.try_scan()).await;
    assert!(cut.is_err(), "it was cut");
    here.admin.script().asked.clear();
}

#[tokio::test]
async fn a_scan_that_broke_off_while_reading_goes_on_from_its_last_page_once_its_turn_is_over() {
    let here = Here::start(450).await;
    broken_off(&here, &[None, Some(Fault::Slow(60_000))]).await;
    assert!(matches!(here.try_scan().await, Err(ScanError::Busy)), "it may be alive");
    here.pass(61);
    let report = here.scan().await;
    assert_eq!((report.state, report.seen, report.new), (RunState::Done, 450, 450));
    assert_eq!([here.admin.asked("first=0"), here.admin.asked("first=200")], [0, 1]);
    let runs = here.store.runs.runs(&Default::default(), 10).await.unwrap();
    assert_eq!((runs.len(), runs[0].id), (1, report.run.unwrap()), "it is the same run");
}

/// The same accounts as another list: a file, say.
struct Another(AdminInterface);

#[async_trait]
impl Accounts for Another {
    fn provider(&self) -> &str {
        self.0.provider()
    }

    fn list(&self) -> String {
        "file people.json".to_owned()
    }

    async fn count(&self) -> Result<Option<u64>, ProviderError> {
        self.0.count().await
    }

    async fn page(&self, cursor: Option<&str>) -> Result<AccountPage, ProviderError> {
        self.0.page(cursor).await
    }

    async fn by_id(&self, reference: &str, known: &Claims) -> Result<Option<Account>, ProviderError> {
        self.0.by_id(reference, known).await
    }
}

#[tokio::test]
async fn a_scan_of_one_list_that_broke_off_is_not_gone_on_with_by_that_of_another() {
    let here = Here::start(450).await;
    broken_off(&here, &[None, Some(Fault::Slow(60_000))]).await;
    here.pass(61);
    let list = Another(here.interface());
    let report = here.scanner().run(&list, None, &|_, _, _| {}).await.unwrap();
    assert_eq!((report.state, report.new), (RunState::Done, 450));
    assert_eq!(here.admin.asked("first=0"), 1, "it is read from its beginning");
    let runs = here.store.runs.runs(&Default::default(), 10).await.unwrap();
    let states: Vec<RunState> = runs.iter().map(|run| run.state).collect();
    assert_eq!(
        states,
        [RunState::Done, RunState::Failed],
        "whoever began the first can see that it is given up"
    );
    assert!(here.store.shelf.shelved_runs(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_scan_that_broke_off_while_applying_goes_on_with_its_own_list() {
    let here = Here::start(450).await;
    let scanner = here.scanner();
    let interface = here.interface();
    // Cut after the first sheet that was applied.
    let (tell, told) = tokio::sync::oneshot::channel();
    let tell = std::sync::Mutex::new(Some(tell));
    let watch = move |stage, done, _| {
        if (stage, done) == (identity::scan::Stage::Applying, 200)
            && let Some(tell) = tell.lock().unwrap().take()
        {
            tell.send(()).unwrap();
        }
    };
    tokio::select! {
        biased;
        _ = told => {}
        done = scanner.run(&interface, None, &watch) => panic!("it was cut: {done:?}"),
    }
    let some = here.users().await.len();
    assert!((200..450).contains(&some), "{some}");
    // The provider is emptied meanwhile: what was judged is what is applied.
    here.admin.script().people.clear();
    here.pass(61);
    let report = here.scan().await;
    assert_eq!((report.state, report.new, report.seen), (RunState::Done, 450, 450));
    assert_eq!((here.users().await.len(), here.present().await), (450, 450));
}

#[tokio::test]
async fn whoever_was_too_silent_writes_no_more() {
    let here = Here::start(450).await;
    here.admin.script().faults = [None, Some(Fault::Slow(700))].into();
    let (slow, quick) = tokio::join!(here.try_scan(), async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        here.pass(61);
        here.try_scan().await
    });
    assert!(matches!(slow, Err(ScanError::TakenOver)), "{slow:?}");
    assert_eq!(quick.unwrap().new, 450);
    assert_eq!(here.users().await.len(), 450);
}

#[tokio::test]
async fn a_scan_is_due_at_once_and_then_after_its_time() {
    let here = Here::start(3).await;
    let day = chrono::TimeDelta::days(1);
    let due = async || here.scanner().due_at(day).await.unwrap() - identity::World::now(&server::System);
    assert!(due().await <= chrono::TimeDelta::zero());
    here.scan().await;
    assert!(due().await > chrono::TimeDelta::hours(23));
    here.admin.script().faults = [Some(Fault::Status(500, Vec::new()))].into();
    assert!(here.try_scan().await.is_err());
    let soon = due().await;
    assert!(soon > chrono::TimeDelta::minutes(13) && soon < chrono::TimeDelta::minutes(16), "{soon}");
}

/// Where one list goes on is nothing to another.
#[tokio::test]
async fn a_list_of_changes_is_not_begun_where_another_list_ended() {
    let here = Here::of("entra", "/graph/v1.0", 7).await;
    here.scan().await;
    here.admin.script().asked.clear();
    let list = Another(here.interface());
    let report = here.scanner().run(&list, None, &|_, _, _| {}).await.unwrap();
    assert_eq!((report.state, report.seen), (RunState::Done, 7));
    assert_eq!(here.admin.asked("deltatoken"), 0, "it was read from its beginning");
    here.admin.script().asked.clear();
    assert_eq!(here.scan().await.seen, 7);
    assert_eq!(here.admin.asked("deltatoken"), 0, "and so is the list that the other one was not");
}
