//! Forgetting people on the shelf: what was read of somebody who is erased goes with them, though nobody has applied it
//! yet. Who that is, the ledger of erasures says.

use super::sheet::Sheet;
use crate::{Directory, RunId, StoreError};

/// Runs looked at at a time.
const RUNS: u32 = 100;

impl Directory {
    /// Takes whoever is erased out of everything that is on the shelf; how many sheets had some of them. A sheet that
    /// cannot be opened is left to whoever has the secret for it.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_on_the_shelf(&self) -> Result<u64, StoreError> {
        let (mut after, mut had) = (None, 0);
        loop {
            let runs = self.stores.shelf.shelved_runs(after, RUNS).await?;
            for run in &runs {
                had += self.forget_on_sheets_of(*run).await?;
            }
            after = runs.last().copied();
            if runs.len() < RUNS as usize {
                return Ok(had);
            }
        }
    }

    async fn forget_on_sheets_of(&self, id: RunId) -> Result<u64, StoreError> {
        let provider = self.run(id).await?.and_then(|run| run.provider);
        let (Some(provider), Some(Sheet::Began { issuer, .. })) = (provider, self.sheet(id, 0).await?) else {
            return Ok(0);
        };
        let mut had = 0;
        for number in 1.. {
            let Some(sheet) = self.sheet(id, number).await? else { break };
            let forgotten = self.forgotten(&provider, &issuer, &sheet.references()).await?;
            if !forgotten.is_empty() {
                let content =
                    serde_json::to_vec(&sheet.without(&forgotten)).map_err(StoreError::unreadable)?;
                had += u64::from(self.stores.shelf.rewrite_sheet(id, number, &content).await?);
            }
        }
        Ok(had)
    }

    async fn sheet(&self, run: RunId, number: u64) -> Result<Option<Sheet>, StoreError> {
        match self.stores.shelf.sheet(run, number).await {
            Ok(Some(content)) => serde_json::from_slice(&content).map(Some).map_err(StoreError::unreadable),
            // All sheets of a run are sealed alike.
            Ok(None) | Err(StoreError::Unreadable(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
