//! The store of sessions in SQL.

use async_trait::async_trait;
use identity::{Access, Digest, Ends, Lease, Session, Sessions, StoreError, Timestamp, Tokens, User, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Statement,
};
use uuid::Uuid;

use super::entities::sessions;
use super::rows::{self, Claims, SESSION, SessionRow};
use super::text::Text;
use super::{Db, Sql};
use crate::encoding::{open_tokens, seal_tokens, to_text};
use crate::lease::waited;
use crate::try_error::TryError;

#[async_trait]
impl Sessions for Sql {
    async fn find(&self, id: &Digest) -> Result<Option<(Session, User)>, StoreError> {
        self.pool.read(|db| self.with_user(db, id)).await
    }

    async fn tokens(&self, id: &Digest) -> Result<Option<Tokens>, StoreError> {
        let select = || {
            sessions::Entity::find_by_id(id.0.to_vec())
                .select_only()
                .columns([sessions::Column::Generation, sessions::Column::Tokens])
                .into_tuple::<(i64, Vec<u8>)>()
        };
        let row = self.pool.read(|db| async move { Ok(select().one(&db).await?) }).await?;
        Ok(row.map(|(generation, sealed)| open_tokens(&self.seal, id, generation, &sealed)))
    }

    async fn touch(&self, id: &Digest, now: Timestamp) -> Result<(), StoreError> {
        let update = || {
            sessions::Entity::update_many()
                .col_expr(sessions::Column::LastUsedAt, Expr::val(now))
                .filter(sessions::Column::Id.eq(id.0.to_vec()))
                .filter(sessions::Column::LastUsedAt.lt(now))
        };
        self.pool.write_lightly(|db| async move { Ok(update().exec(&db).await.map(|_| ())?) }).await
    }

    async fn end(&self, which: &Ends) -> Result<u64, StoreError> {
        self.pool.write(|db| async move { end(&db, which).await }).await
    }

    async fn end_at_provider(
        &self,
        issuer: &str,
        subject: Option<&str>,
        sid: Option<&str>,
    ) -> Result<u64, StoreError> {
        let of = |column: sessions::Column, name: &str| column.eq(Digest::of_pair(issuer, name).0.to_vec());
        let subject = subject.map(|subject| of(sessions::Column::SubjectKey, subject));
        let which = match (subject, sid) {
            (None, None) => return Ok(0),
            (Some(subject), None) => Condition::all().add(subject),
            (None, Some(sid)) => Condition::all().add(of(sessions::Column::SidKey, sid)),
            (Some(subject), Some(sid)) => {
                let session = Condition::any()
                    .add(of(sessions::Column::SidKey, sid))
                    .add(sessions::Column::SidKey.is_null());
                Condition::all().add(subject).add(session)
            }
        };
        self.delete(which).await
    }

    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let select = || {
            sessions::Entity::find()
                .select_only()
                .columns(SESSION)
                .filter(sessions::Column::UserId.eq(user.0))
                .filter(sessions::Column::ExpiresAt.gt(now))
                .order_by_desc(sessions::Column::LastUsedAt)
                .order_by_asc(sessions::Column::Id)
                .into_model::<SessionRow>()
        };
        let rows = self.pool.read(|db| async move { Ok(select().all(&db).await?) }).await?;
        rows.into_iter().map(rows::session).collect()
    }

    async fn started(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<Digest>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let later = after.map(|after| sessions::Column::Id.gt(after.0.to_vec()));
        let select = || {
            sessions::Entity::find()
                .select_only()
                .columns(SESSION)
                .filter(sessions::Column::CreatedAt.between(from, to))
                .filter(Condition::all().add_option(later.clone()))
                .order_by_asc(sessions::Column::Id)
                .limit(u64::from(limit))
                .into_model::<SessionRow>()
        };
        let rows = self.pool.read(|db| async move { Ok(select().all(&db).await?) }).await?;
        rows.into_iter().map(rows::session).collect()
    }

    async fn lease(
        &self,
        id: &Digest,
        generation: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Lease, StoreError> {
        let me = Uuid::now_v7();
        waited(now, |now| self.pool.write(move |db| lease(db, me, *id, generation, now, until))).await
    }

    async fn renew(&self, id: &Digest, tokens: &Tokens, access: &Access) -> Result<(), StoreError> {
        let sealed = seal_tokens(&self.seal, id, tokens)?;
        let access = to_text(access)?;
        let update = || {
            sessions::Entity::update_many()
                .col_expr(sessions::Column::Tokens, Expr::val(sealed.clone()))
                .col_expr(sessions::Column::Access, Expr::val(access.clone()))
                .col_expr(sessions::Column::Generation, Expr::val(tokens.generation))
                .col_expr(sessions::Column::RefreshAt, Expr::val(tokens.refresh_at()))
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
        self.delete(Condition::any().add(over).add(idle)).await.map(|_| ())
    }
}

impl Sql {
    async fn with_user(&self, db: Db, id: &Digest) -> Result<Option<(Session, User)>, TryError> {
        let values = [id.0.to_vec().into()];
        let query =
            Statement::from_sql_and_values(self.pool.dialect().backend(), &self.queries.session, values);
        let found = db.query_all_raw(query).await?;
        let (Some(first), Some(user)) = (found.first(), rows::users(&found, Claims::LeftOut)?.pop()) else {
            return Ok(None);
        };
        let session = SessionRow::from_query_result(first, "")?;
        Ok(Some((rows::session(session)?, user)))
    }

    async fn delete(&self, which: Condition) -> Result<u64, StoreError> {
        let delete = || sessions::Entity::delete_many().filter(which.clone());
        self.pool.write(|db| async move { Ok(delete().exec(&db).await?.rows_affected) }).await
    }
}

/// Ends sessions, by themselves or with a write of their user.
pub(super) async fn end(db: &impl ConnectionTrait, which: &Ends) -> Result<u64, TryError> {
    let of_user = |user: &UserId| Condition::all().add(sessions::Column::UserId.eq(user.0));
    let which = match which {
        Ends::One(id) => Condition::all().add(sessions::Column::Id.eq(id.0.to_vec())),
        Ends::OfUser { user, except } => {
            of_user(user).add_option(except.map(|id| sessions::Column::Id.ne(id.0.to_vec())))
        }
        Ends::OfIdentity { issuer, subject } => {
            let key = Digest::of_pair(issuer, subject).0.to_vec();
            Condition::all().add(sessions::Column::SubjectKey.eq(key))
        }
        Ends::Oldest { user, except, at_most } => {
            static SURPLUS: Text = Text::new();
            // MySQL knows no offset without a limit.
            let (limit, offset) = (1000_u64, u64::from(*at_most));
            let values = vec![user.0.into(), except.0.to_vec().into(), limit.into(), offset.into()];
            let surplus = SURPLUS.with(db, values, || {
                sessions::Entity::find()
                    .select_only()
                    .column(sessions::Column::Id)
                    .filter(of_user(user))
                    .filter(sessions::Column::Id.ne(except.0.to_vec()))
                    .order_by_desc(sessions::Column::LastUsedAt)
                    .order_by_asc(sessions::Column::Id)
                    .offset(offset)
                    .limit(limit)
                    .into_query()
            });
            let rows = db.query_all_raw(surplus).await?;
            let ids = rows.iter().map(|row| row.try_get_by_index(0));
            let ids: Vec<Vec<u8>> = ids.collect::<Result<_, _>>()?;
            if ids.is_empty() {
                return Ok(0);
            }
            Condition::all().add(sessions::Column::Id.is_in(ids))
        }
    };
    Ok(sessions::Entity::delete_many().filter(which).exec(db).await?.rows_affected)
}

/// One try to get the lease; none while somebody else holds it. The one whose name stands there has it, also
/// when it asks again after a lost answer.
async fn lease(
    db: Db,
    me: Uuid,
    id: Digest,
    generation: i64,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Lease>, TryError> {
    let free = Condition::any()
        .add(sessions::Column::LeasedUntil.is_null())
        .add(sessions::Column::LeasedUntil.lte(now));
    sessions::Entity::update_many()
        .col_expr(sessions::Column::LeasedBy, Expr::val(me))
        .col_expr(sessions::Column::LeasedUntil, Expr::val(until))
        .filter(sessions::Column::Id.eq(id.0.to_vec()))
        .filter(sessions::Column::Generation.eq(generation))
        .filter(free)
        .exec(&db)
        .await?;
    let row = sessions::Entity::find_by_id(id.0.to_vec())
        .select_only()
        .columns([sessions::Column::Generation, sessions::Column::LeasedBy])
        .into_tuple::<(i64, Option<Uuid>)>();
    Ok(match row.one(&db).await? {
        Some((now_at, _)) if now_at != generation => Some(Lease::Theirs),
        Some((_, holder)) if holder == Some(me) => Some(Lease::Mine),
        Some(_) => None,
        None => Some(Lease::Theirs),
    })
}
