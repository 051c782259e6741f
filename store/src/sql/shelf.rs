//! The shelf in SQL.

use async_trait::async_trait;
use identity::{RunId, Shelf, StoreError, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::entities::shelf;
use super::try_error::once;
use super::{Db, Sql};
use crate::encoding::{open_sheet, seal_sheet, sheet_number};
use crate::try_error::TryError;

#[async_trait]
impl Shelf for Sql {
    async fn shelve(
        &self,
        run: RunId,
        number: u64,
        content: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sealed = seal_sheet(&self.seal, run, number, content)?;
        let row = shelf::Model { run: run.0, number: sheet_number(number)?, sealed, kept_at: now };
        self.pool.write(|db| shelve(db, row.clone())).await
    }

    async fn rewrite_sheet(&self, run: RunId, number: u64, content: &[u8]) -> Result<bool, StoreError> {
        let sealed = seal_sheet(&self.seal, run, number, content)?;
        let number = sheet_number(number)?;
        let update = || {
            shelf::Entity::update_many()
                .col_expr(shelf::Column::Sealed, Expr::val(sealed.clone()))
                .filter(shelf::Column::Run.eq(run.0))
                .filter(shelf::Column::Number.eq(number))
        };
        Ok(self.pool.write(|db| async move { Ok(update().exec(&db).await?) }).await?.rows_affected > 0)
    }

    async fn sheet(&self, run: RunId, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let key = (run.0, sheet_number(number)?);
        let find = || shelf::Entity::find_by_id(key);
        let row = self.pool.read(|db| async move { Ok(find().one(&db).await?) }).await?;
        row.map(|row| open_sheet(&self.seal, run, number, &row.sealed)).transpose()
    }

    async fn clear_shelf(&self, run: RunId) -> Result<(), StoreError> {
        let delete = || shelf::Entity::delete_many().filter(shelf::Column::Run.eq(run.0));
        self.pool.write(|db| async move { Ok(delete().exec(&db).await.map(|_| ())?) }).await
    }

    async fn shelved_runs(&self, after: Option<RunId>, limit: u32) -> Result<Vec<RunId>, StoreError> {
        let find = || {
            let all = shelf::Entity::find().select_only().column(shelf::Column::Run).distinct();
            let all = match after {
                Some(after) => all.filter(shelf::Column::Run.gt(after.0)),
                None => all,
            };
            all.order_by_asc(shelf::Column::Run).limit(u64::from(limit)).into_tuple::<Uuid>()
        };
        let runs = self.pool.read(|db| async move { Ok(find().all(&db).await?) }).await?;
        Ok(runs.into_iter().map(RunId).collect())
    }

    async fn sweep_shelf(&self, before: Timestamp) -> Result<(), StoreError> {
        let delete = || shelf::Entity::delete_many().filter(shelf::Column::KeptAt.lt(before));
        self.pool.write(|db| async move { Ok(delete().exec(&db).await.map(|_| ())?) }).await
    }
}

/// The same sheet twice, after a lost answer, is the same sheet.
async fn shelve(db: Db, row: shelf::Model) -> Result<(), TryError> {
    if once(shelf::Entity::insert(row.clone().into_active_model()).exec_without_returning(&db).await)? {
        return Ok(());
    }
    shelf::Entity::update_many()
        .col_expr(shelf::Column::Sealed, Expr::val(row.sealed))
        .col_expr(shelf::Column::KeptAt, Expr::val(row.kept_at))
        .filter(shelf::Column::Run.eq(row.run))
        .filter(shelf::Column::Number.eq(row.number))
        .exec(&db)
        .await?;
    Ok(())
}
