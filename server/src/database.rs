//! Opening the database for whatever reads or writes what is in it: not one that a restore has left by halves.

use identity::{RunId, StoreError, Stores};
use secrecy::SecretBox;
use store::{OpenError, Store};

use crate::seal;

/// Why it is not opened.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It cannot be opened or brought up to date.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A restore was broken off: half of the users are nobody's to see.
    #[error(
        "the database is half restored (run {0}): run `sparekey restore` again, or take away what is there by \
         `sparekey restore --drop`"
    )]
    HalfRestored(RunId),
}

/// Opens it as it is.
///
/// # Errors
/// All that there are.
pub(crate) async fn open(url: &str, secrets: &[SecretBox<[u8; 32]>]) -> Result<Store, DatabaseError> {
    whole(store::open(url, seal(secrets)).await?).await
}

/// The store, closed where it is not whole.
///
/// # Errors
/// As [`is_whole`].
pub(crate) async fn whole(store: Store) -> Result<Store, DatabaseError> {
    match is_whole(&store.ports()).await {
        Ok(()) => Ok(store),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

/// Whether no restore into it was broken off.
///
/// # Errors
/// `HalfRestored` where one was; `Store`.
pub(crate) async fn is_whole(stores: &Stores) -> Result<(), DatabaseError> {
    match identity::unfinished_restore(&*stores.runs).await? {
        None => Ok(()),
        Some(run) => Err(DatabaseError::HalfRestored(run.id)),
    }
}
