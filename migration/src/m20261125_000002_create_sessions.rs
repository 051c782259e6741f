//! What is short-lived: attempts to log in, sessions, ids of logout tokens.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, digest, index, number, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::of(manager);
        let expiry = index("attempts_expires_at", Attempts::ExpiresAt);
        columns.create(manager, attempts(&columns), vec![expiry]).await?;
        let of_sessions = vec![
            index("sessions_user_id", Sessions::UserId),
            index("sessions_subject_key", Sessions::SubjectKey),
            index("sessions_sid_key", Sessions::SidKey),
            index("sessions_last_used_at", Sessions::LastUsedAt),
            index("sessions_expires_at", Sessions::ExpiresAt),
        ];
        columns.create(manager, sessions(&columns), of_sessions).await?;
        let expiry = index("logout_tokens_expires_at", LogoutTokens::ExpiresAt);
        columns.create(manager, logout_tokens(&columns), vec![expiry]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(LogoutTokens::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Sessions::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Attempts::Table).to_owned()).await
    }
}

/// `taken_by` names the call that took the attempt: asked again after a lost answer, it knows its own.
fn attempts(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Attempts::Table)
        .col(digest(Attempts::State).primary_key())
        .col(digest(Attempts::Browser).not_null())
        .col(columns.bytes(Attempts::Sealed).not_null())
        .col(uuid(Attempts::TakenBy))
        .col(columns.time(Attempts::ExpiresAt).not_null());
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

/// `spent_by` is as `taken_by` above.
fn logout_tokens(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(LogoutTokens::Table)
        .col(digest(LogoutTokens::Key).primary_key())
        .col(uuid(LogoutTokens::SpentBy).not_null())
        .col(columns.time(LogoutTokens::ExpiresAt).not_null());
    table
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Attempts {
    Table,
    State,
    Browser,
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
    LeasedBy,
    LeasedUntil,
    CreatedAt,
    LastUsedAt,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum LogoutTokens {
    Table,
    Key,
    SpentBy,
    ExpiresAt,
}
