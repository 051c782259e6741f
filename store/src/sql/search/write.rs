//! The entry of a user, written with the user in one transaction. A log-in that changes nothing writes one column.

use identity::User;
use identity::search::{Entry, entry, is_alike, seen_at};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait,
};

use crate::sql::Tx;
use crate::sql::entities::{search_terms, user_index};
use crate::sql::text::Text;
use crate::try_error::TryError;

/// Terms of one statement.
const AT_ONCE: usize = 500;

/// Brings the entry of a user from what it was to what it is.
pub(crate) async fn write_entry(tx: &Tx, before: Option<&User>, user: &User) -> Result<(), TryError> {
    if let Some(before) = before
        && is_alike(before, user)
    {
        return note_login(tx, before, user).await;
    }
    let (was, now) = match (before.and_then(entry), entry(user)) {
        (Some(was), Some(now)) if was == now => return Ok(()),
        (Some(was), Some(now)) => (was, now),
        (None, Some(now)) => return insert(tx, &now).await,
        (Some(_), None) => return delete(tx, user).await,
        (None, None) => return Ok(()),
    };
    let row = user_index::Model::from(&now.row).into_active_model().reset_all();
    let update = user_index::Entity::update_many().set(row).filter(user_index::Column::UserId.eq(user.id.0));
    if update.exec(tx).await?.rows_affected == 0 {
        return insert(tx, &now).await;
    }
    let gone: Vec<Vec<u8>> = was.terms.difference(&now.terms).map(|term| term.clone().into_bytes()).collect();
    for gone in gone.chunks(AT_ONCE) {
        search_terms::Entity::delete_many()
            .filter(search_terms::Column::UserId.eq(user.id.0))
            .filter(search_terms::Column::Term.is_in(gone.iter().cloned()))
            .exec(tx)
            .await?;
    }
    insert_terms(tx, user.id.0, now.terms.difference(&was.terms)).await
}

async fn delete(tx: &Tx, user: &User) -> Result<(), TryError> {
    let of_user = search_terms::Column::UserId.eq(user.id.0);
    search_terms::Entity::delete_many().filter(of_user).exec(tx).await?;
    user_index::Entity::delete_by_id(user.id.0).exec(tx).await?;
    Ok(())
}

async fn note_login(tx: &Tx, before: &User, user: &User) -> Result<(), TryError> {
    if seen_at(before) == seen_at(user) {
        return Ok(());
    }
    static UPDATE: Text = Text::new();
    let update = UPDATE.with(tx, vec![seen_at(user).into(), user.id.0.into()], || {
        let seen_at = Expr::val(seen_at(user));
        let update = user_index::Entity::update_many().col_expr(user_index::Column::SeenAt, seen_at);
        update.filter(user_index::Column::UserId.eq(user.id.0)).into_query()
    });
    match tx.execute_raw(update).await?.rows_affected() {
        // Not taken in yet.
        0 => match entry(user) {
            Some(entry) => insert(tx, &entry).await,
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

async fn insert(tx: &Tx, entry: &Entry) -> Result<(), TryError> {
    insert_all(tx, std::slice::from_ref(entry)).await
}

/// The entries of users who have none yet.
pub(crate) async fn insert_entries(tx: &Tx, users: &[&User]) -> Result<(), TryError> {
    let entries: Vec<Entry> = users.iter().filter_map(|user| entry(user)).collect();
    match entries.is_empty() {
        true => Ok(()),
        false => insert_all(tx, &entries).await,
    }
}

async fn insert_all(tx: &Tx, entries: &[Entry]) -> Result<(), TryError> {
    let rows: Vec<_> =
        entries.iter().map(|entry| user_index::Model::from(&entry.row).into_active_model()).collect();
    user_index::Entity::insert_many(rows).exec_without_returning(tx).await?;
    let mut rows = Vec::new();
    for entry in entries {
        rows.extend(entry.terms.iter().map(|term| term_row(entry.row.user.0, term)));
    }
    insert_term_rows(tx, rows).await
}

/// A term that is there already is no fault: whoever wrote it said the same.
pub(super) async fn insert_terms<'a>(
    tx: &Tx,
    user: uuid::Uuid,
    terms: impl Iterator<Item = &'a String>,
) -> Result<(), TryError> {
    insert_term_rows(tx, terms.map(|term| term_row(user, term)).collect()).await
}

fn term_row(user_id: uuid::Uuid, term: &str) -> search_terms::ActiveModel {
    search_terms::Model { term: term.as_bytes().to_vec(), user_id }.into_active_model()
}

async fn insert_term_rows(tx: &Tx, rows: Vec<search_terms::ActiveModel>) -> Result<(), TryError> {
    for rows in rows.chunks(AT_ONCE) {
        let key = [search_terms::Column::Term, search_terms::Column::UserId];
        let there = OnConflict::columns(key).do_nothing_on(key).to_owned();
        let insert = search_terms::Entity::insert_many(rows.iter().cloned()).on_conflict(there);
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}
