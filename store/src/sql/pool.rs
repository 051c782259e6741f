//! Connections: how long we wait for them, what is tried again, and what happens when they are lost.

use std::error::Error;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use identity::StoreError;
use sea_orm::{ConnectOptions, Database, DbErr};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::bound::Bound;
use super::dialect::Dialect;
use super::try_error::is_no_connection;
use super::{Db, reach};
use crate::try_error::{Silence, TryError, jitter};
use crate::{GRACE, PATIENCE};

/// The connections to one database.
pub(super) struct Pool {
    dialect: Dialect,
    options: ConnectOptions,
    connections: RwLock<Connections>,
    /// For what need not survive a loss of power, where the database has such a way of its own.
    light: Option<Db>,
    /// Held by the one writer of an SQLite file; whoever waits is served in turn.
    turn: Mutex<()>,
}

struct Connections {
    db: Db,
    /// Grows with each replacement, so that many who lost their connection replace them once.
    generation: u64,
}

impl Pool {
    pub(super) async fn connect(dialect: Dialect, options: ConnectOptions) -> Result<Self, DbErr> {
        let db = Bound(Database::connect(options.clone()).await?);
        let connections = RwLock::new(Connections { db, generation: 0 });
        let light = match dialect.light(&options) {
            Some(options) => Some(Bound(Database::connect(options).await?)),
            None => None,
        };
        Ok(Self { dialect, options, connections, light, turn: Mutex::new(()) })
    }

    /// The connections at hand.
    pub(super) fn current(&self) -> Db {
        self.snapshot().0
    }

    /// The connections of [`Pool::write_lightly`].
    #[cfg(test)]
    pub(super) fn light(&self) -> Option<Db> {
        self.light.clone()
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Closes all connections when they are back.
    pub(super) async fn close(&self) {
        let _turn = timeout(PATIENCE, self.turn.lock()).await;
        for db in self.light.iter().cloned().chain([self.current()]) {
            if let Err(error) = db.0.close().await {
                tracing::warn!(%error, "the database was not closed cleanly");
            }
        }
    }

    /// Reads. Where the connection was lost, all of its age are distrusted and a fresh one is asked, once.
    pub(super) async fn read<T, W>(&self, work: impl Fn(Db) -> W) -> Result<T, StoreError>
    where
        W: Future<Output = Result<T, TryError>>,
    {
        self.read_for(PATIENCE, work).await
    }

    /// As [`Pool::read`], for what may take longer and nobody waits for.
    pub(super) async fn read_for<T, W>(
        &self,
        patience: Duration,
        work: impl Fn(Db) -> W,
    ) -> Result<T, StoreError>
    where
        W: Future<Output = Result<T, TryError>>,
    {
        let deadline = Instant::now() + patience + GRACE;
        let (db, generation) = self.snapshot();
        match self.answered(deadline, generation, work(db)).await {
            Err(TryError::Lost(_)) => {
                self.replace(generation).await;
                let (db, generation) = self.snapshot();
                Ok(self.answered(deadline, generation, work(db)).await?)
            }
            answer => Ok(answer?),
        }
    }

    /// Writes. Conflicts and lost connections are tried again for [`PATIENCE`], so `work` must bear being
    /// done twice: a lost connection does not say whether it was.
    pub(super) async fn write<T, W>(&self, work: impl Fn(Db) -> W) -> Result<T, StoreError>
    where
        W: Future<Output = Result<T, TryError>>,
    {
        let patience = Instant::now() + PATIENCE;
        let _turn = self.turn(patience).await?;
        let mut tries = 0;
        loop {
            let (db, generation) = self.snapshot();
            match self.answered(patience + GRACE, generation, work(db)).await {
                Err(TryError::Lost(_)) if Instant::now() < patience => self.replace(generation).await,
                Err(TryError::Conflict(_)) if Instant::now() < patience => {}
                answer => return Ok(answer?),
            }
            sleep(jitter(tries)).await;
            tries += 1;
        }
    }

    /// As [`Pool::write`], for what is worth nothing after a loss of power: an SQLite file does not wait for the disk
    /// then. Of a server, its own settings decide.
    pub(super) async fn write_lightly<T, W>(&self, work: impl Fn(Db) -> W) -> Result<T, StoreError>
    where
        W: Future<Output = Result<T, TryError>>,
    {
        match &self.light {
            Some(light) => self.write(|_| work(light.clone())).await,
            None => self.write(work).await,
        }
    }

    /// Writes, once: whoever tries again reads first.
    pub(super) async fn try_write<T, W>(&self, work: impl FnOnce(Db) -> W) -> Result<T, TryError>
    where
        W: Future<Output = Result<T, TryError>>,
    {
        let patience = Instant::now() + PATIENCE;
        let _turn = self.turn(patience).await?;
        let (db, generation) = self.snapshot();
        let answer = self.answered(patience + GRACE, generation, work(db)).await;
        if let Err(TryError::Lost(_)) = answer {
            self.replace(generation).await;
        }
        answer
    }

    async fn turn(&self, until: Instant) -> Result<Option<MutexGuard<'_, ()>>, StoreError> {
        if !self.dialect.has_one_writer() {
            return Ok(None);
        }
        timeout_at(until, self.turn.lock()).await.map(Some).map_err(|_| StoreError::unavailable(Silence))
    }

    /// A server that says nothing at all is not asked again by this caller; the next one gets connections
    /// that do not wait for it.
    async fn answered<T>(
        &self,
        deadline: Instant,
        generation: u64,
        work: impl Future<Output = Result<T, TryError>>,
    ) -> Result<T, TryError> {
        match timeout_at(deadline, work).await {
            Ok(Err(TryError::Final(StoreError::Unavailable(source)))) => {
                Err(TryError::Final(StoreError::Unavailable(self.explained(source).await)))
            }
            Ok(answer) => answer,
            Err(_) => {
                self.replace(generation).await;
                Err(TryError::Final(StoreError::unavailable(Silence)))
            }
        }
    }

    /// What lies behind a connection that was not to be had.
    async fn explained(&self, source: Box<dyn Error + Send + Sync>) -> Box<dyn Error + Send + Sync> {
        let is_it = source.downcast_ref::<DbErr>().is_some_and(is_no_connection);
        match is_it && self.dialect.can_be_lost() {
            true => reach::trouble(self.options.get_url()).await.into(),
            false => source,
        }
    }

    fn snapshot(&self) -> (Db, u64) {
        let connections = self.connections.read().unwrap_or_else(PoisonError::into_inner);
        (connections.db.clone(), connections.generation)
    }

    /// Fresh connections instead of those of this generation, unless somebody was faster. The old ones
    /// close as they come back.
    async fn replace(&self, generation: u64) {
        if !self.dialect.can_be_lost() || self.snapshot().1 != generation {
            return;
        }
        let mut options = self.options.clone();
        options.connect_lazy(true);
        let Ok(fresh) = Database::connect(options).await else { return };
        let mut connections = self.connections.write().unwrap_or_else(PoisonError::into_inner);
        if connections.generation == generation {
            let old = std::mem::replace(&mut connections.db, Bound(fresh));
            connections.generation += 1;
            tokio::spawn(timeout(PATIENCE, old.0.close()));
        }
    }
}
