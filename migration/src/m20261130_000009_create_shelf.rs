//! What a run read and has not yet applied: sheet by sheet, sealed.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, index, number, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::new(manager);
        let mut table = Table::create();
        table
            .table(Shelf::Table)
            .col(uuid(Shelf::Run).not_null())
            .col(number(Shelf::Number).not_null())
            .col(columns.bytes(Shelf::Sealed).not_null())
            .col(columns.time(Shelf::KeptAt).not_null())
            .primary_key(Index::create().col(Shelf::Run).col(Shelf::Number));
        columns.create(manager, table, vec![index("shelf_kept_at", Shelf::KeptAt)]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Shelf::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Shelf {
    Table,
    Run,
    Number,
    Sealed,
    KeptAt,
}
