//! The store of sessions in MongoDB.

use async_trait::async_trait;
use identity::{Access, Digest, Ends, Lease, Session, Sessions, StoreError, Timestamp, Tokens, User, UserId};
use mongodb::bson::{Bson, Document, Uuid, doc};

use super::Mongo;
use super::documents::{SessionDocument, Time, UserDocument, bytes, uuid};
use crate::encoding::{open_tokens, seal_tokens, to_text};
use crate::lease::waited;
use crate::try_error::TryError;

#[async_trait]
impl Sessions for Mongo {
    async fn find(&self, id: &Digest) -> Result<Option<(Session, User)>, StoreError> {
        let Some((session, user)) = self.read(self.with_user(id)).await? else { return Ok(None) };
        Ok(Some((session.session()?, user.user()?)))
    }

    async fn tokens(&self, id: &Digest) -> Result<Option<Tokens>, StoreError> {
        let found =
            self.read(async { Ok(self.sessions.find_one(doc! { "_id": bytes(id.0) }).await?) }).await?;
        let tokens = found.and_then(|found| Some((found.generation, found.tokens?)));
        Ok(tokens.map(|(generation, sealed)| open_tokens(&self.seal, id, generation, &sealed.bytes)))
    }

    async fn touch(&self, id: &Digest, now: Timestamp) -> Result<(), StoreError> {
        self.update(doc! { "_id": bytes(id.0) }, doc! { "$max": { "last_used_at": Time(now) } }).await
    }

    async fn end(&self, which: &Ends) -> Result<u64, StoreError> {
        self.end_sessions(which).await
    }

    async fn end_at_provider(
        &self,
        issuer: &str,
        subject: Option<&str>,
        sid: Option<&str>,
    ) -> Result<u64, StoreError> {
        let of = |name: &str| bytes(Digest::of_pair(issuer, name).0);
        let which = match (subject, sid) {
            (None, None) => return Ok(0),
            (Some(subject), None) => doc! { "subject_key": of(subject) },
            (None, Some(sid)) => doc! { "sid_key": of(sid) },
            (Some(subject), Some(sid)) => {
                let session = [doc! { "sid_key": of(sid) }, doc! { "sid_key": None::<bool> }];
                doc! { "subject_key": of(subject), "$or": session }
            }
        };
        self.delete(which).await
    }

    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let which = doc! { "user_id": uuid(user), "expires_at": { "$gt": Time(now) } };
        self.lean(which, doc! { "last_used_at": -1, "_id": 1 }, 0).await
    }

    async fn started(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<Digest>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let mut which = doc! { "created_at": { "$gte": Time(from), "$lte": Time(to) } };
        if let Some(after) = after {
            which.insert("_id", doc! { "$gt": bytes(after.0) });
        }
        // To the driver no limit is 0.
        if limit == 0 {
            return Ok(Vec::new());
        }
        self.lean(which, doc! { "_id": 1 }, limit.into()).await
    }

    async fn lease(
        &self,
        id: &Digest,
        generation: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Lease, StoreError> {
        let me = Uuid::new();
        waited(now, |now| self.write(move || self.lease_once(me, id, generation, now, until))).await
    }

    async fn renew(&self, id: &Digest, tokens: &Tokens, access: &Access) -> Result<(), StoreError> {
        let renewed = doc! {
            "tokens": bytes(seal_tokens(&self.seal, id, tokens)?),
            "access": to_text(access)?,
            "generation": tokens.generation,
            "refresh_at": tokens.refresh_at().map(Time),
            "leased_by": None::<Uuid>,
            "leased_until": None::<String>,
        };
        let older = doc! { "_id": bytes(id.0), "generation": { "$lt": tokens.generation } };
        self.update(older, doc! { "$set": renewed }).await
    }

    async fn sweep(&self, now: Timestamp, idle_since: Timestamp) -> Result<(), StoreError> {
        let over = doc! { "expires_at": { "$lte": Time(now) } };
        let idle = doc! { "last_used_at": { "$lt": Time(idle_since) } };
        self.delete(doc! { "$or": [over, idle] }).await?;
        self.write(|| self.finish_all_erasing()).await?;
        self.write(|| self.write_all_terms()).await
    }
}

impl Mongo {
    /// Two looks by key; claims left out.
    async fn with_user(&self, id: &Digest) -> Result<Option<(SessionDocument, UserDocument)>, TryError> {
        let session = self.sessions.find_one(doc! { "_id": bytes(id.0) });
        let Some(session) = session.projection(doc! { "tokens": 0 }).await? else { return Ok(None) };
        let user = self.users.find_one(doc! { "_id": session.user_id, "erasing": None::<bool> });
        let large = doc! {
            "identities.claims": 0, "identities.claim_times": 0, "identities.holds": 0, "pending": 0,
        };
        let user = user.projection(large).await?;
        Ok(user.map(|user| (session, user)))
    }

    /// Sessions in this order, without tokens; at most `limit`, or all of them for 0.
    async fn lean(&self, which: Document, order: Document, limit: i64) -> Result<Vec<Session>, StoreError> {
        self.read(async {
            let found = self.sessions.find(which).sort(order).limit(limit);
            let mut found = found.projection(doc! { "tokens": 0 }).await?;
            let mut sessions = Vec::new();
            while found.advance().await? {
                sessions.push(found.deserialize_current()?.session()?);
            }
            Ok(sessions)
        })
        .await
    }

    async fn update(&self, which: Document, change: Document) -> Result<(), StoreError> {
        self.write(|| async {
            Ok(self.sessions.update_one(which.clone(), change.clone()).await.map(|_| ())?)
        })
        .await
    }

    /// Ends sessions, by themselves or after a write of their user.
    pub(super) async fn end_sessions(&self, which: &Ends) -> Result<u64, StoreError> {
        let which = match which {
            Ends::One(id) => doc! { "_id": bytes(id.0) },
            Ends::OfUser { user, except: None } => doc! { "user_id": uuid(*user) },
            Ends::OfUser { user, except: Some(id) } => {
                doc! { "user_id": uuid(*user), "_id": { "$ne": bytes(id.0) } }
            }
            Ends::OfIdentity { issuer, subject } => {
                doc! { "subject_key": bytes(Digest::of_pair(issuer, subject).0) }
            }
            Ends::Oldest { user, except, at_most } => {
                let surplus = self.read(self.oldest_sessions(*user, except, *at_most)).await?;
                if surplus.is_empty() {
                    return Ok(0);
                }
                doc! { "_id": { "$in": surplus } }
            }
        };
        self.delete(which).await
    }

    /// The ids of the sessions that were used longest ago, where there are more than `at_most` beside `except`.
    async fn oldest_sessions(
        &self,
        user: UserId,
        except: &Digest,
        at_most: u32,
    ) -> Result<Vec<Bson>, TryError> {
        let ids = self.database.collection::<Document>(self.sessions.name());
        let others = doc! { "user_id": uuid(user), "_id": { "$ne": bytes(except.0) } };
        let found = ids.find(others).sort(doc! { "last_used_at": -1, "_id": 1 });
        let mut found = found.skip(at_most.into()).projection(doc! { "_id": 1 }).await?;
        let mut surplus = Vec::new();
        while found.advance().await? {
            surplus.extend(found.deserialize_current()?.remove("_id"));
        }
        Ok(surplus)
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
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>, TryError> {
        let free = doc! {
            "_id": bytes(id.0),
            "generation": generation,
            "$or": [{ "leased_until": None::<String> }, { "leased_until": { "$lte": Time(now) } }],
        };
        let signed = doc! { "$set": { "leased_by": me, "leased_until": Time(until) } };
        self.sessions.update_one(free, signed).await?;
        let session = self.sessions.find_one(doc! { "_id": bytes(id.0) }).projection(doc! { "tokens": 0 });
        Ok(match session.await? {
            Some(session) if session.generation != generation => Some(Lease::Theirs),
            Some(session) if session.leased_by == Some(me) => Some(Lease::Mine),
            Some(_) => None,
            None => Some(Lease::Theirs),
        })
    }
}
