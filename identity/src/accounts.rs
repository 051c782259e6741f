//! The port to a provider's admin interface: who has an account there, page by page and one by one.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Claims, Extent, ProviderError, Standing};

/// One account as its provider has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Its id there, byte for byte.
    pub reference: String,
    /// In OpenID Connect's names where there are any, otherwise as received.
    pub claims: Claims,
    /// The claims that the interface speaks of.
    pub extent: Extent,
    /// What it says of the account itself.
    pub standing: Option<Standing>,
    /// Further accounts that the provider keeps as one with this one: that one of them is gone is no deletion.
    pub linked: Vec<String>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountPage {
    /// In the list's own order.
    pub accounts: Vec<Account>,
    /// Accounts beside them that are no person's.
    pub others: u64,
    /// Records that cannot be read, by their numbers on the page, from 1.
    pub unreadable: Vec<u64>,
    /// Where the list goes on.
    pub next: Next,
}

impl AccountPage {
    /// One with nobody on it.
    pub fn of(next: Next) -> Self {
        Self { accounts: Vec::new(), others: 0, unreadable: Vec::new(), next }
    }
}

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// At this cursor.
    Page(String),
    /// Nowhere. From the cursor on, where there is one, the next list can begin that says only what has changed.
    End(Option<String>),
    /// The cursor is too old: the list must be read from its beginning.
    Expired,
}

/// The admin interface of one provider.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// The provider's name in the settings.
    fn provider(&self) -> &str;

    /// Which list it is: one that broke off is gone on with by the same alone.
    fn list(&self) -> String;

    /// How many accounts [`Accounts::page`] lists; none where the interface does not say.
    ///
    /// # Errors
    /// [`ProviderUnavailable`](crate::Code::ProviderUnavailable) if it does not answer, also not after it was waited for;
    /// [`ClientRefused`](crate::Code::ClientRefused) if the credentials are wrong or may not do this;
    /// [`AnswerUnexpected`](crate::Code::AnswerUnexpected) or [`AnswerTooLarge`](crate::Code::AnswerTooLarge) if it
    /// answers something else.
    async fn count(&self) -> Result<Option<u64>, ProviderError>;

    /// The page at this cursor, or the first one. A list that began at a cursor of [`Next::End`] says only what has
    /// changed since.
    ///
    /// # Errors
    /// As [`Accounts::count`].
    async fn page(&self, cursor: Option<&str>) -> Result<AccountPage, ProviderError>;

    /// One account; none where the interface says explicitly that there is none. `known` are the claims as they were
    /// received, for an interface that knows its accounts by another id.
    ///
    /// # Errors
    /// As [`Accounts::count`]; also where it cannot be asked for this account.
    async fn by_id(&self, reference: &str, known: &Claims) -> Result<Option<Account>, ProviderError>;
}
