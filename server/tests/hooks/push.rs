//! Deliveries, signed as their senders sign them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use ring::hmac::{HMAC_SHA256, Key, sign};
use serde_json::Value as Json;

use crate::support::app::TestApp;
use crate::support::browser::{Answer, Browser};

/// The secret of the vector in the specification of Standard Webhooks.
pub(crate) const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A delivery.
#[derive(Clone, Debug)]
pub(crate) struct Push {
    pub(crate) to: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Push {
    pub(crate) fn new(body: impl Into<Vec<u8>>) -> Self {
        Self { to: "/hooks/main".into(), headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn to(self, provider: &str) -> Self {
        Self { to: format!("/hooks/{provider}"), ..self }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) async fn by(&self, app: &TestApp) -> Answer {
        self.send(&app.browser()).await
    }

    pub(crate) async fn send(&self, by: &Browser) -> Answer {
        self.try_send(by).await.unwrap()
    }

    pub(crate) async fn try_send(&self, by: &Browser) -> reqwest::Result<Answer> {
        let ask = by.ask(Method::POST, &self.to).header("accept", "*/*");
        let ask = ask.body("application/json", self.body.clone());
        self.headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).try_send().await
    }
}

pub(crate) fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

pub(crate) fn hmac(secret: &[u8], text: &[u8]) -> Vec<u8> {
    sign(&Key::new(HMAC_SHA256, secret), text).as_ref().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A delivery of Standard Webhooks, signed now with this secret.
pub(crate) fn standard(id: &str, body: &Json, secret: &str) -> Push {
    standard_at(id, body, secret, now())
}

pub(crate) fn standard_at(id: &str, body: &Json, secret: &str, time: i64) -> Push {
    let body = body.to_string();
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let tag = hmac(&key, format!("{id}.{time}.{body}").as_bytes());
    Push::new(body)
        .header("webhook-id", id)
        .header("webhook-timestamp", &time.to_string())
        .header("webhook-signature", &format!("v1,{}", STANDARD.encode(tag)))
}
