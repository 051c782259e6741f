//! The ledger of who was erased: HMACs of their names, and the keys by which they were made.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, digest, word};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::new(manager);
        columns.create(manager, keys(&columns), vec![]).await?;
        columns.create(manager, erasures(&columns), vec![]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Erasures::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(ErasureKeys::Table).to_owned()).await
    }
}

fn keys(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(ErasureKeys::Table)
        .col(word(ErasureKeys::Name).primary_key())
        .col(digest(ErasureKeys::SecretKey).not_null())
        .col(columns.time(ErasureKeys::CreatedAt).not_null());
    table
}

fn erasures(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Erasures::Table)
        .col(digest(Erasures::Hmac).primary_key())
        .col(word(Erasures::KeyName).not_null())
        .col(columns.time(Erasures::ErasedAt).not_null());
    table
}

#[derive(DeriveIden)]
enum ErasureKeys {
    Table,
    Name,
    SecretKey,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Erasures {
    Table,
    Hmac,
    KeyName,
    ErasedAt,
}
