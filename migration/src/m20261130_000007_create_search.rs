//! What users are found by: their terms, and the narrow row that lists are sorted and filtered by.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::columns::{Columns, number, uuid, word};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::new(manager);
        columns.create(manager, terms(manager.get_database_backend()), vec![of_terms()]).await?;
        columns.create(manager, rows(), of_rows()).await?;
        columns.create(manager, fill(), vec![]).await?;
        // Whoever is there already is taken in afterwards, some at a time.
        let begin = "INSERT INTO search_fill (id) SELECT 1 FROM users LIMIT 1";
        manager.get_connection().execute_unprepared(begin).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(SearchFill::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(UserIndex::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(SearchTerms::Table).to_owned()).await
    }
}

/// Folded text as bytes: one order on every database, and no collation.
fn bytes(name: impl IntoIden) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.var_binary(64).not_null();
    column
}

fn terms(backend: DbBackend) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(SearchTerms::Table)
        .col(bytes(SearchTerms::Term))
        .col(uuid(SearchTerms::UserId).not_null())
        .primary_key(Index::create().col(SearchTerms::Term).col(SearchTerms::UserId))
        .foreign_key(&mut of_users("search_terms_of_users", SearchTerms::Table, SearchTerms::UserId));
    if backend == DbBackend::Sqlite {
        // The key is all there is.
        table.extra("WITHOUT ROWID");
    }
    table
}

/// The other way round: what a user is found by. Its first column also serves the foreign key.
fn of_terms() -> IndexCreateStatement {
    Index::create().name("search_terms_user_id").col(SearchTerms::UserId).col(SearchTerms::Term).to_owned()
}

/// Apart from `users`, for a log-in writes an entry into every index of a table in PostgreSQL. `seen_at` and `created_at`
/// are microseconds since 1970; who never logged in has 0, who has no name or e-mail an empty key.
fn rows() -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(UserIndex::Table)
        .col(uuid(UserIndex::UserId).primary_key())
        .col(number(UserIndex::SeenAt).not_null())
        .col(number(UserIndex::CreatedAt).not_null())
        .col(bytes(UserIndex::NameKey))
        .col(bytes(UserIndex::EmailKey))
        .col(word(UserIndex::Status).not_null())
        .col(word(UserIndex::Verified).not_null())
        .col(ColumnDef::new(UserIndex::IsPresent).boolean().not_null())
        .col(ColumnDef::new(UserIndex::IsBlocked).boolean().not_null())
        .col(ColumnDef::new(UserIndex::IsDeleted).boolean().not_null())
        .col(ColumnDef::new(UserIndex::IsSeveral).boolean().not_null())
        .col(ColumnDef::new(UserIndex::IsHeld).boolean().not_null())
        .foreign_key(&mut of_users("user_index_of_users", UserIndex::Table, UserIndex::UserId));
    table
}

fn of_rows() -> Vec<IndexCreateStatement> {
    let by = |name: &str, columns: Vec<UserIndex>| {
        let mut index = Index::create();
        index.name(name);
        for column in columns {
            index.col(column);
        }
        index
    };
    use UserIndex::{CreatedAt, EmailKey, NameKey, SeenAt, Status, UserId};
    vec![
        by("user_index_seen_at", vec![SeenAt, UserId]),
        by("user_index_created_at", vec![CreatedAt, UserId]),
        by("user_index_name_key", vec![NameKey, UserId]),
        by("user_index_email_key", vec![EmailKey, UserId]),
        by("user_index_status", vec![Status, SeenAt, UserId]),
    ]
}

/// One row while users that were there before are taken in: up to which one they are. None when all are in.
fn fill() -> TableCreateStatement {
    let mut table = Table::create();
    table.table(SearchFill::Table).col(number(SearchFill::Id).primary_key()).col(uuid(SearchFill::UpTo));
    table
}

fn of_users(name: &str, table: impl IntoTableRef, column: impl IntoIden) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(name)
        .from(table, column)
        .to(Users::Table, Users::Id)
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum SearchTerms {
    Table,
    Term,
    UserId,
}

#[derive(DeriveIden)]
enum UserIndex {
    Table,
    UserId,
    SeenAt,
    CreatedAt,
    NameKey,
    EmailKey,
    Status,
    Verified,
    IsPresent,
    IsBlocked,
    IsDeleted,
    IsSeveral,
    IsHeld,
}

#[derive(DeriveIden)]
enum SearchFill {
    Table,
    Id,
    UpTo,
}
