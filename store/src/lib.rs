//! The databases: `open` picks the adapter by the URL's scheme, and nothing else of the program knows which
//! one it is. Every adapter passes the contract in `server/tests/store`.

mod fault;
mod key;
mod lease;
#[cfg(feature = "mongodb")]
mod mongo;
mod record;
mod sealed;
mod sql;
mod turns;
mod unheard;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use identity::{Sessions, Users};

pub use sealed::{NotSealed, Place, Seal};

/// How long a database may take to answer, and a write may be tried again.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much longer than [`PATIENCE`] a statement may take that began late.
const GRACE: Duration = Duration::from_millis(500);

/// An open database.
#[derive(Clone)]
pub struct Store {
    pub users: Arc<dyn Users>,
    pub sessions: Arc<dyn Sessions>,
    adapter: Arc<dyn Adapter>,
}

/// Why a database was not opened. The sentences hold no password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("no database of this kind is known here: {0}")]
    Unknown(String),
    #[error("the URL of the database cannot be read")]
    Url,
    #[error("the database cannot be opened: {0}")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(
        "the database was made by a newer version of this program (it has {}): start that version, or \
         restore a copy from before it",
        .0.join(", ")
    )]
    Newer(Vec<String>),
    #[error("the database could not be brought up to date: {0}")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What an adapter is.
#[async_trait]
trait Adapter: Users + Sessions {
    async fn close(&self);
}

impl Store {
    /// Finishes what is being written and closes all connections.
    pub async fn close(&self) {
        self.adapter.close().await;
    }
}

/// Opens the database at `url` and brings it up to date. Of several processes at once, one does.
///
/// # Errors
/// It cannot be reached within two seconds, is newer than this program, or could not be brought up to date.
pub async fn open(url: &str, seal: Seal) -> Result<Store, OpenError> {
    let adapter: Arc<dyn Adapter> = match scheme(url) {
        "sqlite" | "postgres" | "postgresql" | "mysql" | "mariadb" => Arc::new(sql::open(url, seal).await?),
        #[cfg(feature = "mongodb")]
        "mongodb" | "mongodb+srv" => Arc::new(mongo::open(url, seal).await?),
        other => return Err(OpenError::Unknown(other.to_owned())),
    };
    Ok(Store { users: adapter.clone(), sessions: adapter.clone(), adapter })
}

/// Brings the database at `url` up to date, and says by which steps.
///
/// # Errors
/// As [`open`].
pub async fn migrate(url: &str) -> Result<Vec<String>, OpenError> {
    match scheme(url) {
        "sqlite" | "postgres" | "postgresql" | "mysql" | "mariadb" => sql::migrate(url).await,
        #[cfg(feature = "mongodb")]
        "mongodb" | "mongodb+srv" => mongo::migrate(url).await,
        other => Err(OpenError::Unknown(other.to_owned())),
    }
}

fn scheme(url: &str) -> &str {
    url.split_once(':').map_or("", |(scheme, _)| scheme)
}
