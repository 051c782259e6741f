//! Messages that providers pushed, and what the guard counts of them.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, digest, index, number, uuid, word};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::new(manager);
        let of_messages = vec![
            index("messages_key", Messages::Key).unique().to_owned(),
            index("messages_about", Messages::About),
            index("messages_state", Messages::State).col(Messages::DueAt).to_owned(),
            index("messages_received_at", Messages::ReceivedAt),
        ];
        columns.create(manager, messages(&columns), of_messages).await?;
        columns.create(manager, removals(&columns), vec![]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Removals::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Messages::Table).to_owned()).await
    }
}

/// `key` is the SHA-256 of (provider, sender_id), `about` that of (issuer, reference) of whom it is about;
/// `written_by` is a random name of whoever wrote this version over the one before.
fn messages(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Messages::Table)
        .col(uuid(Messages::Id).primary_key())
        .col(digest(Messages::Key).not_null())
        .col(columns.text(Messages::Provider).not_null())
        .col(columns.text(Messages::SenderId).not_null())
        .col(columns.text(Messages::Kind).not_null())
        .col(digest(Messages::About))
        .col(columns.time(Messages::GoneAt))
        .col(columns.time(Messages::ReceivedAt).not_null())
        .col(word(Messages::State).not_null())
        .col(columns.text(Messages::Reason))
        .col(ColumnDef::new(Messages::IsApproved).boolean().not_null())
        .col(number(Messages::Tries).not_null())
        .col(columns.time(Messages::DueAt).not_null())
        .col(number(Messages::Version).not_null())
        .col(uuid(Messages::WrittenBy))
        .col(columns.bytes(Messages::Sealed).not_null());
    table
}

/// A row for each provider, keyed by the SHA-256 of its name: whom its messages took away lately.
fn removals(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Removals::Table)
        .col(digest(Removals::Provider).primary_key())
        .col(columns.text(Removals::Entries).not_null())
        .col(number(Removals::Version).not_null());
    table
}

#[derive(DeriveIden)]
enum Messages {
    Table,
    Id,
    Key,
    Provider,
    SenderId,
    Kind,
    About,
    GoneAt,
    ReceivedAt,
    State,
    Reason,
    IsApproved,
    Tries,
    DueAt,
    Version,
    WrittenBy,
    Sealed,
}

#[derive(DeriveIden)]
enum Removals {
    Table,
    Provider,
    Entries,
    Version,
}
