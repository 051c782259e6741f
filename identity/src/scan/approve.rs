//! The operator's yes to the list of a run: noted first, with the line of the operators' log, and then applied by whoever
//! does the provider's scans.

use super::sheet::Sheets;
use super::{Report, Scan, ScanError, Watch};
use crate::{Act, Directory, Operator, Run, RunId, RunKind, RunState, RunsAsked, StoreError};

/// Approved runs that are looked at for one that nobody has applied.
const LOOKED_AT: u32 = 20;

impl Run {
    /// Whether its list waits for an operator's yes.
    pub fn may_be_approved(&self) -> bool {
        self.kind == RunKind::Scan && matches!(self.state, RunState::Held | RunState::Incomplete)
    }

    /// The list that an approval is about, in a word: how many would be new, changed, gone and newly blocked.
    pub fn list(&self) -> String {
        let of = |name: &str| self.counts.get(name).copied().unwrap_or_default();
        let words = ["new", "changed", "gone", "blocked"].map(|name| format!("{} {name}", of(name)));
        words.join(", ")
    }
}

impl Directory {
    /// Says yes to the list of a run that was held, or of one that was incomplete, in one step with the line of the
    /// operators' log; whoever does the scans of its provider applies it. Said twice, it is so already.
    ///
    /// # Errors
    /// [`ScanError::NotApproved`] where there is no such run, it was neither, or what was read is kept no more; the
    /// database's.
    #[tracing::instrument(skip_all, fields(run = %id))]
    pub async fn approve(&self, id: RunId, by: &Operator) -> Result<Run, ScanError> {
        let run = self.stores.runs.run(id).await?.filter(|run| run.kind == RunKind::Scan);
        let Some(run) = run else { return Err(ScanError::NotApproved("there is no scan of this id")) };
        if !run.may_be_approved() && run.state != RunState::Approved {
            return Err(ScanError::NotApproved(match run.state {
                RunState::Superseded => "a later scan of this provider was applied since",
                _ => "this scan was neither held nor incomplete",
            }));
        }
        match Sheets::of(run.id, &*self.stores.shelf, &*self.world).list().await {
            // Whoever has no secret may say yes as well.
            Ok(Some(_)) | Err(StoreError::Unreadable(_)) => {}
            Ok(None) => return Err(ScanError::NotApproved(KEPT_NO_MORE)),
            Err(error) => return Err(error.into()),
        }
        if run.state == RunState::Approved {
            return Ok(run);
        }
        let line = by.line(&*self.world, Act::ApproveRun, None, Some(format!("run {id}: {}", run.list())));
        let approved = Run { state: RunState::Approved, finished_at: None, ..run.clone() };
        match self.stores.runs.advance(&approved, run.state, Some(&line)).await? {
            true => tracing::info!(actor = %by.actor, "a scan was approved"),
            false => return Err(ScanError::NotApproved("somebody else has just dealt with this scan")),
        }
        Ok(approved)
    }
}

const KEPT_NO_MORE: &str =
    "what this scan read is kept no more: it was applied, or is older than 7 days; scan again";

impl Scan {
    /// Applies the list of a run that was held, or of one that was incomplete: of that, it takes nobody away.
    ///
    /// # Errors
    /// As [`Directory::approve`], and as [`Scan::run`].
    pub async fn approve(&self, id: RunId, by: &Operator, watch: &Watch<'_>) -> Result<Report, ScanError> {
        self.take_turn().await?;
        let done = async {
            let run = self.stores.runs.run(id).await?;
            if run.is_some_and(|run| run.provider.as_ref() != Some(&self.about.provider)) {
                return Err(ScanError::NotApproved("there is no scan of this id"));
            }
            let run = self.directory.approve(id, by).await?;
            self.apply_approved(run, watch).await?.ok_or(ScanError::NotApproved(KEPT_NO_MORE))
        };
        let done = done.await;
        self.give_turn_back(done).await
    }

    /// Applies what operators have said yes to and nobody has applied to its end; none where there is nothing.
    ///
    /// # Errors
    /// As [`Scan::run`].
    pub async fn go_on_with_approved(&self, watch: &Watch<'_>) -> Result<Option<Report>, ScanError> {
        let asked = RunsAsked {
            kind: Some(RunKind::Scan),
            provider: Some(self.about.provider.clone()),
            state: Some(RunState::Approved),
            before: None,
        };
        let runs = self.stores.runs.runs(&asked, LOOKED_AT).await?;
        let Some(run) = runs.into_iter().find(|run| run.finished_at.is_none()) else { return Ok(None) };
        self.take_turn().await?;
        let done = self.apply_approved(run, watch).await;
        self.give_turn_back(done).await
    }

    /// None where what it read is kept no more: then it has failed.
    async fn apply_approved(&self, run: Run, watch: &Watch<'_>) -> Result<Option<Report>, ScanError> {
        let mut sheets = self.sheets(&run);
        match sheets.verdict().await? {
            Some((tally, verdict)) => self.applied(run, &sheets, tally, verdict, watch).await.map(Some),
            None => {
                self.fail(run).await?;
                Ok(None)
            }
        }
    }
}
