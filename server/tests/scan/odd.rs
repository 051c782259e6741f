//! Lists in which something is odd: it costs itself. Lists without an end: they are left.

use identity::scan::Incomplete;
use identity::{RunState, Standing};

use super::adapters::ALL;
use super::here::Here;
use crate::support::admin::Fault;

fn write(here: &Here, instead: &str, what: &str) {
    here.admin.script().written.insert(format!("\"{instead}\""), what.to_owned());
}

fn deep() -> String {
    format!("{}{}", "[".repeat(300), "]".repeat(300))
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_passed_over_and_its_place_is_told() {
    for (preset, path) in ALL {
        let here = Here::of(preset, path, 7).await;
        write(&here, "id-000002", "\"id-\\ud83d\"");
        write(&here, "Given3", &deep());
        write(&here, "Given4", "\"A\\ud83d\"");
        write(&here, "Given5", &format!("\"{}\"", "x".repeat(100_000)));
        let report = here.scan().await;
        assert_eq!((report.state, report.seen, report.unreadable), (RunState::Done, 7, 1), "{preset}");
        assert_eq!(report.unreadable_at, ["page 1, record 3"], "{preset}");
        assert_eq!(report.new + report.unknown, 6, "{preset}");
        if report.new == 6 && !["authentik", "zitadel", "plain"].contains(&preset) {
            let names = [here.identity("id-000003").await, here.identity("id-000004").await];
            assert_eq!(names[0].claims.get("given_name"), None, "{preset}");
            assert_eq!(names[1].claims["given_name"], "A\u{fffd}", "{preset}");
            assert_eq!(here.identity("id-000005").await.claims.get("given_name"), None, "{preset}");
        }
        let again = here.scan().await;
        assert_eq!((again.state, again.new, again.changed), (RunState::Done, 0, 0), "{preset}");
    }
}

#[tokio::test]
async fn whoever_became_unreadable_stays() {
    let here = Here::start(20).await;
    here.scan().await;
    // Another id than the one that is known: under that one, nobody is found who can be read.
    write(&here, "id-000002", "\"id-\\ud83d\"");
    let report = here.scan().await;
    assert_eq!(
        (report.state, report.unreadable, report.missing, report.unanswered),
        (RunState::Done, 1, 1, 1)
    );
    assert_eq!(here.standing(2).await, Standing::Present);
}

#[tokio::test]
async fn a_page_that_is_too_large_is_asked_for_in_parts() {
    let large = format!("\"{}\"", "x".repeat(300_000));
    for (preset, path) in ALL.into_iter().filter(|(preset, _)| !["auth0", "entra"].contains(preset)) {
        let here = Here::of(preset, path, 230).await;
        (30..70).for_each(|number| write(&here, &format!("Given{number}"), &large));
        let report = here.scan().await;
        assert_eq!((report.state, report.new + report.unknown), (RunState::Done, 230), "{preset}");
    }
}

#[tokio::test]
async fn one_record_that_is_larger_than_any_page_is_passed_over() {
    let larger = format!("\"{}\"", "x".repeat(9 << 20));
    for (preset, path) in ALL
        .into_iter()
        .filter(|(preset, _)| ["keycloak", "zitadel", "authentik", "auth0", "plain"].contains(preset))
    {
        let here = Here::of(preset, path, 130).await;
        write(&here, "Given57", &larger);
        let report = here.scan().await;
        assert_eq!((report.state, report.seen, report.unreadable), (RunState::Done, 130, 1), "{preset}");
        assert_eq!(report.new + report.unknown, 129, "{preset}");
    }
}

#[tokio::test]
async fn empty_pages_without_an_end_are_left() {
    let here = Here::of("kinde", "/kinde/api/v1", 3).await;
    here.admin.script().is_endless = true;
    let report = here.scan().await;
    assert_eq!((report.state, report.incomplete), (RunState::Incomplete, Some(Incomplete::Endless)));
    assert_eq!(here.admin.asked("/users?"), 1000);
    here.admin.script().is_endless = false;
    assert_eq!(here.scan().await.new, 3);
}

#[tokio::test]
async fn a_cursor_that_is_always_too_old_has_failed() {
    let here = Here::of("entra", "/graph/v1.0", 7).await;
    here.admin.script().page = 3;
    let old = || [None, None, Some(Fault::Status(410, Vec::new()))];
    here.admin.script().faults = (0..9).flat_map(|_| old()).collect();
    let error = here.try_scan().await.unwrap_err();
    let sentence = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(sentence.contains("too old again and again"), "{error:?}");
    assert_eq!(here.admin.asked("/users/delta"), 12, "it was begun four times");
    here.admin.script().faults = old().into();
    assert_eq!(here.scan().await.state, RunState::Done, "once is no fault");
}

#[tokio::test]
async fn a_file_without_anybody_is_not_unpacked_for_ever() {
    let here = Here::of("auth0", "/auth0/api/v2", 3).await;
    here.admin.script().file = Some(b"\n".repeat(65 << 20));
    assert!(here.try_scan().await.is_err());
    here.admin.script().file = Some(vec![b'x'; 80 << 20]);
    assert!(here.try_scan().await.is_err());
    here.admin.script().file = None;
    assert_eq!(here.scan().await.new, 3);
}
