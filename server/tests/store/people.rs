//! People, sessions and attempts for the contract.

use chrono::{DateTime, TimeDelta, Utc};
use identity::{
    Access, Attempt, Claims, Device, Digest, Extent, Joins, Observation, Origin, Secret, Session, Source,
    Standing, Ticket, Timestamp, Tokens, UserId,
};
use serde_json::json;
use uuid::Uuid;

use crate::support::opened::{Opened, Recorded};

pub const ISSUER: &str = "https://id.example.com";

/// A point in time that has microseconds, and seconds after it.
pub fn at(seconds: i64) -> Timestamp {
    let start: DateTime<Utc> = "2026-11-21T10:00:00.123456Z".parse().unwrap();
    start + TimeDelta::seconds(seconds)
}

pub fn id() -> UserId {
    UserId(Uuid::now_v7())
}

pub fn digest(text: &str) -> Digest {
    let mut bytes = [0; 32];
    for (at, byte) in text.bytes().enumerate() {
        bytes[at % 32] ^= byte.rotate_left(u32::try_from(at / 32).unwrap());
    }
    Digest(bytes)
}

pub fn claims(claims: serde_json::Value) -> Claims {
    claims.as_object().unwrap().clone()
}

/// A log-in of this subject.
pub fn login(subject: &str, seconds: i64, stated: serde_json::Value) -> Observation {
    Observation {
        provider: "main".to_owned(),
        issuer: ISSUER.to_owned(),
        subject: subject.to_owned(),
        origin: Origin {
            at: at(seconds),
            received_at: at(seconds + 1),
            source: Source::Login,
            actor: None,
            run: None,
        },
        extent: Extent::Partial,
        claims: claims(stated),
        standing: Some(Standing::Present),
    }
}

/// A log-in of this subject with an e-mail and a name.
pub fn plain_login(subject: &str, seconds: i64) -> Observation {
    login(subject, seconds, json!({ "sub": subject, "email": "ada@example.com", "name": "Ada Lovelace" }))
}

pub async fn record(store: &Opened, observation: &Observation) -> Recorded {
    store.record(observation, id(), None).await.unwrap().unwrap()
}

/// A session of a user, named for the test.
pub fn session(name: &str, user: UserId, seconds: i64) -> Session {
    Session {
        id: digest(name),
        user,
        provider: "main".to_owned(),
        issuer: ISSUER.to_owned(),
        subject: "ada".to_owned(),
        sid: Some(format!("sid of {name}")),
        created_at: at(seconds),
        last_used_at: at(seconds),
        expires_at: at(seconds + 1000),
        auth_time: Some(at(seconds - 5)),
        is_reauthentication: true,
        acr: Some("urn:acr:höchst".to_owned()),
        refresh_at: tokens(0).refresh_at(),
        device: Device { user_agent: Some("Mozilla/5.0 🦊".to_owned()), address: Some("::1".to_owned()) },
        tokens: tokens(0),
        access: Access { access_token: claims(json!({ "permissions": ["a:b"] })), ..Access::default() },
    }
}

pub fn tokens(generation: i64) -> Tokens {
    Tokens {
        id_token: Some("an id token".to_owned()),
        access_token: Some("an access token".to_owned()),
        refresh_token: Some(format!("refresh token {generation}")),
        access_expires_at: Some(at(60)),
        generation,
        audience: vec!["client".to_owned()],
        nonce: Some("n".to_owned()),
    }
}

/// An attempt of a browser.
pub fn attempt(state: &str, browser: &str) -> Attempt {
    Attempt {
        state: digest(state),
        browser: digest(browser),
        provider: "main".to_owned(),
        issuer: ISSUER.to_owned(),
        nonce: Secret::new([1; 32]),
        verifier: Secret::new([2; 32]),
        return_to: "/dashboard?ä=%2F".to_owned(),
        max_age: Some(300),
        acr_values: vec!["a".to_owned(), "b".to_owned()],
        joins: Joins::Nobody,
        is_reauthentication: false,
        created_at: at(0),
        expires_at: at(1800),
    }
}

/// The ticket of such an attempt.
pub fn ticket(state: &str, browser: &str) -> Ticket {
    attempt(state, browser).to_ticket().unwrap()
}
