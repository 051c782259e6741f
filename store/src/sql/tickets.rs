//! The store of tickets in SQL.

use async_trait::async_trait;
use identity::{Digest, StoreError, Taken, Ticket, TicketKind, Tickets, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Value,
};
use uuid::Uuid;

use super::entities::tickets;
use super::text::{self, Text};
use super::try_error::once;
use super::{Db, Sql};
use crate::encoding::{digest, looked_at, open_ticket, seal_ticket, taken};
use crate::try_error::TryError;

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
        let work = |db| sign(db, me, Ours { kind, key, holder }, now);
        let row = match kind.is_lasting() {
            true => self.pool.write(work).await?,
            false => self.pool.write_lightly(work).await?,
        };
        Ok(taken(self.opened_ticket(kind, key, row)?, me))
    }

    async fn look(
        &self,
        kind: TicketKind,
        key: &Digest,
        holder: Option<&Digest>,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let ours = Ours { kind, key, holder };
        let find = || tickets::Entity::find().filter(ours.condition());
        let row = self.pool.read(|db| async move { Ok(find().one(&db).await?) }).await?;
        Ok(looked_at(self.opened_ticket(kind, key, row)?, now))
    }

    async fn spend(&self, ticket: &Ticket) -> Result<bool, StoreError> {
        let row = self.ticket_row(ticket, Some(Uuid::now_v7()))?;
        self.pool.write(|db| spend(db, row.clone())).await
    }

    async fn lease(
        &self,
        job: &Digest,
        holder: &Digest,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = self.ticket_row(&Ticket::of_job(job, holder, until), None)?;
        self.pool.write(|db| lease(db, row.clone(), now)).await
    }

    async fn renew(&self, job: &Digest, holder: &Digest, until: Timestamp) -> Result<bool, StoreError> {
        let ours = held(job, holder);
        self.pool.write(|db| renew(db, ours.clone(), until)).await
    }

    async fn release(&self, job: &Digest, holder: &Digest) -> Result<(), StoreError> {
        let delete = || tickets::Entity::delete_many().filter(held(job, holder));
        self.pool.write(|db| async move { Ok(delete().exec(&db).await.map(|_| ())?) }).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let delete = || tickets::Entity::delete_many().filter(tickets::Column::ExpiresAt.lte(now));
        self.pool.write(|db| async move { Ok(delete().exec(&db).await.map(|_| ())?) }).await
    }
}

impl Sql {
    /// The ticket of a row, and who has taken it; none where there is no row, or its secret is lost.
    fn opened_ticket(
        &self,
        kind: TicketKind,
        key: &Digest,
        row: Option<tickets::Model>,
    ) -> Result<Option<(Ticket, Option<Uuid>)>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        let ticket = Ticket {
            kind,
            key: *key,
            holder: row.holder.map(digest).transpose()?,
            content: Vec::new(),
            expires_at: row.expires_at,
        };
        Ok(open_ticket(&self.seal, &row.sealed, ticket).map(|ticket| (ticket, row.taken_by)))
    }

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

/// The ticket that this holder may take.
#[derive(Clone, Copy)]
struct Ours<'a> {
    kind: TicketKind,
    key: &'a Digest,
    holder: Option<&'a Digest>,
}

impl Ours<'_> {
    fn condition(self) -> Condition {
        let theirs = match self.holder {
            Some(holder) => tickets::Column::Holder.eq(holder.0.to_vec()),
            None => tickets::Column::Holder.is_null(),
        };
        of_key(self.kind, &self.key.0).add(theirs)
    }

    /// What stands in the condition.
    fn values(self) -> Vec<Value> {
        let kind: &str = self.kind.into();
        let holder = self.holder.map(|holder| holder.0.to_vec().into());
        [kind.into(), self.key.0.to_vec().into()].into_iter().chain(holder).collect()
    }
}

/// The row of a job while it is this holder's.
fn held(job: &Digest, holder: &Digest) -> Condition {
    of_key(TicketKind::Job, &job.0).add(tickets::Column::Holder.eq(holder.0.to_vec()))
}

/// Whose name stands there has the job. A holder's name is random, so it knows its own after a lost answer.
async fn lease(db: Db, row: tickets::Model, now: Timestamp) -> Result<bool, TryError> {
    let job = of_key(TicketKind::Job, &row.key);
    let (holder, until) = (row.holder.clone(), row.expires_at);
    let free = Condition::any()
        .add(tickets::Column::ExpiresAt.lte(now))
        .add(tickets::Column::Holder.eq(holder.clone()));
    tickets::Entity::update_many()
        .col_expr(tickets::Column::Holder, Expr::val(holder.clone()))
        .col_expr(tickets::Column::ExpiresAt, Expr::val(until))
        .filter(job.clone())
        .filter(free)
        .exec(&db)
        .await?;
    if tickets::Entity::find().filter(job.clone()).one(&db).await?.is_none() {
        once(tickets::Entity::insert(row.into_active_model()).exec_without_returning(&db).await)?;
    }
    let there = tickets::Entity::find().filter(job).one(&db).await?;
    Ok(there.is_some_and(|row| row.holder == holder))
}

async fn renew(db: Db, ours: Condition, until: Timestamp) -> Result<bool, TryError> {
    tickets::Entity::update_many()
        .col_expr(tickets::Column::ExpiresAt, Expr::val(until))
        .filter(ours.clone())
        .exec(&db)
        .await?;
    Ok(tickets::Entity::find().filter(ours).one(&db).await?.is_some())
}

/// A row that is there already is ours, after a lost answer: the key is random.
async fn issue(db: Db, row: tickets::Model, at_most: u32) -> Result<(), TryError> {
    let (kind, key, holder) = (row.kind.clone(), row.key.clone(), row.holder.clone());
    static INSERT: Text = Text::new();
    static SURPLUS: Text = Text::new();
    let row = row.into_active_model();
    let insert =
        INSERT.with(&db, text::values(row.clone()), || tickets::Entity::insert(row.clone()).into_query());
    once(db.execute_raw(insert).await)?;
    let Some(holder) = holder else { return Ok(()) };
    let others = || {
        Condition::all()
            .add(tickets::Column::Holder.eq(holder.clone()))
            .add(tickets::Column::Kind.eq(kind.clone()))
            .add(tickets::Column::Key.ne(key.clone()))
    };
    // The one that must go, if any, and with it those that expire before it.
    let (limit, offset) = (1_u64, u64::from(at_most.saturating_sub(1)));
    let values =
        vec![holder.clone().into(), kind.clone().into(), key.clone().into(), limit.into(), offset.into()];
    let surplus = SURPLUS.with(&db, values, || {
        tickets::Entity::find()
            .select_only()
            .column(tickets::Column::ExpiresAt)
            .filter(others())
            .order_by_desc(tickets::Column::ExpiresAt)
            .offset(offset)
            .limit(limit)
            .into_query()
    });
    if let Some(row) = db.query_one_raw(surplus).await? {
        let expires_at: Timestamp = row.try_get_by_index(0)?;
        let old = others().add(tickets::Column::ExpiresAt.lte(expires_at));
        tickets::Entity::delete_many().filter(old).exec(&db).await?;
    }
    Ok(())
}

async fn sign(db: Db, me: Uuid, ours: Ours<'_>, now: Timestamp) -> Result<Option<tickets::Model>, TryError> {
    // Without a holder the condition is another one.
    static SIGN: [Text; 2] = [const { Text::new() }; 2];
    static FIND: [Text; 2] = [const { Text::new() }; 2];
    let which = usize::from(ours.holder.is_some());
    let values = [me.into()].into_iter().chain(ours.values()).chain([now.into()]).collect();
    let sign = SIGN[which].with(&db, values, || {
        tickets::Entity::update_many()
            .col_expr(tickets::Column::TakenBy, Expr::val(me))
            .filter(ours.condition())
            .filter(tickets::Column::TakenBy.is_null())
            .filter(tickets::Column::ExpiresAt.gt(now))
            .into_query()
    });
    db.execute_raw(sign).await?;
    let values = ours.values().into_iter().chain([1_u64.into()]).collect();
    let find = FIND[which]
        .with(&db, values, || tickets::Entity::find().filter(ours.condition()).limit(1).into_query());
    let row = db.query_one_raw(find).await?;
    Ok(row.map(|row| tickets::Model::from_query_result(&row, "")).transpose()?)
}

/// Whether the row that is there is ours; also after a lost answer.
async fn spend(db: Db, row: tickets::Model) -> Result<bool, TryError> {
    let (kind, key, me) = (row.kind.clone(), row.key.clone(), row.taken_by);
    if once(tickets::Entity::insert(row.into_active_model()).exec_without_returning(&db).await)? {
        return Ok(true);
    }
    let there = tickets::Entity::find_by_id((kind, key)).one(&db).await?;
    Ok(there.is_some_and(|row| row.taken_by == me))
}
