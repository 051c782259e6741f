//! One test for each check of the ID token, each beside what passes it.

use super::*;
use crate::test_tokens::{
    CLIENT, ISSUER, NOW, ed25519, jws, keys, other_keys, p256, p384, rsa_jwk, rsa_signature, set, signed_by,
};
use proptest::prelude::*;
use serde_json::json;

const NONCE: &str = "n-0S6_WzA2Mj";

fn expected() -> Expected<'static> {
    Expected { nonce: Some(NONCE), ..Expected::new(ISSUER, CLIENT) }
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": CLIENT, "sub": "ada", "iat": NOW, "exp": NOW + 300, "nonce": NONCE})
}

fn token(changes: Value) -> String {
    jws(&json!({"alg": "RS256", "kid": "k1"}), &set(claims(), changes))
}

fn with(changes: Value) -> Result<IdToken, Code> {
    id_token(&token(changes), keys(), &expected(), NOW)
}

fn asked(expected: Expected<'_>, changes: Value) -> Result<(), Code> {
    id_token(&token(changes), keys(), &expected, NOW).map(drop)
}

fn header(header: Value) -> Result<(), Code> {
    id_token(&jws(&header, &claims()), keys(), &expected(), NOW).map(drop)
}

#[test]
fn a_good_token_gives_its_claims() {
    let changes = json!({"sid": "s1", "auth_time": NOW - 5, "acr": "1", "amr": ["pwd", "otp"],
        "session_expiry": NOW + 900, "email": "a@b.c"});
    let token = with(changes.clone()).unwrap();
    let read = IdToken {
        issuer: ISSUER.into(),
        subject: "ada".into(),
        audience: vec![CLIENT.into()],
        issued_at: NOW,
        expires_at: NOW + 300,
        nonce: Some(NONCE.into()),
        sid: Some("s1".into()),
        auth_time: Some(NOW - 5),
        acr: Some("1".into()),
        session_expiry: Some(NOW + 900),
        claims: set(claims(), changes).as_object().unwrap().clone(),
    };
    assert_eq!(token, read);
}

#[test]
fn the_usual_is_rs256_with_60_seconds_and_nothing_else() {
    let usual = Expected::new(ISSUER, CLIENT);
    assert_eq!((usual.algorithm, usual.leeway_seconds), (Algorithm::RS256, 60));
    assert!(usual.nonce.is_none() && usual.refreshed.is_none() && usual.max_age.is_none());
    assert!(usual.trusted_audiences.is_empty() && usual.audience_rule == AudienceRule::Client);
}

#[test]
fn odd_claims_that_were_not_asked_for_cost_nothing() {
    for odd in [
        json!("x"),
        json!(NOW + 5),
        json!({"a": 1}),
        json!([1, null]),
        json!(true),
        json!("2026-01-01T00:00:00Z"),
        json!("a\u{fffd}"),
    ] {
        let names = [
            "email_verified",
            "updated_at",
            "locale",
            "address",
            "picture",
            "acr",
            "amr",
            "auth_time",
            "sid",
            "session_expiry",
            "azp_",
            "events",
            "jti",
            "c_hash",
        ];
        for name in names {
            assert!(with(json!({name: odd})).is_ok(), "{name} {odd}");
        }
    }
    let token =
        with(json!({"acr": {}, "amr": "pwd", "auth_time": "x", "sid": 5, "session_expiry": "x"})).unwrap();
    let odd = (token.acr, token.auth_time, token.sid, token.session_expiry);
    assert_eq!(odd, (None, None, None, None));
    assert_eq!(with(json!({"sid": ""})).unwrap().sid, None);
    assert_eq!(with(json!({"auth_time": NOW + 61})).unwrap().auth_time, None, "yet to come");
    assert_eq!(with(json!({"auth_time": NOW + 60})).unwrap().auth_time, Some(NOW + 60));
}

#[test]
fn a_session_that_is_over_already_does_not_begin() {
    assert_eq!(with(json!({"session_expiry": NOW + 1})).unwrap().session_expiry, Some(NOW + 1));
    for over in [NOW, NOW - 1, 0] {
        assert_eq!(with(json!({"session_expiry": over})).map(drop), Err(Code::Expired), "{over}");
    }
}

#[test]
fn its_typ_is_that_of_a_jwt() {
    assert_eq!(header(json!({"alg":"RS256","typ":"JWT"})), Ok(()));
    for typ in ["at+jwt", "logout+jwt", "application/logout+jwt"] {
        assert_eq!(header(json!({"alg":"RS256","typ":typ})), Err(Code::TypWrong));
    }
    assert_eq!(header(json!({"alg":"RS256","crit":["exp"],"exp":1})), Err(Code::CritUnsupported));
}

#[test]
fn a_logout_token_is_no_id_token() {
    let event = "http://schemas.openid.net/event/backchannel-logout";
    assert_eq!(with(json!({"events": {event: {}}})).map(drop), Err(Code::LogoutTokenAsIdToken));
    assert_eq!(with(json!({"events": {event: null}})).map(drop), Err(Code::LogoutTokenAsIdToken));
    assert!(with(json!({"events": {"urn:other": {}}})).is_ok());
}

#[test]
fn it_is_from_the_issuer_and_for_the_client() {
    assert_eq!(with(json!({"iss": "https://op.example/"})).map(drop), Err(Code::IssuerMismatch));
    assert_eq!(with(json!({"iss": null})).map(drop), Err(Code::IssuerMismatch));
    assert_eq!(with(json!({"aud": "other"})).map(drop), Err(Code::AudienceMismatch));
    assert_eq!(with(json!({"azp": "other"})).map(drop), Err(Code::AuthorizedPartyMismatch));
    let two = json!({"aud": [CLIENT, "api"], "azp": CLIENT});
    assert_eq!(asked(expected(), two.clone()), Err(Code::AudienceUntrusted));
    let trusted = ["api".to_owned()];
    assert_eq!(asked(Expected { trusted_audiences: &trusted, ..expected() }, two), Ok(()));
    let kinde = json!({"aud": [ISSUER], "azp": CLIENT});
    assert_eq!(asked(expected(), kinde.clone()), Err(Code::AudienceMismatch));
    assert_eq!(asked(Expected { audience_rule: AudienceRule::ClientOrIssuer, ..expected() }, kinde), Ok(()));
}

#[test]
fn a_template_takes_the_tenant_that_the_token_names() {
    let guid = "9188040d-6c67-4c5b-b112-36a304b66dad".to_owned();
    let changes = json!({"iss": format!("https://l.example/{guid}/v2.0"), "tid": guid});
    let template = Expected { issuer: "https://l.example/{tenantid}/v2.0", ..expected() };
    assert_eq!(asked(template.clone(), changes.clone()), Ok(()));
    let other = json!({"iss": changes["iss"], "tid": guid.replace('9', "8")});
    assert_eq!(asked(template, other), Err(Code::IssuerMismatch));
}

#[test]
fn its_algorithm_is_the_clients() {
    assert_eq!(header(json!({"alg":"none"})), Err(Code::AlgorithmMismatch));
    assert_eq!(header(json!({"alg":"HS256"})), Err(Code::AlgorithmMismatch));
    let hs256 = Expected { algorithm: Algorithm::HS256, ..expected() };
    assert_eq!(asked(hs256, json!({})), Err(Code::AlgorithmMismatch));
}

#[test]
fn a_public_key_is_never_an_hmac_secret() {
    use openidconnect::PrivateSigningKey;
    let n = rsa_jwk(0, "k1").to_string();
    let sign = |m: &[u8]| {
        let key = openidconnect::core::CoreHmacKey::new(n.as_bytes());
        key.sign(&crate::test_tokens::to_core(Algorithm::HS256), m).unwrap()
    };
    let forged = signed_by(br#"{"alg":"HS256","kid":"k1"}"#, claims().to_string().as_bytes(), sign);
    let hs256 = Expected { algorithm: Algorithm::HS256, ..expected() };
    assert_eq!(id_token(&forged, keys(), &expected(), NOW).map(drop), Err(Code::AlgorithmMismatch));
    assert_eq!(id_token(&forged, keys(), &hs256, NOW).map(drop), Err(Code::KeyUnknown));
    assert!(id_token(&forged, &Keys::from_secret(n.as_bytes()), &hs256, NOW).is_ok());
}

#[test]
fn its_signature_is_the_providers() {
    let token = token(json!({}));
    let refused = id_token(&token, other_keys(), &expected(), NOW).map(drop);
    assert_eq!(refused, Err(Code::SignatureInvalid));
    assert_eq!(header(json!({"alg":"RS256","kid":"k9"})), Err(Code::KeyUnknown));
    assert_eq!(header(json!({"alg":"RS256"})), Ok(()));
}

#[test]
fn its_times_are_checked_with_leeway() {
    assert!(with(json!({"exp": NOW - 59})).is_ok());
    assert_eq!(with(json!({"exp": NOW - 60})).map(drop), Err(Code::Expired));
    assert_eq!(with(json!({"exp": null})).map(drop), Err(Code::ExpiryMissing));
    assert!(with(json!({"iat": NOW - 600})).is_ok());
    assert_eq!(with(json!({"iat": NOW - 601})).map(drop), Err(Code::IssuedTooLongAgo));
    assert_eq!(with(json!({"nbf": NOW + 61})).map(drop), Err(Code::NotYetValid));
    let strict = || Expected { leeway_seconds: 0, ..expected() };
    assert_eq!(asked(strict(), json!({"exp": NOW + 1})), Ok(()));
    assert_eq!(asked(strict(), json!({"exp": NOW})), Err(Code::Expired));
    assert_eq!(asked(strict(), json!({"iat": NOW + 1})), Err(Code::IssuedInFuture));
}

#[test]
fn its_nonce_is_that_of_the_attempt() {
    assert_eq!(with(json!({"nonce": null})).map(drop), Err(Code::NonceMissing));
    for other in
        [json!("other"), json!(""), json!(5), json!([NONCE]), json!(format!("{NONCE} ")), json!(NONCE[1..])]
    {
        assert_eq!(with(json!({"nonce": other})).map(drop), Err(Code::NonceMismatch), "{other}");
    }
    let none_sent = Expected { nonce: None, ..expected() };
    assert_eq!(asked(none_sent, json!({"nonce": "any"})), Ok(()));
}

/// OpenID Connect Core A.3 gives this pair for RS256.
const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
const AT_HASH: &str = "77QmUPtjPfzWtF2AnpK9RQ";

#[test]
fn an_at_hash_that_is_there_is_that_of_the_access_token() {
    let with_token = || Expected { access_token: Some(ACCESS_TOKEN), ..expected() };
    assert_eq!(asked(with_token(), json!({"at_hash": AT_HASH})), Ok(()));
    assert_eq!(asked(with_token(), json!({})), Ok(()));
    assert_eq!(asked(expected(), json!({"at_hash": "other"})), Ok(()));
    for other in [json!("other"), json!(""), json!(5), json!(format!("{AT_HASH}=")), json!(AT_HASH[1..])] {
        assert_eq!(
            asked(with_token(), json!({"at_hash": other})),
            Err(Code::AccessTokenHashMismatch),
            "{other}"
        );
    }
    let other = Expected { access_token: Some("other"), ..expected() };
    assert_eq!(asked(other, json!({"at_hash": AT_HASH})), Err(Code::AccessTokenHashMismatch));
}

#[test]
fn every_algorithm_has_its_own_hash() {
    use Algorithm::*;
    let rsa = |alg| {
        (
            alg,
            rsa_jwk(0, "k"),
            Box::new(move |m: &[u8]| rsa_signature(0, alg, m)) as Box<dyn Fn(&[u8]) -> Vec<u8>>,
        )
    };
    let cases = [
        (rsa(PS256), 16),
        (rsa(RS384), 24),
        (rsa(RS512), 32),
        ((ES256, p256().jwk, Box::new(|m: &[u8]| p256().sign(m)) as _), 16),
        ((ES384, p384().jwk, Box::new(|m: &[u8]| p384().sign(m)) as _), 24),
        ((EdDSA, ed25519().jwk, Box::new(|m: &[u8]| ed25519().sign(m)) as _), 32),
    ];
    for ((algorithm, jwk, sign), length) in cases {
        let keys = Keys::parse(json!({"keys": [jwk]}).to_string().as_bytes()).unwrap();
        let hash = algorithm.half_hash(b"at");
        assert_eq!(hash.len(), length, "{algorithm}");
        let claims = set(claims(), json!({"at_hash": BASE64_URL_SAFE_NO_PAD.encode(hash)}));
        let header = json!({"alg": algorithm.as_ref()}).to_string();
        let token = signed_by(header.as_bytes(), claims.to_string().as_bytes(), sign);
        let expected = Expected { algorithm, access_token: Some("at"), ..expected() };
        assert!(id_token(&token, &keys, &expected, NOW).is_ok(), "{algorithm}");
    }
}

#[test]
fn an_acr_that_was_asked_for_is_one_of_those() {
    let wanted = ["2".to_owned(), "3".to_owned()];
    let stepped = || Expected { acr_values: &wanted, ..expected() };
    assert_eq!(asked(stepped(), json!({"acr": "2"})), Ok(()));
    assert_eq!(asked(stepped(), json!({"acr": "3"})), Ok(()));
    for unmet in [json!(null), json!("1"), json!(2), json!(["2"]), json!("")] {
        assert_eq!(asked(stepped(), json!({"acr": unmet})), Err(Code::AcrUnmet), "{unmet}");
    }
}

#[test]
fn an_authentication_that_was_asked_for_is_fresh() {
    let fresh = || Expected { max_age: Some(100), ..expected() };
    assert_eq!(asked(fresh(), json!({"auth_time": NOW - 160})), Ok(()));
    assert_eq!(asked(fresh(), json!({"auth_time": NOW - 161})), Err(Code::AuthTimeTooOld));
    assert_eq!(asked(fresh(), json!({"auth_time": NOW + 60})), Ok(()));
    assert_eq!(asked(fresh(), json!({"auth_time": NOW + 61})), Err(Code::AuthTimeInFuture));
    for odd in [json!(null), json!("1700000000"), json!({})] {
        assert_eq!(asked(fresh(), json!({"auth_time": odd})), Err(Code::AuthTimeMissing), "{odd}");
    }
}

#[test]
fn its_subject_is_a_text_of_1_to_255_bytes() {
    assert_eq!(with(json!({"sub": "s".repeat(255)})).unwrap().subject.len(), 255);
    assert_eq!(with(json!({"sub": null})).map(drop), Err(Code::SubjectMissing));
    for odd in [json!(""), json!("s".repeat(256)), json!(5), json!("a\0b")] {
        assert_eq!(with(json!({"sub": odd})).map(drop), Err(Code::SubjectInvalid), "{odd}");
    }
}

#[test]
fn half_a_character_is_kept_from_the_subject_but_not_from_the_name() {
    let of = |payload: String| {
        let token =
            signed_by(br#"{"alg":"RS256"}"#, payload.as_bytes(), |m| rsa_signature(0, Algorithm::RS256, m));
        id_token(&token, keys(), &expected(), NOW)
    };
    let text = set(claims(), json!({"name": "NAME"})).to_string();
    let token = of(text.replace("NAME", r"Ada \ud83d")).unwrap();
    assert_eq!(token.claims["name"], "Ada \u{fffd}");
    assert_eq!(of(text.replace(r#""ada""#, r#""ada\ud83d""#)).map(drop), Err(Code::SubjectInvalid));
}

#[test]
fn a_refreshed_token_is_about_the_same_person() {
    let audience = [CLIENT.to_owned()];
    let first = PreviousToken { issuer: ISSUER, subject: "ada", audience: &audience };
    let asked = |first: &PreviousToken<'_>, changes: Value| {
        let expected = Expected { refreshed: Some(first.clone()), ..expected() };
        id_token(&token(changes), keys(), &expected, NOW).map(drop)
    };
    assert_eq!(asked(&first, json!({})), Ok(()));
    assert_eq!(asked(&first, json!({"nonce": null})), Ok(()));
    assert_eq!(asked(&first, json!({"nonce": "other"})), Err(Code::NonceMismatch));
    assert_eq!(asked(&first, json!({"sub": "eve"})), Err(Code::SubjectChanged));
    assert_eq!(asked(&first, json!({"iat": NOW - 601})), Err(Code::IssuedTooLongAgo));
    let elsewhere = PreviousToken { issuer: "https://other.example", ..first.clone() };
    assert_eq!(asked(&elsewhere, json!({})), Err(Code::IssuerChanged));
}

#[test]
fn a_refreshed_token_has_the_same_audiences_in_any_order() {
    let trusted = ["api".to_owned()];
    let two = [CLIENT.to_owned(), "api".to_owned()];
    let of = |first: &[String], aud: Value| {
        let refreshed = Some(PreviousToken { issuer: ISSUER, subject: "ada", audience: first });
        let expected = Expected { refreshed, trusted_audiences: &trusted, ..expected() };
        id_token(&token(json!({"aud": aud, "azp": CLIENT})), keys(), &expected, NOW).map(drop)
    };
    assert_eq!(of(&two, json!(["api", CLIENT])), Ok(()));
    assert_eq!(of(&two, json!(CLIENT)), Err(Code::AudienceChanged));
    assert_eq!(of(&two[..1], json!([CLIENT, "api"])), Err(Code::AudienceChanged));
    // Where the provider lists a project's clients, others join and leave it.
    let refreshed = Some(PreviousToken { issuer: ISSUER, subject: "ada", audience: &two });
    let among = Expected { refreshed, audience_rule: AudienceRule::ClientAmongOthers, ..expected() };
    assert_eq!(asked(among.clone(), json!({"aud": [CLIENT, "new"], "azp": CLIENT})), Ok(()));
    assert_eq!(asked(among, json!({"aud": ["new"], "azp": CLIENT})), Err(Code::AudienceMismatch));
    assert_eq!(of(&two[..1], json!([CLIENT])), Ok(()));
}

#[test]
fn the_first_check_that_fails_is_the_one_that_is_named() {
    // All of it wrong; from each refusal on, what it refuses is set right.
    let steps = [
        (json!({}), Code::IssuerMismatch),
        (json!({"iss": ISSUER}), Code::AudienceMismatch),
        (json!({"aud": CLIENT}), Code::AlgorithmMismatch),
    ];
    let wrong = json!({"iss": "x", "aud": "x", "exp": 1, "nbf": NOW + 900, "iat": 1, "nonce": "x",
        "at_hash": "x", "acr": "x", "auth_time": 1, "sub": ""});
    let wanted = ["1".to_owned()];
    let all =
        Expected { access_token: Some(ACCESS_TOKEN), acr_values: &wanted, max_age: Some(1), ..expected() };
    let mut now = set(claims(), wrong);
    for (change, refusal) in steps {
        now = set(now, change);
        let token = jws(&json!({"alg":"none","kid":"k9"}), &now);
        assert_eq!(id_token(&token, keys(), &all, NOW).map(drop), Err(refusal));
    }
    let unknown = jws(&json!({"alg":"RS256","kid":"k9"}), &now);
    assert_eq!(id_token(&unknown, keys(), &all, NOW).map(drop), Err(Code::KeyUnknown));
    let signed = jws(&json!({"alg":"RS256"}), &now);
    assert_eq!(id_token(&signed, other_keys(), &all, NOW).map(drop), Err(Code::SignatureInvalid));
    let steps = [
        (json!({}), Code::Expired),
        (json!({"exp": NOW + 9}), Code::NotYetValid),
        (json!({"nbf": NOW}), Code::IssuedTooLongAgo),
        (json!({"iat": NOW}), Code::NonceMismatch),
        (json!({"nonce": NONCE}), Code::AccessTokenHashMismatch),
        (json!({"at_hash": AT_HASH}), Code::AcrUnmet),
        (json!({"acr": "1"}), Code::AuthTimeTooOld),
        (json!({"auth_time": NOW}), Code::SubjectInvalid),
    ];
    for (change, refusal) in steps {
        now = set(now, change);
        let token = jws(&json!({"alg":"RS256"}), &now);
        assert_eq!(id_token(&token, keys(), &all, NOW).map(drop), Err(refusal));
    }
    let token = jws(&json!({"alg":"RS256"}), &set(now, json!({"sub": "ada"})));
    assert_eq!(id_token(&token, keys(), &all, NOW).map(drop), Ok(()));
}

proptest! {
    #[test]
    fn any_changed_bit_is_refused(at in any::<prop::sample::Index>(), bit in 0..7u8) {
        let good = token(json!({}));
        let mut changed = good.clone().into_bytes();
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert!(id_token(&changed, keys(), &expected(), NOW).is_err());
    }

    #[test]
    fn any_json_as_a_claim_never_panics(name in "iss|aud|azp|sub|exp|iat|nbf|nonce|at_hash|acr|auth_time|amr|sid|events|session_expiry", value in json_value()) {
        let wanted = ["1".to_owned()];
        let all = Expected { access_token: Some("at"), acr_values: &wanted, max_age: Some(u64::MAX), leeway_seconds: u64::MAX, ..expected() };
        let _ = asked(all, json!({name: value}));
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
