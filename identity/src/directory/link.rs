//! The operator says whose an account is that waits for a log-in.

use crate::entries::{Entry, EntryId, TRIES};
use crate::merge::merge;
use crate::{Act, Decision, Deed, Directory, Operator, StoreError, User, UserId, Verdict, Whom, Write};

/// What became of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryLinked {
    /// The account is the user's, and what was said meanwhile is merged.
    Done,
    /// It was so already.
    AsItWas,
    /// There is no such account, or no such user.
    Nobody,
    /// The account is another user's.
    Taken,
    /// The user has no identity of that provider, or several, so that it is not known which one the account is.
    NoIdentity,
}

impl Directory {
    /// Says that the account of this entry is this user's. Where the reference is the subject, that is the identity of
    /// (issuer, reference), which is linked if it is nobody's; where it is another claim, the user's one identity of the
    /// provider.
    ///
    /// # Errors
    /// The database's.
    #[tracing::instrument(skip_all, fields(user = %user, entry = %id))]
    pub async fn link_entry(
        &self,
        by: &Operator,
        id: EntryId,
        user: UserId,
        issuer: &str,
        is_subject: bool,
    ) -> Result<EntryLinked, StoreError> {
        for _ in 0..TRIES {
            let (entry, owner) = (self.entry(id).await?, self.find(user).await?);
            let (Some(entry), Some(owner)) = (entry, owner) else { return Ok(EntryLinked::Nobody) };
            if let Some((issuer, subject)) = entry.identity.as_ref().filter(|_| !entry.awaits_login) {
                return Ok(match owner.identity(issuer, subject).is_some() {
                    true => EntryLinked::AsItWas,
                    false => EntryLinked::Taken,
                });
            }
            let subject = match is_subject {
                true => entry.reference.clone(),
                false => match of_provider(&owner, issuer) {
                    Some(subject) => subject,
                    None => return Ok(EntryLinked::NoIdentity),
                },
            };
            if owner.identity(issuer, &subject).is_none() {
                let (provider, issuer) = (entry.provider.clone(), issuer.to_owned());
                match self.act(by, user, &Deed::Link { provider, issuer, subject: subject.clone() }).await? {
                    Verdict::Done | Verdict::AsItWas => {}
                    Verdict::IdentityTaken => return Ok(EntryLinked::Taken),
                    _ => return Ok(EntryLinked::Nobody),
                }
            }
            if self.give(by, &entry, user, issuer, &subject).await? {
                return Ok(EntryLinked::Done);
            }
        }
        Err(StoreError::unavailable("an entry stayed contended"))
    }

    /// Merges what was said while the account waited, and gives it to its identity; false where somebody else changed it
    /// meanwhile. Each of it bears being done twice.
    async fn give(
        &self,
        by: &Operator,
        entry: &Entry,
        user: UserId,
        issuer: &str,
        subject: &str,
    ) -> Result<bool, StoreError> {
        for said in &entry.waiting {
            let observation = said.of(&entry.provider, issuer, subject);
            let decide = |user: Option<&User>| match user {
                None => Decision::Leave,
                Some(user) => Write::into(merge(Some(user), &observation, user.id)),
            };
            self.stores.users.write(Whom::identity(issuer, subject), &decide).await?;
        }
        let given = entry.next(self.world.now()).of(issuer, subject);
        let is_given = self.stores.entries.put(Some(entry), &given).await?;
        if is_given {
            let detail = format!("{} account {}", entry.provider, entry.id);
            self.note(by, Act::Link, Some(user), Some(detail)).await?;
        }
        Ok(is_given)
    }

    /// At most `limit` accounts of a provider, or of all, that wait for a log-in or the operator, after the given one.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting_entries(
        &self,
        provider: Option<&str>,
        mut after: Option<EntryId>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut waiting = Vec::new();
        loop {
            let page = self.stores.entries.page(provider, after, limit).await?;
            let is_last = page.len() < limit as usize;
            after = page.last().map(|entry| entry.id);
            waiting.extend(page.into_iter().filter(Entry::waits));
            if is_last || waiting.len() >= limit as usize {
                waiting.truncate(limit as usize);
                return Ok(waiting);
            }
        }
    }
}

/// The subject of the one identity that a user has of an issuer.
fn of_provider(user: &User, issuer: &str) -> Option<String> {
    let mut theirs = user.identities.iter().filter(|one| one.issuer == issuer);
    let first = theirs.next()?;
    theirs.next().is_none().then(|| first.subject.clone())
}
