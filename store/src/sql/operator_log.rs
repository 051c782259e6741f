//! The store of the operators' log in SQL.

use async_trait::async_trait;
use identity::{LogLine, OperatorLog, StoreError, UserId};
use sea_orm::sea_query::{ExprTrait, OnConflict, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, Order, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use self::row::{Column, Entity, Model};
use super::Sql;
use crate::try_error::TryError;

#[async_trait]
impl OperatorLog for Sql {
    async fn note(&self, line: &LogLine) -> Result<(), StoreError> {
        self.pool.write(|db| async move { note(&db, line).await }).await
    }

    async fn lines(&self, before: Option<Uuid>, limit: u32) -> Result<Vec<LogLine>, StoreError> {
        self.some(before.map(|id| Column::Id.lt(id)), Order::Desc, limit).await
    }

    async fn lines_about(
        &self,
        user: UserId,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        let about = Column::UserId.eq(user.0);
        let about = before.map_or(about.clone(), |id| about.and(Column::Id.lt(id)));
        self.some(Some(about), Order::Desc, limit).await
    }

    async fn lines_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<LogLine>, StoreError> {
        self.some(after.map(|id| Column::Id.gt(id)), Order::Asc, limit).await
    }
}

impl Sql {
    async fn some(
        &self,
        which: Option<SimpleExpr>,
        order: Order,
        limit: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        let select = &select(which, order, limit.into());
        let rows = self.pool.read(|db| async move { Ok(select.clone().all(&db).await?) }).await?;
        rows.into_iter().map(Model::line).collect()
    }
}

/// At most so many lines after the given one, in the order in which they were written.
pub(super) async fn after(
    db: &impl ConnectionTrait,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<LogLine>, TryError> {
    let rows = select(after.map(|id| Column::Id.gt(id)), Order::Asc, limit).all(db).await?;
    Ok(rows.into_iter().map(Model::line).collect::<Result<_, _>>()?)
}

fn select(which: Option<SimpleExpr>, order: Order, limit: u64) -> Select<Entity> {
    let which = Condition::all().add_option(which);
    Entity::find().filter(which).order_by(Column::Id, order).limit(limit)
}

/// Writes a line, by itself or with a write of its user; one that is there already is ours, after a lost answer.
pub(super) async fn note(db: &impl ConnectionTrait, line: &LogLine) -> Result<(), TryError> {
    let there = OnConflict::column(Column::Id).do_nothing_on([Column::Id]).to_owned();
    let insert = Entity::insert(Model::from(line).into_active_model()).on_conflict(there);
    insert.exec_without_returning(db).await?;
    Ok(())
}

/// A line as SeaORM sees it.
mod row {
    #![expect(unreachable_pub, reason = "the derives of SeaORM make public types of public models")]

    use identity::{LogLine, StoreError, UserId};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "operator_log")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub at: DateTimeUtc,
        pub actor: String,
        pub act: String,
        pub user_id: Option<Uuid>,
        pub reason: Option<String>,
        pub detail: Option<String>,
        pub request: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl From<&LogLine> for Model {
        fn from(line: &LogLine) -> Self {
            let line = line.clone();
            Self {
                id: line.id,
                at: line.at,
                actor: line.actor.to_string(),
                act: line.act.to_string(),
                user_id: line.user.map(|user| user.0),
                reason: line.reason,
                detail: line.detail,
                request: line.request,
            }
        }
    }

    impl Model {
        pub fn line(self) -> Result<LogLine, StoreError> {
            Ok(LogLine {
                id: self.id,
                at: self.at,
                actor: self.actor.parse().map_err(StoreError::unreadable)?,
                act: self.act.parse().map_err(StoreError::unreadable)?,
                user: self.user_id.map(UserId),
                reason: self.reason,
                detail: self.detail,
                request: self.request,
            })
        }
    }
}
