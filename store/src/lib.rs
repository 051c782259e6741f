//! The databases: [`open`] picks the adapter by the URL's scheme, and nothing else of the program knows which
//! one it is. Every adapter passes the contract in `server/tests/store`.

#![warn(missing_docs)]

mod encoding;
mod erased;
mod lease;
#[cfg(feature = "mongodb")]
mod mongo;
mod scratch;
mod sealed;
mod search;
mod sql;
mod try_error;
mod users;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use identity::{
    Archive, Censuses, Entries, Erasures, LinkRules, Messages, OperatorLog, RemovalStore, Runs, Search,
    Sessions, Shelf, Stores, Tickets, Users,
};

pub use erased::{Ledger, new_key};
pub use scratch::scratch;
pub use sealed::{Context, NotSealed, Seal};

/// How long a database may take to answer, and a write may be tried again.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much longer than [`PATIENCE`] a statement may take that began late.
const GRACE: Duration = Duration::from_millis(500);
/// How long counting everybody may take: nobody waits for it.
const COUNTING: Duration = Duration::from_secs(60);
/// Writes of one user whose changes are kept; beyond it the oldest of claims that nobody maps go first.
const HISTORY: u32 = 10_000;

/// An open database.
#[derive(Clone)]
pub struct Store {
    adapter: Arc<dyn Adapter>,
}

/// Why a database was not opened. The sentences hold no password.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the sentence of each says what it means")]
pub enum OpenError {
    #[error("no database of this kind is known here: {0}")]
    Unknown(String),
    #[error("the URL of the database cannot be read")]
    Url,
    #[error("{} cannot be made", file.display())]
    File { file: PathBuf, source: std::io::Error },
    #[error("the database cannot be opened")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("there is no database yet; `sparekey serve` or `sparekey migrate` makes it")]
    Missing,
    #[error(
        "the database is behind this program (it lacks {}); `sparekey serve` or `sparekey migrate` brings it up to \
         date",
        .0.join(", ")
    )]
    Behind(Vec<String>),
    #[error(
        "the database was made by a newer version of this program (it has {}): start that version, or \
         restore a copy from before it",
        .0.join(", ")
    )]
    Newer(Vec<String>),
    #[error(
        "the database is another application's: it has {}, which Sparekey did not make. Give Sparekey a database of its \
         own",
        .0.join(", ")
    )]
    Foreign(Vec<String>),
    #[error(
        "the database is in {0}, which cannot hold every name. Make one in UTF-8: \
         CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding(String),
    #[error("the database could not be brought up to date")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What an adapter is.
#[async_trait]
trait Adapter:
    Users
    + Sessions
    + Tickets
    + Runs
    + Entries
    + Messages
    + RemovalStore
    + Shelf
    + Search
    + OperatorLog
    + Erasures
    + LinkRules
    + Censuses
    + Archive
{
    async fn close(&self);
}

impl Store {
    /// The ports of this database.
    pub fn ports(&self) -> Stores {
        Stores {
            users: self.adapter.clone(),
            sessions: self.adapter.clone(),
            tickets: self.adapter.clone(),
            runs: self.adapter.clone(),
            entries: self.adapter.clone(),
            messages: self.adapter.clone(),
            removals: self.adapter.clone(),
            shelf: self.adapter.clone(),
            search: self.adapter.clone(),
            log: self.adapter.clone(),
            erasures: self.adapter.clone(),
            ledger_copy: None,
            link_rules: self.adapter.clone(),
            census: self.adapter.clone(),
        }
    }

    /// All of this database, to be taken out or filled.
    pub fn archive(&self) -> Arc<dyn Archive> {
        self.adapter.clone()
    }

    /// Finishes what is being written and closes all connections.
    pub async fn close(&self) {
        self.adapter.close().await;
    }
}

/// Opens the database at `url` as it is: nothing is made and nothing is changed.
///
/// # Errors
/// It is not there, cannot be reached within two seconds, or is of an older or a newer version of this program.
pub async fn open(url: &str, seal: Seal) -> Result<Store, OpenError> {
    let adapter: Arc<dyn Adapter> = match scheme(url) {
        "sqlite" | "postgres" | "postgresql" | "mysql" | "mariadb" => Arc::new(sql::open(url, seal).await?),
        #[cfg(feature = "mongodb")]
        "mongodb" | "mongodb+srv" => Arc::new(mongo::open(url, seal).await?),
        other => return Err(OpenError::Unknown(other.to_owned())),
    };
    Ok(Store { adapter })
}

/// Opens the database at `url`, made where it is missing and brought up to date, and says by which steps. Of several
/// processes at once, one does.
///
/// # Errors
/// It cannot be reached within two seconds, is newer than this program, or could not be brought up to date.
pub async fn migrate(url: &str, seal: Seal) -> Result<(Store, Vec<String>), OpenError> {
    let (adapter, steps): (Arc<dyn Adapter>, _) = match scheme(url) {
        "sqlite" | "postgres" | "postgresql" | "mysql" | "mariadb" => {
            let (adapter, steps) = sql::migrate(url, seal).await?;
            (Arc::new(adapter), steps)
        }
        #[cfg(feature = "mongodb")]
        "mongodb" | "mongodb+srv" => {
            let (adapter, steps) = mongo::migrate(url, seal).await?;
            (Arc::new(adapter), steps)
        }
        other => return Err(OpenError::Unknown(other.to_owned())),
    };
    Ok((Store { adapter }, steps))
}

/// The files on this machine that hold what a database keeps, whether they are there or not; a server has none here.
pub fn files(url: &str) -> Vec<PathBuf> {
    match scheme(url) {
        "sqlite" => sql::files(url),
        _ => Vec::new(),
    }
}

fn scheme(url: &str) -> &str {
    url.split_once(':').map_or("", |(scheme, _)| scheme)
}
