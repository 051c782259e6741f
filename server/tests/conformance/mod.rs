//! The relying party against a provider that misbehaves in every way it knows: one case for each refusal,
//! and the same flow without the fault signs in. The cases stand in `table`, and for people in
//! `docs/conformance.md`.

mod document;
mod flows;
mod rows;
mod table;

use std::collections::BTreeSet;

use dev_provider::Fault;
use futures::StreamExt;

use flows::{Flow, Outcome, Shared};
use table::Case;
pub use table::{CASES, STEP_UP};

/// Cases that need an application of their own are tried so many at a time.
const AT_A_TIME: usize = 8;

/// What differs between what should have come out and what did, a line each.
async fn differences(flow: Flow) -> Vec<String> {
    let cases: Vec<&Case> = CASES.iter().filter(|case| Flow::of(case.fault) == flow).collect();
    assert!(!cases.is_empty());
    let shared = Shared::start(flow).await;
    let tried = futures::stream::iter(cases).map(|case| async {
        let (refused, twin) = shared.refused(case.fault).await;
        difference(case.fault.name(), case.expected(), refused, twin)
    });
    let at_a_time = if flow.has_an_application_each() { AT_A_TIME } else { 1 };
    tried.buffered(at_a_time).filter_map(std::future::ready).collect().await
}

fn difference(name: &str, expected: Outcome, found: Outcome, twin: bool) -> Option<String> {
    if !twin {
        return Some(format!("{name}: without the fault it does not work either"));
    }
    (expected != found).then(|| format!("{name}: {found:?} where {expected:?} is due"))
}

/// What is odd but legal, and did not pass.
async fn locked_out(flow: Flow) -> Vec<String> {
    let odd: Vec<Fault> =
        Fault::ALL.iter().copied().filter(|fault| fault.is_harmless() && Flow::of(*fault) == flow).collect();
    let shared = Shared::start(flow).await;
    let tried = futures::stream::iter(odd).map(|fault| {
        let shared = &shared;
        async move { (!shared.passes(fault).await).then(|| fault.name().to_owned()) }
    });
    let at_a_time = if flow.has_an_application_each() { AT_A_TIME } else { 1 };
    tried.buffered(at_a_time).filter_map(std::future::ready).collect().await
}

macro_rules! refused {
    ($($name:ident $flow:ident;)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let found = differences(Flow::$flow).await;
            assert!(found.is_empty(), "\n{}", found.join("\n"));
        })*
    };
}

macro_rules! passed {
    ($($name:ident $flow:ident;)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let found = locked_out(Flow::$flow).await;
            assert!(found.is_empty(), "locked out by {}", found.join(", "));
        })*
    };
}

refused! {
    a_wrong_authorization_response_is_refused Response;
    a_wrong_id_token_is_refused IdToken;
    a_wrong_token_response_is_refused Token;
    wrong_userinfo_is_refused Userinfo;
    wrong_metadata_is_refused Metadata;
    wrong_keys_are_refused Keys;
    a_wrong_answer_to_a_pushed_request_is_refused Par;
    a_wrong_refresh_ends_the_session Refresh;
    a_wrong_logout_token_is_refused LogoutToken;
}

passed! {
    an_odd_authorization_response_locks_nobody_out Response;
    an_odd_id_token_locks_nobody_out IdToken;
    odd_claims_lock_nobody_out Claims;
    an_odd_token_response_locks_nobody_out Token;
    odd_userinfo_locks_nobody_out Userinfo;
    odd_metadata_locks_nobody_out Metadata;
    odd_keys_lock_nobody_out Keys;
    an_odd_refresh_ends_no_session Refresh;
    an_odd_logout_token_is_believed LogoutToken;
    nothing_keeps_anybody_from_logging_out Goodbye;
}

#[tokio::test]
async fn what_a_page_asked_for_is_demanded_on_return() {
    let shared = Shared::start(Flow::IdToken).await;
    let mut found = Vec::new();
    for (query, case) in STEP_UP {
        let (refused, twin) = shared.refused_when_asked(case.fault, query).await;
        found.extend(difference(case.fault.name(), case.expected(), refused, twin));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_fault_that_must_be_refused_has_its_case() {
    let cases: BTreeSet<Fault> = CASES.iter().map(|case| case.fault).collect();
    assert_eq!(cases.len(), CASES.len(), "a fault stands once");
    let wrong: BTreeSet<Fault> = Fault::ALL.iter().copied().filter(|fault| !fault.is_harmless()).collect();
    let missing: Vec<_> = wrong.difference(&cases).map(|fault| fault.name()).collect();
    let harmless: Vec<_> = cases.difference(&wrong).map(|fault| fault.name()).collect();
    assert!(missing.is_empty() && harmless.is_empty(), "missing: {missing:?}; harmless: {harmless:?}");
}
