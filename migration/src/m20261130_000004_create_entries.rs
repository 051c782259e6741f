//! Accounts as their providers call them, and whose they are.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, digest, index, number, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::new(manager);
        let unique = |name: &str, column| index(name, column).unique().to_owned();
        let of_provider = Index::create()
            .name("entries_provider_key_id")
            .col(Entries::ProviderKey)
            .col(Entries::Id)
            .to_owned();
        let indexes = vec![
            unique("entries_key", Entries::Key),
            unique("entries_name_key", Entries::NameKey),
            index("entries_identity_key", Entries::IdentityKey),
            index("entries_one_with_key", Entries::OneWithKey),
            of_provider,
        ];
        columns.create(manager, entries(&columns), indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Entries::Table).to_owned()).await
    }
}

/// `key`, `name_key`, `identity_key` and `one_with_key` are SHA-256 of (provider, reference), (provider, name), (issuer,
/// subject), as in `identities`, and (provider, one_with); `provider_key` is one of the provider's name.
fn entries(columns: &Columns) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Entries::Table)
        .col(uuid(Entries::Id).primary_key())
        .col(digest(Entries::Key).not_null())
        .col(digest(Entries::NameKey))
        .col(digest(Entries::IdentityKey))
        .col(digest(Entries::OneWithKey))
        .col(digest(Entries::ProviderKey).not_null())
        .col(columns.text(Entries::Provider).not_null())
        .col(columns.text(Entries::Reference).not_null())
        .col(columns.text(Entries::Issuer))
        .col(columns.text(Entries::Subject))
        .col(columns.text(Entries::Name))
        .col(columns.text(Entries::OneWith))
        .col(columns.text(Entries::Resource))
        .col(columns.text(Entries::Waiting).not_null())
        .col(ColumnDef::new(Entries::AwaitsLogin).boolean().not_null())
        .col(ColumnDef::new(Entries::IsGone).boolean().not_null())
        .col(columns.time(Entries::CreatedAt).not_null())
        .col(columns.time(Entries::UpdatedAt).not_null())
        .col(number(Entries::Version).not_null());
    table
}

#[derive(DeriveIden)]
enum Entries {
    Table,
    Id,
    Key,
    NameKey,
    IdentityKey,
    OneWithKey,
    ProviderKey,
    Provider,
    Reference,
    Issuer,
    Subject,
    Name,
    OneWith,
    Resource,
    Waiting,
    AwaitsLogin,
    IsGone,
    CreatedAt,
    UpdatedAt,
    Version,
}
