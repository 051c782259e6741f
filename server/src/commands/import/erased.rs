//! Who was erased, for an import: what files know besides the database.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use identity::{Digest, ErasedName, Erasure, ErasureKey, Erasures, StoreError, Stores, Timestamp};
use store::Ledger;

use super::Arguments;
use crate::erased_file::{add_known_here, known_for, take_in};

/// The stores, which know all that the ledgers know together. The database takes in what it does not know, but for a dry
/// run, which writes nothing.
pub(super) async fn knowing(
    stores: Stores,
    arguments: &Arguments,
    backups: Option<&Path>,
) -> anyhow::Result<Stores> {
    let known = known_for(&arguments.file, arguments.erased.as_deref(), backups)?;
    if known.is_empty() {
        return Ok(stores);
    }
    let mut ledger = Ledger::default();
    add_known_here(&*stores.erasures, &mut ledger).await?;
    if !arguments.dry_run {
        let news: Vec<Erasure> = known.into_iter().filter(|entry| !ledger.knows(entry)).collect();
        take_in(&*stores.erasures, &[], &news).await?;
        return Ok(stores);
    }
    known.into_iter().for_each(|entry| ledger.add(entry));
    let erasures = Arc::new(Together { ledger, erasures: stores.erasures });
    Ok(Stores { erasures, ..stores })
}

/// What a database and files know together.
struct Together {
    ledger: Ledger,
    erasures: Arc<dyn Erasures>,
}

#[async_trait]
impl Erasures for Together {
    async fn erased_at(&self, names: &[ErasedName]) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.ledger.erased_at(names))
    }

    async fn erasure_keys(&self) -> Result<Vec<ErasureKey>, StoreError> {
        self.erasures.erasure_keys().await
    }

    async fn erasures(&self, after: Option<Digest>, limit: u32) -> Result<Vec<Erasure>, StoreError> {
        self.erasures.erasures(after, limit).await
    }

    async fn take_in_erasures(&self, keys: &[ErasureKey], entries: &[Erasure]) -> Result<(), StoreError> {
        self.erasures.take_in_erasures(keys, entries).await
    }
}
