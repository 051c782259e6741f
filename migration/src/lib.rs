//! The SQL schema through time, for SQLite, PostgreSQL and MySQL/MariaDB. A migration that was released is
//! never changed; a new one goes to the end of the list.

mod columns;
mod m20261125_000001_create_users;
mod m20261125_000002_create_sessions;

pub use sea_orm_migration::MigratorTrait;

use sea_orm_migration::MigrationTrait;

/// All migrations, oldest first.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261125_000001_create_users::Migration),
            Box::new(m20261125_000002_create_sessions::Migration),
        ]
    }
}
