//! The count of identities in SQL.

use async_trait::async_trait;
use identity::{Census, Censuses, StoreError, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QuerySelect};

use super::Sql;
use super::entities::identities::{Column, Entity};
use crate::COUNTING;

#[async_trait]
impl Censuses for Sql {
    async fn census(&self) -> Result<Vec<Census>, StoreError> {
        let all = || {
            Entity::find()
                .select_only()
                .column(Column::Provider)
                .column(Column::Standing)
                .column_as(Column::Key.count(), "count")
                .column_as(Column::ObservedAt.min(), "oldest")
                .group_by(Column::Provider)
                .group_by(Column::Standing)
                .into_tuple::<(String, String, i64, Timestamp)>()
        };
        let rows = self.pool.read_for(COUNTING, |db| async move { Ok(all().all(&db).await?) }).await?;
        let census = |(provider, standing, count, oldest): (String, String, i64, Timestamp)| {
            Ok(Census {
                provider,
                standing: standing.parse().map_err(StoreError::unreadable)?,
                count: count.try_into().map_err(StoreError::unreadable)?,
                oldest,
            })
        };
        rows.into_iter().map(census).collect()
    }
}
