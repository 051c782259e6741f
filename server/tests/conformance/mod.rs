//! The relying party against a provider that misbehaves in every way it knows: one case for each refusal,
//! and the same flow without the fault signs in. The cases stand in `table`, and for people in
//! `docs/conformance.md`.

mod document;
mod flows;
mod table;

use std::collections::BTreeSet;

use dev_provider::Fault;
use futures::StreamExt;

use flows::{Flow, Outcome, Shared};
use table::{CASES, Case, STEP_UP};

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

macro_rules! conformance {
    ($($name:ident $flow:ident;)*) => {
        $(mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn what_is_wrong_is_refused_with_its_code_and_the_same_without_it_is_not() {
                let found = differences(Flow::$flow).await;
                assert!(found.is_empty(), "\n{}", found.join("\n"));
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn what_is_odd_but_legal_locks_nobody_out() {
                let found = locked_out(Flow::$flow).await;
                assert!(found.is_empty(), "locked out by {}", found.join(", "));
            }
        })*
    };
}

conformance! {
    authorization_response Response;
    id_token IdToken;
    claims Claims;
    token_endpoint Token;
    userinfo Userinfo;
    metadata Metadata;
    keys Keys;
    pushed_request Par;
    refresh Refresh;
    logout_token LogoutToken;
    other_addresses Goodbye;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn survey() {
    for flow in [Flow::Response, Flow::IdToken, Flow::Claims, Flow::Token, Flow::Userinfo, Flow::Refresh, Flow::LogoutToken, Flow::Metadata, Flow::Keys, Flow::Par] {
        let shared = Shared::start(flow).await;
        println!("// {flow:?}");
        for fault in Fault::ALL.iter().copied().filter(|fault| !fault.is_harmless() && Flow::of(*fault) == flow) {
            let (found, twin) = shared.refused(fault).await;
            println!("    {fault:?} {} {:?} \"\"; // {} {twin}", found.code, found.reached, found.status);
        }
    }
    let shared = Shared::start(Flow::IdToken).await;
    for (query, fault) in [("?acr_values=gold", Fault::AcrNotAsAsked), ("?acr_values=gold", Fault::AcrMissing), ("?max_age=60", Fault::AuthTimeOld), ("?max_age=60", Fault::AuthTimeInFuture), ("?max_age=60", Fault::AuthTimeMissing), ("?max_age=60", Fault::AuthTimeString)] {
        let (found, twin) = shared.refused_when_asked(fault, query).await;
        println!("    ({query:?}, {fault:?} {} {:?}); // {} {twin}", found.code, found.reached, found.status);
    }
}
