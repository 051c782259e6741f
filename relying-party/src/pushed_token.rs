//! Tokens by which a provider pushes what happened: security event tokens (RFC 8417), and webhooks whose body is a JWT.
//!
//! Whether an id was seen before, and what the events say, is the caller's. No age is refused: a message that waited for
//! hours is as true as when it was sent.

use crate::clock::Clock;
use crate::json::{present, seconds};
use crate::jws::Jws;
use crate::{Algorithm, Code, Keys, LogoutExpected, audience, issuer, subject};
use serde_json::{Map, Value};

/// Believes a security event token, or says why not: its issuer, this client or a trusted audience among those it is
/// for, its signature, its `iat` and `jti`. `now` is in seconds since the Unix epoch.
///
/// # Errors
/// The first check that fails.
pub fn security_event_token(
    jws: &str,
    keys: &Keys,
    expected: &LogoutExpected<'_>,
    now: i64,
) -> Result<Map<String, Value>, Code> {
    let token = Jws::parse(jws, "secevent+jwt", &[])?;
    let claims = &token.claims;
    issuer::check(claims, expected.issuer)?;
    // A stream may have many receivers, or a name of its own.
    let ours = |one: &String| one == expected.client_id || expected.trusted_audiences.contains(one);
    let audiences = audience::audiences(claims).ok_or(Code::AudienceMissing)?;
    if !audiences.iter().any(ours) {
        return Err(Code::AudienceMismatch);
    }
    token.verify(keys, expected.algorithm)?;
    let clock = Clock::new(now, expected.leeway_seconds);
    clock.check_if_stated(claims)?;
    let issued = seconds(claims, "iat").ok_or(Code::IssuedAtMissing)?;
    if clock.is_ahead(issued) {
        return Err(Code::IssuedInFuture);
    }
    subject::named(claims, "jti", Code::JtiMissing)?.ok_or(Code::JtiMissing)?;
    // RFC 8417 4.6: no ID token passes for one.
    match present(claims, "events") {
        Some(Value::Object(events)) if !events.is_empty() && !claims.contains_key("nonce") => {
            Ok(token.claims)
        }
        _ => Err(Code::TypWrong),
    }
}

/// Believes a webhook whose body is a JWT of the provider's, for its signature and its times. What it is must be looked
/// at: ID and access tokens are signed by the same keys.
///
/// # Errors
/// The first check that fails.
pub fn webhook_token(
    jws: &str,
    keys: &Keys,
    algorithm: Algorithm,
    leeway_seconds: u64,
    now: i64,
) -> Result<Map<String, Value>, Code> {
    let token = Jws::parse(jws, "jwt", &[])?;
    token.verify(keys, algorithm)?;
    Clock::new(now, leeway_seconds).check_if_stated(&token.claims)?;
    Ok(token.claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_tokens::{CLIENT, ISSUER, NOW, jws, keys, other_keys, set};
    use serde_json::json;

    const PURGED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-purged";

    fn claims() -> Value {
        json!({"iss": ISSUER, "aud": [CLIENT], "iat": NOW, "jti": "j1",
            "events": {PURGED: {"subject": {"format": "iss_sub", "iss": ISSUER, "sub": "ada"}}}})
    }

    fn of(header: Value, claims: Value) -> Result<Map<String, Value>, Code> {
        let token = jws(&header, &claims);
        security_event_token(&token, keys(), &LogoutExpected::new(ISSUER, CLIENT), NOW)
    }

    fn with(changes: Value) -> Result<(), Code> {
        of(json!({"alg": "RS256", "kid": "k1", "typ": "secevent+jwt"}), set(claims(), changes)).map(drop)
    }

    #[test]
    fn a_good_token_is_believed_with_all_it_says() {
        let believed = of(json!({"alg": "RS256", "typ": "secevent+jwt"}), claims()).unwrap();
        assert_eq!(Value::Object(believed), claims());
        for typ in ["JWT", "application/secevent+jwt"] {
            assert!(of(json!({"alg": "RS256", "typ": typ}), claims()).is_ok(), "{typ}");
        }
        assert!(with(json!({"aud": CLIENT})).is_ok());
        assert!(with(json!({"aud": ["other", CLIENT]})).is_ok());
        assert!(with(json!({"iat": NOW - 30 * 86_400})).is_ok(), "a message may have waited");
        assert!(with(json!({"exp": NOW + 5})).is_ok());
    }

    #[test]
    fn each_check_has_its_code() {
        for (changes, code) in [
            (json!({"iss": "https://evil.example"}), Code::IssuerMismatch),
            (json!({"iss": null}), Code::IssuerMismatch),
            (json!({"aud": "other"}), Code::AudienceMismatch),
            (json!({"aud": null}), Code::AudienceMissing),
            (json!({"iat": null}), Code::IssuedAtMissing),
            (json!({"iat": NOW + 61}), Code::IssuedInFuture),
            (json!({"exp": NOW - 61}), Code::Expired),
            (json!({"jti": null}), Code::JtiMissing),
            (json!({"jti": 5}), Code::JtiMissing),
            (json!({"events": null}), Code::TypWrong),
            (json!({"events": {}}), Code::TypWrong),
            (json!({"events": [PURGED]}), Code::TypWrong),
            (json!({"nonce": "n"}), Code::TypWrong),
        ] {
            assert_eq!(with(changes.clone()), Err(code), "{changes}");
        }
        assert_eq!(of(json!({"alg": "none"}), claims()).map(drop), Err(Code::AlgorithmMismatch));
        assert_eq!(of(json!({"alg": "RS256", "typ": "at+jwt"}), claims()).map(drop), Err(Code::TypWrong));
        let token = jws(&json!({"alg": "RS256"}), &claims());
        let expected = LogoutExpected::new(ISSUER, CLIENT);
        let verdict = security_event_token(&token, other_keys(), &expected, NOW);
        assert_eq!(verdict.map(drop), Err(Code::SignatureInvalid));
        let trusted = ["https://us.example/hooks/main".to_owned()];
        let trusting = LogoutExpected { trusted_audiences: &trusted, ..expected };
        let token = jws(&json!({"alg": "RS256"}), &set(claims(), json!({"aud": trusted[0]})));
        assert!(security_event_token(&token, keys(), &trusting, NOW).is_ok());
    }

    #[test]
    fn a_webhook_s_jwt_is_believed_for_its_signature_and_its_times() {
        let verdict = |header: Value, claims: Value| {
            webhook_token(&jws(&header, &claims), keys(), Algorithm::RS256, 60, NOW).map(Value::Object)
        };
        let event = json!({"type": "user.updated", "event_id": "event_1", "data": {}});
        assert_eq!(
            verdict(json!({"alg": "RS256", "kid": "k1", "typ": "JWT"}), event.clone()),
            Ok(event.clone())
        );
        assert_eq!(verdict(json!({"alg": "HS256"}), event.clone()), Err(Code::AlgorithmMismatch));
        assert_eq!(verdict(json!({"alg": "RS256"}), json!({"exp": NOW - 61})), Err(Code::Expired));
        let token = jws(&json!({"alg": "RS256"}), &event);
        let verdict = webhook_token(&token, other_keys(), Algorithm::RS256, 60, NOW);
        assert_eq!(verdict.map(drop), Err(Code::SignatureInvalid));
    }
}
