//! The store of sessions in SQL.

use async_trait::async_trait;
use chrono::Utc;
use identity::{
    Access, Attempt, Digest, Lease, Session, Sessions, StoreError, Taken, Timestamp, Tokens, User, UserId,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter,
    QueryOrder, Statement,
};
use uuid::Uuid;

use super::attempts::once;
use super::entities::{attempts, logout_tokens, sessions};
use super::rows::{self, Claims, SessionRow};
use super::{Db, Sql};
use crate::fault::Fault;
use crate::key::key;
use crate::lease::waited;
use crate::record::{Details, seal_tokens, to_text};

#[async_trait]
impl Sessions for Sql {
    async fn remember(&self, attempt: &Attempt) -> Result<(), StoreError> {
        self.remember_attempt(attempt).await
    }

    async fn take(&self, state: &Digest, browser: &Digest, now: Timestamp) -> Result<Taken, StoreError> {
        self.take_attempt(state, browser, now).await
    }

    async fn spend(&self, issuer: &str, jti: &str, expires_at: Timestamp) -> Result<bool, StoreError> {
        self.spend_token(issuer, jti, expires_at).await
    }

    async fn start(&self, session: &Session) -> Result<(), StoreError> {
        let row = self.row(session)?;
        let insert = || sessions::Entity::insert(row.clone().into_active_model());
        // The id is of 256 random bits: where it is there already, it is ours, after a lost answer.
        self.pool
            .write(|db| async move { once(insert().exec_without_returning(&db).await).map(|_| ()) })
            .await
    }

    async fn find(&self, id: &Digest) -> Result<Option<(Session, User)>, StoreError> {
        let found = self.pool.read(|db| self.with_user(db, id)).await?;
        Ok(found)
    }

    async fn touch(&self, id: &Digest, now: Timestamp) -> Result<(), StoreError> {
        let update = || {
            sessions::Entity::update_many()
                .col_expr(sessions::Column::LastUsedAt, Expr::val(now))
                .filter(sessions::Column::Id.eq(id.0.to_vec()))
                .filter(sessions::Column::LastUsedAt.lt(now))
        };
        self.pool.write(|db| async move { Ok(update().exec(&db).await.map(|_| ())?) }).await
    }

    async fn end(&self, id: &Digest) -> Result<bool, StoreError> {
        Ok(self.delete(Condition::all().add(sessions::Column::Id.eq(id.0.to_vec()))).await? > 0)
    }

    async fn end_of_user(&self, user: UserId, except: Option<&Digest>) -> Result<u64, StoreError> {
        let others = except.map(|id| sessions::Column::Id.ne(id.0.to_vec()));
        self.delete(Condition::all().add(sessions::Column::UserId.eq(user.0)).add_option(others)).await
    }

    async fn end_at_provider(
        &self,
        issuer: &str,
        subject: Option<&str>,
        sid: Option<&str>,
    ) -> Result<u64, StoreError> {
        let subject = subject.map(|name| sessions::Column::SubjectKey.eq(key(issuer, name).to_vec()));
        let sid = sid.map(|name| sessions::Column::SidKey.eq(key(issuer, name).to_vec()));
        if subject.is_none() && sid.is_none() {
            return Ok(0);
        }
        self.delete(Condition::all().add_option(subject).add_option(sid)).await
    }

    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let select = || {
            sessions::Entity::find()
                .filter(sessions::Column::UserId.eq(user.0))
                .filter(sessions::Column::ExpiresAt.gt(now))
                .order_by_desc(sessions::Column::LastUsedAt)
                .order_by_asc(sessions::Column::Id)
                .into_model::<SessionRow>()
        };
        let rows = self.pool.read(|db| async move { Ok(select().all(&db).await?) }).await?;
        Ok(rows.into_iter().map(|row| rows::session(&self.seal, row)).collect::<Result<_, _>>()?)
    }

    async fn lease(&self, id: &Digest, generation: i64, until: Timestamp) -> Result<Lease, StoreError> {
        let me = Uuid::now_v7();
        waited(|| self.pool.write(|db| lease(db, me, id, generation, until))).await
    }

    async fn renew(&self, id: &Digest, tokens: &Tokens, access: &Access) -> Result<(), StoreError> {
        let sealed = seal_tokens(&self.seal, id, tokens)?;
        let access = to_text(access)?;
        let update = || {
            sessions::Entity::update_many()
                .col_expr(sessions::Column::Tokens, Expr::val(sealed.clone()))
                .col_expr(sessions::Column::Access, Expr::val(access.clone()))
                .col_expr(sessions::Column::Generation, Expr::val(tokens.generation))
                .col_expr(sessions::Column::LeasedBy, Expr::val(None::<Uuid>))
                .col_expr(sessions::Column::LeasedUntil, Expr::val(None::<Timestamp>))
                .filter(sessions::Column::Id.eq(id.0.to_vec()))
                .filter(sessions::Column::Generation.lt(tokens.generation))
        };
        self.pool.write(|db| async move { Ok(update().exec(&db).await.map(|_| ())?) }).await
    }

    async fn sweep(&self, now: Timestamp, idle_since: Timestamp) -> Result<(), StoreError> {
        let over = sessions::Column::ExpiresAt.lte(now);
        let idle = sessions::Column::LastUsedAt.lt(idle_since);
        self.delete(Condition::any().add(over).add(idle)).await?;
        self.pool
            .write(|db| async move {
                let old = attempts::Entity::delete_many().filter(attempts::Column::ExpiresAt.lte(now));
                old.exec(&db).await?;
                let old = logout_tokens::Entity::delete_many();
                old.filter(logout_tokens::Column::ExpiresAt.lte(now)).exec(&db).await?;
                Ok(())
            })
            .await
    }
}

impl Sql {
    fn row(&self, session: &Session) -> Result<sessions::Model, StoreError> {
        let Session { id, issuer, subject, sid, tokens, .. } = session;
        Ok(sessions::Model {
            id: id.0.to_vec(),
            user_id: session.user.0,
            subject_key: key(issuer, subject).to_vec(),
            sid_key: sid.as_ref().map(|sid| key(issuer, sid).to_vec()),
            details: to_text(&Details::of(session))?,
            access: to_text(&session.access)?,
            tokens: seal_tokens(&self.seal, id, tokens)?,
            generation: tokens.generation,
            leased_by: None,
            leased_until: None,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
        })
    }

    async fn with_user(&self, db: Db, id: &Digest) -> Result<Option<(Session, User)>, Fault> {
        let values = [id.0.to_vec().into()];
        let query = Statement::from_sql_and_values(self.pool.dialect().backend(), &self.find_session, values);
        let found = db.query_all_raw(query).await?;
        let (Some(first), Some(user)) = (found.first(), rows::users(&found, Claims::LeftOut)?.pop()) else {
            return Ok(None);
        };
        let session = SessionRow::from_query_result(first, "")?;
        Ok(Some((rows::session(&self.seal, session)?, user)))
    }

    async fn delete(&self, which: Condition) -> Result<u64, StoreError> {
        let delete = || sessions::Entity::delete_many().filter(which.clone());
        self.pool.write(|db| async move { Ok(delete().exec(&db).await?.rows_affected) }).await
    }
}

/// One try to get the lease; none while somebody else holds it. The one whose name stands there has it, also
/// when it asks again after a lost answer.
async fn lease(
    db: Db,
    me: Uuid,
    id: &Digest,
    generation: i64,
    until: Timestamp,
) -> Result<Option<Lease>, Fault> {
    let free = Condition::any()
        .add(sessions::Column::LeasedUntil.is_null())
        .add(sessions::Column::LeasedUntil.lte(Utc::now()));
    sessions::Entity::update_many()
        .col_expr(sessions::Column::LeasedBy, Expr::val(me))
        .col_expr(sessions::Column::LeasedUntil, Expr::val(until))
        .filter(sessions::Column::Id.eq(id.0.to_vec()))
        .filter(sessions::Column::Generation.eq(generation))
        .filter(free)
        .exec(&db)
        .await?;
    let row = sessions::Entity::find_by_id(id.0.to_vec()).one(&db).await?;
    Ok(match row {
        Some(row) if row.generation != generation => Some(Lease::Theirs),
        Some(row) if row.leased_by == Some(me) => Some(Lease::Mine),
        Some(_) => None,
        None => Some(Lease::Theirs),
    })
}
