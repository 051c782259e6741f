//! Who a pushed or scanned person is: found by (provider, reference), never by e-mail. The one place that says so, for
//! messages, SCIM, scans and imports alike.

use std::collections::{BTreeSet, HashSet};

use crate::entries::{Entry, EntryId, Said, change, is_reference, keep};
use crate::merge::merge;
use crate::{
    Claims, Decision, Directory, ErasedName, Extent, Observation, Origin, Source, Standing, StoreError, User,
    Whom, Write, Written,
};

/// Names that the ledger is asked for at a time.
const LOOKED_UP: usize = 500;

/// What a provider says of one account, by its reference there.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushed {
    /// The provider's name in the settings.
    pub provider: String,
    /// The issuer of its identities.
    pub issuer: String,
    /// Whether its reference is the subject. Where it is another claim, an account waits for its first log-in.
    pub is_subject: bool,
    /// Whether the provider is retired: it is heard of those who are known by it, and makes nobody.
    pub is_retired: bool,
    /// The account's id at the provider, byte for byte: 1 to 255 bytes, no NUL.
    pub reference: String,
    /// Who said it, and when.
    pub origin: Origin,
    /// Whether silence means anything.
    pub extent: Extent,
    /// What was said of the person.
    pub claims: Claims,
    /// What was said of the account.
    pub standing: Option<Standing>,
    /// References of further accounts that the provider keeps as one with this one.
    pub linked: Vec<String>,
}

/// What became of what was said.
#[derive(Clone, Debug)]
pub enum PushedTo {
    /// It was merged into the user whose account it is.
    User(Box<Written>),
    /// The account is nobody's yet: it waits under this entry.
    Waits(EntryId),
    /// It is no deletion: the provider keeps the account as one with another.
    Linked,
    /// The account is gone or blocked, and we know nobody whose it is.
    Nobody,
}

impl Pushed {
    fn said(&self) -> Said {
        Said {
            origin: self.origin.clone(),
            extent: self.extent.clone(),
            claims: self.claims.clone(),
            standing: self.standing,
        }
    }

    /// Whose account it is, by the entry of its reference. A client whose entry waits for a log-in says nothing of
    /// anybody; the provider's own word counts for whoever it is known of.
    fn identity(&self, entry: Option<&Entry>) -> Option<(String, String)> {
        match entry {
            Some(Entry { awaits_login: true, .. }) if self.origin.source == Source::Scim => None,
            Some(Entry { identity: Some(identity), .. }) => Some(identity.clone()),
            _ if self.is_subject => Some((self.issuer.clone(), self.reference.clone())),
            _ => None,
        }
    }

    /// Whether a new user may start by it. A deletion of somebody whom we never knew, or the bare word that they are
    /// blocked, makes nobody; a whole record of a blocked account does, for the copy is of all accounts.
    fn may_start(&self) -> bool {
        match self.standing {
            _ if self.is_retired => false,
            Some(Standing::Deleted) => false,
            Some(Standing::Blocked) => matches!(self.extent, Extent::Full(_)),
            Some(Standing::Present) => true,
            None => !self.claims.is_empty(),
        }
    }
}

impl Directory {
    /// Takes in what a provider says of one account.
    ///
    /// - Where the reference is the subject, it is merged into the owner of (issuer, reference); where nobody is, a
    ///   new user starts.
    /// - Where it is not, it is merged into whoever logged in with that reference, else it waits for them.
    /// - Of a provider that is retired, nobody starts and nobody waits.
    /// - From a SCIM client, an entry whose reference was changed waits in either case.
    ///
    /// # Errors
    /// The database's; [`StoreError::Unreadable`] where the reference is none.
    #[tracing::instrument(skip_all, fields(provider = pushed.provider))]
    pub async fn pushed(&self, pushed: &Pushed) -> Result<PushedTo, StoreError> {
        if !is_reference(&pushed.reference) {
            return Err(StoreError::unreadable("a reference is 1 to 255 bytes without a NUL"));
        }
        for other in pushed.linked.iter().filter(|other| **other != pushed.reference && is_reference(other)) {
            self.note_linked(pushed, other).await?;
        }
        if pushed.standing == Some(Standing::Deleted) && self.is_linked(pushed).await? {
            return Ok(PushedTo::Linked);
        }
        match self.whose(pushed).await? {
            Some((issuer, subject)) => self.merge_into(pushed, &issuer, &subject).await,
            None => self.wait(pushed).await,
        }
    }

    /// What [`Directory::pushed`] would keep; writes nothing. None where it would keep nothing of a user.
    ///
    /// # Errors
    /// The database's.
    pub async fn would_push(&self, pushed: &Pushed) -> Result<Option<Write>, StoreError> {
        if pushed.standing == Some(Standing::Deleted) && self.is_linked(pushed).await? {
            return Ok(None);
        }
        let Some((issuer, subject)) = self.whose(pushed).await? else { return Ok(None) };
        let user = self.owner(&issuer, &subject).await?;
        let observation = pushed.said().of(&pushed.provider, &issuer, &subject);
        let is_heard = user.is_some() || (pushed.may_start() && !self.was_erased(&observation).await?);
        Ok(is_heard.then(|| merge(user.as_ref(), &observation, self.world.new_id())))
    }

    /// The identity of the account that is spoken of; none while nobody is known by its reference.
    ///
    /// # Errors
    /// The database's.
    pub async fn whose(&self, pushed: &Pushed) -> Result<Option<(String, String)>, StoreError> {
        let is_client = pushed.origin.source == Source::Scim;
        let entry = match pushed.is_subject && !is_client {
            true => None,
            false => self.stores.entries.find_by_reference(&pushed.provider, &pushed.reference).await?,
        };
        Ok(pushed.identity(entry.as_ref()))
    }

    async fn merge_into(&self, pushed: &Pushed, issuer: &str, subject: &str) -> Result<PushedTo, StoreError> {
        let observation = pushed.said().of(&pushed.provider, issuer, subject);
        match self.merge_or_start(&observation, pushed.may_start()).await? {
            Written::Left(None) => Ok(PushedTo::Nobody),
            written => Ok(PushedTo::User(Box::new(written))),
        }
    }

    /// Keeps what was said until somebody logs in by that reference.
    async fn wait(&self, pushed: &Pushed) -> Result<PushedTo, StoreError> {
        // Nobody logs in at a retired provider.
        if pushed.is_retired || self.is_forgotten(&pushed.provider, &pushed.issuer, &pushed.reference).await?
        {
            return Ok(PushedTo::Nobody);
        }
        let (fresh, now) = (EntryId(self.world.new_id().0), self.world.now());
        let is_gone = pushed.standing == Some(Standing::Deleted);
        let decide = |entry: Option<&Entry>| match entry {
            None if !pushed.may_start() => None,
            // Adopted meanwhile.
            Some(entry) if pushed.identity(Some(entry)).is_some() => None,
            known => {
                let new = || Entry::new(fresh, &pushed.provider, &pushed.reference, now);
                let next = known.cloned().unwrap_or_else(new).next(now);
                let waiting = keep(&next.waiting, pushed.said());
                // Whether a client's user is there is the client's to say.
                let is_gone = if next.resource.is_some() { next.is_gone } else { is_gone };
                Some(Entry { waiting, is_gone, ..next })
            }
        };
        let entry = change(&*self.stores.entries, &pushed.provider, &pushed.reference, decide).await?;
        match (pushed.identity(entry.as_ref()), entry) {
            (Some((issuer, subject)), Some(_)) => self.merge_into(pushed, &issuer, &subject).await,
            (None, Some(entry)) => Ok(PushedTo::Waits(entry.id)),
            (_, None) => Ok(PushedTo::Nobody),
        }
    }

    /// Notes that the provider keeps another account as one with this one, and lifts a deletion of it that came
    /// before: linking two accounts makes some providers say that the second was deleted.
    async fn note_linked(&self, pushed: &Pushed, other: &str) -> Result<(), StoreError> {
        let theirs = Pushed { reference: other.to_owned(), ..pushed.clone() };
        let owner = match self.whose(&theirs).await? {
            Some((issuer, subject)) => {
                self.find_by_identity(&issuer, &subject).await?.map(|user| (user, issuer, subject))
            }
            None => None,
        };
        let identity = owner.as_ref().and_then(|(user, issuer, subject)| user.identity(issuer, subject));
        let standing_at = identity.map(|identity| identity.standing_at);
        let (fresh, now) = (EntryId(self.world.new_id().0), self.world.now());
        let decide = |entry: Option<&Entry>| {
            let is_known = entry.is_some_and(|entry| {
                entry.one_with.as_deref() == Some(&pushed.reference)
                    && standing_at.is_none_or(|at| at <= entry.updated_at)
            });
            let new = || Entry::new(fresh, &pushed.provider, other, now);
            let next = || entry.cloned().unwrap_or_else(new).next(now);
            (!is_known).then(|| Entry { one_with: Some(pushed.reference.clone()), ..next() })
        };
        change(&*self.stores.entries, &pushed.provider, other, decide).await?;
        let Some(identity) = identity.filter(|identity| identity.standing == Standing::Deleted) else {
            return Ok(());
        };
        let at = pushed.origin.stated_at().max(identity.standing_at);
        let listed = Observation {
            provider: pushed.provider.clone(),
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            origin: Origin { at, received_at: pushed.origin.received_at.max(at), ..pushed.origin.clone() },
            extent: Extent::Full(BTreeSet::new()),
            claims: Claims::new(),
            standing: Some(Standing::Present),
        };
        let decide = |user: Option<&User>| match user {
            None => Decision::Leave,
            user => merge(user, &listed, self.world.new_id()).into(),
        };
        self.stores.users.write(Whom::identity(&identity.issuer, &identity.subject), &decide).await.map(drop)
    }

    /// Whether the provider keeps the account as one with another, and has not spoken of it by itself since.
    async fn is_linked(&self, pushed: &Pushed) -> Result<bool, StoreError> {
        let entry = self.stores.entries.find_by_reference(&pushed.provider, &pushed.reference).await?;
        let Some(entry) = entry.filter(|entry| entry.one_with.is_some()) else { return Ok(false) };
        let Some((issuer, subject)) = self.whose(pushed).await? else { return Ok(true) };
        let user = self.find_by_identity(&issuer, &subject).await?;
        let identity = user.as_ref().and_then(|user| user.identity(&issuer, &subject));
        Ok(identity.is_none_or(|identity| identity.standing_at <= entry.updated_at))
    }

    /// Whether whoever has this reference was erased, and no entry is there since. Nothing of them is kept then until they
    /// log in.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_forgotten(
        &self,
        provider: &str,
        issuer: &str,
        reference: &str,
    ) -> Result<bool, StoreError> {
        let entry = self.stores.entries.find_by_reference(provider, reference).await?;
        let mut names = vec![ErasedName::reference(issuer, reference)];
        for other in self.stores.other_names(issuer).await? {
            names.push(ErasedName::reference(&other, reference));
        }
        Ok(entry.is_none() && self.stores.erasures.erased_at(&names).await?.is_some())
    }

    /// Those of an issuer's accounts whose people were erased, and have not logged in since.
    pub(crate) async fn forgotten(
        &self,
        provider: &str,
        issuer: &str,
        references: &[&str],
    ) -> Result<HashSet<String>, StoreError> {
        let mut forgotten = HashSet::new();
        let others = self.stores.other_names(issuer).await?;
        let issuers: Vec<&str> = others.iter().map(String::as_str).chain([issuer]).collect();
        for some in references.chunks(LOOKED_UP) {
            let names: Vec<ErasedName> = (issuers.iter())
                .flat_map(|issuer| some.iter().map(|reference| ErasedName::reference(issuer, reference)))
                .collect();
            if self.stores.erasures.erased_at(&names).await?.is_none() {
                continue;
            }
            for reference in some {
                if self.is_forgotten(provider, issuer, reference).await?
                    && self.find_by_identity(issuer, reference).await?.is_none()
                {
                    forgotten.insert((*reference).to_owned());
                }
            }
        }
        Ok(forgotten)
    }

    /// The entry with this id.
    ///
    /// # Errors
    /// The database's.
    pub async fn entry(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        self.stores.entries.find(id).await
    }
}
