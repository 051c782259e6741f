//! Proves a backup: that a restore gives every line back.

use std::path::Path;

use anyhow::{Context, bail};
use backup::{Identities, Reader};
use identity::Snapshot;
use store::Seal;

/// Restores a backup into an empty SQLite database of its own, and compares what comes out of it with the file, line by
/// line. How many lines.
pub(crate) async fn prove(
    file: &Path,
    identities: Option<&Identities>,
    told: &(dyn Fn(u64) + Sync),
) -> anyhow::Result<u64> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).context("the system has no source of randomness")?;
    let (store, _files) = store::scratch(Seal::new(&[secret])).await?;
    let compared = async {
        super::restore::fill(&store, file, identities, Some, told).await?;
        let mut reader = Reader::open(file, identities)?;
        let snapshot = store.archive().snapshot().await?;
        compare(&mut reader, snapshot).await
    };
    let compared = compared.await;
    store.close().await;
    compared
}

async fn compare(reader: &mut Reader, mut snapshot: Box<dyn Snapshot>) -> anyhow::Result<u64> {
    let mut line = 1;
    loop {
        let restored = snapshot.next().await?;
        if restored.is_empty() {
            break;
        }
        for record in restored {
            line += 1;
            let there = reader.next()?.is_some();
            if !there || serde_json::to_vec(&record)? != reader.line() {
                bail!("line {line} of the backup does not come out of a restore as it went in");
            }
        }
    }
    match reader.next()? {
        None => Ok(line),
        Some(_) => bail!("line {} of the backup does not come out of a restore", line + 1),
    }
}
