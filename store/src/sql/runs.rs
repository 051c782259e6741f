//! The store of runs in SQL.

use async_trait::async_trait;
use identity::{ChangesOf, LogLine, Made, Run, RunId, RunState, Runs, RunsAsked, StoreError, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::entities::{changes, runs};
use super::try_error::once;
use super::{Db, Sql, operator_log};

#[async_trait]
impl Runs for Sql {
    async fn start(&self, run: &Run) -> Result<(), StoreError> {
        let row = runs::Model::new(run)?.into_active_model();
        let insert = || runs::Entity::insert(row.clone());
        let write = |db| async move { once(insert().exec_without_returning(&db).await).map(drop) };
        self.pool.write(write).await
    }

    async fn advance(&self, run: &Run, from: RunState, log: Option<&LogLine>) -> Result<bool, StoreError> {
        let row = &runs::Model::new(run)?;
        let update = || {
            runs::Entity::update_many()
                .col_expr(runs::Column::State, Expr::val(row.state.clone()))
                .col_expr(runs::Column::Counts, Expr::val(row.counts.clone()))
                .col_expr(runs::Column::FinishedAt, Expr::val(row.finished_at))
                .filter(runs::Column::Id.eq(row.id))
                .filter(runs::Column::State.eq(from.to_string()))
        };
        let update = &update;
        // Read back, for a lost answer does not say whether it was written.
        let write = |db: Db| async move {
            let tx = self.pool.dialect().begin(&db).await?;
            let written = update().exec(&tx).await?.rows_affected;
            if let (1, Some(line)) = (written, log) {
                operator_log::note(&tx, line).await?;
            }
            let now = runs::Entity::find_by_id(row.id).one(&tx).await?;
            tx.0.commit().await?;
            Ok(now)
        };
        let now = self.pool.write(write).await?;
        Ok(now.is_some_and(|now| {
            (now.state, now.counts, now.finished_at)
                == (row.state.clone(), row.counts.clone(), row.finished_at)
        }))
    }

    async fn run(&self, id: RunId) -> Result<Option<Run>, StoreError> {
        let find = |db| async move { Ok(runs::Entity::find_by_id(id.0).one(&db).await?) };
        self.pool.read(find).await?.map(runs::Model::run).transpose()
    }

    async fn runs(&self, asked: &RunsAsked, limit: u32) -> Result<Vec<Run>, StoreError> {
        let which = Condition::all()
            .add_option(asked.kind.map(|kind| runs::Column::Kind.eq(kind.to_string())))
            .add_option(asked.provider.as_ref().map(|provider| runs::Column::Provider.eq(provider.as_str())))
            .add_option(asked.state.map(|state| runs::Column::State.eq(state.to_string())))
            .add_option(asked.before.map(|before| runs::Column::Id.lt(before.0)));
        let select = || {
            runs::Entity::find().filter(which.clone()).order_by_desc(runs::Column::Id).limit(u64::from(limit))
        };
        let rows = self.pool.read(|db| async move { Ok(select().all(&db).await?) }).await?;
        rows.into_iter().map(runs::Model::run).collect()
    }

    async fn made(
        &self,
        which: Made,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<ChangesOf>, StoreError> {
        let of = match which {
            Made::ByRun(run) => Condition::all().add(changes::Column::Run.eq(run.0)),
            Made::Between(from, to) => Condition::all().add(changes::Column::ReceivedAt.between(from, to)),
        };
        let users = || {
            changes::Entity::find()
                .select_only()
                .column(changes::Column::UserId)
                .distinct()
                .filter(of.clone())
                .filter(Condition::all().add_option(after.map(|after| changes::Column::UserId.gt(after.0))))
                .order_by_asc(changes::Column::UserId)
                .limit(u64::from(limit))
                .into_tuple::<Uuid>()
        };
        let rows = |users: Vec<Uuid>| {
            changes::Entity::find()
                .filter(of.clone())
                .filter(changes::Column::UserId.is_in(users))
                .order_by_asc(changes::Column::UserId)
                .order_by_asc(changes::Column::Version)
                .order_by_asc(changes::Column::Ordinal)
        };
        let (users, rows) = (&users, &rows);
        let read = |db| async move {
            let users = users().all(&db).await?;
            match users.is_empty() {
                true => Ok(Vec::new()),
                false => Ok(rows(users).all(&db).await?),
            }
        };
        let mut all: Vec<ChangesOf> = Vec::new();
        for row in self.pool.read(read).await? {
            let user = UserId(row.user_id);
            let changes = row.changes()?;
            match all.last_mut().filter(|last| last.user == user) {
                Some(last) => last.changes.extend(changes),
                None => all.push(ChangesOf { user, changes }),
            }
        }
        Ok(all)
    }
}
