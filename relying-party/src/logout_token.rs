//! The token of OpenID Connect Back-Channel Logout 1.0, by every check of its section 2.6.
//!
//! Whether its `jti` was seen before is the caller's to keep, at least until `usable_until`.

use crate::audience::{Audience, AudienceRule};
use crate::clock::Clock;
use crate::json::present;
use crate::jws::Jws;
use crate::{Algorithm, Code, Keys, issuer, subject};
use serde_json::{Map, Value};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What a logout token has to agree with; the fields mean what they mean in [`crate::Expected`].
#[derive(Clone, Debug)]
pub struct LogoutExpected<'a> {
    /// The issuer, byte for byte, or a template.
    pub issuer: &'a str,
    /// Who we are to the provider.
    pub client_id: &'a str,
    /// The one algorithm of this client.
    pub algorithm: Algorithm,
    /// Audiences that it may name beside the client.
    pub trusted_audiences: &'a [String],
    /// How far the clocks may differ.
    pub leeway_seconds: u64,
}

impl<'a> LogoutExpected<'a> {
    /// RS256, 60 seconds of leeway, no further audiences.
    pub fn new(issuer: &'a str, client_id: &'a str) -> Self {
        Self { issuer, client_id, algorithm: Algorithm::RS256, trusted_audiences: &[], leeway_seconds: 60 }
    }
}

/// A logout token that passed every check. With a `sid` it ends that session, and with a `sub` beside it those
/// sessions of the subject whose ID token named no `sid`; with a `sub` alone all of the subject's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogoutToken {
    /// `iss`.
    pub issuer: String,
    /// `sub`; at least one of it and `sid` is there.
    pub subject: Option<String>,
    /// `sid`.
    pub sid: Option<String>,
    /// Its id, to be taken once per issuer.
    pub jti: String,
    /// From then on it is refused, for its `exp` or for its `iat`: never far ahead, whatever `exp` it states.
    pub usable_until: i64,
}

/// Believes a logout token, or says why not. `now` is in seconds since the Unix epoch.
///
/// # Errors
/// The first check that fails.
pub fn logout_token(
    jws: &str,
    keys: &Keys,
    expected: &LogoutExpected<'_>,
    now: i64,
) -> Result<LogoutToken, Code> {
    let token = Jws::parse(jws, "logout+jwt", &[])?;
    let claims = &token.claims;
    let issuer = issuer::check(claims, expected.issuer)?.to_owned();
    let (client_id, trusted) = (expected.client_id, expected.trusted_audiences);
    Audience { client_id, issuer: expected.issuer, trusted, rule: AudienceRule::Client }.check(claims)?;
    token.verify(keys, expected.algorithm)?;
    let clock = Clock::new(now, expected.leeway_seconds);
    let (issued, expires) = clock.check(claims)?;
    check_event(claims)?;
    let jti = subject::named(claims, "jti", Code::JtiMissing)?.ok_or(Code::JtiMissing)?;
    // An odd `sid` must not turn "this session" into "all sessions of the subject".
    let sid = subject::named(claims, "sid", Code::SidInvalid)?;
    let subject = subject::named(claims, "sub", Code::SubjectInvalid)?;
    if sid.is_none() && subject.is_none() {
        return Err(Code::SubjectAndSidMissing);
    }
    let usable_until = clock.usable_until(issued, expires);
    Ok(LogoutToken { issuer, subject, sid, jti, usable_until })
}

/// Whether a token says that it is a logout token.
pub(crate) fn has_event(claims: &Map<String, Value>) -> bool {
    claims.get("events").is_some_and(|events| events.get(EVENT).is_some())
}

/// Back-Channel Logout 2.4: the event is an object, and a nonce is prohibited, so that no ID
/// token passes for a logout token.
fn check_event(claims: &Map<String, Value>) -> Result<(), Code> {
    let event = present(claims, "events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(Code::LogoutEventMissing);
    }
    if claims.contains_key("nonce") {
        return Err(Code::LogoutNoncePresent);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_tokens::{CLIENT, ISSUER, NOW, jws, keys, other_keys, set};
    use serde_json::json;

    fn claims() -> Value {
        json!({"iss": ISSUER, "aud": CLIENT, "iat": NOW, "exp": NOW + 120, "jti": "j1",
            "sub": "ada", "sid": "s1", "events": {EVENT: {}}})
    }

    fn of(header: Value, claims: Value) -> Result<LogoutToken, Code> {
        let token = jws(&header, &claims);
        logout_token(&token, keys(), &LogoutExpected::new(ISSUER, CLIENT), NOW)
    }

    fn with(changes: Value) -> Result<LogoutToken, Code> {
        of(json!({"alg":"RS256","kid":"k1","typ":"logout+jwt"}), set(claims(), changes))
    }

    #[test]
    fn a_good_logout_token_is_believed() {
        let expected = LogoutToken {
            issuer: ISSUER.into(),
            subject: Some("ada".into()),
            sid: Some("s1".into()),
            jti: "j1".into(),
            usable_until: NOW + 180,
        };
        assert_eq!(with(json!({})), Ok(expected));
    }

    #[test]
    fn its_typ_is_absent_jwt_or_logout_jwt() {
        for typ in ["JWT", "logout+jwt", "Logout+JWT", "application/logout+jwt"] {
            assert!(of(json!({"alg":"RS256","typ":typ}), claims()).is_ok(), "{typ}");
        }
        assert!(of(json!({"alg":"RS256"}), claims()).is_ok());
        for typ in ["at+jwt", "secevent+jwt", ""] {
            assert_eq!(of(json!({"alg":"RS256","typ":typ}), claims()), Err(Code::TypWrong));
        }
    }

    #[test]
    fn a_subject_or_a_session_is_enough() {
        let subject_only = with(json!({"sid": null})).unwrap();
        assert_eq!((subject_only.subject.as_deref(), subject_only.sid), (Some("ada"), None));
        let session_only = with(json!({"sub": null})).unwrap();
        assert_eq!((session_only.subject, session_only.sid.as_deref()), (None, Some("s1")));
        assert_eq!(with(json!({"sub": null, "sid": null})), Err(Code::SubjectAndSidMissing));
    }

    #[test]
    fn an_odd_sid_or_subject_is_refused_and_not_ignored() {
        for odd in [json!(5), json!(""), json!(["s1"]), json!("s".repeat(256)), json!("a\0")] {
            assert_eq!(with(json!({"sid": odd})), Err(Code::SidInvalid), "{odd}");
            assert_eq!(with(json!({"sub": odd})), Err(Code::SubjectInvalid), "{odd}");
        }
    }

    #[test]
    fn the_event_is_an_object_under_its_name() {
        assert!(with(json!({"events": {EVENT: {"x": 1}, "urn:other": {}}})).is_ok());
        for odd in [
            json!(null),
            json!({}),
            json!([EVENT]),
            json!(EVENT),
            json!({"urn:other": {}}),
            json!({EVENT: null}),
            json!({EVENT: true}),
            json!({EVENT: []}),
        ] {
            assert_eq!(with(json!({"events": odd})), Err(Code::LogoutEventMissing), "{odd}");
        }
    }

    #[test]
    fn a_nonce_of_any_kind_is_refused() {
        for nonce in [json!("n"), json!(""), json!(5)] {
            assert_eq!(with(json!({"nonce": nonce})), Err(Code::LogoutNoncePresent));
        }
        let mut claims = claims();
        claims["nonce"] = Value::Null;
        assert_eq!(of(json!({"alg":"RS256"}), claims), Err(Code::LogoutNoncePresent));
    }

    #[test]
    fn an_id_is_required() {
        assert!(with(json!({"jti": "j".repeat(255)})).is_ok());
        for odd in [json!(null), json!(""), json!(5), json!("j".repeat(256))] {
            assert_eq!(with(json!({"jti": odd})), Err(Code::JtiMissing), "{odd}");
        }
    }

    #[test]
    fn times_are_required_and_fresh() {
        assert!(with(json!({"exp": NOW - 59})).is_ok());
        assert_eq!(with(json!({"exp": NOW - 60})), Err(Code::Expired));
        assert_eq!(with(json!({"exp": null})), Err(Code::ExpiryMissing));
        assert_eq!(with(json!({"iat": null})), Err(Code::IssuedAtMissing));
        assert!(with(json!({"iat": NOW - 600})).is_ok());
        assert_eq!(with(json!({"iat": NOW - 601})), Err(Code::IssuedTooLongAgo));
        assert_eq!(with(json!({"iat": NOW + 61})), Err(Code::IssuedInFuture));
        let token = jws(&json!({"alg":"RS256"}), &set(claims(), json!({"exp": NOW - 1})));
        let strict = LogoutExpected { leeway_seconds: 0, ..LogoutExpected::new(ISSUER, CLIENT) };
        assert_eq!(logout_token(&token, keys(), &strict, NOW), Err(Code::Expired));
    }

    #[test]
    fn it_is_usable_until_its_exp_or_its_iat_ends_that() {
        let until = |changes| with(changes).map(|token| token.usable_until);
        assert_eq!(until(json!({"exp": NOW + 540})), Ok(NOW + 600));
        assert_eq!(until(json!({"exp": NOW + 542})), Ok(NOW + 601));
        assert_eq!(until(json!({"exp": i64::MAX, "iat": NOW - 600})), Ok(NOW + 1));
        assert_eq!(until(json!({"exp": 1e300})), Ok(NOW + 601));
        assert_eq!(with(json!({"exp": NOW + 1000, "iat": NOW - 601})), Err(Code::IssuedTooLongAgo));
    }

    #[test]
    fn issuer_audience_algorithm_and_signature_are_checked() {
        assert_eq!(with(json!({"iss": "https://evil.example"})), Err(Code::IssuerMismatch));
        assert_eq!(with(json!({"aud": "other"})), Err(Code::AudienceMismatch));
        assert_eq!(with(json!({"aud": [CLIENT, "other"], "azp": CLIENT})), Err(Code::AudienceUntrusted));
        assert_eq!(with(json!({"azp": "other"})), Err(Code::AuthorizedPartyMismatch));
        assert_eq!(of(json!({"alg":"none"}), claims()), Err(Code::AlgorithmMismatch));
        let token = jws(&json!({"alg":"RS256"}), &claims());
        let expected = LogoutExpected::new(ISSUER, CLIENT);
        assert_eq!(logout_token(&token, other_keys(), &expected, NOW), Err(Code::SignatureInvalid));
        let other = LogoutExpected { algorithm: Algorithm::PS256, ..expected.clone() };
        assert_eq!(logout_token(&token, keys(), &other, NOW), Err(Code::AlgorithmMismatch));
        let trusted = ["other".to_owned()];
        let trusting = LogoutExpected { trusted_audiences: &trusted, ..expected };
        let token =
            jws(&json!({"alg":"RS256"}), &set(claims(), json!({"aud": [CLIENT, "other"], "azp": CLIENT})));
        assert!(logout_token(&token, keys(), &trusting, NOW).is_ok());
    }

    #[test]
    fn a_template_names_the_tenant() {
        let guid = "9188040d-6c67-4c5b-b112-36a304b66dad";
        let expected = LogoutExpected::new("https://login.example/{tenantid}/v2.0", CLIENT);
        let iss = format!("https://login.example/{guid}/v2.0");
        let token = jws(&json!({"alg":"RS256"}), &set(claims(), json!({"iss": iss, "tid": guid})));
        assert!(logout_token(&token, keys(), &expected, NOW).is_ok());
        let another = json!({"iss": iss, "tid": guid.replace('9', "8")});
        let token = jws(&json!({"alg":"RS256"}), &set(claims(), another));
        assert_eq!(logout_token(&token, keys(), &expected, NOW), Err(Code::IssuerMismatch));
    }

    #[test]
    fn an_id_token_is_no_logout_token() {
        let id_token = json!({"iss": ISSUER, "aud": CLIENT, "iat": NOW, "exp": NOW + 120,
            "sub": "ada", "nonce": "n", "jti": "j"});
        assert_eq!(of(json!({"alg":"RS256","typ":"JWT"}), id_token), Err(Code::LogoutEventMissing));
    }
}
