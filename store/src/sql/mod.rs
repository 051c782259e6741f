//! SQLite, PostgreSQL and MySQL/MariaDB by SeaORM: one adapter. What differs between them is in `dialect`.

mod bound;
mod dialect;
mod entities;
mod fault;
mod migrate;
mod pool;
mod rows;
mod sessions;
mod tickets;
mod users;

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DatabaseTransaction};

use self::bound::Bound;
use self::dialect::Dialect;
use self::pool::Pool;
use crate::sealed::Seal;
use crate::users::Turns;
use crate::{Adapter, OpenError};

/// The adapter.
pub(super) struct Sql {
    pool: Pool,
    seal: Seal,
    turns: Turns,
    /// The query of every signed-in request, written once.
    find_session: String,
}

/// Opens the database as it is.
pub(super) async fn open(url: &str, seal: Seal) -> Result<Sql, OpenError> {
    let (pool, dialect) = connect(url, false).await?;
    match migrate::is_current(&pool.current(), dialect).await {
        Ok(()) => Ok(Sql::new(pool, dialect, seal)),
        Err(error) => {
            pool.close().await;
            Err(error)
        }
    }
}

/// Opens the database, brought up to date, and says by which migrations.
pub(super) async fn migrate(url: &str, seal: Seal) -> Result<(Sql, Vec<String>), OpenError> {
    let (pool, dialect) = connect(url, true).await?;
    match migrate::run(&pool.current(), dialect).await {
        Ok(applied) => Ok((Sql::new(pool, dialect, seal), applied)),
        Err(error) => {
            pool.close().await;
            Err(error)
        }
    }
}

async fn connect(url: &str, creates: bool) -> Result<(Pool, Dialect), OpenError> {
    let dialect = Dialect::of(url)?;
    let pool = Pool::connect(dialect, dialect.options(url, creates)?).await;
    Ok((pool.map_err(|error| dialect.unopened(error, creates))?, dialect))
}

impl Sql {
    fn new(pool: Pool, dialect: Dialect, seal: Seal) -> Self {
        Self { pool, seal, turns: Turns::new(), find_session: rows::session_with_user(dialect) }
    }
}

#[async_trait]
impl Adapter for Sql {
    async fn close(&self) {
        self.pool.close().await;
    }
}

/// The connections at hand; cheap to clone.
type Db = Bound<DatabaseConnection>;
type Tx = Bound<DatabaseTransaction>;
