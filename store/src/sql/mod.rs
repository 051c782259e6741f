//! SQLite, PostgreSQL and MySQL/MariaDB by SeaORM: one adapter. What differs between them is in `dialect`.

mod attempts;
mod bound;
mod dialect;
mod entities;
mod fault;
mod migrate;
mod pool;
mod rows;
mod sessions;
mod users;

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DatabaseTransaction};

use self::bound::Bound;
use self::dialect::Dialect;
use self::pool::Pool;
use super::turns::Turns;
use super::{Adapter, OpenError};
use crate::sealed::Seal;

/// The adapter.
pub(super) struct Sql {
    pool: Pool,
    seal: Seal,
    turns: Turns,
    /// The query of every signed-in request, written once.
    find_session: String,
}

/// Opens the database and brings it up to date.
pub(super) async fn open(url: &str, seal: Seal) -> Result<Sql, OpenError> {
    let (pool, dialect) = connect(url).await?;
    migrate::run(&pool.current(), dialect).await?;
    Ok(Sql { pool, seal, turns: Turns::new(), find_session: rows::session_with_user(dialect) })
}

/// Brings the database up to date, and says by which migrations.
pub(super) async fn migrate(url: &str) -> Result<Vec<String>, OpenError> {
    let (pool, dialect) = connect(url).await?;
    let applied = migrate::run(&pool.current(), dialect).await;
    pool.close().await;
    applied
}

async fn connect(url: &str) -> Result<(Pool, Dialect), OpenError> {
    let dialect = Dialect::of(url)?;
    let pool = Pool::connect(dialect, dialect.options(url)?).await;
    Ok((pool.map_err(|error| OpenError::Unreachable(error.into()))?, dialect))
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
