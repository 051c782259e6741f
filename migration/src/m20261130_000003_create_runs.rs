//! Runs: scans, imports, undos and their like.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, uuid, word};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::new(manager);
        columns.create(manager, runs(&columns), vec![]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Runs::Table).to_owned()).await
    }
}

/// `counts` is a map of names to numbers as JSON; `about` is the run that an undo takes back.
fn runs(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Runs::Table)
        .col(uuid(Runs::Id).primary_key())
        .col(word(Runs::Kind).not_null())
        .col(columns.text(Runs::Provider))
        .col(columns.text(Runs::Actor))
        .col(uuid(Runs::About))
        .col(word(Runs::State).not_null())
        .col(columns.text(Runs::Counts).not_null())
        .col(columns.time(Runs::StartedAt).not_null())
        .col(columns.time(Runs::FinishedAt));
    table
}

#[derive(DeriveIden)]
enum Runs {
    Table,
    Id,
    Kind,
    Provider,
    Actor,
    About,
    State,
    Counts,
    StartedAt,
    FinishedAt,
}
