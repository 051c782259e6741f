//! The admin interfaces of providers: the adapters of `identity::Accounts`. Each says how its list is paged and how one
//! account is asked for; what its records mean is in `formats::accounts`.

mod absence;
mod auth0;
mod authentik;
mod caller;
mod clerk;
mod emails;
mod entra;
mod keycloak;
mod kinde;
mod list;
mod okta;
mod pace;
mod place;
mod scim;
mod settings;
mod workos;
mod zitadel;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use formats::accounts::Interface;
use identity::{Account, AccountPage, Accounts, Claims, ProviderError, World};
use tokio::time::timeout;

use crate::SetUpError;
use crate::settings::ProviderSettings;
use caller::{Caller, unexpected};
use list::List;

pub use settings::{AdminCredentials, AdminNames, AdminSettings, derived_url, interface_at};

/// The admin interface of one provider, as the settings name it.
pub struct AdminInterface {
    provider: String,
    caller: Caller,
    list: Box<dyn List>,
}

impl AdminInterface {
    /// Asks nothing yet: the provider may be down. None where the settings name no interface.
    ///
    /// # Errors
    /// The further certificate authorities cannot be used.
    pub fn new(settings: &ProviderSettings, world: Arc<dyn World>) -> Result<Option<Self>, SetUpError> {
        let Some(admin) = settings.admin.clone() else { return Ok(None) };
        let list: Box<dyn List> = match admin.interface {
            Interface::Keycloak => Box::new(keycloak::Keycloak),
            Interface::Auth0 => Box::new(auth0::Auth0::default()),
            Interface::Kinde => Box::new(kinde::Kinde),
            Interface::Okta => Box::new(okta::Okta),
            Interface::Entra => Box::new(entra::Entra),
            Interface::Zitadel => Box::new(zitadel::Zitadel),
            Interface::Authentik => Box::new(authentik::Authentik::new(&settings.client_id)),
            Interface::Clerk => Box::new(clerk::Clerk),
            Interface::WorkOs => Box::new(workos::WorkOs),
            Interface::Scim => Box::new(scim::Scim),
        };
        let caller = Caller::new(admin, settings, world)?;
        Ok(Some(Self { provider: settings.name.clone(), caller, list }))
    }

    /// The same, not waited for longer than this before one answer; otherwise it is an hour.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.caller.patience = patience;
        self
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        self.caller.settings.url.as_str().trim_end_matches('/')
    }

    /// Whether it lets us list its users, in a sentence: what is right, or what is not. It is waited for no longer than
    /// for one answer.
    ///
    /// # Errors
    /// The sentence that says what is not.
    pub async fn check(&self) -> Result<String, String> {
        let is_let_in = async {
            match self.list.count(&self.caller).await? {
                // An export is not begun for a look.
                None if self.interface() != Interface::Auth0 => {
                    self.list.page(&self.caller, None).await.map(|_| None)
                }
                count => Ok(count),
            }
        };
        let (address, interface) = (self.address(), self.interface());
        let is_let_in = timeout(self.caller.patience, is_let_in).await;
        match is_let_in.unwrap_or_else(|_| Err(self.caller.out_of_patience())) {
            Ok(count) => {
                let many = count.map(|count| format!(", of whom there are {count}")).unwrap_or_default();
                Ok(format!("its admin interface ({interface}) at {address} lets us list its users{many}"))
            }
            Err(problem) => Err(format!(
                "{} (the {interface} interface at {address}, {}): no scan can work",
                problem.sentence, self.caller.settings.names.url
            )),
        }
    }

    /// Whose habits it has.
    pub fn interface(&self) -> Interface {
        self.caller.settings.interface
    }
}

#[async_trait]
impl Accounts for AdminInterface {
    fn provider(&self) -> &str {
        &self.provider
    }

    fn list(&self) -> String {
        format!("{} {}", self.interface(), self.address())
    }

    async fn count(&self) -> Result<Option<u64>, ProviderError> {
        self.list.count(&self.caller).await.map_err(|problem| problem.at(&self.provider))
    }

    async fn page(&self, cursor: Option<&str>) -> Result<AccountPage, ProviderError> {
        self.list.page(&self.caller, cursor).await.map_err(|problem| problem.at(&self.provider))
    }

    async fn by_id(&self, reference: &str, known: &Claims) -> Result<Option<Account>, ProviderError> {
        let asked = self.list.by_id(&self.caller, reference, known).await;
        let asked = asked.and_then(|found| match found {
            Some(other) if other.reference != reference => Err(unexpected("it answers for another account")),
            found => Ok(found),
        });
        asked.map_err(|problem| problem.at(&self.provider))
    }
}
