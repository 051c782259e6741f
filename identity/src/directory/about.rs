//! What is kept of a person elsewhere than with their user: accounts as their providers call them, what was sent about
//! them, and what operators did and looked at.

use uuid::Uuid;

use crate::link_rules::{names_of_user, other_names};
use crate::{
    Digest, Directory, Entry, ErasedName, IssuerAlias, LogLine, Message, MessageId, StoreError, User, UserId,
};

impl Directory {
    /// The accounts of a user's identities as their providers call them, and those that a provider keeps as one with
    /// them: each with the issuer of the identity.
    ///
    /// # Errors
    /// The database's.
    pub async fn entries_of(&self, user: &User) -> Result<Vec<(String, Entry)>, StoreError> {
        let mut all: Vec<(String, Entry)> = Vec::new();
        let aliases = self.stores.aliases().await?;
        for one in &user.identities {
            let mut found = self.stores.entries.of_identity(&one.issuer, &one.subject).await?;
            for other in other_names(&aliases, &one.issuer) {
                found.extend(self.stores.entries.of_identity(&other, &one.subject).await?);
            }
            let names: Vec<String> = found.iter().map(|entry| entry.reference.clone()).collect();
            for reference in std::iter::once(&one.subject).chain(&names) {
                for entry in self.stores.entries.one_with(&one.provider, reference).await? {
                    if !self.is_anothers(user, &one.issuer, &entry).await? {
                        found.push(entry);
                    }
                }
            }
            found.retain(|entry| !all.iter().any(|(_, known)| known.id == entry.id));
            all.extend(found.into_iter().map(|entry| (one.issuer.clone(), entry)));
        }
        Ok(all)
    }

    /// Whether an account that its provider keeps as one with one of this user's is still another user's here.
    async fn is_anothers(&self, user: &User, issuer: &str, entry: &Entry) -> Result<bool, StoreError> {
        let by_reference = (issuer.to_owned(), entry.reference.clone());
        let (issuer, subject) = entry.identity.as_ref().unwrap_or(&by_reference);
        let owner = self.stores.users.find_by_identity(issuer, subject).await?;
        Ok(owner.is_some_and(|owner| owner.id != user.id))
    }

    /// At most `limit` messages about a user whose accounts are called so, newest first, those before the given one,
    /// without what was received: that may be about others too.
    ///
    /// # Errors
    /// The database's.
    pub async fn messages_about(
        &self,
        user: &User,
        entries: &[(String, Entry)],
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        match about(user, entries, &self.stores.aliases().await?) {
            about if about.is_empty() => Ok(Vec::new()),
            about => self.stores.messages.about(&about, before, limit).await,
        }
    }

    /// At most `limit` lines of the operators' log about a user, newest first, those before the line with this id.
    ///
    /// # Errors
    /// The database's.
    pub async fn log_about(
        &self,
        user: UserId,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        self.stores.log.lines_about(user, before, limit).await
    }
}

/// By what messages say that they are about a user, under all names of each issuer.
pub(super) fn about(user: &User, entries: &[(String, Entry)], aliases: &[IssuerAlias]) -> Vec<Digest> {
    let names = names_of_user(user, entries, aliases).into_iter();
    names
        .filter_map(|name| match name {
            ErasedName::Reference(digest) => Some(digest),
            ErasedName::User(_) | ErasedName::Identity(_) => None,
        })
        .collect()
}
