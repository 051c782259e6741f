//! SQLite, PostgreSQL and MySQL/MariaDB by SeaORM: one adapter. What differs between them is in `dialect`.

mod archive;
mod bound;
mod census;
mod dialect;
mod entities;
mod entries;
mod erasures;
mod link_rules;
mod messages;
mod migrate;
mod operator_log;
mod pool;
mod reach;
mod removals;
mod rows;
mod runs;
mod search;
mod sessions;
mod shelf;
mod sqlite_file;
mod text;
mod tickets;
mod try_error;
mod users;

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DatabaseTransaction};

use self::bound::Bound;
use self::dialect::Dialect;
use self::pool::Pool;
use self::rows::Queries;
use crate::sealed::Seal;
use crate::search::Kept;
use crate::users::Turns;
use crate::{Adapter, OpenError};

pub(super) use self::sqlite_file::files;

/// The adapter.
pub(super) struct Sql {
    pool: Arc<Pool>,
    seal: Seal,
    turns: Turns,
    kept: Kept,
    queries: Queries,
}

/// Opens the database as it is.
pub(super) async fn open(url: &str, seal: Seal) -> Result<Sql, OpenError> {
    let (pool, dialect) = connect(url, false).await?;
    match migrate::is_current(&pool.current()).await {
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
    if creates && dialect.is_a_file() {
        sqlite_file::create(url)?;
    }
    let pool = match Pool::connect(dialect, dialect.options(url, creates)?).await {
        Err(error) if try_error::is_no_connection(&error) && dialect.can_be_lost() => {
            return Err(OpenError::Unreachable(reach::trouble(url).await.into()));
        }
        pool => pool.map_err(|error| dialect.unopened(error, creates))?,
    };
    match dialect.encoding(&pool.current()).await {
        Ok(None) => Ok((pool, dialect)),
        refused => {
            pool.close().await;
            Err(match refused {
                Ok(Some(encoding)) => OpenError::Encoding(encoding),
                _ => OpenError::Unreachable(refused.err().map_or_else(|| "no encoding".into(), Into::into)),
            })
        }
    }
}

impl Sql {
    fn new(pool: Pool, dialect: Dialect, seal: Seal) -> Self {
        Self {
            pool: Arc::new(pool),
            seal,
            turns: Turns::new(),
            kept: Kept::default(),
            queries: Queries::new(dialect),
        }
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

#[cfg(test)]
mod tests {
    use identity::{Digest, Ticket, TicketKind, Tickets, Timestamp, User, UserId, Write};
    use sea_orm::ConnectionTrait;
    use uuid::Uuid;

    use super::*;
    use crate::users::ReadAndPut;

    async fn number(db: &Db, sql: &str) -> i64 {
        let query = sea_orm::Statement::from_string(db.get_database_backend(), sql);
        let row = db.query_one_raw(query).await.unwrap().unwrap();
        row.try_get_by_index::<i32>(0).unwrap().into()
    }

    fn ticket(kind: TicketKind) -> Ticket {
        let expires_at = "2026-11-21T10:00:00Z".parse().unwrap();
        Ticket { kind, key: Digest([1; 32]), holder: Some(Digest([2; 32])), content: Vec::new(), expires_at }
    }

    fn ada(now: Timestamp) -> Write {
        let user = User {
            id: UserId(Uuid::now_v7()),
            is_disabled: false,
            is_withdrawn: false,
            identities: Vec::new(),
            created_at: now,
            updated_at: now,
            last_login_at: None,
            login_count: 0,
            version: 1,
        };
        Write::new(user, Vec::new())
    }

    /// SQLite syncs with each commit of a connection that is `FULL` (2), and not of one that is `NORMAL` (1)
    /// and writes ahead. The one light connection counts the rows that it wrote.
    #[tokio::test]
    async fn an_attempts_two_writes_do_not_wait_for_the_disk_and_a_users_one_does() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("sparekey.db").display());
        let (store, _) = migrate(&url, Seal::new(&[])).await.unwrap();
        let light = store.pool.light().unwrap();
        assert_eq!(number(&light, "PRAGMA synchronous").await, 1);
        assert_eq!(number(&store.pool.current(), "PRAGMA synchronous").await, 2);
        let written = async || number(&light, "SELECT total_changes()").await;

        let (attempt, now) = (ticket(TicketKind::Attempt), Timestamp::UNIX_EPOCH);
        assert_eq!(written().await, 0);
        store.issue(&attempt, 10).await.unwrap();
        assert_eq!(written().await, 1);
        store.take(attempt.kind, &attempt.key, attempt.holder.as_ref(), now).await.unwrap();
        assert_eq!(written().await, 2);

        assert!(store.spend(&ticket(TicketKind::LogoutToken)).await.unwrap());
        assert!(store.put(None, &ada(now)).await.is_ok());
        assert_eq!(written().await, 2);
        store.close().await;
    }
}
