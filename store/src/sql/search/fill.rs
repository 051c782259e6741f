//! Users that were there before there was a search, taken in some at a time, each time in one transaction.

use std::collections::HashSet;

use identity::UserId;
use identity::search::{Entry, entry};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::write::insert_terms;
use crate::sql::Db;
use crate::sql::dialect::Dialect;
use crate::sql::entities::{search_fill, user_index};
use crate::sql::rows::{self, Claims};
use crate::try_error::TryError;

/// Users of one step.
const AT_ONCE: u32 = 100;

/// Takes in some; none when all are in. Whoever is written meanwhile is taken in by that; of two who take in the same
/// user, one waits and is told of the conflict.
pub(super) async fn some(dialect: Dialect, db: Db) -> Result<Option<u64>, TryError> {
    // Usually there is nothing to do: then nothing is locked.
    if search_fill::Entity::find_by_id(1).one(&db).await?.is_none() {
        return Ok(None);
    }
    let tx = dialect.begin(&db).await?;
    let Some(mark) = search_fill::Entity::find_by_id(1).one(&tx).await? else { return Ok(None) };
    let page = rows::page_of_users(mark.up_to.map(UserId), AT_ONCE);
    let users = rows::users(&tx.query_all(&page).await?, Claims::Read)?;
    let ids = users.iter().map(|user| user.id.0);
    let there = user_index::Entity::find().select_only().column(user_index::Column::UserId);
    let there = there.filter(user_index::Column::UserId.is_in(ids)).into_tuple::<Uuid>();
    let there: HashSet<Uuid> = there.all(&tx).await?.into_iter().collect();
    let missing: Vec<Entry> =
        users.iter().filter(|user| !there.contains(&user.id.0)).filter_map(entry).collect();
    let rows = missing.iter().map(|entry| user_index::Model::from(&entry.row).into_active_model());
    if !missing.is_empty() {
        user_index::Entity::insert_many(rows).exec_without_returning(&tx).await?;
    }
    for entry in &missing {
        insert_terms(&tx, entry.row.user.0, entry.terms.iter()).await?;
    }
    match users.last() {
        Some(last) => {
            let up_to = search_fill::Model { id: 1, up_to: Some(last.id.0) };
            let update = search_fill::Entity::update_many().set(up_to.into_active_model().reset_all());
            update.filter(search_fill::Column::Id.eq(1)).exec(&tx).await?;
        }
        None => {
            search_fill::Entity::delete_by_id(1).exec(&tx).await?;
        }
    }
    tx.0.commit().await?;
    Ok((!users.is_empty()).then_some(users.len() as u64))
}
