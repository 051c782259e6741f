//! The schema brought up to date by one process, and a database from the future refused.

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::dialect::Dialect;
use super::{Db, Tx, entities};
use crate::OpenError;

/// Where SeaORM writes down what was applied.
const LEDGER: &str = "seaql_migrations";

/// Whether there is nothing to apply.
pub(super) async fn is_current(db: &Db) -> Result<(), OpenError> {
    let applied = ours(db).await?;
    if applied.is_empty() {
        return Err(OpenError::Missing);
    }
    match missing(&applied)? {
        missing if missing.is_empty() => Ok(()),
        missing => Err(OpenError::Behind(missing)),
    }
}

/// Applies what is missing, and says what it applied. Of several processes at once, one does.
pub(super) async fn run(db: &Db, dialect: Dialect) -> Result<Vec<String>, OpenError> {
    // Usually nothing is missing: then nobody waits, and the database may be read-only.
    if let Ok(applied) = applied(db).await
        && missing(&applied).is_ok_and(|missing| missing.is_empty())
    {
        return Ok(Vec::new());
    }
    dialect.make_schema(db).await.map_err(failed)?;
    let tx = dialect.begin(db).await.map_err(failed)?;
    dialect.lock_migrations(&tx).await.map_err(failed)?;
    let done = up(&tx).await;
    dialect.unlock_migrations(&tx).await.map_err(failed)?;
    let done = done?;
    tx.0.commit().await.map_err(failed)?;
    Ok(done)
}

async fn up(tx: &Tx) -> Result<Vec<String>, OpenError> {
    ours(tx).await?;
    Migrator::install(&tx.0).await.map_err(failed)?;
    let missing = missing(&applied(tx).await.map_err(failed)?)?;
    if !missing.is_empty() {
        Migrator::up(&tx.0, None).await.map_err(failed)?;
    }
    Ok(missing)
}

/// What was applied, where the database is not another application's.
async fn ours(db: &impl ConnectionTrait) -> Result<Vec<String>, OpenError> {
    let unreachable = |error: sea_orm::DbErr| OpenError::Unreachable(error.into());
    let tables = tables(db).await.map_err(unreachable)?;
    let applied = match tables.iter().any(|table| table == LEDGER) {
        true => applied(db).await.map_err(unreachable)?,
        false => Vec::new(),
    };
    is_ours(&tables, &applied)?;
    Ok(applied)
}

/// Refuses what another application made: a table that is called as one of ours where none of our migrations was
/// applied, or a list of migrations without one of ours.
fn is_ours(tables: &[String], applied: &[String]) -> Result<(), OpenError> {
    let known = Migrator::migrations();
    if applied.iter().any(|name| known.iter().any(|one| one.name() == name)) {
        return Ok(());
    }
    let theirs = tables.iter().filter(|table| match table.as_str() {
        LEDGER => !applied.is_empty(),
        table => entities::TABLES.contains(&table),
    });
    // On MySQL, which commits each table by itself, an empty list is a start of ours that was broken off.
    let is_begun = applied.is_empty() && tables.iter().any(|table| table == LEDGER);
    match theirs.cloned().collect::<Vec<_>>() {
        theirs if theirs.is_empty() || is_begun => Ok(()),
        theirs => Err(OpenError::Foreign(theirs)),
    }
}

/// The names of all tables and views where ours would be.
async fn tables(db: &impl ConnectionTrait) -> Result<Vec<String>, sea_orm::DbErr> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT relname::text AS name FROM pg_catalog.pg_class \
             WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace = to_regnamespace(quote_ident(current_schema()))"
        }
        DbBackend::MySql => {
            "SELECT LOWER(table_name) AS name FROM information_schema.tables WHERE table_schema = DATABASE()"
        }
        _ => "SELECT LOWER(name) AS name FROM sqlite_master WHERE type IN ('table', 'view')",
    };
    let rows = db.query_all_raw(Statement::from_string(backend, sql)).await?;
    rows.iter().map(|row| row.try_get("", "name")).collect()
}

/// The names of the migrations that were applied.
async fn applied(db: &impl ConnectionTrait) -> Result<Vec<String>, sea_orm::DbErr> {
    let names = Statement::from_string(db.get_database_backend(), "SELECT version FROM seaql_migrations");
    db.query_all_raw(names).await?.iter().map(|row| row.try_get("", "version")).collect()
}

/// What is still to be applied.
fn missing(applied: &[String]) -> Result<Vec<String>, OpenError> {
    let known: Vec<String> = Migrator::migrations().iter().map(|one| one.name().to_owned()).collect();
    let newer: Vec<String> = applied.iter().filter(|name| !known.contains(name)).cloned().collect();
    match newer.is_empty() {
        true => Ok(known.into_iter().filter(|name| !applied.contains(name)).collect()),
        false => Err(OpenError::Newer(newer)),
    }
}

fn failed(error: sea_orm::DbErr) -> OpenError {
    OpenError::Migration(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_that_we_do_not_know_is_of_a_newer_version() {
        let future = "m30000101_000001_telepathy".to_owned();
        let Err(error) = missing(&[future]) else { panic!("not refused") };
        assert!(error.to_string().contains("telepathy"), "{error}");
        assert_eq!(missing(&[]).unwrap().len(), Migrator::migrations().len());
    }
}
