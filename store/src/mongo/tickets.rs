//! The store of tickets in MongoDB.

use async_trait::async_trait;
use identity::{Digest, StoreError, Taken, Ticket, TicketKind, Tickets, Timestamp};
use mongodb::bson::{Document, Uuid, doc};
use mongodb::options::{Acknowledgment, WriteConcern};

use super::Mongo;
use super::documents::{TicketDocument, TicketKey, Time, bytes};
use super::try_error::once;
use crate::encoding::{digest, looked_at, open_ticket, seal_ticket, taken};
use crate::try_error::TryError;

#[async_trait]
impl Tickets for Mongo {
    async fn issue(&self, ticket: &Ticket, at_most: u32) -> Result<(), StoreError> {
        let document = self.ticket_document(ticket, None)?;
        self.write(|| self.issue_once(ticket.kind, &document, at_most)).await
    }

    /// The caller signs the document, if nobody has; whose name stands there has it. Asked again after a
    /// lost answer, the same caller has it still.
    async fn take(
        &self,
        kind: TicketKind,
        key: &Digest,
        holder: Option<&Digest>,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let me = Uuid::new();
        let ours = held_by(kind, key, holder);
        let found = self.write(|| self.sign(kind, me, ours.clone(), now)).await?;
        Ok(taken(self.opened_ticket(kind, key, found)?, me))
    }

    async fn look(
        &self,
        kind: TicketKind,
        key: &Digest,
        holder: Option<&Digest>,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let ours = held_by(kind, key, holder);
        let found = self.read(async { Ok(self.tickets.find_one(ours).await?) }).await?;
        Ok(looked_at(self.opened_ticket(kind, key, found)?, now))
    }

    async fn spend(&self, ticket: &Ticket) -> Result<bool, StoreError> {
        let document = self.ticket_document(ticket, Some(Uuid::new()))?;
        self.write(|| self.spend_once(&document)).await
    }

    async fn lease(
        &self,
        job: &Digest,
        holder: &Digest,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let document = self.ticket_document(&Ticket::of_job(job, holder, until), None)?;
        self.write(|| self.lease_job(&document, now)).await
    }

    async fn renew(&self, job: &Digest, holder: &Digest, until: Timestamp) -> Result<bool, StoreError> {
        let later = doc! { "$set": { "expires_at": Time(until) } };
        self.write(|| async {
            let updated = self.tickets.update_one(held(job, holder), later.clone()).await?;
            Ok(updated.matched_count > 0)
        })
        .await
    }

    async fn release(&self, job: &Digest, holder: &Digest) -> Result<(), StoreError> {
        let delete = || async { Ok(self.tickets.delete_one(held(job, holder)).await.map(|_| ())?) };
        self.write(delete).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let over = doc! { "expires_at": { "$lte": Time(now) } };
        self.write(|| async { Ok(self.tickets.delete_many(over.clone()).await.map(|_| ())?) }).await
    }
}

impl Mongo {
    /// The ticket of a document, and who has taken it; none where there is no document, or its secret is lost.
    fn opened_ticket(
        &self,
        kind: TicketKind,
        key: &Digest,
        document: Option<TicketDocument>,
    ) -> Result<Option<(Ticket, Option<Uuid>)>, StoreError> {
        let Some(document) = document else { return Ok(None) };
        let ticket = Ticket {
            kind,
            key: *key,
            holder: document.holder.map(|holder| digest(holder.bytes)).transpose()?,
            content: Vec::new(),
            expires_at: document.expires_at.0,
        };
        let ticket = open_ticket(&self.seal, &document.sealed.bytes, ticket);
        Ok(ticket.map(|ticket| (ticket, document.taken_by)))
    }

    fn ticket_document(&self, ticket: &Ticket, taken_by: Option<Uuid>) -> Result<TicketDocument, StoreError> {
        Ok(TicketDocument {
            key: TicketKey::new(ticket.kind, &ticket.key),
            holder: ticket.holder.map(|holder| bytes(holder.0)),
            sealed: bytes(seal_ticket(&self.seal, ticket)?),
            taken_by,
            expires_at: Time(ticket.expires_at),
        })
    }

    /// A document that is there already is ours, after a lost answer: the key is random.
    async fn issue_once(
        &self,
        kind: TicketKind,
        document: &TicketDocument,
        at_most: u32,
    ) -> Result<(), TryError> {
        once(self.tickets.insert_one(document).write_concern(concern(kind)).await)?;
        let Some(holder) = &document.holder else { return Ok(()) };
        let others = doc! { "holder": holder, "_id.kind": kind.to_string(), "_id": { "$ne": &document.key } };
        let surplus = self.tickets.find_one(others.clone()).sort(doc! { "expires_at": -1 });
        let surplus = surplus.skip(at_most.saturating_sub(1).into()).await?;
        if let Some(surplus) = surplus {
            let mut old = others;
            old.insert("expires_at", doc! { "$lte": surplus.expires_at });
            self.tickets.delete_many(old).await?;
        }
        Ok(())
    }

    /// Whose name stands there has the job. A holder's name is random, so it knows its own after a lost answer.
    async fn lease_job(&self, ours: &TicketDocument, now: Timestamp) -> Result<bool, TryError> {
        let free =
            doc! { "$or": [{ "expires_at": { "$lte": Time(now) } }, { "holder": ours.holder.clone() }] };
        let mut job = doc! { "_id": &ours.key };
        job.extend(free);
        let taken = doc! { "$set": { "holder": ours.holder.clone(), "expires_at": ours.expires_at } };
        if self.tickets.update_one(job, taken).await?.matched_count == 0 {
            once(self.tickets.insert_one(ours).await)?;
        }
        let there = self.tickets.find_one(doc! { "_id": &ours.key }).await?;
        Ok(there.is_some_and(|there| there.holder == ours.holder))
    }

    async fn sign(
        &self,
        kind: TicketKind,
        me: Uuid,
        ours: Document,
        now: Timestamp,
    ) -> Result<Option<TicketDocument>, TryError> {
        let mut free = ours.clone();
        free.insert("taken_by", None::<Uuid>);
        free.insert("expires_at", doc! { "$gt": Time(now) });
        let signed = doc! { "$set": { "taken_by": me } };
        self.tickets.update_one(free, signed).write_concern(concern(kind)).await?;
        Ok(self.tickets.find_one(ours).await?)
    }

    /// Whether the document that is there is ours; also after a lost answer.
    async fn spend_once(&self, ours: &TicketDocument) -> Result<bool, TryError> {
        if once(self.tickets.insert_one(ours).await)? {
            return Ok(true);
        }
        let there = self.tickets.find_one(doc! { "_id": &ours.key }).await?;
        Ok(there.is_some_and(|there| there.taken_by == ours.taken_by))
    }
}

/// The document of a ticket that this holder may take.
fn held_by(kind: TicketKind, key: &Digest, holder: Option<&Digest>) -> Document {
    doc! { "_id": TicketKey::new(kind, key), "holder": holder.map(|holder| bytes(holder.0)) }
}

/// The document of a job while it is this holder's.
fn held(job: &Digest, holder: &Digest) -> Document {
    doc! { "_id": TicketKey::new(TicketKind::Job, job), "holder": bytes(holder.0) }
}

/// What need not survive a loss of power does not wait for the journal.
fn concern(kind: TicketKind) -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(kind.is_lasting()).build()
}
