//! The store of messages in SQL.

use async_trait::async_trait;
use identity::{
    Digest, LogLine, Message, MessageCount, MessageId, MessageName, MessageState, Messages, Senders,
    StoreError, Timestamp,
};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, UpdateMany,
};
use uuid::Uuid;

use super::entities::messages::{Column, Entity, Model};
use super::try_error::once;
use super::{Db, Sql, operator_log};
use crate::COUNTING;
use crate::encoding::{digest, open_message, seal_message};
use crate::sealed::Seal;
use crate::try_error::TryError;

#[async_trait]
impl Messages for Sql {
    async fn keep(&self, message: &Message) -> Result<Message, StoreError> {
        let row = row(&self.seal, message)?;
        let there = self.pool.write(|db| keep(db, row.clone())).await?;
        message_of(there, None)
    }

    async fn put(&self, message: &Message, line: Option<&LogLine>) -> Result<bool, StoreError> {
        let content = message.content.as_deref();
        let sealed = content.map(|content| seal_message(&self.seal, message.id, content)).transpose()?;
        let update = update(message, sealed.as_deref(), Uuid::now_v7());
        self.pool.write(|db| self.put_message(db, &update, line)).await
    }

    async fn find(&self, name: &MessageName) -> Result<Option<Message>, StoreError> {
        let which = match name {
            MessageName::Id(id) => Column::Id.eq(id.0),
            MessageName::Sender { provider, id } => {
                Column::Key.eq(identity::message_key(provider, id).0.to_vec())
            }
        };
        let find = || Entity::find().filter(which.clone());
        let row = self.pool.read(|db| async move { Ok(find().one(&db).await?) }).await?;
        row.map(|row| opened(&self.seal, row)).transpose()
    }

    async fn due(
        &self,
        senders: Senders<'_>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let theirs = match senders {
            Senders::One(provider) => Column::Provider.eq(provider),
            Senders::Others(providers) => Column::Provider.is_not_in(providers),
        };
        let due = || {
            Entity::find()
                .filter(theirs.clone())
                .filter(Column::State.eq(MessageState::Waiting.to_string()))
                .filter(Column::DueAt.lte(now))
                .order_by_asc(Column::DueAt)
                .limit(u64::from(limit))
        };
        let rows = self.pool.read(|db| async move { Ok(due().all(&db).await?) }).await?;
        rows.into_iter().map(|row| opened(&self.seal, row)).collect()
    }

    async fn page(
        &self,
        states: &[MessageState],
        provider: Option<&str>,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let which = Condition::all()
            .add(Column::State.is_in(states.iter().map(ToString::to_string)))
            .add_option(provider.map(|provider| Column::Provider.eq(provider)))
            .add_option(after.map(|after| Column::Id.gt(after.0)));
        let page =
            || without_content().filter(which.clone()).order_by_asc(Column::Id).limit(u64::from(limit));
        let rows = self.pool.read(|db| async move { Ok(page().all(&db).await?) }).await?;
        rows.into_iter().map(|row| message_of(row, None)).collect()
    }

    async fn about(
        &self,
        about: &[Digest],
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let which = Condition::all()
            .add(Column::About.is_in(about.iter().map(|one| one.0.to_vec())))
            .add_option(before.map(|before| Column::Id.lt(before.0)));
        let page =
            || without_content().filter(which.clone()).order_by_desc(Column::Id).limit(u64::from(limit));
        let rows = self.pool.read(|db| async move { Ok(page().all(&db).await?) }).await?;
        rows.into_iter().map(|row| message_of(row, None)).collect()
    }

    async fn counts(&self) -> Result<Vec<MessageCount>, StoreError> {
        let counts = || {
            Entity::find()
                .select_only()
                .column(Column::Provider)
                .column(Column::State)
                .column_as(Column::Id.count(), "count")
                .column_as(Column::ReceivedAt.max(), "last")
                .group_by(Column::Provider)
                .group_by(Column::State)
                .order_by_asc(Column::Provider)
                .order_by_asc(Column::State)
                .into_tuple::<(String, String, i64, Timestamp)>()
        };
        let rows = self.pool.read_for(COUNTING, |db| async move { Ok(counts().all(&db).await?) }).await?;
        let count = |(provider, state, count, last_received_at): (String, String, i64, Timestamp)| {
            Ok(MessageCount {
                provider,
                state: state.parse().map_err(StoreError::unreadable)?,
                count: count.try_into().map_err(StoreError::unreadable)?,
                last_received_at,
            })
        };
        rows.into_iter().map(count).collect()
    }

    async fn gone_at(&self, about: &Digest) -> Result<Option<Timestamp>, StoreError> {
        let newest = || {
            Entity::find()
                .select_only()
                .column(Column::GoneAt)
                .filter(Column::About.eq(about.0.to_vec()))
                .filter(Column::GoneAt.is_not_null())
                .filter(Column::State.eq(MessageState::Processed.to_string()))
                .order_by_desc(Column::GoneAt)
                .limit(1)
                .into_tuple::<Timestamp>()
        };
        self.pool.read(|db| async move { Ok(newest().one(&db).await?) }).await
    }

    async fn forget(&self, id: MessageId) -> Result<(), StoreError> {
        let delete = || Entity::delete_by_id(id.0);
        self.pool.write(|db| async move { Ok(delete().exec(&db).await.map(drop)?) }).await
    }

    async fn sweep_messages(&self, before: Timestamp) -> Result<(), StoreError> {
        let delete = || Entity::delete_many().filter(Column::ReceivedAt.lt(before));
        self.pool.write(|db| async move { Ok(delete().exec(&db).await.map(drop)?) }).await
    }
}

/// The row of a message with its content.
pub(super) fn row(seal: &Seal, message: &Message) -> Result<Model, StoreError> {
    let Message { content, .. } = message;
    Ok(Model {
        id: message.id.0,
        key: message.key().0.to_vec(),
        provider: message.provider.clone(),
        sender_id: message.sender_id.clone(),
        kind: message.kind.clone(),
        about: message.about.map(|about| about.0.to_vec()),
        gone_at: message.gone_at,
        received_at: message.received_at,
        state: message.state.to_string(),
        reason: message.reason.clone(),
        is_approved: message.is_approved,
        tries: message.tries,
        due_at: message.due_at,
        version: message.version,
        written_by: None,
        sealed: seal_message(seal, message.id, content.as_deref().unwrap_or_default())?,
    })
}

/// The message of a whole row.
pub(super) fn opened(seal: &Seal, row: Model) -> Result<Message, StoreError> {
    let content = open_message(seal, MessageId(row.id), &row.sealed);
    message_of(row, content)
}

/// Rows whose content is left out: it may be large.
fn without_content() -> Select<Entity> {
    let nothing = Expr::val(Vec::<u8>::new());
    Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::Key,
            Column::Provider,
            Column::SenderId,
            Column::Kind,
            Column::About,
            Column::GoneAt,
            Column::ReceivedAt,
            Column::State,
            Column::Reason,
            Column::IsApproved,
            Column::Tries,
            Column::DueAt,
            Column::Version,
            Column::WrittenBy,
        ])
        .column_as(nothing, "sealed")
}

fn message_of(row: Model, content: Option<Vec<u8>>) -> Result<Message, StoreError> {
    Ok(Message {
        id: MessageId(row.id),
        provider: row.provider,
        sender_id: row.sender_id,
        kind: row.kind,
        about: row.about.map(digest).transpose()?,
        gone_at: row.gone_at,
        received_at: row.received_at,
        state: row.state.parse().map_err(StoreError::unreadable)?,
        reason: row.reason,
        is_approved: row.is_approved,
        tries: row.tries,
        due_at: row.due_at,
        version: row.version,
        content,
    })
}

/// The row that is there then.
async fn keep(db: Db, row: Model) -> Result<Model, TryError> {
    let key = row.key.clone();
    if once(Entity::insert(row.clone().into_active_model()).exec_without_returning(&db).await)? {
        return Ok(row);
    }
    match without_content().filter(Column::Key.eq(key)).one(&db).await? {
        Some(there) => Ok(there),
        // Forgotten since.
        None => Err(TryError::Conflict(crate::try_error::Moved.into())),
    }
}

/// A message's write over the version before it.
struct Update {
    id: Uuid,
    version: i64,
    /// Whoever writes it, under a name of their own.
    written_by: Uuid,
    update: UpdateMany<Entity>,
}

fn update(message: &Message, sealed: Option<&[u8]>, written_by: Uuid) -> Update {
    let mut update = Entity::update_many()
        .col_expr(Column::Kind, Expr::val(message.kind.clone()))
        .col_expr(Column::About, Expr::val(message.about.map(|about| about.0.to_vec())))
        .col_expr(Column::GoneAt, Expr::val(message.gone_at))
        .col_expr(Column::State, Expr::val(message.state.to_string()))
        .col_expr(Column::Reason, Expr::val(message.reason.clone()))
        .col_expr(Column::IsApproved, Expr::val(message.is_approved))
        .col_expr(Column::Tries, Expr::val(message.tries))
        .col_expr(Column::DueAt, Expr::val(message.due_at))
        .col_expr(Column::Version, Expr::val(message.version))
        .col_expr(Column::WrittenBy, Expr::val(written_by));
    if let Some(sealed) = sealed {
        update = update.col_expr(Column::Sealed, Expr::val(sealed.to_vec()));
    }
    let before = Column::Id.eq(message.id.0).and(Column::Version.eq(message.version - 1));
    Update { id: message.id.0, version: message.version, written_by, update: update.filter(before) }
}

impl Sql {
    /// Whether the version that is there now is ours; also after a lost answer.
    async fn put_message(&self, db: Db, update: &Update, line: Option<&LogLine>) -> Result<bool, TryError> {
        let tx = self.pool.dialect().begin(&db).await?;
        if update.update.clone().exec(&tx).await?.rows_affected == 1 {
            if let Some(line) = line {
                operator_log::note(&tx, line).await?;
            }
            tx.0.commit().await?;
            return Ok(true);
        }
        let ours = Entity::find()
            .filter(Column::Id.eq(update.id))
            .filter(Column::Version.eq(update.version))
            .filter(Column::WrittenBy.eq(update.written_by));
        let is_ours = ours.count(&tx).await? == 1;
        tx.0.rollback().await?;
        Ok(is_ours)
    }
}
