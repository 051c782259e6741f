//! The store of provider entries in SQL.

use async_trait::async_trait;
use identity::{Digest, Entries, Entry, EntryCounts, EntryId, StoreError};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::entities::entries::{Column, Entity, Model, provider_key};
use super::try_error::once;
use super::{Db, Sql};
use crate::COUNTING;
use crate::try_error::TryError;

#[async_trait]
impl Entries for Sql {
    async fn find(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        self.entry(Column::Id.eq(id.0).into()).await
    }

    async fn find_by_reference(&self, provider: &str, reference: &str) -> Result<Option<Entry>, StoreError> {
        self.entry(is(Column::Key, Digest::of_pair(provider, reference))).await
    }

    async fn find_by_name(&self, provider: &str, name: &str) -> Result<Option<Entry>, StoreError> {
        self.entry(is(Column::NameKey, Digest::of_pair(provider, name))).await
    }

    async fn of_identity(&self, issuer: &str, subject: &str) -> Result<Vec<Entry>, StoreError> {
        let theirs = is(Column::IdentityKey, Digest::of_pair(issuer, subject));
        let query = Entity::find().filter(theirs).order_by_asc(Column::Id);
        self.entries(query).await
    }

    async fn one_with(&self, provider: &str, reference: &str) -> Result<Vec<Entry>, StoreError> {
        let theirs = is(Column::OneWithKey, Digest::of_pair(provider, reference));
        self.entries(Entity::find().filter(theirs).order_by_asc(Column::Id)).await
    }

    async fn put(&self, before: Option<&Entry>, entry: &Entry) -> Result<bool, StoreError> {
        let row = Model::new(entry)?;
        let version = before.map(|before| before.version);
        self.pool.write(|db| put(db, version, row.clone())).await
    }

    async fn put_instead(&self, before: &Entry, entry: &Entry, other: &Entry) -> Result<bool, StoreError> {
        let row = Model::new(entry)?;
        self.pool.write(|db| self.put_instead_once(db, before.version, row.clone(), other)).await
    }

    async fn page(
        &self,
        provider: Option<&str>,
        after: Option<EntryId>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let of_provider = provider.map(|provider| Column::ProviderKey.eq(provider_key(provider)));
        let later = after.map(|after| Column::Id.gt(after.0));
        let query = Entity::find()
            .filter(Condition::all().add_option(of_provider).add_option(later))
            .order_by_asc(Column::Id)
            .limit(u64::from(limit));
        self.entries(query).await
    }

    async fn count(&self, provider: &str) -> Result<EntryCounts, StoreError> {
        let theirs = || {
            Entity::find()
                .filter(Column::ProviderKey.eq(provider_key(provider)))
                .filter(Column::IsGone.eq(false))
        };
        self.pool
            .read_for(COUNTING, |db| async move {
                let resources = theirs().filter(Column::Resource.is_not_null()).count(&db).await?;
                let nobodys =
                    Condition::all().add(Column::IdentityKey.is_null()).add(Column::OneWith.is_null());
                let waits = Condition::any().add(nobodys).add(Column::AwaitsLogin.eq(true));
                let waiting = theirs().filter(waits).count(&db).await?;
                Ok(EntryCounts { resources, waiting })
            })
            .await
    }
}

impl Sql {
    async fn entry(&self, which: Condition) -> Result<Option<Entry>, StoreError> {
        Ok(self.entries(Entity::find().filter(which)).await?.pop())
    }

    async fn put_instead_once(
        &self,
        db: Db,
        before: i64,
        row: Model,
        other: &Entry,
    ) -> Result<bool, TryError> {
        let tx = self.pool.dialect().begin(&db).await?;
        let delete = Entity::delete_many().filter(Column::Id.eq(other.id.0));
        delete.filter(Column::Version.eq(other.version)).exec(&tx).await?;
        match once_over(before, &row, &tx).await? {
            true => tx.0.commit().await?,
            false => tx.0.rollback().await?,
        }
        Ok(Entity::find_by_id(row.id).one(&db).await? == Some(row))
    }

    async fn entries(&self, query: sea_orm::Select<Entity>) -> Result<Vec<Entry>, StoreError> {
        let rows = self
            .pool
            .read(|db| {
                let query = query.clone();
                async move { Ok(query.all(&db).await?) }
            })
            .await?;
        rows.into_iter().map(Model::entry).collect()
    }
}

fn is(column: Column, key: Digest) -> Condition {
    Condition::all().add(column.eq(key.0.to_vec()))
}

/// Whether the row that is there then is ours; also after a lost answer.
async fn put(db: Db, before: Option<i64>, row: Model) -> Result<bool, TryError> {
    let is_kept = match before {
        None => once(Entity::insert(row.clone().into_active_model()).exec_without_returning(&db).await)?,
        Some(version) => once_over(version, &row, &db).await?,
    };
    Ok(is_kept || Entity::find_by_id(row.id).one(&db).await? == Some(row))
}

/// Writes a row over the version that was read; false where it is another by now, or a name is taken.
async fn once_over(version: i64, row: &Model, db: &impl ConnectionTrait) -> Result<bool, TryError> {
    let update = Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(version));
    let updated = update.exec(db).await;
    let is_there = updated.as_ref().is_ok_and(|updated| updated.rows_affected == 1);
    Ok(once(updated)? && is_there)
}
