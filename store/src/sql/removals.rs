//! The store of removals in SQL.

use async_trait::async_trait;
use identity::{Digest, RemovalStore, Removals, Standing, StoreError};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect};

use super::entities::{identities, removals};
use super::try_error::once;
use super::{Db, Sql};
use crate::encoding;
use crate::try_error::TryError;

#[async_trait]
impl RemovalStore for Sql {
    async fn removals(&self, provider: &str) -> Result<Removals, StoreError> {
        let find = || removals::Entity::find_by_id(key(provider));
        let row = self.pool.read(|db| async move { Ok(find().one(&db).await?) }).await?;
        row.map_or(Ok(Removals::default()), |row| encoding::removals(&row.entries, row.version))
    }

    async fn put_removals(&self, provider: &str, removals: &Removals) -> Result<bool, StoreError> {
        let row = removals::Model {
            provider: key(provider),
            entries: encoding::removals_text(removals)?,
            version: removals.version,
        };
        self.pool.write(|db| put(db, row.clone())).await
    }

    async fn count_present(&self, provider: &str) -> Result<u64, StoreError> {
        let present = || {
            identities::Entity::find()
                .filter(identities::Column::Provider.eq(provider))
                .filter(identities::Column::Standing.eq(Standing::Present.to_string()))
        };
        self.pool.read(|db| async move { Ok(present().count(&db).await?) }).await
    }

    async fn which_are_present(&self, identities: &[Digest]) -> Result<Vec<Digest>, StoreError> {
        let mut present = Vec::new();
        for some in identities.chunks(1000) {
            let keys: Vec<Vec<u8>> = some.iter().map(|one| one.0.to_vec()).collect();
            let find = || {
                identities::Entity::find()
                    .select_only()
                    .column(identities::Column::Key)
                    .filter(identities::Column::Key.is_in(keys.clone()))
                    .filter(identities::Column::Standing.eq(Standing::Present.to_string()))
                    .into_tuple::<Vec<u8>>()
            };
            let found = self.pool.read(|db| async move { Ok(find().all(&db).await?) }).await?;
            present.extend(found.into_iter().map(encoding::digest).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(present)
    }
}

fn key(provider: &str) -> Vec<u8> {
    Digest::of_pair("", provider).0.to_vec()
}

/// Whether the row that is there now is what was to be written: nobody else writes the same.
async fn put(db: Db, row: removals::Model) -> Result<bool, TryError> {
    if row.version == 1 && once(insert(&db, row.clone()).await)? {
        return Ok(true);
    }
    let update = removals::Entity::update_many()
        .col_expr(removals::Column::Entries, Expr::val(row.entries.clone()))
        .col_expr(removals::Column::Version, Expr::val(row.version))
        .filter(
            removals::Column::Provider
                .eq(row.provider.clone())
                .and(removals::Column::Version.eq(row.version - 1)),
        );
    if update.exec(&db).await?.rows_affected == 1 {
        return Ok(true);
    }
    Ok(removals::Entity::find_by_id(row.provider.clone()).one(&db).await?.as_ref() == Some(&row))
}

async fn insert(db: &Db, row: removals::Model) -> Result<u64, sea_orm::DbErr> {
    removals::Entity::insert(row.into_active_model()).exec_without_returning(db).await
}
