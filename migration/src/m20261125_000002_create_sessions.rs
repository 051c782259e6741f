//! What is short-lived: sessions, and tickets, which can be used once.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, digest, index, number, uuid, word};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::new(manager);
        let of_sessions = vec![
            index("sessions_user_id", Sessions::UserId),
            index("sessions_subject_key", Sessions::SubjectKey),
            index("sessions_sid_key", Sessions::SidKey),
            index("sessions_last_used_at", Sessions::LastUsedAt),
            index("sessions_expires_at", Sessions::ExpiresAt),
        ];
        columns.create(manager, sessions(&columns), of_sessions).await?;
        let of_tickets =
            vec![index("tickets_expires_at", Tickets::ExpiresAt), index("tickets_holder", Tickets::Holder)];
        columns.create(manager, tickets(&columns), of_tickets).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Tickets::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Sessions::Table).to_owned()).await
    }
}

/// Keyed by kind and a SHA-256; `holder` alone may take it, and `taken_by` names the call that did: asked again after a
/// lost answer, it knows its own.
fn tickets(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Tickets::Table)
        .col(word(Tickets::Kind).not_null())
        .col(digest(Tickets::Key).not_null())
        .col(digest(Tickets::Holder))
        .col(columns.bytes(Tickets::Sealed).not_null())
        .col(uuid(Tickets::TakenBy))
        .col(columns.time(Tickets::ExpiresAt).not_null())
        .primary_key(Index::create().col(Tickets::Kind).col(Tickets::Key));
    table
}

/// `subject_key` and `sid_key` are SHA-256 of (issuer, subject) and (issuer, sid); `leased_by` is as
/// `taken_by` above.
fn sessions(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Sessions::Table)
        .col(digest(Sessions::Id).primary_key())
        .col(uuid(Sessions::UserId).not_null())
        .col(digest(Sessions::SubjectKey).not_null())
        .col(digest(Sessions::SidKey))
        .col(columns.text(Sessions::Details).not_null())
        .col(columns.text(Sessions::Access).not_null())
        .col(columns.bytes(Sessions::Tokens).not_null())
        .col(number(Sessions::Generation).not_null())
        .col(columns.time(Sessions::RefreshAt))
        .col(uuid(Sessions::LeasedBy))
        .col(columns.time(Sessions::LeasedUntil))
        .col(columns.time(Sessions::CreatedAt).not_null())
        .col(columns.time(Sessions::LastUsedAt).not_null())
        .col(columns.time(Sessions::ExpiresAt).not_null())
        .foreign_key(
            ForeignKey::create()
                .name("sessions_of_users")
                .from(Sessions::Table, Sessions::UserId)
                .to(Users::Table, Users::Id)
                .on_delete(ForeignKeyAction::Cascade),
        );
    table
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Tickets {
    Table,
    Kind,
    Key,
    Holder,
    Sealed,
    TakenBy,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum Sessions {
    Table,
    Id,
    UserId,
    SubjectKey,
    SidKey,
    Details,
    Access,
    Tokens,
    Generation,
    RefreshAt,
    LeasedBy,
    LeasedUntil,
    CreatedAt,
    LastUsedAt,
    ExpiresAt,
}
