//! Telling the application who changed: by webhook (Standard Webhooks) or as a SCIM client (RFC 7644), and the back
//! channel for whoever is shut out. What it answered is a sentence for the page.

use axum::http::{Method, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{SecondsFormat, Utc};
use ring::hmac::{HMAC_SHA256, Key, sign};
use serde_json::{Value, json};

use crate::back_channel;
use crate::core::Core;
use crate::keys::random;
use crate::people::Person;
use crate::scim::resource;
use crate::settings::Provisioning;

/// Where a SCIM server has its users (RFC 7644 3.2).
const USERS: &str = "/Users";

/// How the application is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Webhook,
    Scim,
    /// Not at all: its next scan finds it.
    Nothing,
}

impl By {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "scim" => Self::Scim,
            "nothing" => Self::Nothing,
            _ => Self::Webhook,
        }
    }
}

/// Tells that this person has changed, or is gone. What became of it, in a sentence.
pub(crate) async fn tell(core: &Core, by: By, person: &Person, is_gone: bool) -> String {
    let Some(to) = core.provisioning.lock().clone().filter(|_| by != By::Nothing) else {
        return "Nobody was told: the application's next scan finds it.".to_owned();
    };
    let out =
        if is_gone || person.is_blocked { shut_out(core, &person.subject).await } else { String::new() };
    let said = match by {
        By::Scim => provision(core, &to, person, is_gone).await,
        By::Webhook | By::Nothing => deliver(core, &to, person, is_gone).await,
    };
    format!("{said}{out}")
}

/// Ends what lets them in, and tells the applications where they are signed in.
async fn shut_out(core: &Core, subject: &str) -> String {
    let ended = core.books.lock().end_sessions(|session| session.subject == subject);
    core.books.lock().shut_out(subject);
    let statuses: Vec<String> =
        back_channel::tell(core, ended).await.iter().map(|one| one.status.to_string()).collect();
    match statuses.is_empty() {
        true => String::new(),
        false => format!(" To the log-out by the back channel it answered {}.", statuses.join(", ")),
    }
}

/// The one message of Standard Webhooks that says it.
async fn deliver(core: &Core, to: &Provisioning, person: &Person, is_gone: bool) -> String {
    let mut data = if is_gone { Default::default() } else { person.claims.clone() };
    data.insert("sub".into(), json!(person.subject));
    let verb = if is_gone { "user.deleted" } else { "user.updated" };
    let now = Utc::now();
    let body =
        json!({ "type": verb, "timestamp": now.to_rfc3339_opts(SecondsFormat::Millis, true), "data": data });
    let (id, time, body) = (random("msg_"), now.timestamp().to_string(), body.to_string());
    let key = STANDARD.decode(to.webhook_secret.trim_start_matches("whsec_")).unwrap_or_default();
    let tag = sign(&Key::new(HMAC_SHA256, &key), format!("{id}.{time}.{body}").as_bytes());
    let ask = core.http.post(&to.webhook_url).header(header::CONTENT_TYPE, "application/json");
    let ask = ask.header("webhook-id", id).header("webhook-timestamp", time);
    let ask = ask.header("webhook-signature", format!("v1,{}", STANDARD.encode(tag)));
    match ask.body(body).send().await {
        Ok(answer) => format!("To the webhook {verb} it answered {}.", answer.status().as_u16()),
        Err(_) => "The application did not take the webhook: it cannot be reached.".to_owned(),
    }
}

/// What a SCIM client does: it looks for the user by its own id, and makes, replaces or takes away.
async fn provision(core: &Core, to: &Provisioning, person: &Person, is_gone: bool) -> String {
    let filter = format!("externalId eq {}", Value::from(person.subject.as_str()));
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("filter", &filter).finish();
    let Ok((_, found)) = ask(core, to, Method::GET, &format!("{USERS}?{query}"), None).await else {
        return "The application was not told: its SCIM server cannot be reached.".to_owned();
    };
    let id = found["Resources"][0]["id"].as_str();
    let (method, path) = match (id, is_gone) {
        (None, true) => return "It knows nobody who could be taken away by SCIM.".to_owned(),
        (Some(id), true) => (Method::DELETE, format!("{USERS}/{id}")),
        (Some(id), false) => (Method::PUT, format!("{USERS}/{id}")),
        (None, false) => (Method::POST, USERS.to_owned()),
    };
    let body = (!is_gone).then(|| resource(person));
    match ask(core, to, method.clone(), &path, body).await {
        Ok((status, _)) => format!("To the SCIM {method} it answered {status}."),
        Err(_) => "The application was not told: its SCIM server cannot be reached.".to_owned(),
    }
}

async fn ask(
    core: &Core,
    to: &Provisioning,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Result<(u16, Value), reqwest::Error> {
    let ask = core.http.request(method, format!("{}{path}", to.scim_url)).bearer_auth(&to.scim_token);
    let ask = match body {
        Some(body) => ask.header(header::CONTENT_TYPE, "application/scim+json").body(body.to_string()),
        None => ask,
    };
    let answer = ask.send().await?;
    let status = answer.status().as_u16();
    Ok((status, serde_json::from_str(&answer.text().await?).unwrap_or_default()))
}
