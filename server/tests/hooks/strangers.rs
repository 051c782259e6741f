//! Who is no provider: refused so often, and then unread. What is a provider's is never kept out by it.

use futures::future::join_all;
use http::Method;
use serde_json::json;

use super::{WHSEC, standard};
use crate::support::app::{Plan, TestApp};
use crate::support::browser::{Answer, Browser};
use crate::support::raw::send;

const TOKEN: &str = "a-token-of-the-directory";
/// Sent at once.
const LANES: usize = 50;

async fn app() -> TestApp {
    let plan = Plan::new().await.set("OIDC_WEBHOOK_SECRET", WHSEC).set("OIDC_SCIM_TOKEN", TOKEN);
    plan.set("TRUSTED_PROXIES", "127.0.0.0/8").start().await
}

/// A message of the provider's, from this address.
async fn signed(by: &Browser, from: &str) -> u16 {
    let body = json!({"type": "user.created", "timestamp": "2026-11-29T10:00:00Z", "data": {"sub": "a"}});
    standard("1", &body, WHSEC).header("x-forwarded-for", from).send(by).await.status.as_u16()
}

/// What a request with nothing that proves it is answered.
async fn unproved(by: &Browser, method: &Method, path: &str, from: &str) -> Answer {
    let ask = by.ask(method.clone(), path).header("accept", "*/*").header("x-forwarded-for", from);
    ask.header("authorization", "Bearer nobody's").body("application/json", "{}").send().await
}

/// So many of them at once.
async fn many(by: &Browser, method: &Method, path: &str, from: &str) -> Vec<Answer> {
    join_all((0..LANES).map(|_| unproved(by, method, path, from))).await
}

#[tokio::test]
async fn a_flood_of_what_nothing_proves_is_stopped_wherever_providers_push() {
    let app = app().await;
    let browser = app.browser();
    for (n, (method, path, status)) in [
        (Method::POST, "/hooks/main", 401),
        (Method::POST, "/hooks/nobody", 404),
        (Method::PUT, "/hooks/main", 405),
        (Method::GET, "/scim/v2/main/Users", 401),
        (Method::POST, "/scim/v2/main/Users", 401),
        (Method::GET, "/scim/v2/nobody/Users", 404),
    ]
    .into_iter()
    .enumerate()
    {
        let from = format!("192.0.2.{n}");
        let (mut judged, mut stopped) = (0, None);
        // What comes back to a client meanwhile is less than what it sends.
        while stopped.is_none() && judged < 4000 {
            for answer in many(&browser, &method, path, &from).await {
                match answer.status.as_u16() {
                    429 => stopped = Some(answer),
                    other => {
                        assert_eq!(other, status, "{path} {answer:?}");
                        judged += 1;
                    }
                }
            }
        }
        let stopped = stopped.unwrap_or_else(|| panic!("a flood of {path} is stopped"));
        assert!(judged >= 600, "{path}: {judged}");
        assert!(stopped.body.contains("too_many_requests"), "{stopped:?}");
        assert_eq!(stopped.header("retry-after"), "5", "{path}");
        // Nobody else is, nor is whoever floods kept from the pages.
        assert_eq!(unproved(&browser, &method, path, "198.51.100.9").await.status, status, "{path}");
        assert_eq!(unproved(&browser, &Method::GET, "/healthz", &from).await.status, 200);
    }
    // The body of one too many is not waited for, which would take 20 seconds.
    let head = b"POST /hooks/main HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 192.0.2.0\r\n\
                 content-length: 100000\r\nconnection: close\r\n\r\n";
    let mut unread = 0;
    while unread != 429 {
        assert!(matches!(unread, 0 | 408), "{unread}");
        while many(&browser, &Method::POST, "/hooks/main", "192.0.2.0")
            .await
            .iter()
            .all(|one| one.status != 429)
        {}
        unread = send(app.door, head).await.status;
    }
}

#[tokio::test]
async fn what_is_a_providers_counts_for_nothing_and_is_heard_in_a_flood_from_its_own_address() {
    let app = app().await;
    let browser = app.browser();
    let (of_hooks, of_scim) = ("203.0.113.7", "203.0.113.8");
    for turn in 0..900 {
        assert_eq!(signed(&browser, of_hooks).await, 200, "{turn}");
    }
    for turn in 0..900 {
        let ask = browser.ask(Method::GET, "/scim/v2/main/Users/none").header("accept", "*/*");
        let ask = ask.header("x-forwarded-for", of_scim).header("authorization", &format!("Bearer {TOKEN}"));
        assert_eq!(ask.send().await.status, 404, "{turn}");
    }
    // Strangers send from there too: other customers of the provider, or all behind a proxy that nobody named.
    for known in [of_hooks, of_scim] {
        for _ in 0..2000 / LANES {
            for answer in many(&browser, &Method::POST, "/hooks/main", known).await {
                assert_eq!(answer.status, 401, "{answer:?}");
            }
        }
        assert_eq!(signed(&browser, known).await, 200);
    }
}
