//! Writing what was judged, sheet by sheet. Each of it may be done twice: an observation that was merged changes
//! nothing the second time.

use super::judge::Verdict;
use super::sheet::{Answer, Sheet, Sheets};
use super::{Scan, ScanError, Stage, Watch};
use crate::{Account, Pushed, Run, Standing, StoreError, Timestamp, What, Write};

impl Scan {
    pub(super) async fn apply(
        &self,
        run: &Run,
        sheets: &Sheets<'_>,
        verdict: &Verdict,
        watch: &Watch<'_>,
    ) -> Result<(), ScanError> {
        let mut at = sheets.applied_up_to().await?.map_or(0, |up_to| up_to + 1);
        let mut done = 0;
        while let Some(sheet) = sheets.read(at).await? {
            self.still_ours().await?;
            match sheet {
                Sheet::Page { accounts, .. } => {
                    for account in &accounts {
                        self.take_in(account, run.started_at, run, verdict).await?;
                    }
                    done += accounts.len() as u64;
                }
                Sheet::Asked { answers, .. } => {
                    for Answer { reference, account, at } in &answers {
                        match account {
                            Some(account) => self.take_in(account, *at, run, verdict).await?,
                            None => self.push(&self.gone(reference, *at, Some(run.id))).await?,
                        }
                    }
                    done += answers.len() as u64;
                }
                Sheet::Judged { .. } => break,
                _ => {}
            }
            sheets.note_applied(at).await?;
            watch(Stage::Applying, done, None);
            at += 1;
        }
        Ok(())
    }

    /// Takes in one account. Of a list that proved nothing it takes nobody away, though it says that they are blocked
    /// or gone.
    async fn take_in(
        &self,
        account: &Account,
        at: Timestamp,
        run: &Run,
        verdict: &Verdict,
    ) -> Result<(), ScanError> {
        let mut pushed = self.pushed(account, at, Some(run.id));
        if verdict.incomplete.is_some() && pushed.standing != Some(Standing::Present) {
            let would = self.directory.would_push(&pushed).await?;
            if would.is_none_or(|write| takes_away(&write)) {
                pushed.standing = None;
            }
        }
        self.push(&pushed).await
    }

    async fn push(&self, pushed: &Pushed) -> Result<(), ScanError> {
        match self.directory.pushed(pushed).await {
            // One account that cannot be kept keeps nobody else from being so.
            Err(error @ StoreError::Unreadable(_)) => {
                tracing::warn!(%error, "an account of the list was passed over");
                Ok(())
            }
            pushed => Ok(pushed.map(drop)?),
        }
    }
}

/// Whether somebody who is present would not be so any more; who is new was not.
pub(super) fn takes_away(write: &Write) -> bool {
    !write.links()
        && write.changes.iter().any(|change| match &change.what {
            What::Standing { from: (from, _), to: (to, _) } => *from == Standing::Present && from != to,
            _ => false,
        })
}
