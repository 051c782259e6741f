//! The link rules in SQL.

use async_trait::async_trait;
use identity::{Digest, LinkRule, LinkRuleKind, LinkRules, StoreError, Timestamp};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::entities::link_rules as rules;
use super::{Db, Sql};
use crate::encoding::{json, to_text};
use crate::try_error::TryError;

#[async_trait]
impl LinkRules for Sql {
    async fn put_rule(&self, rule: &LinkRule) -> Result<(), StoreError> {
        let row = row(rule)?;
        self.pool.write(|db| put(self, db, row.clone())).await
    }

    async fn rule(&self, key: &Digest) -> Result<Option<LinkRule>, StoreError> {
        let find = || rules::Entity::find_by_id(key.0.to_vec());
        let row = self.pool.read(|db| async move { Ok(find().one(&db).await?) }).await?;
        row.map(|row| json(&row.content)).transpose()
    }

    async fn drop_rule(&self, key: &Digest) -> Result<bool, StoreError> {
        let delete = || rules::Entity::delete_by_id(key.0.to_vec());
        self.pool.write(|db| async move { Ok(delete().exec(&db).await?.rows_affected > 0) }).await
    }

    async fn rules(
        &self,
        kind: Option<LinkRuleKind>,
        after: Option<Digest>,
        limit: u32,
    ) -> Result<Vec<LinkRule>, StoreError> {
        let select = &after_key(kind, after, u64::from(limit));
        let rows = self.pool.read(|db| async move { Ok(select.clone().all(&db).await?) }).await?;
        rows.iter().map(|row| json(&row.content)).collect()
    }

    async fn sweep_rules(&self, now: Timestamp) -> Result<(), StoreError> {
        let delete = || rules::Entity::delete_many().filter(rules::Column::Until.lte(now));
        self.pool.write(|db| async move { Ok(delete().exec(&db).await.map(|_| ())?) }).await
    }
}

/// The row of a rule.
pub(super) fn row(rule: &LinkRule) -> Result<rules::Model, StoreError> {
    Ok(rules::Model {
        rule_key: rule.key().0.to_vec(),
        kind: rule.kind().to_string(),
        content: to_text(rule)?,
        until: rule.until(),
    })
}

/// The rules after the one with this key, in the order of their keys.
pub(super) fn after_key(
    kind: Option<LinkRuleKind>,
    after: Option<Digest>,
    limit: u64,
) -> Select<rules::Entity> {
    let kind = kind.map(|kind| rules::Column::Kind.eq(kind.to_string()));
    let later = after.map(|key| rules::Column::RuleKey.gt(key.0.to_vec()));
    rules::Entity::find()
        .filter(Condition::all().add_option(kind).add_option(later))
        .order_by_asc(rules::Column::RuleKey)
        .limit(limit)
}

/// Over the rule with its key.
async fn put(sql: &Sql, db: Db, row: rules::Model) -> Result<(), TryError> {
    let tx = sql.pool.dialect().begin(&db).await?;
    rules::Entity::delete_by_id(row.rule_key.clone()).exec(&tx).await?;
    rules::Entity::insert(row.into_active_model()).exec_without_returning(&tx).await?;
    tx.0.commit().await?;
    Ok(())
}
