//! Attempts and logout-token ids in MongoDB: what can be used once.

use identity::{Attempt, Digest, StoreError, Taken, Timestamp};
use mongodb::bson::{Uuid, doc};

use super::Mongo;
use super::documents::{AttemptDocument, LogoutTokenDocument, Time, bytes};
use super::fault::once;
use crate::fault::Fault;
use crate::key::key;
use crate::record::{open_attempt, seal_attempt, taken};

impl Mongo {
    pub(super) async fn remember_attempt(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let document = AttemptDocument {
            state: bytes(attempt.state.0),
            browser: bytes(attempt.browser.0),
            sealed: bytes(seal_attempt(&self.seal, attempt)?),
            taken_by: None,
            expires_at: Time(attempt.expires_at),
        };
        self.write(|| async { once(self.attempts.insert_one(&document).await).map(|_| ()) }).await
    }

    /// The caller signs the document, if nobody has; whose name stands there has it. Asked again after a
    /// lost answer, the same caller has it still.
    pub(super) async fn take_attempt(
        &self,
        state: &Digest,
        browser: &Digest,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let me = Uuid::new();
        let document = self.write(|| self.sign(me, state, browser, now)).await?;
        let Some(document) = document else { return Ok(Taken::Unknown) };
        let sealed = &document.sealed.bytes;
        let attempt = open_attempt(&self.seal, *state, *browser, document.expires_at.0, sealed);
        Ok(taken(attempt, document.taken_by, me))
    }

    pub(super) async fn spend_token(
        &self,
        issuer: &str,
        jti: &str,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let document = LogoutTokenDocument {
            key: bytes(key(issuer, jti)),
            spent_by: Uuid::new(),
            expires_at: Time(expires_at),
        };
        self.write(|| self.spend_once(&document)).await
    }

    /// Whether the document that is there is ours; also after a lost answer.
    async fn spend_once(&self, ours: &LogoutTokenDocument) -> Result<bool, Fault> {
        if once(self.logout_tokens.insert_one(ours).await)? {
            return Ok(true);
        }
        let there = self.logout_tokens.find_one(doc! { "_id": &ours.key }).await?;
        Ok(there.is_some_and(|there| there.spent_by == ours.spent_by))
    }

    async fn sign(
        &self,
        me: Uuid,
        state: &Digest,
        browser: &Digest,
        now: Timestamp,
    ) -> Result<Option<AttemptDocument>, Fault> {
        let ours = doc! { "_id": bytes(state.0), "browser": bytes(browser.0) };
        let mut free = ours.clone();
        free.insert("taken_by", None::<Uuid>);
        free.insert("expires_at", doc! { "$gt": Time(now) });
        self.attempts.update_one(free, doc! { "$set": { "taken_by": me } }).await?;
        Ok(self.attempts.find_one(ours).await?)
    }
}
