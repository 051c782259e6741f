//! The schema brought up to date by one process, and a database from the future refused.

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Statement};

use super::dialect::Dialect;
use super::{Db, Tx};
use crate::OpenError;

/// Whether there is nothing to apply.
pub(super) async fn is_current(db: &Db, dialect: Dialect) -> Result<(), OpenError> {
    let applied = applied(db).await.map_err(|error| match dialect.is_no_such_table(&error) {
        true => OpenError::Missing,
        false => OpenError::Unreachable(error.into()),
    })?;
    match missing(&applied)? {
        missing if missing.is_empty() => Ok(()),
        missing => Err(OpenError::Behind(missing)),
    }
}

/// Applies what is missing, and says what it applied. Of several processes at once, one does.
pub(super) async fn run(db: &Db, dialect: Dialect) -> Result<Vec<String>, OpenError> {
    // Usually nothing is missing: then nobody waits, and the database may be read-only.
    if let Ok(applied) = applied(db).await
        && missing(&applied)?.is_empty()
    {
        return Ok(Vec::new());
    }
    let tx = dialect.begin(db).await.map_err(failed)?;
    dialect.lock_migrations(&tx).await.map_err(failed)?;
    let done = up(&tx).await;
    dialect.unlock_migrations(&tx).await.map_err(failed)?;
    let done = done?;
    tx.0.commit().await.map_err(failed)?;
    Ok(done)
}

async fn up(tx: &Tx) -> Result<Vec<String>, OpenError> {
    Migrator::install(&tx.0).await.map_err(failed)?;
    let missing = missing(&applied(tx).await.map_err(failed)?)?;
    if !missing.is_empty() {
        Migrator::up(&tx.0, None).await.map_err(failed)?;
    }
    Ok(missing)
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
