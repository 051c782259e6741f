//! An SQLite database of its own, in the system's folder for such things, for its owner alone; gone when it is dropped.

use std::collections::{BTreeMap, BTreeSet};

use identity::{Digest, UserId};
use tempfile::TempDir;

use crate::sealed::Seal;
use crate::sql::{self, Sql};
use crate::{OpenError, Store};

/// The version of each user, and the keys of their identities.
#[cfg_attr(not(feature = "mongodb"), expect(dead_code, reason = "for what has no transactions"))]
pub(crate) type Standings = BTreeMap<UserId, (i64, BTreeSet<Digest>)>;

/// See the module.
pub(crate) struct ScratchDatabase {
    pub(crate) sql: Sql,
    _folder: TempDir,
}

impl ScratchDatabase {
    pub(crate) async fn make(seal: Seal) -> Result<Self, OpenError> {
        let folder = tempfile::Builder::new().prefix("sparekey-").tempdir();
        let folder = folder.map_err(|source| OpenError::File { file: std::env::temp_dir(), source })?;
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("scratch.db").display());
        let (sql, _) = sql::migrate(&url, seal).await?;
        Ok(Self { sql, _folder: folder })
    }
}

/// A database to try something in; its files go when the second value is dropped.
///
/// # Errors
/// Its file cannot be made.
pub async fn scratch(seal: Seal) -> Result<(Store, TempDir), OpenError> {
    let ScratchDatabase { sql, _folder } = ScratchDatabase::make(seal).await?;
    Ok((Store { adapter: std::sync::Arc::new(sql) }, _folder))
}
