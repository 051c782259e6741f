//! The sheets of a run on the shelf, in their order: how it began, the pages, who was asked for, the verdict. A dry run
//! has none.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::judge::Verdict;
use super::tally::Tally;
use crate::shelf::Shelf;
use crate::{Account, RunId, StoreError, Timestamp, UserId, World};

/// Where the last sheet that was applied is noted, behind all others.
const APPLIED: u64 = i64::MAX as u64;
/// Where it is noted on which sheets is whoever would be taken away.
const LEAVING: u64 = APPLIED - 1;

/// One sheet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sheet {
    /// Which list it is and whose accounts it has; from this cursor on it says only what has changed.
    Began {
        list: String,
        issuer: String,
        /// The claim that is the reference.
        #[serde(default)]
        reference: Option<String>,
        since: Option<String>,
    },
    /// How many there were before the first page.
    Counted { before: Option<u64> },
    /// One page: the cursor under which it was asked for, and where it goes on.
    Page {
        accounts: Vec<Account>,
        others: u64,
        #[serde(default)]
        unreadable: Vec<u64>,
        cursor: Option<String>,
        next: Option<String>,
    },
    /// The list is over; from `since` on the next one says only what has changed.
    Ended { after: Option<u64>, since: Option<String> },
    /// Users up to this one were looked through for people who are not in the list, and these were asked for.
    Asked { up_to: UserId, answers: Vec<Answer>, unanswered: u64 },
    /// What was judged, and what the judgement rests on.
    Judged { tally: Box<Tally>, verdict: Verdict },
    /// All up to this sheet was applied.
    Applied { up_to: u64 },
    /// The sheets with somebody whom the run would take away.
    Leaving { on: Vec<u64> },
    /// What is left of a run that was applied: from where that list, and no other, can go on.
    Since { list: String, cursor: String },
}

/// What a provider answered of somebody who was not in its list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Who was asked for.
    pub(super) reference: String,
    /// The account; none where it said that there is none.
    pub(super) account: Option<Account>,
    /// When it was asked.
    pub(super) at: Timestamp,
}

/// The sheets of one run.
pub(super) struct Sheets<'a> {
    kept: Option<(RunId, &'a dyn Shelf, &'a dyn World)>,
    /// How many there are.
    pub(super) count: u64,
}

impl<'a> Sheets<'a> {
    /// Those of a dry run: nothing is kept.
    pub(super) fn none() -> Self {
        Self { kept: None, count: 0 }
    }

    pub(super) fn of(run: RunId, shelf: &'a dyn Shelf, world: &'a dyn World) -> Self {
        Self { kept: Some((run, shelf, world)), count: 0 }
    }

    /// Whose they are; none of a dry run.
    pub(super) fn run(&self) -> Option<RunId> {
        self.kept.map(|(run, ..)| run)
    }

    /// Puts one more sheet behind the others.
    pub(super) async fn add(&mut self, sheet: &Sheet) -> Result<(), StoreError> {
        self.write(self.count, sheet).await?;
        self.count += 1;
        Ok(())
    }

    /// The sheet under a number.
    pub(super) async fn read(&self, number: u64) -> Result<Option<Sheet>, StoreError> {
        let Some((run, shelf, _)) = self.kept else { return Ok(None) };
        let Some(content) = shelf.sheet(run, number).await? else { return Ok(None) };
        serde_json::from_slice(&content).map(Some).map_err(StoreError::unreadable)
    }

    /// Begins, or begins anew.
    pub(super) async fn begin(&mut self, began: &Sheet) -> Result<(), StoreError> {
        self.count = 0;
        if let Some((run, shelf, _)) = self.kept {
            shelf.clear_shelf(run).await?;
        }
        self.add(began).await
    }

    /// Which list it is; none where nothing was read yet.
    pub(super) async fn list(&self) -> Result<Option<String>, StoreError> {
        Ok(match self.read(0).await? {
            Some(Sheet::Began { list, .. }) => Some(list),
            _ => None,
        })
    }

    pub(super) async fn judge(&mut self, tally: &Tally, verdict: &Verdict) -> Result<(), StoreError> {
        if verdict.is_held {
            self.write(LEAVING, &Sheet::Leaving { on: tally.leaving_on.clone() }).await?;
        }
        let (tally, verdict) = (Box::new(tally.clone()), verdict.clone());
        self.add(&Sheet::Judged { tally, verdict }).await
    }

    /// What was judged, where that was done; counts the sheets on the way.
    pub(super) async fn verdict(&mut self) -> Result<Option<(Tally, Verdict)>, StoreError> {
        self.count = 0;
        while let Some(sheet) = self.read(self.count).await? {
            self.count += 1;
            if let Sheet::Judged { tally, verdict } = sheet {
                return Ok(Some((*tally, verdict)));
            }
        }
        self.count = 0;
        Ok(None)
    }

    pub(super) async fn applied_up_to(&self) -> Result<Option<u64>, StoreError> {
        Ok(match self.read(APPLIED).await? {
            Some(Sheet::Applied { up_to }) => Some(up_to),
            _ => None,
        })
    }

    /// The sheets with somebody whom the run would take away; none where it is not held, or what it read is kept no more.
    pub(super) async fn leaving(&self) -> Result<Option<Vec<u64>>, StoreError> {
        Ok(match self.read(LEAVING).await? {
            Some(Sheet::Leaving { on }) => Some(on),
            _ => None,
        })
    }

    pub(super) async fn note_applied(&self, up_to: u64) -> Result<(), StoreError> {
        self.write(APPLIED, &Sheet::Applied { up_to }).await
    }

    /// Forgets what was applied, but for the cursor of what comes next.
    pub(super) async fn close(&self, verdict: &Verdict) -> Result<(), StoreError> {
        let Some((run, shelf, _)) = self.kept else { return Ok(()) };
        let list = self.list().await?;
        shelf.clear_shelf(run).await?;
        match (list, verdict.since.clone()) {
            (Some(list), Some(cursor)) => self.write(0, &Sheet::Since { list, cursor }).await,
            _ => Ok(()),
        }
    }

    /// The cursor of what comes after a run of this list that was applied. One that cannot be read counts as none.
    pub(super) async fn since(&self, of: &str) -> Result<Option<String>, StoreError> {
        match self.read(0).await {
            Ok(Some(Sheet::Since { list, cursor })) if list == of => Ok(Some(cursor)),
            Ok(_) | Err(StoreError::Unreadable(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, number: u64, sheet: &Sheet) -> Result<(), StoreError> {
        let Some((run, shelf, world)) = self.kept else { return Ok(()) };
        let content = serde_json::to_vec(sheet).map_err(StoreError::unreadable)?;
        shelf.shelve(run, number, &content, world.now()).await
    }
}

impl Sheet {
    /// Whom it is about, by their references.
    pub(super) fn references(&self) -> Vec<&str> {
        match self {
            Sheet::Page { accounts, .. } => accounts.iter().map(|one| one.reference.as_str()).collect(),
            Sheet::Asked { answers, .. } => answers.iter().map(|one| one.reference.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// The same without these: they count, and nothing else of them is kept.
    pub(super) fn without(mut self, forgotten: &HashSet<String>) -> Self {
        match &mut self {
            Sheet::Page { accounts, others, .. } => {
                let before = accounts.len();
                accounts.retain(|one| !forgotten.contains(&one.reference));
                *others += (before - accounts.len()) as u64;
            }
            Sheet::Asked { answers, .. } => answers.retain(|one| !forgotten.contains(&one.reference)),
            _ => {}
        }
        self
    }
}
