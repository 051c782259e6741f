//! The ledger of erasures in SQL.

use async_trait::async_trait;
use identity::{Digest, Erase, ErasedName, Erasure, ErasureKey, Erasures, StoreError, Timestamp, User};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::entities::{entries as accounts, messages, users};
use super::{Db, Sql, operator_log};
use crate::encoding::digest;
use crate::erased;
use crate::try_error::{Moved, TryError};

#[async_trait]
impl Erasures for Sql {
    async fn erased_at(&self, names: &[ErasedName]) -> Result<Option<Timestamp>, StoreError> {
        let keys = self.erasure_keys().await?;
        if keys.is_empty() {
            return Ok(None);
        }
        let hmacs = erased::hmacs(&keys, names).into_iter().map(|hmac| hmac.0.to_vec());
        let select = entries::Entity::find().filter(entries::Column::Hmac.is_in(hmacs));
        let select = &select;
        let found = self.pool.read(|db| async move { Ok(select.clone().all(&db).await?) }).await?;
        Ok(found.iter().map(|entry| entry.erased_at).max())
    }

    async fn erasure_keys(&self) -> Result<Vec<ErasureKey>, StoreError> {
        self.pool.read(|db| async move { keys(&db).await }).await
    }

    async fn erasures(&self, after_hmac: Option<Digest>, limit: u32) -> Result<Vec<Erasure>, StoreError> {
        let page = |db: Db| async move { after(&db, after_hmac, limit.into()).await };
        self.pool.read(page).await
    }

    async fn take_in_erasures(&self, keys: &[ErasureKey], entries: &[Erasure]) -> Result<(), StoreError> {
        let work = |db: Db| async move {
            let tx = self.pool.dialect().begin(&db).await?;
            for key in keys {
                add_key(&tx, key).await?;
            }
            add(&tx, entries).await?;
            tx.0.commit().await?;
            Ok(())
        };
        self.pool.write(work).await
    }
}

impl Sql {
    /// Takes a user away, if it is still this version; the ledger and the log keep that somebody was.
    pub(super) async fn erase_once(&self, db: Db, user: &User, erase: &Erase) -> Result<(), TryError> {
        let tx = self.pool.dialect().begin(&db).await?;
        let key = match keys(&tx).await?.into_iter().next() {
            Some(known) => known,
            None => {
                let fresh = erased::new_key(erase.at)?;
                add_key(&tx, &fresh).await?;
                fresh
            }
        };
        // Identities, changes and sessions go with the row.
        let deleted = users::Entity::delete_many()
            .filter(users::Column::Id.eq(user.id.0))
            .filter(users::Column::Version.eq(user.version))
            .exec(&tx)
            .await?;
        if deleted.rows_affected != 1 {
            return Err(TryError::Conflict(Moved.into()));
        }
        add(&tx, &erased::entries(&key, erase)).await?;
        let of_accounts = accounts::Column::Id.is_in(erase.entries.iter().map(|entry| entry.0));
        accounts::Entity::delete_many().filter(of_accounts).exec(&tx).await?;
        let of_messages =
            messages::Column::About.is_in(erase.references().into_iter().map(|about| about.0.to_vec()));
        messages::Entity::delete_many().filter(of_messages).exec(&tx).await?;
        if let Some(line) = &erase.log {
            operator_log::note(&tx, line).await?;
        }
        tx.0.commit().await?;
        Ok(())
    }
}

/// The oldest first: by it new entries are made.
pub(super) async fn keys(db: &impl ConnectionTrait) -> Result<Vec<ErasureKey>, TryError> {
    let rows = erasure_keys::Entity::find()
        .order_by_asc(erasure_keys::Column::CreatedAt)
        .order_by_asc(erasure_keys::Column::Name)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(key).collect::<Result<_, _>>()?)
}

/// At most so many entries after this HMAC, in the order of the HMACs.
pub(super) async fn after(
    db: &impl ConnectionTrait,
    hmac: Option<Digest>,
    limit: u64,
) -> Result<Vec<Erasure>, TryError> {
    let later = hmac.map(|hmac| entries::Column::Hmac.gt(hmac.0.to_vec()));
    let select = entries::Entity::find()
        .filter(Condition::all().add_option(later))
        .order_by_asc(entries::Column::Hmac)
        .limit(limit);
    let entry = |row: entries::Model| {
        Ok::<_, StoreError>(Erasure { hmac: digest(row.hmac)?, key: row.key_name, at: row.erased_at })
    };
    Ok(select.all(db).await?.into_iter().map(entry).collect::<Result<_, _>>()?)
}

fn key(row: erasure_keys::Model) -> Result<ErasureKey, StoreError> {
    Ok(ErasureKey { name: row.name, key: digest(row.secret_key)?, created_at: row.created_at })
}

pub(super) async fn add_key(db: &impl ConnectionTrait, key: &ErasureKey) -> Result<(), TryError> {
    let row = erasure_keys::Model {
        name: key.name.clone(),
        secret_key: key.key.0.to_vec(),
        created_at: key.created_at,
    };
    let name = erasure_keys::Column::Name;
    let there = OnConflict::column(name).do_nothing_on([name]).to_owned();
    let insert = erasure_keys::Entity::insert(row.into_active_model()).on_conflict(there);
    insert.exec_without_returning(db).await?;
    Ok(())
}

/// Adds entries; of one HMAC the later time stays.
pub(super) async fn add(db: &impl ConnectionTrait, entries: &[Erasure]) -> Result<(), TryError> {
    for entry in entries {
        let hmac = entry.hmac.0.to_vec();
        let there = entries::Entity::find_by_id(hmac.clone()).one(db).await?;
        let row = entries::Model { hmac, key_name: entry.key.clone(), erased_at: entry.at };
        match there {
            None => drop(entries::Entity::insert(row.into_active_model()).exec_without_returning(db).await?),
            Some(known) if known.erased_at < entry.at => {
                drop(row.into_active_model().reset_all().update(db).await?);
            }
            Some(_) => {}
        }
    }
    Ok(())
}

mod entries {
    #![expect(unreachable_pub, reason = "the derives of SeaORM make public types of public models")]

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "erasures")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub hmac: Vec<u8>,
        pub key_name: String,
        pub erased_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod erasure_keys {
    #![expect(unreachable_pub, reason = "the derives of SeaORM make public types of public models")]

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "erasure_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub secret_key: Vec<u8>,
        pub created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
