//! `erased.jsonl` beside the backups: who was erased, as HMACs, so that a restore of an older backup does not bring them
//! back even where the database is lost. Written at each erase and each backup.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use identity::{
    Change, Decide, Digest, Erasure, Erasures, StoreError, Stores, User, UserId, Users, Whom, Written,
};

/// Its name in `BACKUP_TO`.
const NAME: &str = "erased.jsonl";
/// Entries read at a time.
const PAGE: u32 = 1000;

/// Why the file was not read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ErasedFileError {
    #[error("{} cannot be read", file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("line {line} of {} is no entry of a ledger of erasures", file.display())]
    NotOurs { file: PathBuf, line: usize },
    #[error("{} cannot be written", file.display())]
    Unwritable { file: PathBuf, source: io::Error },
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

    /// Under a name of its own.
    pub(crate) fn named(file: &Path) -> Self {
        Self(file.to_owned())
    }

    pub(crate) fn is_there(&self) -> bool {
        self.0.exists()
    }

    /// What it holds; nothing where it is not there.
    pub(crate) fn read(&self) -> Result<Vec<Erasure>, ErasedFileError> {
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
        let mut all: BTreeMap<Digest, Erasure> = BTreeMap::new();
        self.read()?.into_iter().for_each(|entry| add(&mut all, entry));
        let mut after = None;
        loop {
            let page = erasures.erasures(after, PAGE).await?;
            after = page.last().map(|entry| entry.hmac);
            let is_last = page.len() < PAGE as usize;
            page.into_iter().for_each(|entry| add(&mut all, entry));
            if is_last {
                break;
            }
        }
        self.write(all.values()).map_err(unwritable)
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

/// Of one HMAC the later time stays.
fn add(all: &mut BTreeMap<Digest, Erasure>, entry: Erasure) {
    let known = all.entry(entry.hmac).or_insert_with(|| entry.clone());
    if known.at < entry.at {
        *known = entry;
    }
}

/// The stores, which write `erased.jsonl` at each erase where backups have a folder.
pub(crate) fn beside(stores: Stores, backups: Option<&Path>) -> Stores {
    let Some(folder) = backups else { return stores };
    let file = ErasedFile::within(folder);
    let users = Arc::new(WithErasedFile { users: stores.users, erasures: stores.erasures.clone(), file });
    Stores { users, ..stores }
}

/// A store of users that notes erasures in the file too.
struct WithErasedFile {
    users: Arc<dyn Users>,
    erasures: Arc<dyn Erasures>,
    file: ErasedFile,
}

#[async_trait]
impl Users for WithErasedFile {
    async fn write(&self, whom: Whom<'_>, decide: &Decide<'_>) -> Result<Written, StoreError> {
        let written = self.users.write(whom, decide).await?;
        // The database knows; what the file lacks, the next erase or backup brings.
        if matches!(written, Written::Erased(_))
            && let Err(error) = self.file.add_all_of(&*self.erasures).await
        {
            let error = crate::telemetry::with_causes(&error);
            tracing::error!(error, "an erasure is in the database and not beside the backups");
        }
        Ok(written)
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.users.find(id).await
    }

    async fn find_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        self.users.find_by_identity(issuer, subject).await
    }

    async fn changes(&self, id: UserId, before: Option<i64>, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.users.changes(id, before, limit).await
    }

    async fn mapped_changes(
        &self,
        id: UserId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        self.users.mapped_changes(id, before, limit).await
    }

    async fn page(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        self.users.page(after, limit).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.users.ping().await
    }
}
