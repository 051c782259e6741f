//! Users with the profile they show, their identities, and every change.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, digest, index, number, uuid, word};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::new(manager);
        columns.create(manager, users(&columns), vec![]).await?;
        let of_user = index("identities_user_id", Identities::UserId);
        // To count them is to read none of them.
        let standing =
            index("identities_standing", Identities::Provider).col(Identities::Standing).to_owned();
        columns.create(manager, identities(&columns), vec![of_user, standing]).await?;
        // With the user, so that a run's changes are read person by person without sorting them.
        let of_a_run = index("changes_run", Changes::Run).col(Changes::UserId).to_owned();
        let of_runs = vec![of_a_run, index("changes_received_at", Changes::ReceivedAt)];
        columns.create(manager, changes(&columns), of_runs).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Changes::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Identities::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Users::Table).to_owned()).await
    }
}

/// `status` and the profile follow from the rest; they are here for operators and for whoever joins this table, and are
/// never read back.
fn users(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Users::Table)
        .col(uuid(Users::Id).primary_key())
        .col(word(Users::Status).not_null())
        .col(ColumnDef::new(Users::IsDisabled).boolean().not_null())
        .col(ColumnDef::new(Users::IsWithdrawn).boolean().not_null())
        .col(columns.text(Users::Email))
        .col(ColumnDef::new(Users::EmailVerified).boolean())
        .col(columns.text(Users::Name))
        .col(columns.text(Users::GivenName))
        .col(columns.text(Users::FamilyName))
        .col(columns.text(Users::PreferredUsername))
        .col(columns.text(Users::Picture))
        .col(columns.text(Users::PhoneNumber))
        .col(ColumnDef::new(Users::PhoneNumberVerified).boolean())
        .col(columns.text(Users::Locale))
        .col(columns.text(Users::Zoneinfo))
        .col(columns.time(Users::CreatedAt).not_null())
        .col(columns.time(Users::UpdatedAt).not_null())
        .col(columns.time(Users::LastLoginAt))
        .col(number(Users::LoginCount).not_null())
        .col(number(Users::Version).not_null());
    table
}

/// Keyed by the SHA-256 of (issuer, subject), so that no collation, blank or length of any database can make
/// two of one or one of two.
fn identities(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Identities::Table)
        .col(digest(Identities::Key).primary_key())
        .col(uuid(Identities::UserId).not_null())
        .col(columns.name(Identities::Provider).not_null())
        .col(columns.text(Identities::Issuer).not_null())
        .col(columns.text(Identities::Subject).not_null())
        .col(columns.text(Identities::Facts).not_null())
        .col(columns.text(Identities::Claims).not_null())
        .col(columns.text(Identities::ClaimTimes).not_null())
        .col(word(Identities::Standing).not_null())
        .col(columns.time(Identities::StandingAt).not_null())
        .col(columns.time(Identities::FirstSeenAt).not_null())
        .col(columns.time(Identities::LastSeenAt).not_null())
        .col(columns.time(Identities::LastLoginAt))
        .col(columns.time(Identities::ObservedAt).not_null())
        .col(columns.text(Identities::Holds).not_null())
        .foreign_key(
            ForeignKey::create()
                .name("identities_of_users")
                .from(Identities::Table, Identities::UserId)
                .to(Users::Table, Users::Id)
                .on_delete(ForeignKeyAction::Cascade),
        );
    table
}

/// A row for what one write changed of one identity, or of the user itself: `whats` is a list of changes as JSON, each
/// with what was before. `is_unmapped` marks those that are only of claims which no field is read from.
fn changes(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Changes::Table)
        .col(uuid(Changes::UserId).not_null())
        .col(number(Changes::Version).not_null())
        .col(number(Changes::Ordinal).not_null())
        .col(columns.text(Changes::Provider))
        .col(columns.text(Changes::Issuer))
        .col(columns.text(Changes::Subject))
        .col(columns.text(Changes::Whats).not_null())
        .col(ColumnDef::new(Changes::IsUnmapped).boolean().not_null())
        .col(columns.time(Changes::At).not_null())
        .col(columns.time(Changes::ReceivedAt).not_null())
        .col(word(Changes::Source).not_null())
        .col(columns.text(Changes::Actor))
        .col(uuid(Changes::Run))
        .primary_key(Index::create().col(Changes::UserId).col(Changes::Version).col(Changes::Ordinal))
        .foreign_key(
            ForeignKey::create()
                .name("changes_of_users")
                .from(Changes::Table, Changes::UserId)
                .to(Users::Table, Users::Id)
                .on_delete(ForeignKeyAction::Cascade),
        );
    table
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
    Status,
    IsDisabled,
    IsWithdrawn,
    Email,
    EmailVerified,
    Name,
    GivenName,
    FamilyName,
    PreferredUsername,
    Picture,
    PhoneNumber,
    PhoneNumberVerified,
    Locale,
    Zoneinfo,
    CreatedAt,
    UpdatedAt,
    LastLoginAt,
    LoginCount,
    Version,
}

#[derive(DeriveIden)]
enum Identities {
    Table,
    Key,
    UserId,
    Provider,
    Issuer,
    Subject,
    Facts,
    Claims,
    ClaimTimes,
    Standing,
    StandingAt,
    FirstSeenAt,
    LastSeenAt,
    LastLoginAt,
    ObservedAt,
    Holds,
}

#[derive(DeriveIden)]
enum Changes {
    Table,
    UserId,
    Version,
    Ordinal,
    Provider,
    Issuer,
    Subject,
    Whats,
    IsUnmapped,
    At,
    ReceivedAt,
    Source,
    Actor,
    Run,
}
