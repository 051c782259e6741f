//! A real Keycloak, with a realm of the project's own. Full run only: it takes a minute to be there.

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use serde_json::{Value, json};

use super::client::{Client, Registered, public_keys};
use super::walk::Page;
use super::{Peer, Person, app, http, plan, process, signed_in};
use crate::support::app::eventually;

pub(crate) struct Keycloak {
    pub(super) issuer: String,
    pub(super) origin: String,
    pub(super) password: String,
}

const SECRET: &str = "keycloak-secret";
/// The client whose service account may use the admin interface, and the secret that it and the webhooks have.
pub(super) const SERVICE: &str = "sparekey-service";
pub(super) const SERVICE_SECRET: &str = "not-a-secret";

impl Keycloak {
    /// Started when the first test asks for it.
    pub(crate) fn shared() -> &'static Self {
        static STARTED: OnceLock<Keycloak> = OnceLock::new();
        STARTED.get_or_init(|| Self::of(&process::start("keycloak.mjs", &json!({}))))
    }

    /// The one that says this of itself.
    pub(super) fn of(facts: &Value) -> Self {
        let text = |name: &str| facts[name].as_str().unwrap().to_owned();
        Self { issuer: text("issuer"), origin: text("admin"), password: text("password") }
    }

    /// A call of the admin API, below the realm. The token lives 60 seconds, so there is a new one for each.
    pub(super) async fn admin(&self, method: Method, path: &str, body: &Value) -> Value {
        self.call(method, &format!("/admin/realms/sparekey{path}"), body).await
    }

    /// The same at any address.
    pub(super) async fn call(&self, method: Method, path: &str, body: &Value) -> Value {
        let address = format!("{}{path}", self.origin);
        let ask = http().request(method, address).bearer_auth(self.token().await);
        let ask = ask.header("content-type", "application/json").body(body.to_string());
        let answer = ask.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path} answers {status}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    async fn token(&self) -> String {
        let address = format!("{}/realms/master/protocol/openid-connect/token", self.origin);
        let form =
            format!("grant_type=password&client_id=admin-cli&username=admin&password={}", self.password);
        let ask = http().post(address).header("content-type", "application/x-www-form-urlencoded");
        let answer: Value =
            serde_json::from_str(&ask.body(form).send().await.unwrap().text().await.unwrap()).unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Keycloak's own id of this person, if it knows them.
    pub(super) async fn find(&self, login: &str) -> Option<String> {
        let path = format!("/users?exact=true&username={login}");
        self.admin(Method::GET, &path, &Value::Null).await[0]["id"].as_str().map(str::to_owned)
    }

    pub(super) async fn id(&self, person: &Person) -> String {
        self.find(&person.login).await.unwrap()
    }

    /// Makes [`SERVICE`], with these roles of realm-management.
    pub(super) async fn let_in_a_service(&self, rights: &[&str]) {
        let client = json!({
            "clientId": SERVICE, "secret": SERVICE_SECRET, "publicClient": false,
            "serviceAccountsEnabled": true, "standardFlowEnabled": false,
        });
        self.admin(Method::POST, "/clients", &client).await;
        let id = async |client: &str| {
            let found = self.admin(Method::GET, &format!("/clients?clientId={client}"), &Value::Null).await;
            found[0]["id"].as_str().unwrap().to_owned()
        };
        let (service, management) = (id(SERVICE).await, id("realm-management").await);
        let account = format!("/clients/{service}/service-account-user");
        let account = self.admin(Method::GET, &account, &Value::Null).await;
        let mut roles = Vec::new();
        for right in rights {
            let role = format!("/clients/{management}/roles/{right}");
            roles.push(self.admin(Method::GET, &role, &Value::Null).await);
        }
        let to = format!("/users/{}/role-mappings/clients/{management}", account["id"].as_str().unwrap());
        self.admin(Method::POST, &to, &json!(roles)).await;
    }

    /// Has it push what happens in the realm, by the extension of Phase Two.
    pub(super) async fn push_to(&self, site: &str) {
        let events = json!({
            "eventsEnabled": true, "adminEventsEnabled": true, "adminEventsDetailsEnabled": true,
            "eventsListeners": ["jboss-logging", "ext-event-webhook"],
        });
        self.admin(Method::PUT, "/events/config", &events).await;
        let webhook = json!({
            "enabled": true, "url": format!("{site}/hooks/main"), "secret": SERVICE_SECRET,
            "eventTypes": ["access.*", "admin.*"],
        });
        self.call(Method::POST, "/realms/sparekey/webhooks", &webhook).await;
    }

    /// How many sessions this person has there.
    async fn sessions(&self, person: &Person) -> usize {
        let path = format!("/users/{}/sessions", self.id(person).await);
        self.admin(Method::GET, &path, &Value::Null).await.as_array().unwrap().len()
    }
}

#[async_trait]
impl Peer for Keycloak {
    fn issuer(&self) -> &str {
        &self.issuer
    }

    async fn register(&self, client: &Client) -> Registered {
        let by_key = client.auth == "private_key_jwt";
        let id = client.site.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        let representation = json!({
            "clientId": id,
            "secret": SECRET,
            "clientAuthenticatorType": if by_key { "client-jwt" } else { "client-secret" },
            "redirectUris": [client.redirect_uri],
            "attributes": {
                "pkce.code.challenge.method": "S256",
                "post.logout.redirect.uris": client.after_log_out(),
                "backchannel.logout.url": client.backchannel(),
                "backchannel.logout.session.required": "true",
                "access.token.lifespan": client.access_seconds.to_string(),
                "use.jwks.string": "true",
                "jwks.string": public_keys().to_string(),
            },
        });
        self.admin(Method::POST, "/clients", &representation).await;
        Registered { id, secret: SECRET.to_owned() }
    }

    async fn put(&self, person: &Person) {
        let representation = json!({
            "username": person.login,
            "enabled": true,
            "firstName": person.given_name,
            "lastName": Person::FAMILY_NAME,
            "email": person.email,
            "emailVerified": true,
            "credentials": [{ "type": "password", "value": person.login, "temporary": false }],
        });
        match self.find(&person.login).await {
            Some(id) => self.admin(Method::PUT, &format!("/users/{id}"), &representation).await,
            None => self.admin(Method::POST, "/users", &representation).await,
        };
    }

    async fn shut_out(&self, person: &Person) {
        let path = format!("/users/{}", self.id(person).await);
        self.admin(Method::PUT, &path, &json!({ "enabled": false })).await;
    }
}

#[tokio::test]
async fn the_administrator_there_logs_a_person_out_of_our_live_sessions() {
    let peer = Keycloak::shared();
    let (app, person) = (app(peer).await, Person::new_at(peer).await);
    let (one, two) = (signed_in(&app, &person).await, signed_in(&app, &person).await);
    let neighbour = signed_in(&app, &Person::new_at(peer).await).await;
    let path = format!("/users/{}/logout", peer.id(&person).await);
    peer.admin(Method::POST, &path, &Value::Null).await;
    for browser in [&one, &two] {
        eventually("the back channel ends it", || async { !browser.is_signed_in().await }).await;
    }
    assert!(neighbour.is_signed_in().await);
    signed_in(&app, &person).await;
}

#[tokio::test]
async fn a_log_out_here_leaves_no_session_there() {
    let peer = Keycloak::shared();
    let (app, person) = (app(peer).await, Person::new_at(peer).await);
    let browser = signed_in(&app, &person).await;
    assert_eq!(peer.sessions(&person).await, 1);
    let out = browser.post("/auth/logout", &[]).await;
    Page::open(&browser, out.location()).await.home();
    assert_eq!(peer.sessions(&person).await, 0);
}

#[tokio::test]
async fn whoever_is_disabled_there_cannot_log_in_and_can_again_once_enabled() {
    let peer = Keycloak::shared();
    let (app, person) = (app(peer).await, Person::new_at(peer).await);
    peer.shut_out(&person).await;
    let browser = app.browser();
    let page = Page::open(&browser, &browser.leave("").await).await;
    let page = page.submit(&person.typed()).await;
    assert!(page.asks() && page.answer.body.contains("Account is disabled"), "{:?}", page.answer);
    peer.put(&person).await;
    signed_in(&app, &person).await;
}

#[tokio::test]
async fn somebody_new_signs_up_there_and_is_signed_in_here() {
    let peer = Keycloak::shared();
    let app = app(peer).await;
    let browser = app.browser();
    let page = Page::open(&browser, browser.get("/auth/signup").await.location()).await;
    assert!(page.answer.body.contains("kc-register-form"));
    let login = app.site.replace(|letter: char| !letter.is_ascii_alphanumeric(), "");
    let email = format!("{login}@example.com");
    let back = page
        .submit(&[
            ("username", &login),
            ("email", &email),
            ("firstName", "Nova"),
            ("lastName", "Tester"),
            ("password", &login),
            ("password-confirm", &login),
        ])
        .await;
    assert_eq!(browser.get(back.home()).await.location(), "/dashboard");
    let me = browser.get("/api/me").await.json();
    assert_eq!((me["email"].as_str(), me["preferred_username"].as_str()), (Some(&*email), Some(&*login)));
}

#[tokio::test]
async fn a_session_with_an_offline_token_is_renewed_too() {
    let peer = Keycloak::shared();
    let mut person = Person::new_at(peer).await;
    let plan = plan(peer, |client| client.access_seconds = 2).await;
    let app = plan.set("OIDC_SCOPES", "openid profile email offline_access").start().await;
    let browser = signed_in(&app, &person).await;
    person.given_name = "Supernova".to_owned();
    peer.put(&person).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(browser.get("/api/me").await.json()["given_name"], "Supernova");
}
