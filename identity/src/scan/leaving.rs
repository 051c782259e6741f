//! Whom a run that the guard holds would take away, by pages: of what is on the shelf, as it would be applied now.

use std::fmt;
use std::str::FromStr;

use super::Scanned;
use super::apply::takes_away;
use super::compare::{SaidAt, gone};
use super::sheet::{Answer, Sheet, Sheets};
use crate::{Account, Change, Directory, MissingLimit, Run, RunState, Standing, StoreError, Timestamp, User};

/// Somebody whom a run would take away.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaving {
    /// As they would be.
    pub user: User,
    /// What would change.
    pub changes: Vec<Change>,
}

/// Whom a run would take away.
#[derive(Clone, Debug, PartialEq)]
pub enum Listed {
    /// Some of them, and where it goes on if there are more.
    Page(Vec<Leaving>, Option<Place>),
    /// The run is not held, or what it read is kept no more.
    Nothing,
    /// What it read is sealed under another secret.
    Sealed,
}

/// Where a page begins: a sheet, and how many of its accounts were passed. As text `SHEET.ACCOUNTS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    sheet: u64,
    passed: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.sheet, self.passed)
    }
}

impl FromStr for Place {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (sheet, passed) = text.split_once('.').unwrap_or((text, "0"));
        Ok(Self { sheet: sheet.parse()?, passed: passed.parse()? })
    }
}

impl Directory {
    /// At most `limit` of those whom a held run would take away if it were approved now, from this place on.
    ///
    /// # Errors
    /// The database's.
    pub async fn leaving(&self, run: &Run, from: Option<Place>, limit: usize) -> Result<Listed, StoreError> {
        let sheets = Sheets::of(run.id, &*self.stores.shelf, &*self.world);
        let (Some(provider), RunState::Held) = (&run.provider, run.state) else { return Ok(Listed::Nothing) };
        let (issuer, reference) = match sheets.read(0).await {
            Ok(Some(Sheet::Began { issuer, reference, .. })) => (issuer, reference),
            Ok(_) => return Ok(Listed::Nothing),
            Err(StoreError::Unreadable(_)) => return Ok(Listed::Sealed),
            Err(error) => return Err(error),
        };
        let Some(on) = sheets.leaving().await? else { return Ok(Listed::Nothing) };
        let reference = reference.unwrap_or_else(|| "sub".to_owned());
        let about = Scanned { provider: provider.clone(), issuer, reference, limit: MissingLimit::Off };
        let from = from.unwrap_or(Place { sheet: 0, passed: 0 });
        let mut people = Vec::new();
        for sheet in on.into_iter().filter(|sheet| *sheet >= from.sheet) {
            let skipped = if sheet == from.sheet { from.passed } else { 0 };
            let said = sheets.read(sheet).await?.map(|sheet| said(sheet, run.started_at)).unwrap_or_default();
            for (passed, (account, at)) in said.into_iter().enumerate().skip(skipped) {
                let said_at = SaidAt { at, received_at: self.world.now(), run: Some(run.id) };
                let would = self.would_push(&about.pushed(account, said_at)).await?;
                let Some(write) = would.filter(takes_away) else { continue };
                if people.len() == limit {
                    return Ok(Listed::Page(people, Some(Place { sheet, passed })));
                }
                people.push(Leaving { user: write.user, changes: write.changes });
            }
        }
        Ok(Listed::Page(people, None))
    }
}

/// Those of a sheet who may go, and when that was said; the others' claims are let go of.
fn said(sheet: Sheet, started_at: Timestamp) -> Vec<(Account, Timestamp)> {
    let all: Vec<(Account, Timestamp)> = match sheet {
        Sheet::Page { accounts, .. } => accounts.into_iter().map(|one| (one, started_at)).collect(),
        Sheet::Asked { answers, .. } => {
            let account =
                |Answer { reference, account, at }| (account.unwrap_or_else(|| gone(&reference)), at);
            answers.into_iter().map(account).collect()
        }
        _ => Vec::new(),
    };
    all.into_iter().filter(|(one, _)| !matches!(one.standing, None | Some(Standing::Present))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back_from_its_text() {
        let place = Place { sheet: 3, passed: 17 };
        assert_eq!(place.to_string().parse(), Ok(place));
        for odd in ["", "a.1", "1.-2", "1.2.3"] {
            assert!(odd.parse::<Place>().is_err(), "{odd}");
        }
    }
}
