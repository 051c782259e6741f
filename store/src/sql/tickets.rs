//! The store of tickets in SQL.

use async_trait::async_trait;
use identity::{Digest, StoreError, Taken, Ticket, TicketKind, Tickets, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::entities::tickets;
use super::fault::once;
use super::{Db, Sql};
use crate::fault::Fault;
use crate::record::{digest, open_ticket, seal_ticket};

#[async_trait]
impl Tickets for Sql {
    async fn issue(&self, ticket: &Ticket, at_most: u32) -> Result<(), StoreError> {
        let row = self.ticket_row(ticket, None)?;
        let work = |db| issue(db, row.clone(), at_most);
        match ticket.kind.is_lasting() {
            true => self.pool.write(work).await,
            false => self.pool.write_lightly(work).await,
        }
    }

    /// The caller signs the row, if nobody has; whose name stands there has it. Asked again after a lost
    /// answer, the same caller has it still.
    async fn take(
        &self,
        kind: TicketKind,
        key: &Digest,
        holder: Option<&Digest>,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let me = Uuid::now_v7();
        let theirs = match holder {
            Some(holder) => tickets::Column::Holder.eq(holder.0.to_vec()),
            None => tickets::Column::Holder.is_null(),
        };
        let ours = of_key(kind, &key.0).add(theirs);
        let work = |db| sign(db, me, ours.clone(), now);
        let row = match kind.is_lasting() {
            true => self.pool.write(work).await?,
            false => self.pool.write_lightly(work).await?,
        };
        let Some(row) = row else { return Ok(Taken::Unknown) };
        let ticket = Ticket {
            kind,
            key: *key,
            holder: row.holder.map(digest).transpose()?,
            content: Vec::new(),
            expires_at: row.expires_at,
        };
        let Some(ticket) = open_ticket(&self.seal, &row.sealed, ticket) else { return Ok(Taken::Unknown) };
        Ok(match row.taken_by {
            Some(taker) if taker == me => Taken::Ours(ticket),
            Some(_) => Taken::Used(ticket),
            None => Taken::Expired(ticket),
        })
    }

    async fn spend(&self, ticket: &Ticket) -> Result<bool, StoreError> {
        let row = self.ticket_row(ticket, Some(Uuid::now_v7()))?;
        self.pool.write(|db| spend(db, row.clone())).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let delete = || tickets::Entity::delete_many().filter(tickets::Column::ExpiresAt.lte(now));
        self.pool.write(|db| async move { Ok(delete().exec(&db).await.map(|_| ())?) }).await
    }
}

impl Sql {
    fn ticket_row(&self, ticket: &Ticket, taken_by: Option<Uuid>) -> Result<tickets::Model, StoreError> {
        Ok(tickets::Model {
            kind: ticket.kind.to_string(),
            key: ticket.key.0.to_vec(),
            holder: ticket.holder.map(|holder| holder.0.to_vec()),
            sealed: seal_ticket(&self.seal, ticket)?,
            taken_by,
            expires_at: ticket.expires_at,
        })
    }
}

fn of_key(kind: TicketKind, key: &[u8]) -> Condition {
    let kind: &str = kind.into();
    Condition::all().add(tickets::Column::Kind.eq(kind)).add(tickets::Column::Key.eq(key.to_vec()))
}

/// A row that is there already is ours, after a lost answer: the key is random.
async fn issue(db: Db, row: tickets::Model, at_most: u32) -> Result<(), Fault> {
    let (kind, key, holder) = (row.kind.clone(), row.key.clone(), row.holder.clone());
    once(tickets::Entity::insert(row.into_active_model()).exec_without_returning(&db).await)?;
    let Some(holder) = holder else { return Ok(()) };
    let others = Condition::all()
        .add(tickets::Column::Holder.eq(holder))
        .add(tickets::Column::Kind.eq(kind))
        .add(tickets::Column::Key.ne(key));
    // The one that must go, if any, and with it those that expire before it.
    let surplus = tickets::Entity::find()
        .select_only()
        .column(tickets::Column::ExpiresAt)
        .filter(others.clone())
        .order_by_desc(tickets::Column::ExpiresAt)
        .offset(u64::from(at_most.saturating_sub(1)))
        .limit(1);
    if let Some(expires_at) = surplus.into_tuple::<Timestamp>().one(&db).await? {
        let old = others.add(tickets::Column::ExpiresAt.lte(expires_at));
        tickets::Entity::delete_many().filter(old).exec(&db).await?;
    }
    Ok(())
}

async fn sign(db: Db, me: Uuid, ours: Condition, now: Timestamp) -> Result<Option<tickets::Model>, Fault> {
    tickets::Entity::update_many()
        .col_expr(tickets::Column::TakenBy, Expr::val(me))
        .filter(ours.clone())
        .filter(tickets::Column::TakenBy.is_null())
        .filter(tickets::Column::ExpiresAt.gt(now))
        .exec(&db)
        .await?;
    Ok(tickets::Entity::find().filter(ours).one(&db).await?)
}

/// Whether the row that is there is ours; also after a lost answer.
async fn spend(db: Db, row: tickets::Model) -> Result<bool, Fault> {
    let (kind, key, me) = (row.kind.clone(), row.key.clone(), row.taken_by);
    if once(tickets::Entity::insert(row.into_active_model()).exec_without_returning(&db).await)? {
        return Ok(true);
    }
    let there = tickets::Entity::find_by_id((kind, key)).one(&db).await?;
    Ok(there.is_some_and(|row| row.taken_by == me))
}
