//! The store of users in SQL: user, identity and changes in one transaction, under the user's lock.

use async_trait::async_trait;
use identity::merge::{self, Merged, merge};
use identity::{Change, Observation, Recorded, Status, StoreError, Timestamp, User, UserId, Users};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::entities::{changes, identities, users};
use super::rows::{self, Claims};
use super::{Db, Sql, Tx};
use crate::fault::{Fault, Moved};
use crate::key::{self, key};
use crate::unheard::Unheard;

#[async_trait]
impl Users for Sql {
    async fn record(
        &self,
        observation: &Observation,
        fresh: UserId,
        link: Option<UserId>,
    ) -> Result<Recorded, StoreError> {
        let key = key::of(observation)?;
        let _turn = self.turns.of(link.as_ref().map_or(&key, |user| user.0.as_bytes())).await?;
        let unheard = Unheard::default();
        self.pool.write(|db| self.record_once(db, key, observation, fresh, link, &unheard)).await
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.pool.read(|db| async move { user_by_id(&db, id).await }).await
    }

    async fn find_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        let key = key(issuer, subject);
        let owner = Query::select()
            .column(identities::Column::UserId)
            .from(identities::Entity)
            .and_where(identities::Column::Key.eq(key.to_vec()))
            .take();
        let mut select = rows::users_with_identities();
        select.and_where(Expr::col((users::Entity, users::Column::Id)).in_subquery(owner));
        let select = &select;
        self.pool
            .read(|db| async move { Ok(rows::users(&db.query_all(select).await?, Claims::Read)?.pop()) })
            .await
    }

    async fn set_status(
        &self,
        id: UserId,
        status: Status,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        let _turn = self.turns.of(id.0.as_bytes()).await?;
        self.pool.write(|db| self.set_status_once(db, id, status, now)).await
    }

    async fn changes(&self, id: UserId, limit: u32) -> Result<Vec<Change>, StoreError> {
        let newest = || {
            changes::Entity::find()
                .filter(changes::Column::UserId.eq(id.0))
                .order_by_desc(changes::Column::Version)
                .order_by_asc(changes::Column::Field)
                .limit(u64::from(limit))
        };
        let rows = self.pool.read(|db| async move { Ok(newest().all(&db).await?) }).await?;
        rows.into_iter().map(changes::Model::change).collect()
    }

    async fn page(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let select = &rows::page_of_users(after, limit);
        self.pool.read(|db| async move { rows::users(&db.query_all(select).await?, Claims::Read) }).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.pool.read(|db| async move { Ok(db.0.ping().await?) }).await
    }
}

impl Sql {
    /// One try to record an observation.
    async fn record_once(
        &self,
        db: Db,
        key: [u8; 32],
        observation: &Observation,
        fresh: UserId,
        link: Option<UserId>,
        unheard: &Unheard,
    ) -> Result<Recorded, Fault> {
        let tx = self.pool.dialect().begin(&db).await?;
        let owner = lock_owner(&tx, key).await?;
        if owner.is_some() && link.is_some() && owner != link {
            return Err(StoreError::IdentityTaken.into());
        }
        let before = match owner.or(link) {
            Some(id) => locked_user(&tx, id, owner.is_some()).await?,
            None => None,
        };
        if let Some(recorded) = unheard.is_there(before.as_ref()) {
            return Ok(recorded);
        }
        let merged = merge(before.clone(), observation, fresh);
        write_user(&tx, before.as_ref(), &merged).await?;
        write_identity(&tx, owner.is_some(), &merged.user, observation).await?;
        let recorded = Recorded { user: merged.user, changes: merged.changes, is_new: owner.is_none() };
        match tx.0.commit().await {
            Ok(()) => Ok(recorded),
            Err(error) => Err(unheard.keep(recorded, error.into())),
        }
    }

    async fn set_status_once(
        &self,
        db: Db,
        id: UserId,
        status: Status,
        now: Timestamp,
    ) -> Result<Option<User>, Fault> {
        let tx = self.pool.dialect().begin(&db).await?;
        let Some(before) = locked_user(&tx, id, false).await? else { return Ok(None) };
        let Some(merged) = merge::set_status(before.clone(), status, now) else { return Ok(Some(before)) };
        write_user(&tx, Some(&before), &merged).await?;
        tx.0.commit().await?;
        Ok(Some(merged.user))
    }
}

/// Whose the identity is; that user is locked until the end of the transaction.
async fn lock_owner(tx: &Tx, key: [u8; 32]) -> Result<Option<UserId>, Fault> {
    let owner = Query::select()
        .column((users::Entity, users::Column::Id))
        .from(identities::Entity)
        .inner_join(
            users::Entity,
            Expr::col((users::Entity, users::Column::Id))
                .equals((identities::Entity, identities::Column::UserId)),
        )
        .and_where(identities::Column::Key.eq(key.to_vec()))
        .lock(LockType::Update)
        .take();
    let row = tx.query_one(&owner).await?;
    Ok(row.map(|row| row.try_get::<Uuid>("", "id")).transpose()?.map(UserId))
}

/// A user whom nobody else writes until the end of the transaction. Read after the lock, in a statement of
/// its own: a statement that waited for the lock may not see the rows of whoever held it.
async fn locked_user(tx: &Tx, id: UserId, is_locked: bool) -> Result<Option<User>, Fault> {
    if !is_locked {
        let lock = Query::select()
            .column(users::Column::Id)
            .from(users::Entity)
            .and_where(users::Column::Id.eq(id.0))
            .lock(LockType::Update)
            .take();
        tx.query_one(&lock).await?;
    }
    user_by_id(tx, id).await
}

async fn user_by_id(db: &impl ConnectionTrait, id: UserId) -> Result<Option<User>, Fault> {
    let mut select = rows::users_with_identities();
    select.and_where(Expr::col((users::Entity, users::Column::Id)).eq(id.0));
    Ok(rows::users(&db.query_all(&select).await?, Claims::Read)?.pop())
}

/// Writes the user's own row, if it is still the version that was read, and the changes.
async fn write_user(tx: &Tx, before: Option<&User>, merged: &Merged) -> Result<(), Fault> {
    let Merged { user, changes } = merged;
    let row = users::Model::of(user).into_active_model();
    match before {
        None => {
            users::Entity::insert(row).exec_without_returning(tx).await?;
        }
        Some(before) => {
            let update = users::Entity::update_many()
                .set(row.reset_all())
                .filter(users::Column::Id.eq(user.id.0))
                .filter(users::Column::Version.eq(before.version));
            if update.exec(tx).await?.rows_affected != 1 {
                return Err(Fault::Conflict(Moved.into()));
            }
        }
    }
    let rows: Result<Vec<_>, _> = changes.iter().map(|change| changes::Model::of(user.id, change)).collect();
    let rows: Vec<_> = rows?.into_iter().map(IntoActiveModel::into_active_model).collect();
    if !rows.is_empty() {
        changes::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Writes the identity that was observed; no other one changes.
async fn write_identity(
    tx: &Tx,
    is_known: bool,
    user: &User,
    observation: &Observation,
) -> Result<(), Fault> {
    let Some(identity) = user.identity(&observation.issuer, &observation.subject) else { return Ok(()) };
    let row = identities::Model::of(user.id, identity)?;
    if is_known {
        let key = row.key.clone();
        let update = identities::Entity::update_many()
            .set(row.into_active_model().reset_all())
            .filter(identities::Column::Key.eq(key));
        update.exec(tx).await?;
    } else {
        identities::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    }
    Ok(())
}
