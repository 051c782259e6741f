//! Makes a backup: everything of a database, record by record, into a file.

use std::path::{Path, PathBuf};

use anyhow::Context;
use backup::{Header, SCHEMA, Writer, Written};
use identity::{Record, World};
use store::Store;

use super::{Keys, folder};
use crate::System;
use crate::config::BackupConfig;
use crate::database::is_whole;
use crate::erased_file::ErasedFile;

/// What was made.
pub(crate) struct Made {
    pub(crate) file: PathBuf,
    pub(crate) written: Written,
    /// Messages that were sealed under a secret that is not at hand, and are left out.
    pub(crate) unreadable_messages: u64,
    pub(crate) is_of_one_moment: bool,
}

/// Makes a backup of a database of this kind in a file, encrypted where there are recipients, signed where there is a
/// key. `told` is told how many records there are so far.
pub(crate) async fn make(
    store: &Store,
    database: &str,
    file: &Path,
    keys: &Keys,
    told: &(dyn Fn(u64) + Sync),
) -> anyhow::Result<Made> {
    let stores = store.ports();
    is_whole(&stores).await?;
    // By it, what is erased later is known in this backup too.
    if stores.erasures.erasure_keys().await?.is_empty() {
        stores.erasures.take_in_erasures(&[store::new_key(System.now())?], &[]).await?;
    }
    let mut snapshot = store.archive().snapshot().await?;
    let is_of_one_moment = snapshot.is_of_one_moment();
    let header = Header {
        schema: SCHEMA.to_owned(),
        made_at: System.now(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        database: database.to_owned(),
        is_of_one_moment,
    };
    let mut writer = Writer::create(file, keys.recipients.as_ref(), &header)?;
    let (mut unreadable_messages, mut so_far) = (0, 0);
    loop {
        let mut records = snapshot.next().await?;
        if records.is_empty() {
            break;
        }
        let all = records.len();
        records.retain(|record| !matches!(record, Record::Message(message) if message.content.is_none()));
        unreadable_messages += (all - records.len()) as u64;
        so_far += records.len() as u64;
        writer = written(writer, records).await?;
        told(so_far);
    }
    let key = keys.signing.clone();
    let finished = tokio::task::spawn_blocking(move || writer.finish(key.as_ref())).await;
    let written = finished.context("the backup was not finished")??;
    Ok(Made { file: file.to_owned(), written, unreadable_messages, is_of_one_moment })
}

/// Compressing and encrypting keep nobody else waiting.
async fn written(mut writer: Writer, records: Vec<Record>) -> anyhow::Result<Writer> {
    let work = move || {
        records.iter().try_for_each(|record| writer.record(record))?;
        Ok::<_, backup::BackupError>(writer)
    };
    Ok(tokio::task::spawn_blocking(work).await.context("the backup was not written")??)
}

/// Makes a backup in the folder of the settings, with who was erased beside it, and takes away what is too old.
pub(crate) async fn into_folder(
    store: &Store,
    database: &str,
    config: &BackupConfig,
    keys: &Keys,
    told: &(dyn Fn(u64) + Sync),
) -> anyhow::Result<Made> {
    let folder = config.to.as_deref().context("BACKUP_TO is not set: name a file")?;
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let file = folder.join(folder::name_of(System.now(), keys.recipients.is_some()));
    let made = make(store, database, &file, keys, told).await?;
    ErasedFile::within(folder).add_all_of(&*store.ports().erasures).await?;
    folder::keep_newest(folder, config.keep)?;
    Ok(made)
}
