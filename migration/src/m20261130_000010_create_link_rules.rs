//! What the operator has arranged for identities that are nobody's yet: issuers under another name, e-mail addresses that
//! somebody signed for.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, digest, index, word};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::new(manager);
        let mut table = Table::create();
        table
            .table(LinkRules::Table)
            .col(digest(LinkRules::RuleKey).primary_key())
            .col(word(LinkRules::Kind).not_null())
            .col(columns.text(LinkRules::Content).not_null())
            .col(columns.time(LinkRules::Until).null());
        let by_kind = index("link_rules_kind", LinkRules::Kind);
        columns.create(manager, table, vec![by_kind]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(LinkRules::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum LinkRules {
    Table,
    RuleKey,
    Kind,
    Content,
    Until,
}
