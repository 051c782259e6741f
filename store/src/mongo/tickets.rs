//! The store of tickets in MongoDB.

use async_trait::async_trait;
use identity::{Digest, StoreError, Taken, Ticket, TicketKind, Tickets, Timestamp};
use mongodb::bson::{Document, Uuid, doc};
use mongodb::options::{Acknowledgment, WriteConcern};

use super::Mongo;
use super::documents::{TicketDocument, TicketKey, Time, bytes};
use super::fault::once;
use crate::fault::Fault;
use crate::record::{digest, open_ticket, seal_ticket};

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
        let ours = doc! { "_id": TicketKey::new(kind, key), "holder": holder.map(|holder| bytes(holder.0)) };
        let found = self.write(|| self.sign(kind, me, ours.clone(), now)).await?;
        let Some(document) = found else { return Ok(Taken::Unknown) };
        let ticket = Ticket {
            kind,
            key: *key,
            holder: document.holder.map(|holder| digest(holder.bytes)).transpose()?,
            content: Vec::new(),
            expires_at: document.expires_at.0,
        };
        let Some(ticket) = open_ticket(&self.seal, &document.sealed.bytes, ticket) else {
            return Ok(Taken::Unknown);
        };
        Ok(match document.taken_by {
            Some(taker) if taker == me => Taken::Ours(ticket),
            Some(_) => Taken::Used(ticket),
            None => Taken::Expired(ticket),
        })
    }

    async fn spend(&self, ticket: &Ticket) -> Result<bool, StoreError> {
        let document = self.ticket_document(ticket, Some(Uuid::new()))?;
        self.write(|| self.spend_once(&document)).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let over = doc! { "expires_at": { "$lte": Time(now) } };
        self.write(|| async { Ok(self.tickets.delete_many(over.clone()).await.map(|_| ())?) }).await
    }
}

impl Mongo {
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
    ) -> Result<(), Fault> {
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

    async fn sign(
        &self,
        kind: TicketKind,
        me: Uuid,
        ours: Document,
        now: Timestamp,
    ) -> Result<Option<TicketDocument>, Fault> {
        let mut free = ours.clone();
        free.insert("taken_by", None::<Uuid>);
        free.insert("expires_at", doc! { "$gt": Time(now) });
        let signed = doc! { "$set": { "taken_by": me } };
        self.tickets.update_one(free, signed).write_concern(concern(kind)).await?;
        Ok(self.tickets.find_one(ours).await?)
    }

    /// Whether the document that is there is ours; also after a lost answer.
    async fn spend_once(&self, ours: &TicketDocument) -> Result<bool, Fault> {
        if once(self.tickets.insert_one(ours).await)? {
            return Ok(true);
        }
        let there = self.tickets.find_one(doc! { "_id": &ours.key }).await?;
        Ok(there.is_some_and(|there| there.taken_by == ours.taken_by))
    }
}

/// What need not survive a loss of power does not wait for the journal.
fn concern(kind: TicketKind) -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(kind.is_lasting()).build()
}
