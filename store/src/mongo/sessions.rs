//! The store of sessions in MongoDB.

use async_trait::async_trait;
use chrono::Utc;
use identity::{
    Access, Attempt, Digest, Lease, Session, Sessions, StoreError, Taken, Timestamp, Tokens, User, UserId,
};
use mongodb::bson::{Document, Uuid, doc};

use super::Mongo;
use super::documents::{SessionDocument, Time, UserDocument, bytes, uuid};
use super::fault::once;
use crate::fault::Fault;
use crate::key::key;
use crate::lease::waited;
use crate::record::{seal_tokens, to_text};

#[async_trait]
impl Sessions for Mongo {
    async fn remember(&self, attempt: &Attempt) -> Result<(), StoreError> {
        self.remember_attempt(attempt).await
    }

    async fn take(&self, state: &Digest, browser: &Digest, now: Timestamp) -> Result<Taken, StoreError> {
        self.take_attempt(state, browser, now).await
    }

    async fn spend(&self, issuer: &str, jti: &str, expires_at: Timestamp) -> Result<bool, StoreError> {
        self.spend_token(issuer, jti, expires_at).await
    }

    async fn start(&self, session: &Session) -> Result<(), StoreError> {
        let document = SessionDocument::of(&self.seal, session)?;
        // The id is of 256 random bits: where it is there already, it is ours, after a lost answer.
        self.write(|| async { once(self.sessions.insert_one(&document).await).map(|_| ()) }).await
    }

    async fn find(&self, id: &Digest) -> Result<Option<(Session, User)>, StoreError> {
        let Some((session, user)) = self.read(self.with_user(id)).await? else { return Ok(None) };
        Ok(Some((session.session(&self.seal)?, user.user()?)))
    }

    async fn touch(&self, id: &Digest, now: Timestamp) -> Result<(), StoreError> {
        self.update(doc! { "_id": bytes(id.0) }, doc! { "$max": { "last_used_at": Time(now) } }).await
    }

    async fn end(&self, id: &Digest) -> Result<bool, StoreError> {
        Ok(self.delete(doc! { "_id": bytes(id.0) }).await? > 0)
    }

    async fn end_of_user(&self, user: UserId, except: Option<&Digest>) -> Result<u64, StoreError> {
        let mut which = doc! { "user_id": uuid(user) };
        if let Some(id) = except {
            which.insert("_id", doc! { "$ne": bytes(id.0) });
        }
        self.delete(which).await
    }

    async fn end_at_provider(
        &self,
        issuer: &str,
        subject: Option<&str>,
        sid: Option<&str>,
    ) -> Result<u64, StoreError> {
        let mut which = Document::new();
        for (name, value) in [("subject_key", subject), ("sid_key", sid)] {
            which.extend(value.map(|value| (name.to_owned(), bytes(key(issuer, value)).into())));
        }
        match which.is_empty() {
            true => Ok(0),
            false => self.delete(which).await,
        }
    }

    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let which = doc! { "user_id": uuid(user), "expires_at": { "$gt": Time(now) } };
        self.read(async {
            let mut found = self.sessions.find(which).sort(doc! { "last_used_at": -1, "_id": 1 }).await?;
            let mut sessions = Vec::new();
            while found.advance().await? {
                sessions.push(found.deserialize_current()?.session(&self.seal)?);
            }
            Ok(sessions)
        })
        .await
    }

    async fn lease(&self, id: &Digest, generation: i64, until: Timestamp) -> Result<Lease, StoreError> {
        let me = Uuid::new();
        waited(|| self.write(|| self.lease_once(me, id, generation, until))).await
    }

    async fn renew(&self, id: &Digest, tokens: &Tokens, access: &Access) -> Result<(), StoreError> {
        let renewed = doc! {
            "tokens": bytes(seal_tokens(&self.seal, id, tokens)?),
            "access": to_text(access)?,
            "generation": tokens.generation,
            "leased_by": None::<Uuid>,
            "leased_until": None::<String>,
        };
        let older = doc! { "_id": bytes(id.0), "generation": { "$lt": tokens.generation } };
        self.update(older, doc! { "$set": renewed }).await
    }

    async fn sweep(&self, now: Timestamp, idle_since: Timestamp) -> Result<(), StoreError> {
        let over = doc! { "expires_at": { "$lte": Time(now) } };
        let idle = doc! { "last_used_at": { "$lt": Time(idle_since) } };
        self.delete(doc! { "$or": [over.clone(), idle] }).await?;
        self.write(|| async {
            self.attempts.delete_many(over.clone()).await?;
            self.logout_tokens.delete_many(over.clone()).await?;
            Ok(())
        })
        .await
    }
}

impl Mongo {
    /// Two looks by key; claims left out.
    async fn with_user(&self, id: &Digest) -> Result<Option<(SessionDocument, UserDocument)>, Fault> {
        let Some(session) = self.sessions.find_one(doc! { "_id": bytes(id.0) }).await? else {
            return Ok(None);
        };
        let user = self.users.find_one(doc! { "_id": session.user_id });
        let user = user.projection(doc! { "identities.claims": 0, "pending_changes": 0 }).await?;
        Ok(user.map(|user| (session, user)))
    }

    async fn update(&self, which: Document, change: Document) -> Result<(), StoreError> {
        self.write(|| async {
            Ok(self.sessions.update_one(which.clone(), change.clone()).await.map(|_| ())?)
        })
        .await
    }

    async fn delete(&self, which: Document) -> Result<u64, StoreError> {
        self.write(|| async { Ok(self.sessions.delete_many(which.clone()).await?.deleted_count) }).await
    }

    /// One try to get the lease; none while somebody else holds it. The one whose name stands there has it,
    /// also when it asks again after a lost answer.
    async fn lease_once(
        &self,
        me: Uuid,
        id: &Digest,
        generation: i64,
        until: Timestamp,
    ) -> Result<Option<Lease>, Fault> {
        let free = doc! {
            "_id": bytes(id.0),
            "generation": generation,
            "$or": [{ "leased_until": None::<String> }, { "leased_until": { "$lte": Time(Utc::now()) } }],
        };
        let signed = doc! { "$set": { "leased_by": me, "leased_until": Time(until) } };
        self.sessions.update_one(free, signed).await?;
        Ok(match self.sessions.find_one(doc! { "_id": bytes(id.0) }).await? {
            Some(session) if session.generation != generation => Some(Lease::Theirs),
            Some(session) if session.leased_by == Some(me) => Some(Lease::Mine),
            Some(_) => None,
            None => Some(Lease::Theirs),
        })
    }
}
