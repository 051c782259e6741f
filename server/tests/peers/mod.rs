//! The journey at providers that are none of ours: every promise, at each of them. A third provider is one
//! more file and one more line at the end.

#[cfg(feature = "full-run")]
mod canaille;
mod client;
#[cfg(feature = "full-run")]
mod drill;
#[cfg(feature = "full-run")]
mod keycloak;
#[cfg(feature = "full-run")]
mod keycloak_copy;
mod log_in;
mod log_out;
mod oidc_provider;
mod process;
mod refresh;
mod walk;

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;

use crate::support::app::{Plan, TestApp};
use crate::support::browser::{Answer, Browser};
pub(crate) use client::private_key;
use client::{Client, Registered};
use walk::Page;

/// A provider that is none of ours.
#[async_trait]
pub(crate) trait Peer: Send + Sync {
    /// Its issuer.
    fn issuer(&self) -> &str;
    /// Makes a client for our application.
    async fn register(&self, client: &Client) -> Registered;
    /// Makes this person, or gives the one of that log-in another name.
    async fn put(&self, person: &Person);
    /// This person can no longer log in there.
    async fn shut_out(&self, person: &Person);
    /// Where it ends its own session when somebody asks for it there.
    async fn end_session_endpoint(&self) -> String {
        let address = format!("{}/.well-known/openid-configuration", self.issuer());
        let metadata = http().get(address).send().await.unwrap().text().await.unwrap();
        let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
        metadata["end_session_endpoint"].as_str().unwrap().to_owned()
    }
}

/// Somebody of a test's own.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// What they log in with.
    pub(crate) login: String,
    pub(crate) given_name: String,
    pub(crate) email: String,
}

impl Person {
    pub(crate) const FAMILY_NAME: &str = "Tester";

    /// Whom no other test knows.
    pub(crate) async fn new_at(peer: &dyn Peer) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let login = format!("nova{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let email = format!("{login}@example.com");
        let person = Self { login, given_name: "Nova".to_owned(), email };
        peer.put(&person).await;
        person
    }

    /// What they type into a log-in form, whichever fields it has.
    pub(crate) fn typed(&self) -> [(&str, &str); 3] {
        [("login", &self.login), ("username", &self.login), ("password", &self.login)]
    }
}

/// For what a test does at a provider besides browsing.
pub(crate) fn http() -> reqwest::Client {
    dev_provider::http::client().redirect(reqwest::redirect::Policy::default()).build().unwrap()
}

/// An application that is registered at this provider.
pub(crate) async fn app(peer: &dyn Peer) -> TestApp {
    plan(peer, |_| {}).await.start().await
}

/// As [`app`], with something particular about the client.
pub(crate) async fn plan(peer: &dyn Peer, change: impl FnOnce(&mut Client)) -> Plan {
    let plan = Plan::new().await;
    let mut client = Client::of(&plan.site);
    change(&mut client);
    let registered = peer.register(&client).await;
    let plan = plan.set("OIDC_ISSUER_URL", peer.issuer());
    registered.settings(&client).into_iter().fold(plan, |plan, (name, value)| plan.set(name, &value))
}

/// Logs in by the provider's own pages, and says what our callback answers.
pub(crate) async fn try_to_log_in(browser: &Browser, person: &Person) -> Answer {
    let page = Page::open(browser, &browser.leave("").await).await;
    let page = if page.asks() { page.submit(&person.typed()).await } else { page };
    browser.get(page.home()).await
}

/// A browser of its own in which this person is signed in.
pub(crate) async fn signed_in(app: &TestApp, person: &Person) -> Browser {
    let browser = app.browser();
    assert_eq!(try_to_log_in(&browser, person).await.location(), "/dashboard");
    assert!(browser.is_signed_in().await);
    browser
}

macro_rules! promises {
    ($peer:expr; $($file:ident: $($name:ident)*;)*) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$file::$name($peer).await;
            }
        )*)*
    };
}

macro_rules! every_promise {
    ($name:ident, $peer:expr) => {
        mod $name {
            promises! { $peer;
                log_in:
                    a_person_logs_in_and_the_record_is_right
                    the_next_log_in_finds_the_same_user_and_follows_the_provider
                    the_request_is_pushed
                    an_answer_by_form_signs_in
                    a_secret_in_the_form_is_taken
                    a_signed_assertion_is_taken
                    a_wrong_secret_is_told_and_the_right_one_works
                    an_unregistered_redirect_uri_is_told
                    a_second_log_in_needs_no_password_until_a_fresh_one_is_asked_for;
                log_out:
                    a_log_out_ends_here_and_there
                    a_log_out_there_ends_that_session_here_and_no_other
                    a_log_out_everywhere_ends_every_session_of_the_list;
                refresh:
                    an_expired_access_token_is_renewed_and_the_copy_follows
                    whoever_is_shut_out_there_is_out_at_the_next_refresh;
            }
        }
    };
}

every_promise!(at_oidc_provider, super::oidc_provider::OidcProvider::shared());
#[cfg(feature = "full-run")]
every_promise!(at_keycloak, super::keycloak::Keycloak::shared());
