//! npm's `oidc-provider`, which the OpenID Foundation has certified.

use std::sync::OnceLock;

use async_trait::async_trait;
use http::Method;
use serde_json::{Value, json};

use super::client::{Client, Registered, public_keys};
use super::walk::Page;
use super::{Peer, Person, app, http, plan, process, signed_in};
use crate::support::browser::parameter;

pub(crate) struct OidcProvider {
    issuer: String,
}

impl OidcProvider {
    /// With pushed authorization requests; started when the first test asks for it.
    pub(crate) fn shared() -> &'static Self {
        static STARTED: OnceLock<OidcProvider> = OnceLock::new();
        STARTED.get_or_init(|| Self::start(&json!({})))
    }

    /// Without them.
    fn plain() -> &'static Self {
        static STARTED: OnceLock<OidcProvider> = OnceLock::new();
        STARTED.get_or_init(|| Self::start(&json!({ "par": false })))
    }

    fn start(settings: &Value) -> Self {
        let facts = process::start("oidc-provider.mjs", settings);
        Self { issuer: facts["issuer"].as_str().unwrap().to_owned() }
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> String {
        let ask = http().request(method, format!("{}{path}", self.issuer));
        let answer =
            ask.header("content-type", "application/json").body(body.to_string()).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path} answers {status}: {text}");
        text
    }

    /// What has happened to the client of this id.
    async fn events(&self, client: &str) -> Vec<String> {
        let all: Vec<Value> =
            serde_json::from_str(&self.ask(Method::GET, "/events", &Value::Null).await).unwrap();
        let own = all.iter().filter(|event| event["client"] == client);
        own.map(|event| event["what"].as_str().unwrap().to_owned()).collect()
    }
}

#[async_trait]
impl Peer for OidcProvider {
    fn issuer(&self) -> &str {
        &self.issuer
    }

    /// By dynamic registration (RFC 7591).
    async fn register(&self, client: &Client) -> Registered {
        let metadata = json!({
            "redirect_uris": [client.redirect_uri],
            "post_logout_redirect_uris": [client.after_log_out()],
            "backchannel_logout_uri": client.backchannel(),
            "backchannel_logout_session_required": true,
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": client.auth,
            "jwks": public_keys(),
            "access_token_seconds": client.access_seconds,
        });
        let registered: Value =
            serde_json::from_str(&self.ask(Method::POST, "/reg", &metadata).await).unwrap();
        let text = |name: &str| registered[name].as_str().unwrap_or_default().to_owned();
        Registered { id: text("client_id"), secret: text("client_secret") }
    }

    async fn put(&self, person: &Person) {
        let claims = json!({
            "name": format!("{} {}", person.given_name, Person::FAMILY_NAME),
            "given_name": person.given_name,
            "family_name": Person::FAMILY_NAME,
            "email": person.email,
            "email_verified": true,
        });
        self.ask(Method::PUT, &format!("/people/{}", person.login), &claims).await;
    }

    async fn shut_out(&self, person: &Person) {
        self.ask(Method::DELETE, &format!("/people/{}", person.login), &Value::Null).await;
    }
}

#[tokio::test]
async fn without_pushed_requests_the_journey_is_the_same() {
    let peer = OidcProvider::plain();
    let (app, person) = (app(peer).await, Person::new_at(peer).await);
    let authorize = app.browser().leave("").await;
    assert_eq!(parameter(&authorize, "code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(parameter(&authorize, "request_uri"), None);
    signed_in(&app, &person).await;
    super::log_in::an_answer_by_form_signs_in(peer).await;
    super::log_out::a_log_out_ends_here_and_there(peer).await;
}

#[tokio::test]
async fn without_pushed_requests_a_wrong_secret_is_told_on_the_way_back() {
    let peer = OidcProvider::plain();
    let person = Person::new_at(peer).await;
    let mut app = plan(peer, |_| {}).await.start().await;
    let right = app.setting("OIDC_CLIENT_SECRET").to_owned();
    app.restart(&[("OIDC_CLIENT_SECRET", "wrong")]).await;
    let browser = app.browser();
    let refused = super::try_to_log_in(&browser, &person).await;
    assert_eq!(refused.verdict(), (502, "client_refused"));
    assert!(!browser.is_signed_in().await);
    app.restart(&[("OIDC_CLIENT_SECRET", &right)]).await;
    signed_in(&app, &person).await;
}

#[tokio::test]
async fn cancelling_there_is_told_and_the_next_log_in_works() {
    let peer = OidcProvider::shared();
    let (app, person) = (app(peer).await, Person::new_at(peer).await);
    let browser = app.browser();
    let page = Page::open(&browser, &browser.leave("").await).await;
    let back = page.submit(&[("cancel", "yes")]).await;
    assert_eq!(browser.get(back.home()).await.verdict(), (400, "login_cancelled"));
    assert_eq!(super::try_to_log_in(&browser, &person).await.location(), "/dashboard");
}

#[tokio::test]
async fn signing_up_asks_for_the_page_of_that_name() {
    let peer = OidcProvider::shared();
    let (app, person) = (app(peer).await, Person::new_at(peer).await);
    let browser = app.browser();
    let page = Page::open(&browser, browser.get("/auth/signup").await.location()).await;
    assert_eq!(page.answer.heading(), "Sign up");
    let back = page.submit(&person.typed()).await;
    assert_eq!(browser.get(back.home()).await.location(), "/dashboard");
}

#[tokio::test]
async fn a_log_out_revokes_the_tokens_and_the_back_channel_is_content() {
    let peer = OidcProvider::shared();
    let (app, person) = (app(peer).await, Person::new_at(peer).await);
    let browser = signed_in(&app, &person).await;
    let client = app.setting("OIDC_CLIENT_ID").to_owned();
    assert_eq!(peer.events(&client).await, ["par", "token"]);
    let out = browser.post("/auth/logout", &[]).await;
    assert_eq!(peer.events(&client).await, ["par", "token", "revocation"]);
    let page = Page::open(&browser, out.location()).await;
    page.submit(&[("logout", "yes")]).await;
    let events = peer.events(&client).await;
    assert!(events.contains(&"backchannel".to_owned()), "200, though no session was left: {events:?}");
}
