//! The store of users in SQL: user, identities, changes and sessions in one transaction, if the user is still the version
//! that was read.

use async_trait::async_trait;
use identity::{
    Change, Decide, Digest, Erase, Field, Identity, StoreError, User, UserId, Users, Whom, Write, Written,
};
use sea_orm::sea_query::{Alias, DynIden, Expr, IntoIden, OnConflict, Query, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Statement, Value,
};

use super::entities::{changes, identities, sessions, users};
use super::rows::{self, Claims};
use super::search::write_entry;
use super::text::{self, Text};
use super::{Db, Sql, Tx, operator_log, sessions::end};
use crate::HISTORY;
use crate::encoding::changes_rows;
use crate::try_error::{Moved, TryError};
use crate::users::{ReadAndPut, can_wait, is_time_to_forget, write};

#[async_trait]
impl Users for Sql {
    async fn write(&self, whom: Whom<'_>, decide: &Decide<'_>) -> Result<Written, StoreError> {
        write(self, &self.turns, whom, decide).await
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.pool.read(|db| self.one(db, &self.queries.user, id.0.into())).await
    }

    async fn find_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        let key = Digest::of_pair(issuer, subject).0.to_vec();
        self.pool.read(|db| self.one(db, &self.queries.owner, key.clone().into())).await
    }

    async fn changes(&self, id: UserId, before: Option<i64>, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.newest(id, before, limit, None).await
    }

    async fn mapped_changes(
        &self,
        id: UserId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        self.newest(id, before, limit, Some(changes::Column::IsUnmapped.eq(false))).await
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
    async fn put(&self, before: Option<&User>, write: &Write) -> Result<(), TryError> {
        let session = write.starts.as_ref().map(|session| sessions::Model::new(&self.seal, session));
        let session = &session.transpose()?;
        self.pool.try_write(|db| self.put_once(db, before, write, session.clone())).await
    }

    async fn erase(&self, user: &User, erase: &Erase) -> Result<(), TryError> {
        self.pool.try_write(|db| self.erase_once(db, user, erase)).await
    }

    async fn follow(&self, written: &Written) -> Result<(), StoreError> {
        match written {
            Written::Kept(write) if is_time_to_forget(write) => {
                can_wait(self.pool.write(|db| forget_old(db, write.user.id)).await);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Sql {
    /// The user whom a query finds by this value.
    async fn one(&self, db: Db, query: &str, value: Value) -> Result<Option<User>, TryError> {
        let query = Statement::from_sql_and_values(self.pool.dialect().backend(), query, [value]);
        Ok(rows::users(&db.query_all_raw(query).await?, Claims::Read)?.pop())
    }

    async fn put_once(
        &self,
        db: Db,
        before: Option<&User>,
        write: &Write,
        session: Option<sessions::Model>,
    ) -> Result<(), TryError> {
        let tx = self.pool.dialect().begin(&db).await?;
        write_user(&tx, before, &write.user).await?;
        write_identities(&tx, before, &write.user).await?;
        write_entry(&tx, before, &write.user).await?;
        let rows = changes_rows(&write.changes)?.into_iter();
        let rows: Vec<_> =
            rows.map(|row| changes::Model::new(write.user.id, row).into_active_model()).collect();
        if !rows.is_empty() {
            changes::Entity::insert_many(rows).exec_without_returning(&tx).await?;
        }
        if let Some(session) = session {
            static INSERT: Text = Text::new();
            let row = session.into_active_model();
            let insert = INSERT.with(&tx, text::values(row.clone()), || {
                // The id is of 256 random bits: where it is there already, it is ours, after a lost answer.
                let id = sessions::Column::Id;
                let there = OnConflict::column(id).do_nothing_on([id]).to_owned();
                sessions::Entity::insert(row.clone()).on_conflict(there).into_query()
            });
            tx.execute_raw(insert).await?;
        }
        for which in &write.ends {
            end(&tx, which).await?;
        }
        if let Some(line) = &write.log {
            operator_log::note(&tx, line).await?;
        }
        tx.0.commit().await?;
        Ok(())
    }
}

impl Sql {
    async fn newest(
        &self,
        id: UserId,
        before: Option<i64>,
        limit: u32,
        which: Option<SimpleExpr>,
    ) -> Result<Vec<Change>, StoreError> {
        let earlier = before.map(|version| changes::Column::Version.lt(version));
        let which = sea_orm::Condition::all()
            .add(changes::Column::UserId.eq(id.0))
            .add_option(earlier)
            .add_option(which);
        let rows = self.pool.read(|db| newest(db, which.clone(), limit)).await?;
        let changes: Vec<Vec<Change>> =
            rows.into_iter().map(changes::Model::changes).collect::<Result<_, _>>()?;
        Ok(changes.into_iter().flatten().collect())
    }
}

/// The rows of the newest of these writes, each write whole.
async fn newest(db: Db, which: sea_orm::Condition, limit: u32) -> Result<Vec<changes::Model>, TryError> {
    let of_user = || changes::Entity::find().filter(which.clone());
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

/// Of more than [`HISTORY`] changes, the oldest of claims that nobody maps; of more than twice as many, the oldest.
async fn forget_old(db: Db, id: UserId) -> Result<(), TryError> {
    let unmapped = changes::Column::IsUnmapped.eq(true);
    for (kept, which) in [(HISTORY, Some(unmapped)), (2 * HISTORY, None)] {
        let version = changes::Entity::find()
            .select_only()
            .column(changes::Column::Version)
            .filter(changes::Column::UserId.eq(id.0))
            .order_by_desc(changes::Column::Version)
            .offset(u64::from(kept))
            .limit(1);
        if let Some(version) = version.into_tuple::<i64>().one(&db).await? {
            let old = sea_orm::Condition::all().add_option(which).add(changes::Column::Version.lte(version));
            let of_user = changes::Column::UserId.eq(id.0);
            changes::Entity::delete_many().filter(of_user).filter(old).exec(&db).await?;
        }
    }
    Ok(())
}

/// Writes the own rows of users who are not there yet, without anything that belongs to them.
pub(super) async fn insert(tx: &Tx, users: &[&User]) -> Result<(), TryError> {
    let mut insert = Query::insert();
    insert.into_table(users::Entity);
    insert.columns(columns());
    for user in users {
        insert.values_panic(values(user).into_iter().map(Expr::val));
    }
    tx.execute(&insert).await?;
    Ok(())
}

/// Writes the user's own row, if it is still the version that was read.
async fn write_user(tx: &Tx, before: Option<&User>, user: &User) -> Result<(), TryError> {
    match before {
        None => insert(tx, &[user]).await?,
        Some(before) => {
            static UPDATE: Text = Text::new();
            let which = [user.id.0.into(), before.version.into()];
            let update = UPDATE.with(tx, values(user).into_iter().chain(which).collect(), || {
                let row = columns().zip(values(user).into_iter().map(Expr::val));
                let mut update = Query::update();
                update
                    .table(users::Entity)
                    .values(row)
                    .and_where(users::Column::Id.eq(user.id.0))
                    .and_where(users::Column::Version.eq(before.version));
                update
            });
            if tx.execute_raw(update).await?.rows_affected() != 1 {
                return Err(TryError::Conflict(Moved.into()));
            }
        }
    }
    Ok(())
}

/// The columns of a user's own row: what is read back, and what is there to be looked at.
fn columns() -> impl Iterator<Item = DynIden> {
    let shown = ["status"].into_iter().chain(Field::ALL.iter().map(|field| field.as_str()));
    rows::USER.into_iter().map(IntoIden::into_iden).chain(shown.map(|name| Alias::new(name).into_iden()))
}

/// What stands in them.
fn values(user: &User) -> Vec<Value> {
    let own: [Value; rows::USER.len()] = [
        user.id.0.into(),
        user.is_disabled.into(),
        user.is_withdrawn.into(),
        user.created_at.into(),
        user.updated_at.into(),
        user.last_login_at.into(),
        i64::try_from(user.login_count).unwrap_or(i64::MAX).into(),
        user.version.into(),
    ];
    let profile = user.profile();
    let shown = Field::ALL.iter().map(|field| {
        let value = profile.get(field).map(|shown| shown.value);
        match field.vouches_for() {
            None => value.and_then(|value| value.text()).map(str::to_owned).into(),
            Some(_) => value.and_then(|value| value.flag()).into(),
        }
    });
    own.into_iter().chain([user.status().to_string().into()]).chain(shown).collect()
}

/// Writes the identities that are new or other than they were, and takes away those that are gone.
async fn write_identities(tx: &Tx, before: Option<&User>, user: &User) -> Result<(), TryError> {
    let known = |one: &Identity| before.and_then(|before| before.identity(&one.issuer, &one.subject));
    for identity in &user.identities {
        let known = known(identity);
        if known == Some(identity) {
            continue;
        }
        let row = identities::Model::new(user.id, identity)?.into_active_model();
        if known.is_none() {
            identities::Entity::insert(row).exec_without_returning(tx).await?;
            continue;
        }
        static UPDATE: Text = Text::new();
        let which = Value::from(identities::key(identity));
        let update = UPDATE.with(tx, text::values(row.clone()).into_iter().chain([which]).collect(), || {
            let which = identities::Column::Key.eq(identities::key(identity));
            identities::Entity::update_many().set(row.clone().reset_all()).filter(which).into_query()
        });
        tx.execute_raw(update).await?;
    }
    let gone = before.into_iter().flat_map(|before| &before.identities);
    for one in gone.filter(|one| user.identity(&one.issuer, &one.subject).is_none()) {
        let delete = identities::Entity::delete_many();
        delete.filter(identities::Column::Key.eq(identities::key(one))).exec(tx).await?;
    }
    Ok(())
}
