//! Every fault changes something, and nothing outside its own place: all that a client can
//! see is written down as facts, once honestly and once for each fault, and compared.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use dev_provider::{Endpoint, Fault};
use reqwest::Response;
use serde_json::Value;

use crate::client::{Rp, header, now, part, sent_back};

type Facts = BTreeMap<String, String>;

/// What may differ under a fault of each group: its own place, then whatever follows from it.
fn places(group: &str) -> (&'static str, &'static [&'static str]) {
    match group {
        "Authorization response" => ("response", &["token", "id", "userinfo", "refresh"]),
        "ID token" => ("id", &["userinfo", "refresh"]),
        "Token endpoint" => ("token", &["id", "userinfo", "refresh"]),
        "Userinfo" => ("userinfo", &[]),
        "Odd claims" => ("userinfo", &["id", "refresh"]),
        "Metadata" => ("metadata", &["response", "token", "id", "userinfo", "refresh"]),
        "Keys" => ("keys", &[]),
        "Refresh" => ("refresh", &[]),
        "Logout token" => ("logout", &[]),
        _ => ("other", &[]),
    }
}

#[tokio::test]
async fn every_fault_changes_its_own_place_and_no_other() {
    let rp = Rp::new().await;
    let keys = crate::client::json(rp.get("/jwks", "").await).await;
    OUR_KEY.get_or_init(|| keys["keys"][0].clone());
    let honest = everything(&rp).await;
    assert_eq!(difference(&honest, &everything(&rp).await), BTreeSet::new());
    let mut wrong = Vec::new();
    for fault in Fault::ALL {
        let name = fault.name();
        if name.ends_with("_slow") || name.ends_with("_drip") {
            continue;
        }
        rp.provider.faults().set(*fault);
        let changed = difference(&honest, &everything(&rp).await);
        rp.provider.faults().clear_all();
        let (own, follows) = places(fault.group());
        let bites = changed.contains(own);
        let stays = changed.iter().all(|place| place == own || follows.contains(&place.as_str()));
        if !bites || !stays {
            wrong.push(format!("{name} changed {changed:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(rp.provider.calls().count(Endpoint::Trap), 0);
}

fn difference(before: &Facts, after: &Facts) -> BTreeSet<String> {
    let names = before.keys().chain(after.keys());
    names
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| name.split('.').next().unwrap().to_owned())
        .collect()
}

async fn everything(rp: &Rp) -> Facts {
    let mut facts = Facts::new();
    let metadata = rp.get("/.well-known/openid-configuration", "").await;
    document(&mut facts, "metadata", metadata).await;
    document(&mut facts, "keys", rp.get("/jwks", "").await).await;
    let extra = [("acr_values", "gold"), ("scope", "openid profile email address phone offline")];
    let answer = sent_back(&rp.ask("dev|0001", &extra).await);
    for (name, value) in answer.iter() {
        let fact = facts.entry(format!("response.{name}")).or_default();
        *fact += if value.starts_with("dpco_") { "a code" } else { value };
    }
    if let Some(code) = answer.get("code") {
        let tokens = document(&mut facts, "token", rp.redeem(code).await).await;
        let text = |member: &str| tokens[member].as_str().unwrap_or_default().to_owned();
        token(&mut facts, "id", &text("id_token"));
        let userinfo = rp.userinfo(&text("access_token")).await;
        document(&mut facts, "userinfo", userinfo).await;
        let refreshed = rp.refresh(&text("refresh_token")).await;
        let refreshed = document(&mut facts, "refresh", refreshed).await;
        token(&mut facts, "refresh.id", refreshed["id_token"].as_str().unwrap_or_default());
    }
    let logout = rp.provider.logout_token("sparekey", Some("dev|0001"), Some("a sid"));
    token(&mut facts, "logout", &logout);
    let request = Rp::request(&[]);
    let params = dev_provider::Params::parse(request.as_bytes());
    let form: Vec<(&str, &str)> = params.iter().collect();
    document(&mut facts, "other.par", rp.post("/par", &form).await).await;
    let revoked = rp.post("/revoke", &[("token", "unknown")]).await;
    document(&mut facts, "other.revoke", revoked).await;
    let ended = rp.get("/logout?redirect=http://localhost:3000", "").await;
    document(&mut facts, "other.end_session", ended).await;
    facts
}

/// Status, headers and members of an answer.
async fn document(facts: &mut Facts, place: &str, response: Response) -> Value {
    let mut fact = |name: &str, value: String| facts.insert(format!("{place}.{name}"), value);
    fact("status", response.status().to_string());
    for name in ["content-type", "cache-control", "location"] {
        fact(name, header(&response, name).to_owned());
    }
    let text = response.text().await.unwrap();
    if text.split('.').count() == 3 && text.starts_with("ey") {
        fact("signed", part(&text, 0).to_string());
        fact("signed by", by(&text));
    }
    fact("colons", text.matches("\":").count().to_string());
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    fact("kind", if value.is_null() { text } else { kind(&value) });
    for (name, value) in value.as_object().into_iter().flatten() {
        fact(&format!("member {name}"), masked(name, value));
    }
    value
}

fn kind(value: &Value) -> String {
    let kind = if value.is_object() { "object" } else { "other" };
    kind.to_owned()
}

/// Header, claims, signer and shape of a JWS.
fn token(facts: &mut Facts, place: &str, jws: &str) {
    let mut fact = |name: &str, value: String| facts.insert(format!("{place}.{name}"), value);
    fact("header", part(jws, 0).to_string());
    fact("parts", jws.split('.').count().to_string());
    fact("signature", by(jws));
    fact("colons", part_colons(jws));
    for (name, value) in part(jws, 1).as_object().into_iter().flatten() {
        fact(&format!("claim {name}"), masked(name, value));
    }
}

/// How many members the payload's text has: a parser would hide repeated ones.
fn part_colons(jws: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = jws.split('.').nth(1).unwrap_or_default();
    let text = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    String::from_utf8_lossy(&text).matches("\":").count().to_string()
}

/// Whose signature it is, told by trying.
fn by(jws: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use openidconnect::{JsonWebKey, core::CoreJsonWebKey};
    let Some((signed, signature)) = jws.rsplit_once('.') else {
        return "nobody".to_owned();
    };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else {
        return "no base64url".to_owned();
    };
    let algorithm = serde_json::from_value(part(jws, 0)["alg"].clone());
    let ours = OUR_KEY.get().cloned();
    let key: Option<CoreJsonWebKey> = ours.and_then(|key| serde_json::from_value(key).ok());
    match (algorithm, key) {
        (Ok(algorithm), Some(key)) => key
            .verify_signature(&algorithm, signed.as_bytes(), &signature)
            .map_or("somebody else", |()| "us")
            .to_owned(),
        _ => "no algorithm".to_owned(),
    }
}

static OUR_KEY: std::sync::OnceLock<Value> = std::sync::OnceLock::new();

/// Random values as the word for them, times as tens of seconds from now.
fn masked(name: &str, value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    match name {
        "access_token" | "refresh_token" | "id_token" if text.len() > 9 => "a token".to_owned(),
        "request_uri" if text.len() > 40 => "a request".to_owned(),
        "jti" if text.len() > 40 => "random".to_owned(),
        "sid" if text.starts_with("sid_") => "random".to_owned(),
        "at_hash" if text.len() == 22 && !text.starts_with("AAAAA") => "a hash".to_owned(),
        "iat" | "exp" | "nbf" | "auth_time" if value.is_i64() => {
            let from_now = value.as_i64().unwrap() - now();
            format!("about {}", (from_now as f64 / 10.0).round() as i64)
        }
        _ => value.to_string(),
    }
}

#[tokio::test]
async fn a_slow_answer_waits_for_its_delay_or_its_release() {
    let rp = Rp::new().await;
    let faults = rp.provider.faults();
    faults.set(Fault::JwksSlow);
    faults.slow_for(Duration::from_millis(200));
    let began = Instant::now();
    assert_eq!(rp.get("/jwks", "").await.status(), 200);
    assert!(began.elapsed() >= Duration::from_millis(200));
    faults.slow_for(Duration::from_secs(600));
    let (response, ()) = tokio::join!(rp.get("/jwks", ""), async {
        while faults.held() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        faults.release();
    });
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_redirect_that_is_followed_is_seen_to_be() {
    let rp = Rp::new().await;
    rp.provider.faults().set(Fault::UserinfoRedirect);
    let tokens = rp.log_in("dev|0001", &[]).await;
    let response = rp.userinfo(tokens.text("access_token")).await;
    assert_eq!(response.status(), 307);
    assert!(!rp.provider.calls().last(Endpoint::Userinfo).unwrap().followed());
    let target = header(&response, "location").to_owned();
    let followed = rp.http.get(target).bearer_auth(tokens.text("access_token"));
    assert_eq!(followed.send().await.unwrap().status(), 200);
    assert!(rp.provider.calls().last(Endpoint::Userinfo).unwrap().followed());
}

#[tokio::test]
async fn a_dripping_answer_is_alive_and_does_not_end() {
    let rp = Rp::new().await;
    rp.provider.faults().set(Fault::JwksDrip);
    let mut response = rp.get("/jwks", "").await;
    assert_eq!(response.chunk().await.unwrap().unwrap().len(), 1);
    let rest = tokio::time::timeout(Duration::from_millis(500), response.text());
    assert!(rest.await.is_err());
}
