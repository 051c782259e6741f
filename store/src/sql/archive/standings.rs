//! Who is there in which state, and who is to be read again, for what was read without a transaction.

use identity::UserId;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::encoding::digest;
use crate::scratch::Standings;
use crate::sql::Sql;
use crate::sql::entities::{identities, users};
use crate::try_error::TryError;

impl Sql {
    /// The users after one, up to another and with that one.
    pub(crate) async fn standings(
        &self,
        after: Option<UserId>,
        to: Option<UserId>,
    ) -> Result<Standings, TryError> {
        let db = self.pool.current();
        let versions = users::Entity::find().select_only().column(users::Column::Id);
        let versions = versions.column(users::Column::Version).filter(within(users::Column::Id, after, to));
        let versions: Vec<(Uuid, i64)> = versions.into_tuple().all(&db).await?;
        let mut all: Standings =
            versions.into_iter().map(|(id, version)| (UserId(id), (version, Default::default()))).collect();
        let keys = identities::Entity::find().select_only().column(identities::Column::UserId);
        let theirs = within(identities::Column::UserId, after, to);
        let keys = keys.column(identities::Column::Key).filter(theirs);
        let keys: Vec<(Uuid, Vec<u8>)> = keys.into_tuple().all(&db).await?;
        for (user, key) in keys {
            if let Some((_, known)) = all.get_mut(&UserId(user)) {
                known.insert(digest(key)?);
            }
        }
        Ok(all)
    }

    /// Takes users away with all that is theirs.
    pub(crate) async fn forget_users(&self, some: &[UserId]) -> Result<(), TryError> {
        let ids = some.iter().map(|id| id.0);
        users::Entity::delete_many().filter(users::Column::Id.is_in(ids)).exec(&self.pool.current()).await?;
        Ok(())
    }
}

fn within(id: impl ColumnTrait, after: Option<UserId>, to: Option<UserId>) -> Condition {
    Condition::all().add_option(after.map(|after| id.gt(after.0))).add_option(to.map(|to| id.lte(to.0)))
}
