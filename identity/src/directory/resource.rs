//! Users that a SCIM client keeps here: an entry each, whose account is told as all pushes are. What a client does is
//! merged before its entry is written, so that whoever dies between the two is asked again and does it again.

use chrono::TimeDelta;

use super::{Pushed, PushedTo};
use crate::entries::{Entry, EntryId, Said, TRIES, keep};
use crate::{Claims, Directory, Extent, Standing, StoreError};

/// Longer than a request takes from its arrival to the entry that comes of it.
const REQUEST: TimeDelta = TimeDelta::seconds(5);

/// A user as its client sent it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// The resource.
    pub resource: Claims,
    /// Its user name, in small letters.
    pub name: Option<String>,
}

/// What became of what a client asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Provisioned {
    /// It is done; the entry as it is now.
    Kept(Box<Entry>),
    /// Another user has this reference or this name.
    Taken,
    /// Whoever has this reference was erased, and has not logged in since.
    Erased,
    /// Nobody is known by this reference, and the provider is retired: it makes nobody any more.
    Retired,
    /// Somebody else changed the entry since it was read.
    Moved,
}

impl Entry {
    /// Whether a client keeps a user here now.
    pub fn is_kept(&self) -> bool {
        self.resource.is_some() && !self.is_gone
    }

    fn holding(self, sent: &Sent) -> Self {
        Self { resource: Some(sent.resource.clone()), name: sent.name.clone(), is_gone: false, ..self }
    }
}

impl Directory {
    /// A client makes a user, or brings back one whom it had taken away. `pushed` is all of the user.
    ///
    /// # Errors
    /// The database's; so all methods.
    pub async fn create_resource(&self, sent: &Sent, pushed: &Pushed) -> Result<Provisioned, StoreError> {
        let entries = &self.stores.entries;
        let (provider, reference) = (&pushed.provider, &pushed.reference);
        let fresh = EntryId(self.world.new_id().0);
        let before = entries.find_by_reference(provider, reference).await?;
        let id = before.as_ref().map_or(fresh, |before| before.id);
        if self.is_erased(pushed).await? {
            return Ok(Provisioned::Erased);
        }
        if before.is_some_and(|before| before.is_kept()) || self.is_anothers_name(provider, sent, id).await? {
            return Ok(Provisioned::Taken);
        }
        let identity = self.told(pushed).await?;
        if identity.is_none() && pushed.is_retired {
            return Ok(Provisioned::Retired);
        }
        for _ in 0..TRIES {
            let before = entries.find_by_reference(provider, reference).await?;
            let now = self.world.now();
            let entry = match &before {
                Some(before) if before.is_kept() => return Ok(Provisioned::Taken),
                Some(before) => before.clone(),
                None => Entry::new(fresh, provider, reference, now),
            };
            let entry = entry.next(now).holding(sent);
            let entry = match &identity {
                Some((issuer, subject)) => entry.of(issuer, subject),
                None => entry,
            };
            if entries.put(before.as_ref(), &entry).await? {
                return Ok(Provisioned::Kept(Box::new(entry)));
            }
            if self.is_anothers_name(provider, sent, entry.id).await? {
                return Ok(Provisioned::Taken);
            }
        }
        Err(StoreError::unavailable("an entry stayed contended"))
    }

    /// A client changes a user. `pushed` is what it says of the account by the reference that it has then, `all` the
    /// whole of it. Where the reference is another than before, the account of the old one is gone, and the entry waits
    /// for a log-in by the new one, whoever may have logged in with it before.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_resource(
        &self,
        before: &Entry,
        sent: &Sent,
        pushed: &Pushed,
        all: &Pushed,
    ) -> Result<Provisioned, StoreError> {
        if self.is_anothers_name(&before.provider, sent, before.id).await? {
            return Ok(Provisioned::Taken);
        }
        if all.reference != before.reference {
            return self.change_reference(before, sent, all).await;
        }
        self.told(pushed).await?;
        self.put_over(before, None, |entry| entry.holding(sent)).await
    }

    async fn change_reference(
        &self,
        before: &Entry,
        sent: &Sent,
        all: &Pushed,
    ) -> Result<Provisioned, StoreError> {
        let entries = &self.stores.entries;
        let other = entries.find_by_reference(&all.provider, &all.reference).await?;
        if other.as_ref().is_some_and(Entry::is_kept) {
            return Ok(Provisioned::Taken);
        }
        if self.is_erased(all).await? {
            return Ok(Provisioned::Erased);
        }
        // Nobody would ever log in with the new one.
        if all.is_retired {
            return Ok(Provisioned::Retired);
        }
        self.told(&all.gone(&before.reference)).await?;
        // Of an entry that only says who logged in with the reference, that stays known: to the provider's own lists.
        let identity = other.as_ref().and_then(|other| other.identity.clone());
        let said = Said {
            origin: all.origin.clone(),
            extent: all.extent.clone(),
            claims: all.claims.clone(),
            standing: all.standing,
        };
        let (reference, waiting) = (all.reference.clone(), keep(&[], said));
        let waits = |entry: Entry| Entry {
            reference: reference.clone(),
            identity: identity.clone(),
            awaits_login: true,
            waiting: waiting.clone(),
            ..entry.holding(sent)
        };
        self.put_over(before, other.as_ref(), waits).await
    }

    /// A client takes a user away: the account is gone. `pushed` says so.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_resource(&self, before: &Entry, pushed: &Pushed) -> Result<Provisioned, StoreError> {
        self.told(pushed).await?;
        self.put_over(before, None, |entry| Entry { is_gone: true, name: None, ..entry }).await
    }

    /// Whether a user is the one that its client made last, came here by that, and nobody has logged in as them.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_made_last(&self, entry: &Entry) -> Result<bool, StoreError> {
        // Ids sort by age.
        if !self.stores.entries.page(Some(&entry.provider), Some(entry.id), 1).await?.is_empty() {
            return Ok(false);
        }
        let Some((issuer, subject)) = &entry.identity else { return Ok(true) };
        let user = self.find_by_identity(issuer, subject).await?;
        let identity = user.as_ref().and_then(|user| user.identity(issuer, subject));
        let came_by_it = |since| entry.created_at - since < REQUEST;
        Ok(identity.is_none_or(|one| one.last_login_at.is_none() && came_by_it(one.first_seen_at)))
    }

    /// The entry of this reference.
    ///
    /// # Errors
    /// The database's.
    pub async fn entry_of(&self, provider: &str, reference: &str) -> Result<Option<Entry>, StoreError> {
        self.stores.entries.find_by_reference(provider, reference).await
    }

    /// The entry of this user name, in small letters.
    ///
    /// # Errors
    /// The database's.
    pub async fn entry_named(&self, provider: &str, name: &str) -> Result<Option<Entry>, StoreError> {
        self.stores.entries.find_by_name(provider, name).await
    }

    /// At most `limit` entries of a provider, or of all, after the given one, in the order of their ids.
    ///
    /// # Errors
    /// The database's.
    pub async fn entries(
        &self,
        provider: Option<&str>,
        after: Option<EntryId>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        self.stores.entries.page(provider, after, limit).await
    }

    /// Whether nothing may be kept of whom a client speaks of: they were erased, and have not logged in since.
    async fn is_erased(&self, pushed: &Pushed) -> Result<bool, StoreError> {
        let Pushed { provider, issuer, reference, .. } = pushed;
        Ok(!self.forgotten(provider, issuer, &[reference.as_str()]).await?.is_empty())
    }

    /// Tells what a client says, and whose it is.
    async fn told(&self, pushed: &Pushed) -> Result<Option<(String, String)>, StoreError> {
        match self.pushed(pushed).await? {
            PushedTo::User(_) | PushedTo::Linked => self.whose(pushed).await,
            PushedTo::Waits(_) | PushedTo::Nobody => Ok(None),
        }
    }

    /// Writes the entry over what is there, if a client's user is still the one that was read. What waits there may
    /// have grown meanwhile. `instead` goes, whose reference the entry takes.
    async fn put_over(
        &self,
        before: &Entry,
        instead: Option<&Entry>,
        change: impl Fn(Entry) -> Entry,
    ) -> Result<Provisioned, StoreError> {
        for _ in 0..TRIES {
            let there = self.stores.entries.find(before.id).await?;
            let is_same = |there: &Entry| {
                (&there.resource, &there.reference, there.is_gone)
                    == (&before.resource, &before.reference, before.is_gone)
            };
            let Some(there) = there.filter(is_same) else { return Ok(Provisioned::Moved) };
            let entry = change(there.next(self.world.now()));
            let is_kept = match instead {
                Some(other) => self.stores.entries.put_instead(&there, &entry, other).await?,
                None => self.stores.entries.put(Some(&there), &entry).await?,
            };
            if is_kept {
                return Ok(Provisioned::Kept(Box::new(entry)));
            }
        }
        // Nobody changes one entry so often: its reference or its name is another's since.
        Ok(Provisioned::Taken)
    }

    async fn is_anothers_name(&self, provider: &str, sent: &Sent, id: EntryId) -> Result<bool, StoreError> {
        let Some(name) = &sent.name else { return Ok(false) };
        let named = self.stores.entries.find_by_name(provider, name).await?;
        Ok(named.is_some_and(|named| named.id != id))
    }
}

impl Pushed {
    /// The same source says that this account is gone.
    #[must_use]
    pub fn gone(&self, reference: &str) -> Self {
        Self {
            reference: reference.to_owned(),
            extent: Extent::Partial,
            claims: Claims::new(),
            standing: Some(Standing::Deleted),
            linked: Vec::new(),
            ..self.clone()
        }
    }
}
