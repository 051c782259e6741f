//! Scans as processes do them: with somebody who says every few seconds that we are alive, and by `serve` on its own
//! when one is due.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use identity::scan::{Scan, ScanError, Scanned, Stage, Watch};
use identity::{Stores, World};
use provider::admin::AdminInterface;
use provider::{ProviderSettings, SetUpError};

use crate::{System, seconds};

/// How often whoever scans says that they are alive; a third of what the turn lasts.
const ALIVE: Duration = Duration::from_secs(20);
/// After a start, before the first scan that may be due: who starts has other things to do first.
const FIRST: Duration = Duration::from_secs(5);
/// Between two looks at whether a scan is due, or one was approved.
const LOOK: Duration = Duration::from_secs(10);
/// Between two lines of the log about one scan.
const TOLD: TimeDelta = TimeDelta::seconds(10);

/// A scan of the provider with these settings.
pub(crate) fn scan_of(settings: &ProviderSettings, stores: Stores) -> Scan {
    let about = Scanned {
        provider: settings.name.clone(),
        issuer: settings.issuer.clone(),
        reference: settings.reference.clone(),
        limit: settings.missing_limit,
    };
    Scan::new(stores, Arc::new(System), about)
}

/// Does the work of a scan, and keeps its turn meanwhile.
pub(crate) async fn in_turn<T>(scan: &Scan, work: impl Future<Output = T>) -> T {
    let alive = async {
        loop {
            tokio::time::sleep(ALIVE).await;
            // Whether it is still ours, the scan asks before each step.
            if let Err(error) = scan.keep_turn().await {
                tracing::warn!(code = error.code().as_str(), "the scan's lease could not be renewed");
            }
        }
    };
    tokio::select! {
        done = work => done,
        () = alive => unreachable!("whoever is alive says so for good"),
    }
}

/// Applies what operators approve, and scans a provider whenever that is due, for as long as the process runs. Of several
/// processes, one does.
pub(crate) async fn whenever_due(settings: ProviderSettings, stores: Stores) -> Result<(), SetUpError> {
    let list = AdminInterface::new(&settings, Arc::new(System))?;
    let scanned = settings.scan_every.zip(list);
    if let Some((every, list)) = &scanned {
        tracing::info!(
            provider = settings.name,
            seconds = every.as_secs(),
            "scans by itself: {} at {}",
            list.interface(),
            list.address()
        );
    }
    tokio::time::sleep(FIRST).await;
    loop {
        let scan = scan_of(&settings, stores.clone());
        go_on_with_approved(&scan, &settings.name).await;
        if let Some((every, list)) = &scanned {
            match scan.due_at(seconds(*every)).await {
                Ok(due) if due <= System.now() => one(&scan, list, &settings.name).await,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(code = error.code().as_str(), "whether a scan is due cannot be seen");
                }
            }
        }
        tokio::time::sleep(scanned.as_ref().map_or(LOOK, |(every, _)| LOOK.min(*every))).await;
    }
}

async fn go_on_with_approved(scan: &Scan, provider: &str) {
    let watch = told(provider);
    let work = async {
        match scan.go_on_with_approved(&*watch).await {
            Ok(_) | Err(ScanError::Busy) => {}
            Err(error) => {
                tracing::warn!(
                    provider,
                    error = crate::telemetry::with_causes(&error),
                    "what was approved is not applied yet"
                );
            }
        }
    };
    in_turn(scan, work).await;
}

async fn one(scan: &Scan, list: &AdminInterface, provider: &str) {
    let watch = told(provider);
    match in_turn(scan, scan.run(list, None, &*watch)).await {
        // What came of it, the scan says itself.
        Ok(_) | Err(ScanError::Busy) => {}
        Err(error) => {
            tracing::warn!(provider, error = crate::telemetry::with_causes(&error), "scan failed");
        }
    }
}

/// Tells the log how far a scan is, every ten seconds.
fn told(provider: &str) -> Box<Watch<'static>> {
    let (provider, start) = (provider.to_owned(), System.now());
    let last = AtomicI64::new(start.timestamp());
    Box::new(move |stage, done, of| {
        let now = System.now();
        if now.timestamp() - last.load(Ordering::Relaxed) < TOLD.num_seconds() {
            return;
        }
        last.store(now.timestamp(), Ordering::Relaxed);
        let elapsed = (now - start).num_seconds().max(1).unsigned_abs();
        let (doing, rate) = (doing(stage), done / elapsed);
        tracing::info!(provider, done, of, rate, "scan: {doing}");
    })
}

/// What is done, in a word.
pub(crate) fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Reading => "reading the provider's list",
        Stage::Comparing => "looking for who is missing",
        Stage::Asking => "asking for who is missing",
        Stage::Applying => "applying",
    }
}
