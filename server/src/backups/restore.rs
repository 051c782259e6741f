//! Fills an empty database out of a backup, without whoever was erased since.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use backup::{Counts, Identities, Reader};
use identity::{Actor, Directory, Erasure, Forgotten, Record, RunKind, RunState, Timestamp};
use store::Store;

use super::Vouched;
use crate::{System, erased_file};

/// Records written at a time, and their bytes.
const BATCH: usize = 200;
const BATCH_BYTES: usize = 8 << 20;

/// What is restored.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a Path,
    pub(crate) identities: Option<&'a Identities>,
    /// Who was erased, as far as files know.
    pub(crate) erased: Vec<Erasure>,
}

/// What came of it.
pub(crate) struct Restored {
    pub(crate) counts: Counts,
    /// Users who were erased, and identities of others.
    pub(crate) left_out: (u64, u64),
    /// The last erasure that is known.
    pub(crate) newest_erasure: Option<Timestamp>,
    /// Erasures of whom nobody can tell, for the key by which they were noted is nowhere.
    pub(crate) unknown_erasures: usize,
}

/// Fills a database, which must be empty or half restored, out of a backup that was vouched for.
///
/// # Errors
/// The database is not empty: nothing was written then. Else a mark stays until the restore is run again or dropped; so it
/// does where what was written is not what was vouched for.
pub(crate) async fn restore(
    store: &Store,
    source: &Source<'_>,
    vouched: Vouched,
    actor: Actor,
    told: &(dyn Fn(u64) + Sync),
) -> anyhow::Result<Restored> {
    let (stores, archive) = (store.ports(), store.archive());
    let mut ledger = vouched.ledger;
    source.erased.iter().cloned().for_each(|entry| ledger.add(entry));
    erased_file::add_known_here(&*stores.erasures, &mut ledger).await?;
    let unfinished = identity::unfinished_restore(&*stores.runs).await?;
    if unfinished.is_none() && !archive.is_empty().await? {
        bail!("the database is not empty: restore into an empty one, and nothing is lost whatever happens");
    }
    if unfinished.is_some() {
        archive.clear().await?;
    }
    let directory = Directory::new(stores.clone(), Arc::new(System));
    let run = directory.start_run(RunKind::Restore, None, &actor.into(), None).await?;
    let entries: Vec<_> = ledger.entries().cloned().collect();
    erased_file::take_in(&*stores.erasures, &ledger.keys(), &entries).await?;
    let erased_at = |names: &[identity::ErasedName]| ledger.erased_at(names);
    let mut forgotten = Forgotten::new(&erased_at, vouched.aliases);
    let without = |record| match record {
        // They are there already.
        Record::ErasureKey(_) | Record::Erasure(_) => None,
        record => forgotten.without(record),
    };
    let filled = fill(store, source.file, source.identities, without, told).await?;
    if filled.sha256 != vouched.sha256 {
        bail!(
            "the backup was changed while it was restored: look who changes it, then run this again, or `sparekey \
             restore --drop`"
        );
    }
    let left_out = forgotten.left_out();
    directory
        .advance_run(&run, RunState::Done, filled.counts.clone())
        .await?
        .context("the restore was taken over")?;
    Ok(Restored {
        counts: filled.counts,
        left_out,
        newest_erasure: ledger.newest(),
        unknown_erasures: ledger.without_key(),
    })
}

/// What was written of a backup: how many of each kind, and the SHA-256 of all lines that were read.
pub(super) struct Filled {
    counts: Counts,
    sha256: String,
}

/// Writes what is kept of a backup.
pub(super) async fn fill(
    store: &Store,
    file: &Path,
    identities: Option<&Identities>,
    mut keep: impl FnMut(Record) -> Option<Record>,
    told: &(dyn Fn(u64) + Sync),
) -> anyhow::Result<Filled> {
    let archive = store.archive();
    let mut reader = Reader::open(file, identities)?;
    let (mut batch, mut bytes, mut so_far, mut counts) = (Vec::new(), 0, 0, Counts::new());
    loop {
        let next = reader.next()?;
        let is_last = next.is_none();
        if let Some(record) = next.and_then(&mut keep) {
            *counts.entry(record.kind().to_owned()).or_default() += 1;
            bytes += reader.line().len();
            batch.push(record);
        }
        if batch.len() == BATCH || bytes > BATCH_BYTES || is_last {
            archive.put(&batch).await?;
            so_far += batch.len() as u64;
            told(so_far);
            batch.clear();
            bytes = 0;
        }
        if is_last {
            return Ok(Filled { counts, sha256: reader.sha256().to_owned() });
        }
    }
}

/// Takes away what a restore that was broken off has left.
pub(crate) async fn drop_unfinished(store: &Store) -> anyhow::Result<()> {
    match identity::unfinished_restore(&*store.ports().runs).await? {
        None => bail!("no restore was broken off here: there is nothing to drop"),
        Some(_) => Ok(store.archive().clear().await?),
    }
}

#[cfg(test)]
mod tests {
    use backup::{Header, SCHEMA, Writer};
    use identity::{User, UserId, World};
    use store::Seal;

    use super::*;
    use crate::backups::vouched_for;

    fn backup_of(file: &Path, user: u128) {
        let now = System.now();
        let (program, database) = ("1".to_owned(), "sqlite".to_owned());
        let header =
            Header { schema: SCHEMA.to_owned(), made_at: now, program, database, is_of_one_moment: true };
        let mut writer = Writer::create(file, None, &header).unwrap();
        let user = User { version: 1, ..User::new(UserId(uuid::Uuid::from_u128(user)), now) };
        writer.record(&Record::User(Box::new(user))).unwrap();
        writer.finish(None).unwrap();
    }

    #[tokio::test]
    async fn what_is_not_what_was_vouched_for_is_no_restore_and_can_be_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        backup_of(&one, 1);
        backup_of(&other, 2);
        let (store, _files) = store::scratch(Seal::new(&[])).await.unwrap();
        let restored = async |file: &Path| {
            let vouched = vouched_for(&one, None, None).await.unwrap();
            let source = Source { file, identities: None, erased: Vec::new() };
            restore(&store, &source, vouched, Actor::Cli("grace".to_owned()), &|_| {}).await
        };
        let refused = restored(&other).await.err().unwrap().to_string();
        assert!(refused.contains("changed while it was restored"), "{refused}");
        assert!(identity::unfinished_restore(&*store.ports().runs).await.unwrap().is_some());
        drop_unfinished(&store).await.unwrap();
        assert!(store.archive().is_empty().await.unwrap());
        assert_eq!(restored(&one).await.unwrap().counts["user"], 1);
    }
}
