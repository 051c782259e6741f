//! Letting go of what the operator kept, and of the sessions of a window of time.

use crate::acts::release;
use crate::hold::Held;
use crate::origin::Origin;
use crate::{
    Act, Decision, Digest, Directory, Ends, Operator, Session, StoreError, Timestamp, User, UserId, What,
    Whom, Write, Written,
};

/// Sessions read at a time.
const SESSIONS: u32 = 500;

impl Directory {
    /// Lets what is held of a user follow the provider again: this, or all of it; of this provider's identities, or of
    /// all. How much was held.
    ///
    /// # Errors
    /// The database's.
    #[tracing::instrument(skip_all, fields(user = %id))]
    pub async fn release_holds(
        &self,
        id: UserId,
        held: Option<Held>,
        provider: Option<&str>,
        by: &Operator,
    ) -> Result<usize, StoreError> {
        let origin = Origin::of_operator(Some(by.actor.clone()), self.world.now());
        let what = held.map_or("all".to_owned(), |held| held.to_string());
        let detail = provider.map_or(what.clone(), |provider| format!("{provider} {what}"));
        let line = by.line(&*self.world, Act::ReleaseHold, Some(id), Some(detail));
        let decide = |user: Option<&User>| match release(user, held, provider, &origin) {
            Decision::Keep(write) => Write { log: Some(line.clone()), ..*write }.into(),
            other => other,
        };
        Ok(match self.stores.users.write(Whom::id(id), &decide).await? {
            Written::Kept(write) => {
                write.changes.iter().filter(|change| matches!(change.what, What::Held { .. })).count()
            }
            Written::Left(_) | Written::Erased(_) | Written::Refused(_) => 0,
        })
    }

    /// How many sessions that are there were started from the first time to the second: of this user, by this provider.
    ///
    /// # Errors
    /// The database's.
    pub async fn started(
        &self,
        from: Timestamp,
        to: Timestamp,
        user: Option<UserId>,
        provider: Option<&str>,
    ) -> Result<u64, StoreError> {
        Ok(self.sessions_of(from, to, user, provider).await?.len() as u64)
    }

    /// Ends them; how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_started(
        &self,
        from: Timestamp,
        to: Timestamp,
        user: Option<UserId>,
        provider: Option<&str>,
    ) -> Result<u64, StoreError> {
        let mut ended = 0;
        for id in self.sessions_of(from, to, user, provider).await? {
            ended += self.stores.sessions.end(&Ends::One(id)).await?;
        }
        Ok(ended)
    }

    async fn sessions_of(
        &self,
        from: Timestamp,
        to: Timestamp,
        user: Option<UserId>,
        provider: Option<&str>,
    ) -> Result<Vec<Digest>, StoreError> {
        let is_asked = |one: &Session| {
            user.is_none_or(|user| user == one.user) && provider.is_none_or(|name| name == one.provider)
        };
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.stores.sessions.started(from, to, after, SESSIONS).await?;
            all.extend(page.iter().filter(|one| is_asked(one)).map(|one| one.id));
            after = page.last().map(|one| one.id);
            if page.len() < SESSIONS as usize {
                return Ok(all);
            }
        }
    }
}
