//! What operators did and looked at.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, index, uuid, word};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::new(manager);
        let of_user = index("operator_log_user_id", OperatorLog::UserId);
        columns.create(manager, operator_log(&columns), vec![of_user]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(OperatorLog::Table).to_owned()).await
    }
}

/// A line outlives the user it is about, so there is no foreign key. Ids are UUIDv7: they sort by when lines were
/// written.
fn operator_log(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(OperatorLog::Table)
        .col(uuid(OperatorLog::Id).primary_key())
        .col(columns.time(OperatorLog::At).not_null())
        .col(columns.text(OperatorLog::Actor).not_null())
        .col(word(OperatorLog::Act).not_null())
        .col(uuid(OperatorLog::UserId))
        .col(columns.text(OperatorLog::Reason))
        .col(columns.text(OperatorLog::Detail))
        .col(columns.text(OperatorLog::Request));
    table
}

#[derive(DeriveIden)]
enum OperatorLog {
    Table,
    Id,
    At,
    Actor,
    Act,
    UserId,
    Reason,
    Detail,
    Request,
}
