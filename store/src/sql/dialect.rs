//! What differs between SQLite, PostgreSQL and MySQL/MariaDB, and nothing else.

use std::borrow::Cow;
use std::num::NonZero;
use std::time::Duration;

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, DbBackend, DbErr, IsolationLevel, RuntimeErr,
    SqliteTransactionMode, SqlxMySqlError, SqlxPostgresError, Statement, TransactionOptions,
    TransactionTrait,
};
use url::Url;

use super::bound::Bound;
use super::sqlite_file;
use super::{Db, Tx};
use crate::{OpenError, PATIENCE};

/// Connections to a server. Each costs it some memory; more than this waits in our own queue.
const CONNECTIONS: u32 = 16;
/// Any number that no other program is likely to lock: "sparekey" in ASCII.
const LOCK: i64 = 0x7370_6172_656b_6579;
/// How long one process waits while another migrates.
const MIGRATION_SECONDS: u64 = 600;

/// One of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect(DbBackend);

/// What an error of the database means to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Somebody else was there: try again.
    Conflict,
    /// The connection is gone, or the server is going or takes no more writes.
    Lost,
    /// It does not take what was to be written.
    Refused,
    Other,
}

impl Dialect {
    pub(super) fn of(url: &str) -> Result<Self, OpenError> {
        match crate::scheme(url) {
            "sqlite" => Ok(Self(DbBackend::Sqlite)),
            "postgres" | "postgresql" => Ok(Self(DbBackend::Postgres)),
            "mysql" | "mariadb" => Ok(Self(DbBackend::MySql)),
            other => Err(OpenError::Unknown(other.to_owned())),
        }
    }

    pub(super) fn backend(self) -> DbBackend {
        self.0
    }

    /// A file has one writer at a time. We queue for it in turn; its own way is to poll.
    pub(super) fn has_one_writer(self) -> bool {
        self.0 == DbBackend::Sqlite
    }

    /// A connection to a server can be lost; one to a file (or to memory, which would be gone) cannot.
    pub(super) fn can_be_lost(self) -> bool {
        self.0 != DbBackend::Sqlite
    }

    pub(super) fn is_a_file(self) -> bool {
        self.0 == DbBackend::Sqlite
    }

    /// How to connect. What is not there yet is made only where `creates` says so.
    pub(super) fn options(self, url: &str, creates: bool) -> Result<ConnectOptions, OpenError> {
        let url = match url.strip_prefix("mariadb:") {
            Some(rest) => format!("mysql:{rest}"),
            None if self.is_a_file() => sqlite_file::url(url),
            None => url.to_owned(),
        };
        // SeaORM repeats a URL that it cannot read, password and all.
        let mut url = Url::parse(&url).map_err(|_| OpenError::Url)?;
        let schema = parameter(&url, "schema");
        match self.0 {
            DbBackend::Postgres => keep(&mut url, is_of_postgres),
            // Names would be kept as other letters than they are.
            DbBackend::MySql => keep(&mut url, |name| !["charset", "collation"].contains(&name)),
            _ => {}
        }
        let host = ip_v6(&url);
        let mut options = ConnectOptions::new(url);
        if let Some(host) = host {
            let same = host.clone();
            options.map_sqlx_postgres_opts(move |options| options.host(&host));
            options.map_sqlx_mysql_opts(move |options| options.host(&same));
        }
        if let (DbBackend::Postgres, Some(schema)) = (self.0, schema) {
            options.set_schema_search_path(quoted(&schema));
        }
        options
            .connect_timeout(PATIENCE)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .max_connections(CONNECTIONS);
        if self.0 == DbBackend::Sqlite {
            sqlite(&mut options, creates);
        }
        Ok(options)
    }

    /// How to connect for what need not survive a loss of power; none where there is no other way than the usual one.
    /// With `NORMAL` a commit is in the log of the file (WAL), and on the disk with the next that waits for it.
    pub(super) fn light(self, usual: &ConnectOptions) -> Option<ConnectOptions> {
        if self.0 != DbBackend::Sqlite || is_in_memory(usual) {
            return None;
        }
        let mut options = ConnectOptions::new(usual.get_url());
        options
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .max_connections(1)
            .map_sqlx_sqlite_opts(|options| {
                let options = options.create_if_missing(false).foreign_keys(true).busy_timeout(PATIENCE);
                options.synchronous(SqliteSynchronous::Normal).journal_mode(SqliteJournalMode::Wal)
            });
        Some(options)
    }

    /// The encoding of a database that cannot hold every name; none where it can. MySQL's is each table's own.
    pub(super) async fn encoding(self, db: &Db) -> Result<Option<String>, DbErr> {
        if self.0 != DbBackend::Postgres {
            return Ok(None);
        }
        let encoding = "SELECT current_setting('server_encoding') AS encoding";
        let row = db.query_one_raw(Statement::from_string(self.0, encoding)).await?;
        let encoding: Option<String> = row.map(|row| row.try_get("", "encoding")).transpose()?;
        Ok(encoding.filter(|encoding| encoding != "UTF8"))
    }

    /// Makes the schema that the URL names (`?schema=`, as Prisma does), where it is not there.
    pub(super) async fn make_schema(self, db: &Db) -> Result<(), DbErr> {
        if self.0 != DbBackend::Postgres {
            return Ok(());
        }
        let path = "SELECT current_setting('search_path') AS path, current_schema() AS schema";
        let Some(row) = db.query_one_raw(Statement::from_string(self.0, path)).await? else { return Ok(()) };
        let (path, schema): (String, Option<String>) = (row.try_get("", "path")?, row.try_get("", "schema")?);
        match schema {
            // Of several that may be used, none is the one to make.
            None if !path.contains(',') && !path.trim_matches('"').is_empty() => {
                db.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS {path}")).await.map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Why there is no connection. SQLite says that it cannot open a file that is not there (14); where it was to be
    /// made, it is the folder that is not.
    pub(super) fn unopened(self, error: DbErr, creates: bool) -> OpenError {
        match self.0 == DbBackend::Sqlite && !creates && code(&error).is_some_and(|code| code == "14") {
            true => OpenError::Missing,
            false => OpenError::Unreachable(error.into()),
        }
    }

    /// A transaction that reads before it writes: SQLite takes its lock at once, for a lock that is raised
    /// later fails at once; MySQL's default locks the gaps where nobody is yet, which deadlocks racing inserts.
    pub(super) async fn begin(self, db: &Db) -> Result<Tx, DbErr> {
        let mut options = TransactionOptions::default();
        match self.0 {
            DbBackend::Sqlite => options.sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate),
            DbBackend::MySql => options.isolation_level = Some(IsolationLevel::ReadCommitted),
            _ => {}
        }
        db.0.begin_with_options(options).await.map(Bound)
    }

    /// A transaction that reads what there was when it first read, whatever is written meanwhile. SQLite's sees one
    /// moment as it is.
    pub(super) async fn begin_snapshot(self, db: &Db) -> Result<Tx, DbErr> {
        let mut options = TransactionOptions::default();
        if self.0 != DbBackend::Sqlite {
            options.isolation_level = Some(IsolationLevel::RepeatableRead);
            options.access_mode = Some(AccessMode::ReadOnly);
        }
        db.0.begin_with_options(options).await.map(Bound)
    }

    /// Waits until no other process migrates. PostgreSQL and SQLite let go at the end of the transaction.
    pub(super) async fn lock_migrations(self, tx: &Tx) -> Result<(), DbErr> {
        let sql = match self.0 {
            DbBackend::Postgres => format!("SELECT 1 FROM (SELECT pg_advisory_xact_lock({LOCK})) AS locked"),
            DbBackend::MySql => format!("SELECT GET_LOCK('sparekey {LOCK}', {MIGRATION_SECONDS})"),
            _ => return Ok(()),
        };
        let row = tx.query_one_raw(Statement::from_string(self.0, sql)).await?;
        match row.map(|row| row.try_get_by_index::<Option<i32>>(0)).transpose()?.flatten() {
            Some(1) => Ok(()),
            _ => Err(DbErr::Custom("another process has been migrating for ten minutes".to_owned())),
        }
    }

    /// MySQL commits with each statement that changes a table; its lock is the connection's.
    pub(super) async fn unlock_migrations(self, tx: &Tx) -> Result<(), DbErr> {
        if self.0 == DbBackend::MySql {
            let sql = format!("SELECT RELEASE_LOCK('sparekey {LOCK}')");
            tx.query_one_raw(Statement::from_string(self.0, sql)).await?;
        }
        Ok(())
    }
}

/// The database's own code of an error.
fn code(error: &DbErr) -> Option<Cow<'_, str>> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(driver)) => driver.as_database_error()?.code(),
        _ => None,
    }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let found = url.query_pairs().find(|(key, _)| key == name)?;
    Some(found.1.into_owned()).filter(|value| !value.is_empty())
}

/// Takes the other parameters out of the query; what stays is as it was.
fn keep(url: &mut Url, is_kept: impl Fn(&str) -> bool) {
    let Some(query) = url.query() else { return };
    let is_kept = |pair: &&str| is_kept(pair.split('=').next().unwrap_or_default());
    let kept = query.split('&').filter(is_kept).collect::<Vec<_>>().join("&");
    url.set_query(Some(&kept).filter(|kept| !kept.is_empty()).map(String::as_str));
}

/// The parameters that the driver knows. It logs every other one with its value, which may be a secret; those of
/// Prisma and libpq that it does not know mean nothing here.
fn is_of_postgres(name: &str) -> bool {
    const KNOWN: [&str; 18] = [
        "sslmode",
        "ssl-mode",
        "sslrootcert",
        "ssl-root-cert",
        "ssl-ca",
        "sslcert",
        "ssl-cert",
        "sslkey",
        "ssl-key",
        "statement-cache-capacity",
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "password",
        "application_name",
        "options",
    ];
    KNOWN.contains(&name) || name.starts_with("options[")
}

/// The address without its brackets; the drivers would look it up as a name.
fn ip_v6(url: &Url) -> Option<String> {
    let host = url.host_str()?.strip_prefix('[')?.strip_suffix(']')?;
    host.parse::<std::net::Ipv6Addr>().ok().map(|host| host.to_string())
}

/// An identifier of SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What the database's error means.
pub(super) fn meaning(error: &dyn DatabaseError) -> Meaning {
    if error.is_unique_violation() {
        return Meaning::Conflict;
    }
    if let Some(error) = error.try_downcast_ref::<SqlxMySqlError>() {
        return mysql(error.number());
    }
    let code = error.code().unwrap_or_default();
    match error.try_downcast_ref::<SqlxPostgresError>() {
        Some(_) => postgres(&code),
        None => sqlite_code(&code),
    }
}

fn postgres(sqlstate: &str) -> Meaning {
    match sqlstate {
        // serialization_failure, deadlock_detected, lock_not_available
        "40001" | "40P01" | "55P03" => Meaning::Conflict,
        // admin_shutdown, crash_shutdown, cannot_connect_now; read_only_sql_transaction, as of a server that
        // is the primary no more: another one may be at its address by now
        "57P01" | "57P02" | "57P03" | "25006" => Meaning::Lost,
        // connection exceptions
        code if code.starts_with("08") => Meaning::Lost,
        // data exception, integrity constraint violation, program limit exceeded
        code if ["22", "23", "54"].iter().any(|class| code.starts_with(class)) => Meaning::Refused,
        _ => Meaning::Other,
    }
}

fn mysql(number: u16) -> Meaning {
    match number {
        // record changed since last read, lock wait time-out, deadlock
        1020 | 1205 | 1213 => Meaning::Conflict,
        // shutdown in progress, connection killed; --read-only, read-only transaction, read-only mode
        1053 | 1927 | 1290 | 1792 | 1836 => Meaning::Lost,
        // column cannot be null, row too large, packet too large, out of range, bytes that are no text, too long; a
        // check that fails (MySQL, MariaDB)
        1048 | 1118 | 1153 | 1264 | 1366 | 1406 | 3819 | 4025 => Meaning::Refused,
        _ => Meaning::Other,
    }
}

fn sqlite_code(code: &str) -> Meaning {
    // The low byte of an extended code: SQLITE_BUSY, SQLITE_LOCKED; SQLITE_TOOBIG, SQLITE_CONSTRAINT.
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(5 | 6) => Meaning::Conflict,
        Ok(18 | 19) => Meaning::Refused,
        _ => Meaning::Other,
    }
}

/// What was acknowledged is on the disk (FULL), readers and the writer do not wait for each other (WAL).
fn sqlite(options: &mut ConnectOptions, creates: bool) {
    let in_memory = is_in_memory(options);
    let readers = std::thread::available_parallelism().map_or(1, NonZero::get).clamp(2, 8) as u32;
    options.max_connections(if in_memory { 1 } else { readers + 1 });
    if in_memory {
        options.min_connections(1).idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
    }
    options.map_sqlx_sqlite_opts(move |options| {
        let options = if creates { options } else { options.create_if_missing(false) };
        let options = options.foreign_keys(true).busy_timeout(PATIENCE).synchronous(SqliteSynchronous::Full);
        match options.get_filename().as_os_str().is_empty() || in_memory {
            true => options,
            false => options.journal_mode(SqliteJournalMode::Wal),
        }
    });
}

fn is_in_memory(options: &ConnectOptions) -> bool {
    sqlite_file::is_in_memory(options.get_url())
}
