//! SCIM 2.0: what clients do, as they do it, and what becomes of the users.

mod clients;
mod judge;
mod lists;
mod references;
mod users;

use http::Method;
use serde_json::{Value as Json, json};

use crate::support::app::{Plan, TestApp};
use crate::support::browser::{Answer, Browser};
use crate::support::databases::Database;

const TOKEN: &str = "a-token-of-the-directory";

/// A SCIM client of a provider.
struct Client {
    browser: Browser,
    base: String,
    token: String,
}

impl Client {
    fn of(app: &TestApp, provider: &str, token: &str) -> Self {
        let base = format!("/scim/v2/{provider}");
        Self { browser: app.browser(), base, token: format!("Bearer {token}") }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Json>, headers: &[(&str, &str)]) -> Answer {
        let ask = self.browser.ask(method, &format!("{}{path}", self.base)).header("accept", "*/*");
        let ask = ask.header("authorization", &self.token);
        let ask = match body {
            Some(body) => ask.body("application/scim+json", body.to_string()),
            None => ask,
        };
        headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).send().await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None, &[]).await
    }

    async fn post(&self, body: &Json) -> Answer {
        self.ask(Method::POST, "/Users", Some(body), &[]).await
    }

    async fn put(&self, id: &str, body: &Json) -> Answer {
        self.ask(Method::PUT, &of(id), Some(body), &[]).await
    }

    async fn patch(&self, id: &str, operations: Json) -> Answer {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        });
        self.ask(Method::PATCH, &of(id), Some(&body), &[]).await
    }

    async fn delete(&self, id: &str) -> Answer {
        self.ask(Method::DELETE, &of(id), None, &[]).await
    }

    /// Makes a user and gives its id.
    async fn made(&self, body: &Json) -> String {
        let answer = self.post(body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }
}

/// An application whose provider `main` has a client.
async fn app() -> (TestApp, Client) {
    started(Plan::new().await).await
}

/// The same on a database of this kind.
async fn app_on(database: &Database) -> (TestApp, Client) {
    started(Plan::new().await.set("DATABASE_URL", &database.url)).await
}

async fn started(plan: Plan) -> (TestApp, Client) {
    let app = plan.set("OIDC_SCIM_TOKEN", TOKEN).start().await;
    let client = Client::of(&app, "main", TOKEN);
    (app, client)
}

/// The address of a user.
fn of(id: &str) -> String {
    ["/Users", id].join("/")
}

/// Somebody as a client sends them.
fn person(reference: &str, name: &str) -> Json {
    json!({
        "schemas": [formats::scim::USER],
        "externalId": reference,
        "userName": name,
        "displayName": name,
        "emails": [{ "value": format!("{name}@example.com"), "type": "work", "primary": true }],
        "active": true,
    })
}

/// What is refused says so as SCIM does.
fn assert_refused(answer: &Answer, status: u16, scim_type: Option<&str>, code: &str) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/scim+json");
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!((body["status"].as_str(), body["scimType"].as_str()), (Some(&*status.to_string()), scim_type));
    assert!(body["detail"].as_str().unwrap().starts_with(&format!("{code}: ")), "{body}");
}

/// On each kind of database.
macro_rules! on_each_database {
    ($($name:ident)*) => {
        $(mod $name {
            use crate::support::databases::{Database, Kind};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(&Database::fresh(Kind::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(&Database::fresh(Kind::Postgres).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn mariadb() {
                super::$name(&Database::fresh(Kind::MariaDb).await).await;
            }

            #[cfg(feature = "mongodb")]
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn mongodb() {
                super::$name(&Database::fresh(Kind::MongoDb).await).await;
            }
        })*
    };
}
use on_each_database;
