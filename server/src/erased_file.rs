//! `erased.jsonl` beside the backups: who was erased, as HMACs, so that a restore of an older backup does not bring them
//! back even where the database is lost. Written at each erase and each backup.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use identity::{Erasure, ErasureKey, Erasures, LedgerCopy, StoreError, Stores};
use store::Ledger;

/// Its name in `BACKUP_TO`.
const NAME: &str = "erased.jsonl";
/// Entries read, or taken in, at a time.
const PAGE: u32 = 500;

/// Why the file was not read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ErasedFileError {
    #[error("{} cannot be read", file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("line {line} of {} is no entry of a ledger of erasures", file.display())]
    NotOurs { file: PathBuf, line: usize },
    #[error("{} cannot be written", file.display())]
    Unwritable { file: PathBuf, source: io::Error },
    #[error("the file that --erased names is not there")]
    NotThere,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The file in a folder.
#[derive(Clone, Debug)]
pub(crate) struct ErasedFile(PathBuf);

impl ErasedFile {
    /// In the folder of the backups.
    pub(crate) fn within(folder: &Path) -> Self {
        Self(folder.join(NAME))
    }

    /// What it holds; nothing where it is not there.
    fn read(&self) -> Result<Vec<Erasure>, ErasedFileError> {
        let unreadable = |source| ErasedFileError::Unreadable { file: self.0.clone(), source };
        let file = match File::open(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file.map_err(unreadable)?,
        };
        let mut all = Vec::new();
        for (at, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(unreadable)?;
            let entry = serde_json::from_str(&line);
            all.push(entry.map_err(|_| ErasedFileError::NotOurs { file: self.0.clone(), line: at + 1 })?);
        }
        Ok(all)
    }

    /// Adds what a database knows. Nothing that stands in the file goes.
    pub(crate) async fn add_all_of(&self, erasures: &dyn Erasures) -> Result<(), ErasedFileError> {
        let unwritable = |source| ErasedFileError::Unwritable { file: self.0.clone(), source };
        // One writer at a time, in all processes: each reads the database after it has its turn.
        let lock = File::create(self.0.with_extension("lock")).map_err(unwritable)?;
        let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
        let _lock = lock.map_err(io::Error::other).flatten().map_err(unwritable)?;
        let mut all = Ledger::default();
        self.read()?.into_iter().for_each(|entry| all.add(entry));
        add_known_here(erasures, &mut all).await?;
        self.write(all.entries()).map_err(unwritable)
    }

    fn write<'a>(&self, all: impl Iterator<Item = &'a Erasure>) -> io::Result<()> {
        let partial = self.0.with_extension("jsonl.partial");
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = BufWriter::new(options.open(&partial)?);
        for entry in all {
            serde_json::to_writer(&mut file, entry)?;
            file.write_all(b"\n")?;
        }
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&partial, &self.0)?;
        File::open(self.0.parent().unwrap_or(Path::new(".")))?.sync_all()
    }
}

/// Who was erased, as far as files know, for whoever takes in `file`: by the ledger that was named, else the one beside it;
/// and by that of the backups, wherever `file` was carried.
pub(crate) fn known_for(
    file: &Path,
    named: Option<&Path>,
    backups: Option<&Path>,
) -> Result<Vec<Erasure>, ErasedFileError> {
    let nearest = match named {
        Some(named) if !named.exists() => return Err(ErasedFileError::NotThere),
        Some(named) => ErasedFile(named.to_owned()),
        None => ErasedFile::within(file.parent().unwrap_or(Path::new("."))),
    };
    let mut known = nearest.read()?;
    if let Some(folder) = backups {
        known.extend(ErasedFile::within(folder).read()?);
    }
    Ok(known)
}

/// Adds what a database knows.
pub(crate) async fn add_known_here(erasures: &dyn Erasures, ledger: &mut Ledger) -> Result<(), StoreError> {
    erasures.erasure_keys().await?.into_iter().for_each(|key| ledger.add_key(key));
    let mut after = None;
    loop {
        let page = erasures.erasures(after, PAGE).await?;
        after = page.last().map(|entry| entry.hmac);
        let is_last = page.len() < PAGE as usize;
        page.into_iter().for_each(|entry| ledger.add(entry));
        if is_last {
            return Ok(());
        }
    }
}

/// Has a database take in what others know.
pub(crate) async fn take_in(
    erasures: &dyn Erasures,
    keys: &[ErasureKey],
    entries: &[Erasure],
) -> Result<(), StoreError> {
    // The keys first: an entry without its key would be found by nobody.
    erasures.take_in_erasures(keys, &[]).await?;
    for some in entries.chunks(PAGE as usize) {
        erasures.take_in_erasures(&[], some).await?;
    }
    Ok(())
}

/// The stores, which write `erased.jsonl` at each erase where backups have a folder.
pub(crate) fn beside(stores: Stores, backups: Option<&Path>) -> Stores {
    let Some(folder) = backups else { return stores };
    let copy = Copy { file: ErasedFile::within(folder), erasures: stores.erasures.clone() };
    Stores { ledger_copy: Some(Arc::new(copy)), ..stores }
}

/// The file that follows a database.
struct Copy {
    file: ErasedFile,
    erasures: Arc<dyn Erasures>,
}

#[async_trait]
impl LedgerCopy for Copy {
    async fn follow(&self) {
        if let Err(error) = self.file.add_all_of(&*self.erasures).await {
            let error = crate::telemetry::with_causes(&error);
            tracing::error!(error, "an erasure is in the database and not beside the backups");
        }
    }
}
