//! The SQL schema through time, for SQLite, PostgreSQL and MySQL/MariaDB. A migration that was released is
//! never changed; a new one goes to the end of the list.

mod columns;
mod m20261125_000001_create_users;
mod m20261125_000002_create_sessions;
mod m20261130_000003_create_runs;
mod m20261130_000004_create_entries;
mod m20261130_000005_create_messages;
mod m20261130_000006_create_operator_log;
mod m20261130_000007_create_search;
mod m20261130_000008_create_erasures;
mod m20261130_000009_create_shelf;
mod m20261130_000010_create_link_rules;

pub use sea_orm_migration::MigratorTrait;

use sea_orm_migration::MigrationTrait;

/// All migrations, oldest first.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261125_000001_create_users::Migration),
            Box::new(m20261125_000002_create_sessions::Migration),
            Box::new(m20261130_000003_create_runs::Migration),
            Box::new(m20261130_000004_create_entries::Migration),
            Box::new(m20261130_000005_create_messages::Migration),
            Box::new(m20261130_000006_create_operator_log::Migration),
            Box::new(m20261130_000008_create_erasures::Migration),
            Box::new(m20261130_000009_create_shelf::Migration),
            Box::new(m20261130_000007_create_search::Migration),
            Box::new(m20261130_000010_create_link_rules::Migration),
        ]
    }
}
