//! Attempts and logout-token ids in SQL: what can be used once.

use identity::{Attempt, Digest, StoreError, Taken, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::entities::{attempts, logout_tokens};
use super::{Db, Sql};
use crate::fault::Fault;
use crate::key::key;
use crate::record::{open_attempt, seal_attempt, taken};

impl Sql {
    pub(super) async fn remember_attempt(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let row = attempts::Model {
            state: attempt.state.0.to_vec(),
            browser: attempt.browser.0.to_vec(),
            sealed: seal_attempt(&self.seal, attempt)?,
            taken_by: None,
            expires_at: attempt.expires_at,
        };
        let insert = || attempts::Entity::insert(row.clone().into_active_model());
        self.pool
            .write(|db| async move { once(insert().exec_without_returning(&db).await).map(|_| ()) })
            .await
    }

    /// The caller signs the row, if nobody has; whose name stands there has it. Asked again after a lost
    /// answer, the same caller has it still.
    pub(super) async fn take_attempt(
        &self,
        state: &Digest,
        browser: &Digest,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let me = Uuid::now_v7();
        let row = self.pool.write(|db| sign(db, me, *state, *browser, now)).await?;
        let Some(row) = row else { return Ok(Taken::Unknown) };
        let attempt = open_attempt(&self.seal, *state, *browser, row.expires_at, &row.sealed);
        Ok(taken(attempt, row.taken_by, me))
    }

    pub(super) async fn spend_token(
        &self,
        issuer: &str,
        jti: &str,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let row =
            logout_tokens::Model { key: key(issuer, jti).to_vec(), spent_by: Uuid::now_v7(), expires_at };
        self.pool.write(|db| spend(db, row.clone())).await
    }
}

async fn sign(
    db: Db,
    me: Uuid,
    state: Digest,
    browser: Digest,
    now: Timestamp,
) -> Result<Option<attempts::Model>, Fault> {
    let ours = Condition::all()
        .add(attempts::Column::State.eq(state.0.to_vec()))
        .add(attempts::Column::Browser.eq(browser.0.to_vec()));
    attempts::Entity::update_many()
        .col_expr(attempts::Column::TakenBy, Expr::val(me))
        .filter(ours.clone())
        .filter(attempts::Column::TakenBy.is_null())
        .filter(attempts::Column::ExpiresAt.gt(now))
        .exec(&db)
        .await?;
    Ok(attempts::Entity::find().filter(ours).one(&db).await?)
}

/// Whether the row that is there is ours; also after a lost answer.
async fn spend(db: Db, row: logout_tokens::Model) -> Result<bool, Fault> {
    let (key, me) = (row.key.clone(), row.spent_by);
    let insert = logout_tokens::Entity::insert(row.into_active_model());
    if once(insert.exec_without_returning(&db).await)? {
        return Ok(true);
    }
    let there = logout_tokens::Entity::find_by_id(key).one(&db).await?;
    Ok(there.is_some_and(|row| row.spent_by == me))
}

/// Whether a row was inserted; a row with its key that is there already is no fault.
pub(super) fn once<T>(inserted: Result<T, sea_orm::DbErr>) -> Result<bool, Fault> {
    match inserted.map_err(Fault::from) {
        Ok(_) => Ok(true),
        Err(Fault::Conflict(error)) if is_duplicate(error.as_ref()) => Ok(false),
        Err(fault) => Err(fault),
    }
}

fn is_duplicate(error: &(dyn std::error::Error + 'static)) -> bool {
    let error = error.downcast_ref::<sea_orm::DbErr>().and_then(sea_orm::DbErr::sql_err);
    matches!(error, Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}
