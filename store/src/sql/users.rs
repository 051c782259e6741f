//! The store of users in SQL: user, identities, changes and sessions in one transaction, if the user is still the version
//! that was read.

use async_trait::async_trait;
use identity::{
    Change, Decide, Digest, Field, Identity, StoreError, User, UserId, Users, Whom, Write, Written,
};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoIden, OnConflict, Query, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::entities::{changes, identities, sessions, users};
use super::rows::{self, Claims};
use super::{Db, Sql, Tx, sessions::end};
use crate::HISTORY;
use crate::fault::{Fault, Moved};
use crate::record::changes_rows;
use crate::users::{ReadAndPut, is_time_to_forget, write};

#[async_trait]
impl Users for Sql {
    async fn write(&self, whom: Whom<'_>, decide: &Decide<'_>) -> Result<Written, StoreError> {
        write(self, &self.turns, whom, decide).await
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.pool.read(|db| async move { user_by_id(&db, id).await }).await
    }

    async fn find_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        self.pool.read(|db| async move { owner(&db, issuer, subject).await }).await
    }

    async fn changes(&self, id: UserId, before: Option<i64>, limit: u32) -> Result<Vec<Change>, StoreError> {
        let rows = self.pool.read(|db| newest(db, id, before, limit)).await?;
        let changes: Vec<Vec<Change>> =
            rows.into_iter().map(changes::Model::changes).collect::<Result<_, _>>()?;
        Ok(changes.into_iter().flatten().collect())
    }

    async fn page(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let select = &rows::page_of_users(after, limit);
        self.pool.read(|db| async move { rows::users(&db.query_all(select).await?, Claims::Read) }).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        // Asked of nobody's row, and refused wherever a log-in could not be written.
        let nothing = "DELETE FROM tickets WHERE 1 = 0";
        self.pool.write_lightly(|db| async move { Ok(db.execute_unprepared(nothing).await.map(drop)?) }).await
    }
}

#[async_trait]
impl ReadAndPut for Sql {
    async fn read(&self, whom: Whom<'_>) -> Result<Option<User>, StoreError> {
        let found = match whom.identity {
            Some((issuer, subject)) => self.find_by_identity(issuer, subject).await?,
            None => None,
        };
        match (found, whom.id) {
            (None, Some(id)) => self.find(id).await,
            (found, _) => Ok(found),
        }
    }

    async fn put(&self, before: Option<&User>, write: &Write) -> Result<(), Fault> {
        let session = write.starts.as_ref().map(|session| sessions::Model::new(&self.seal, session));
        let session = &session.transpose()?;
        self.pool.try_write(|db| self.put_once(db, before, write, session.clone())).await
    }

    async fn erase(&self, user: &User) -> Result<(), Fault> {
        // Identities, changes and sessions go with the row.
        let delete = || {
            users::Entity::delete_many()
                .filter(users::Column::Id.eq(user.id.0))
                .filter(users::Column::Version.eq(user.version))
        };
        let deleted = self.pool.try_write(|db| async move { Ok(delete().exec(&db).await?) }).await?;
        if deleted.rows_affected == 1 { Ok(()) } else { Err(Fault::Conflict(Moved.into())) }
    }

    async fn follow(&self, written: &Written) -> Result<(), StoreError> {
        match written {
            Written::Kept(write) if is_time_to_forget(write) => {
                self.pool.write(|db| forget_old(db, write.user.id)).await
            }
            _ => Ok(()),
        }
    }
}

impl Sql {
    async fn put_once(
        &self,
        db: Db,
        before: Option<&User>,
        write: &Write,
        session: Option<sessions::Model>,
    ) -> Result<(), Fault> {
        let tx = self.pool.dialect().begin(&db).await?;
        write_user(&tx, before, &write.user).await?;
        write_identities(&tx, before, &write.user).await?;
        let rows = changes_rows(&write.changes)?.into_iter();
        let rows: Vec<_> =
            rows.map(|row| changes::Model::new(write.user.id, row).into_active_model()).collect();
        if !rows.is_empty() {
            changes::Entity::insert_many(rows).exec_without_returning(&tx).await?;
        }
        if let Some(session) = session {
            // The id is of 256 random bits: where it is there already, it is ours, after a lost answer.
            let there =
                OnConflict::column(sessions::Column::Id).do_nothing_on([sessions::Column::Id]).to_owned();
            let insert = sessions::Entity::insert(session.into_active_model()).on_conflict(there);
            insert.exec_without_returning(&tx).await?;
        }
        for which in &write.ends {
            end(&tx, which).await?;
        }
        tx.0.commit().await?;
        Ok(())
    }
}

/// The rows of the newest writes, each write whole.
async fn newest(db: Db, id: UserId, before: Option<i64>, limit: u32) -> Result<Vec<changes::Model>, Fault> {
    let of_user = || {
        let earlier = before.map(|version| changes::Column::Version.lt(version));
        changes::Entity::find()
            .filter(changes::Column::UserId.eq(id.0))
            .filter(sea_orm::Condition::all().add_option(earlier))
    };
    let versions = of_user().select_only().column(changes::Column::Version).distinct();
    let versions = versions.order_by_desc(changes::Column::Version).limit(u64::from(limit));
    let versions: Vec<i64> = versions.into_tuple().all(&db).await?;
    let Some(oldest) = versions.last() else { return Ok(Vec::new()) };
    Ok(of_user()
        .filter(changes::Column::Version.gte(*oldest))
        .order_by_desc(changes::Column::Version)
        .order_by_asc(changes::Column::Ordinal)
        .all(&db)
        .await?)
}

/// Of more than [`HISTORY`] writes, the oldest changes of claims that nobody maps.
async fn forget_old(db: Db, id: UserId) -> Result<(), Fault> {
    let version = changes::Entity::find()
        .select_only()
        .column(changes::Column::Version)
        .filter(changes::Column::UserId.eq(id.0))
        .order_by_desc(changes::Column::Version)
        .offset(u64::from(HISTORY))
        .limit(1);
    if let Some(version) = version.into_tuple::<i64>().one(&db).await? {
        changes::Entity::delete_many()
            .filter(changes::Column::UserId.eq(id.0))
            .filter(changes::Column::Version.lte(version))
            .filter(changes::Column::IsUnmapped.eq(true))
            .exec(&db)
            .await?;
    }
    Ok(())
}

async fn user_by_id(db: &Db, id: UserId) -> Result<Option<User>, Fault> {
    let mut select = rows::users_with_identities();
    select.and_where(Expr::col((users::Entity, users::Column::Id)).eq(id.0));
    Ok(rows::users(&db.query_all(&select).await?, Claims::Read)?.pop())
}

async fn owner(db: &Db, issuer: &str, subject: &str) -> Result<Option<User>, Fault> {
    let key = Digest::of_pair(issuer, subject).0.to_vec();
    let owner = Query::select()
        .column(identities::Column::UserId)
        .from(identities::Entity)
        .and_where(identities::Column::Key.eq(key))
        .take();
    let mut select = rows::users_with_identities();
    select.and_where(Expr::col((users::Entity, users::Column::Id)).in_subquery(owner));
    Ok(rows::users(&db.query_all(&select).await?, Claims::Read)?.pop())
}

/// Writes the user's own row, if it is still the version that was read.
async fn write_user(tx: &Tx, before: Option<&User>, user: &User) -> Result<(), Fault> {
    let row = row(user);
    match before {
        None => {
            let (columns, values): (Vec<_>, Vec<_>) = row.into_iter().unzip();
            let mut insert = Query::insert();
            insert.into_table(users::Entity).columns(columns).values_panic(values);
            tx.execute(&insert).await?;
        }
        Some(before) => {
            let mut update = Query::update();
            update
                .table(users::Entity)
                .values(row)
                .and_where(users::Column::Id.eq(user.id.0))
                .and_where(users::Column::Version.eq(before.version));
            if tx.execute(&update).await?.rows_affected() != 1 {
                return Err(Fault::Conflict(Moved.into()));
            }
        }
    }
    Ok(())
}

/// A user's own row: what is read back, and what is there to be looked at.
fn row(user: &User) -> Vec<(sea_orm::sea_query::DynIden, SimpleExpr)> {
    let own = [
        (users::Column::Id, Expr::val(user.id.0)),
        (users::Column::IsDisabled, Expr::val(user.is_disabled)),
        (users::Column::CreatedAt, Expr::val(user.created_at)),
        (users::Column::UpdatedAt, Expr::val(user.updated_at)),
        (users::Column::LastLoginAt, Expr::val(user.last_login_at)),
        (users::Column::LoginCount, Expr::val(i64::try_from(user.login_count).unwrap_or(i64::MAX))),
        (users::Column::Version, Expr::val(user.version)),
    ];
    let profile = user.profile();
    let shown = Field::ALL.iter().map(|&field| {
        let value = profile.get(&field).map(|shown| shown.value);
        let value = match field.vouches_for() {
            None => Expr::val(value.and_then(|value| value.text()).map(str::to_owned)),
            Some(_) => Expr::val(value.and_then(|value| value.flag())),
        };
        (Alias::new(field.as_str()).into_iden(), value)
    });
    let status = (Alias::new("status").into_iden(), Expr::val(user.status().to_string()));
    let own = own.into_iter().map(|(column, value)| (column.into_iden(), value));
    own.chain([status]).chain(shown).collect()
}

/// Writes the identities that are new or other than they were, and takes away those that are gone.
async fn write_identities(tx: &Tx, before: Option<&User>, user: &User) -> Result<(), Fault> {
    let known = |one: &Identity| before.and_then(|before| before.identity(&one.issuer, &one.subject));
    for identity in &user.identities {
        let row = || identities::Model::new(user.id, identity);
        match known(identity) {
            Some(known) if known == identity => {}
            Some(_) => {
                let update = identities::Entity::update_many()
                    .set(row()?.into_active_model().reset_all())
                    .filter(identities::Column::Key.eq(identities::key(identity)));
                update.exec(tx).await?;
            }
            None => {
                identities::Entity::insert(row()?.into_active_model()).exec_without_returning(tx).await?;
            }
        }
    }
    let gone = before.into_iter().flat_map(|before| &before.identities);
    for one in gone.filter(|one| user.identity(&one.issuer, &one.subject).is_none()) {
        let delete = identities::Entity::delete_many();
        delete.filter(identities::Column::Key.eq(identities::key(one))).exec(tx).await?;
    }
    Ok(())
}
