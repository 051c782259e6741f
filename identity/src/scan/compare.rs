//! How an account stands to what the copy has of it: the same for a dry run and before a real one.

use super::tally::Tally;
use super::{Scan, ScanError, Scanned};
use crate::{Account, Claims, Extent, Origin, Pushed, RunId, Source, Standing, Timestamp, What, Write};

impl Scan {
    /// Counts what one account would change.
    pub(super) async fn count_account(
        &self,
        account: &Account,
        at: Timestamp,
        tally: &mut Tally,
    ) -> Result<(), ScanError> {
        let pushed = self.pushed(account, at, None);
        match self.directory.would_push(&pushed).await? {
            Some(write) => count(&write, tally),
            None if account.standing != Some(Standing::Deleted) => tally.unknown += 1,
            None => {}
        }
        Ok(())
    }

    /// Counts somebody who is not there any more.
    pub(super) async fn count_gone(
        &self,
        reference: &str,
        at: Timestamp,
        tally: &mut Tally,
    ) -> Result<(), ScanError> {
        if let Some(write) = self.directory.would_push(&self.gone(reference, at, None)).await? {
            count(&write, tally);
        }
        Ok(())
    }

    /// What a list says of an account, as of the time at which it was asked for.
    pub(super) fn pushed(&self, account: &Account, at: Timestamp, run: Option<RunId>) -> Pushed {
        self.about.pushed(account.clone(), SaidAt { at, received_at: self.world.now(), run })
    }

    /// That somebody is not there any more.
    pub(super) fn gone(&self, reference: &str, at: Timestamp, run: Option<RunId>) -> Pushed {
        self.pushed(&gone(reference), at, run)
    }
}

/// When something was said and heard, and in which run.
#[derive(Clone, Copy)]
pub(super) struct SaidAt {
    pub(super) at: Timestamp,
    pub(super) received_at: Timestamp,
    pub(super) run: Option<RunId>,
}

impl Scanned {
    /// What the provider says of an account.
    pub(super) fn pushed(&self, account: Account, said: SaidAt) -> Pushed {
        let SaidAt { at, received_at, run } = said;
        Pushed {
            provider: self.provider.clone(),
            issuer: self.issuer.clone(),
            is_subject: self.reference == "sub",
            // Nobody asks one that is.
            is_retired: false,
            reference: account.reference,
            origin: Origin { at, received_at, source: Source::Scan, actor: None, run },
            extent: account.extent,
            claims: account.claims,
            standing: account.standing,
            linked: account.linked,
        }
    }
}

/// An account that is not there any more.
pub(super) fn gone(reference: &str) -> Account {
    Account {
        reference: reference.to_owned(),
        claims: Claims::new(),
        extent: Extent::Partial,
        standing: Some(Standing::Deleted),
        linked: Vec::new(),
    }
}

/// Counts what a write would change. Of somebody new, nothing was another before; claims that nobody maps are no
/// drift.
fn count(write: &Write, tally: &mut Tally) {
    if write.links() {
        tally.new += 1;
        return;
    }
    let mut has_changed = false;
    for change in &write.changes {
        match &change.what {
            What::Fact { field, .. } => {
                has_changed = true;
                *tally.by_field.entry(field.to_string()).or_default() += 1;
            }
            What::Standing { from: (from, _), to: (to, _) } => match (from, to) {
                (_, Standing::Present) => tally.reappeared += 1,
                (Standing::Present, Standing::Blocked) => tally.blocked += 1,
                (Standing::Present, Standing::Deleted) => tally.gone += 1,
                (Standing::Blocked | Standing::Deleted, _) => {}
            },
            _ => {}
        }
    }
    tally.changed += u64::from(has_changed);
}
