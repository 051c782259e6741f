//! Records written, many rows a statement.

use identity::{Record, User};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use crate::encoding::ChangesRow;
use crate::sql::entities::{changes, entries, identities, link_rules, messages, runs};
use crate::sql::{
    Sql, Tx, erasures, link_rules as link_rules_store, messages as messages_store, operator_log, search,
    users,
};
use crate::try_error::TryError;

impl Sql {
    pub(super) async fn put_records(&self, records: &[Record]) -> Result<(), TryError> {
        let tx = self.pool.dialect().begin(&self.pool.current()).await?;
        let of = |record: &Record| std::mem::discriminant(record);
        for some in records.chunk_by(|one, other| of(one) == of(other)) {
            self.put_alike(&tx, some).await?;
        }
        tx.0.commit().await?;
        Ok(())
    }

    /// Records of one kind.
    async fn put_alike(&self, tx: &Tx, records: &[Record]) -> Result<(), TryError> {
        let mut put = Rows::default();
        for record in records {
            match record {
                Record::User(user) => put.users.push(user),
                Record::Changes(one) => {
                    let row = changes::Model::new(one.user, ChangesRow::try_from(&**one)?);
                    put.changes.push(row.into_active_model());
                }
                Record::Run(run) => put.runs.push(runs::Model::new(run)?.into_active_model()),
                Record::Entry(entry) => put.entries.push(entries::Model::new(entry)?.into_active_model()),
                Record::Log(line) => operator_log::note(tx, line).await?,
                Record::LinkRule(rule) => put.rules.push(link_rules_store::row(rule)?.into_active_model()),
                Record::Message(message) => {
                    let row = messages_store::row(&self.seal, message)?;
                    put.messages.push(row.into_active_model());
                }
                Record::ErasureKey(key) => erasures::add_key(tx, key).await?,
                Record::Erasure(entry) => erasures::add(tx, std::slice::from_ref(entry)).await?,
            }
        }
        put_users(tx, &put.users).await?;
        put_all::<changes::Entity, _>(tx, put.changes).await?;
        put_all::<runs::Entity, _>(tx, put.runs).await?;
        put_all::<entries::Entity, _>(tx, put.entries).await?;
        put_all::<link_rules::Entity, _>(tx, put.rules).await?;
        put_all::<messages::Entity, _>(tx, put.messages).await
    }
}

#[derive(Default)]
struct Rows<'a> {
    users: Vec<&'a User>,
    changes: Vec<changes::ActiveModel>,
    runs: Vec<runs::ActiveModel>,
    entries: Vec<entries::ActiveModel>,
    rules: Vec<link_rules::ActiveModel>,
    messages: Vec<messages::ActiveModel>,
}

async fn put_users(tx: &Tx, all: &[&User]) -> Result<(), TryError> {
    if all.is_empty() {
        return Ok(());
    }
    users::insert(tx, all).await?;
    let mut rows = Vec::new();
    for user in all {
        for one in &user.identities {
            rows.push(identities::Model::new(user.id, one)?.into_active_model());
        }
    }
    put_all::<identities::Entity, _>(tx, rows).await?;
    search::insert_entries(tx, all).await
}

async fn put_all<E, A>(tx: &Tx, rows: Vec<A>) -> Result<(), TryError>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
{
    if !rows.is_empty() {
        E::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}
