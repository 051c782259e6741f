//! The userinfo answer (OpenID Connect Core 5.3): plain JSON, or a JWT that the provider signed.
//!
//! It is worth nothing unless it is about the subject of the ID token (5.3.2): an access token
//! may have been swapped for somebody else's.

use crate::clock::Clock;
use crate::json::present;
use crate::jws::Jws;
use crate::text::Text;
use crate::{Code, Expected, Keys, claims, issuer};
use serde_json::{Map, Value};

/// Believes a userinfo answer about `subject`, or says why not. Of `expected` only what is common
/// to all tokens counts: nonce, `at_hash`, `acr` and `auth_time` are the ID token's.
///
/// # Errors
/// The first check that fails. A signed answer must be signed with the client's algorithm; its
/// `iss`, `aud`, `exp` and `nbf` need not be there, but are checked where they are.
pub fn userinfo(
    content_type: Option<&str>,
    body: &[u8],
    subject: &str,
    keys: &Keys,
    expected: &Expected<'_>,
    now: i64,
) -> Result<Map<String, Value>, Code> {
    let claims = if is_jwt(content_type) {
        signed(body, keys, expected, now)?
    } else {
        let text = Text::tolerant(body, parameter(content_type, "charset")).without_mark();
        claims::read(&text, Code::UserinfoMalformed, expected.careful_claims)?
    };
    match present(&claims, "sub") {
        None => Err(Code::UserinfoSubjectMissing),
        Some(stated) if stated == subject => Ok(claims),
        Some(_) => Err(Code::UserinfoSubjectMismatch),
    }
}

fn signed(body: &[u8], keys: &Keys, expected: &Expected<'_>, now: i64) -> Result<Map<String, Value>, Code> {
    let jws = std::str::from_utf8(body).map_err(|_| Code::UserinfoMalformed)?;
    let token = Jws::of_any_size(jws.trim_ascii(), "jwt", expected.careful_claims)?;
    let claims = &token.claims;
    if present(claims, "iss").is_some() {
        issuer::check(claims, expected.issuer)?;
    }
    if present(claims, "aud").is_some() {
        expected.audience().check(claims)?;
    }
    token.verify(keys, expected.algorithm)?;
    Clock::new(now, expected.leeway_seconds).check_if_stated(claims)?;
    Ok(token.claims)
}

/// `application/jwt`, in any case and with any parameters.
fn is_jwt(content_type: Option<&str>) -> bool {
    let media_type = content_type.and_then(|stated| stated.split(';').next()).unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/jwt")
}

/// A parameter of a media type (RFC 9110 8.3.1).
fn parameter<'a>(media_type: Option<&'a str>, name: &str) -> Option<&'a str> {
    let mut parameters = media_type?.split(';').skip(1).filter_map(|one| one.split_once('='));
    let (_, value) = parameters.find(|(stated, _)| stated.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Algorithm;
    use crate::test_tokens::{CLIENT, ISSUER, NOW, jws, keys, other_keys};
    use proptest::prelude::*;
    use serde_json::json;

    fn plain(body: &str) -> Result<Map<String, Value>, Code> {
        read(Some("application/json;charset=utf-8"), body)
    }

    fn read(content_type: Option<&str>, body: &str) -> Result<Map<String, Value>, Code> {
        userinfo(content_type, body.as_bytes(), "ada", keys(), &Expected::new(ISSUER, CLIENT), NOW)
    }

    fn token(claims: Value) -> Result<Map<String, Value>, Code> {
        read(Some("application/jwt"), &jws(&json!({"alg":"RS256","kid":"k1"}), &claims))
    }

    #[test]
    fn a_plain_answer_about_the_same_subject_is_believed() {
        let claims = plain(r#"{"sub":"ada","email":"a@b.c","odd":[null]}"#).unwrap();
        assert_eq!(claims["email"], "a@b.c");
        for content_type in [None, Some("application/json"), Some("text/html"), Some("application/jwt+x")] {
            assert!(read(content_type, r#"{"sub":"ada"}"#).is_ok(), "{content_type:?}");
        }
    }

    #[test]
    fn an_answer_without_or_about_another_subject_is_refused() {
        for body in ["{}", r#"{"sub":null}"#] {
            assert_eq!(plain(body), Err(Code::UserinfoSubjectMissing), "{body}");
        }
        for body in [
            r#"{"sub":"eve"}"#,
            r#"{"sub":"Ada"}"#,
            r#"{"sub":"ada "}"#,
            r#"{"sub":["ada"]}"#,
            r#"{"sub":5}"#,
        ] {
            assert_eq!(plain(body), Err(Code::UserinfoSubjectMismatch), "{body}");
        }
    }

    #[test]
    fn what_is_no_object_or_says_things_twice_is_refused() {
        for body in ["", "[]", "<html>", "null", r#""ada""#] {
            assert_eq!(plain(body), Err(Code::UserinfoMalformed), "{body}");
        }
        assert_eq!(plain(r#"{"sub":"eve","sub":"ada"}"#), Err(Code::DuplicateMember));
    }

    #[test]
    fn odd_claims_cost_nothing_but_themselves() {
        let latin = |content_type| {
            let body = b"{\"sub\":\"ada\",\"name\":\"J\xf6rg\",\"email\":\"j\xf6@b.c\",\"x\":1e400}";
            userinfo(content_type, body, "ada", keys(), &Expected::new(ISSUER, CLIENT), NOW).unwrap()
        };
        for (content_type, name) in [
            (Some("application/json"), "J\u{fffd}rg"),
            (Some("application/json; charset=utf-8"), "J\u{fffd}rg"),
            (Some("application/json; x=\"y\" ; Charset=\"ISO-8859-1\""), "Jörg"),
        ] {
            let claims = latin(content_type);
            assert_eq!((&claims["name"], claims.get("email")), (&json!(name), None), "{content_type:?}");
        }
        assert!(plain("\u{feff}{\"sub\":\"ada\"}").is_ok());
        let careful = ["oid".to_owned()];
        let expected = Expected { careful_claims: &careful, ..Expected::new(ISSUER, CLIENT) };
        let body =
            br#"{"sub":"ada","sub":"ada","oid":1,"oid":2,"name":"A","name":"B","email":"a","email":"b"}"#;
        let claims = userinfo(None, body, "ada", keys(), &expected, NOW).unwrap();
        assert_eq!(Value::Object(claims), json!({"sub":"ada","name":"B"}));
    }

    #[test]
    fn a_subject_in_other_bytes_than_utf8_is_refused() {
        for content_type in [None, Some("application/json; charset=iso-8859-1")] {
            let of = |subject: &str| {
                let expected = Expected::new(ISSUER, CLIENT);
                userinfo(content_type, b"{\"sub\":\"\xf6\"}", subject, keys(), &expected, NOW)
            };
            assert_eq!(of("ö"), Err(Code::UserinfoMalformed));
            assert_eq!(of("\u{fffd}"), Err(Code::UserinfoMalformed));
        }
    }

    #[test]
    fn a_signed_answer_may_be_larger_than_a_token() {
        let claims: Map<String, Value> =
            (0..30).map(|n| (format!("x{n}"), "x".repeat(50_000).into())).collect();
        let mut claims = Value::Object(claims);
        claims["sub"] = json!("ada");
        assert_eq!(token(claims).map(|claims| claims.len()), Ok(31));
    }

    #[test]
    fn a_signed_answer_needs_no_more_than_the_subject() {
        assert!(token(json!({"sub": "ada"})).is_ok());
        let all = json!({"sub": "ada", "iss": ISSUER, "aud": CLIENT, "exp": NOW + 1, "iat": 0});
        assert!(token(all).is_ok());
        let body = format!("{}\n", jws(&json!({"alg":"RS256"}), &json!({"sub": "ada"})));
        assert!(read(Some(" Application/JWT ; charset=utf-8"), &body).is_ok());
    }

    #[test]
    fn what_a_signed_answer_states_is_checked() {
        let with = |name: &str, value: Value| {
            let mut claims = json!({"sub": "ada"});
            claims[name] = value;
            token(claims).map(drop)
        };
        assert_eq!(with("iss", json!("https://evil.example")), Err(Code::IssuerMismatch));
        assert_eq!(with("aud", json!("other")), Err(Code::AudienceMismatch));
        assert_eq!(with("exp", json!(NOW - 60)), Err(Code::Expired));
        assert_eq!(with("nbf", json!(NOW + 61)), Err(Code::NotYetValid));
        assert_eq!(with("sub", json!("eve")), Err(Code::UserinfoSubjectMismatch));
        assert_eq!(with("sub", json!(null)), Err(Code::UserinfoSubjectMissing));
    }

    #[test]
    fn a_signed_answer_is_signed_by_the_providers_key_with_the_clients_algorithm() {
        let good = jws(&json!({"alg":"RS256","kid":"k1"}), &json!({"sub": "ada"}));
        let none = jws(&json!({"alg":"none"}), &json!({"sub": "ada"}));
        let expected = Expected::new(ISSUER, CLIENT);
        let of = |body: &str, keys, expected: &Expected<'_>| {
            userinfo(Some("application/jwt"), body.as_bytes(), "ada", keys, expected, NOW).map(drop)
        };
        assert_eq!(of(&good, keys(), &expected), Ok(()));
        assert_eq!(of(&good, other_keys(), &expected), Err(Code::SignatureInvalid));
        assert_eq!(of(&none, keys(), &expected), Err(Code::AlgorithmMismatch));
        let other = Expected { algorithm: Algorithm::ES256, ..expected.clone() };
        assert_eq!(of(&good, keys(), &other), Err(Code::AlgorithmMismatch));
        assert_eq!(of(r#"{"sub":"ada"}"#, keys(), &expected), Err(Code::TokenMalformed));
        let odd = userinfo(Some("application/jwt"), b"\xff", "ada", keys(), &expected, NOW);
        assert_eq!(odd, Err(Code::UserinfoMalformed));
    }

    #[test]
    fn a_token_in_a_plain_answer_is_no_object() {
        let body = jws(&json!({"alg":"RS256"}), &json!({"sub": "ada"}));
        assert_eq!(read(None, &body), Err(Code::UserinfoMalformed));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100), jwt in any::<bool>()) {
            let content_type = jwt.then_some("application/jwt");
            let expected = Expected::new(ISSUER, CLIENT);
            prop_assert!(userinfo(content_type, &bytes, "ada", keys(), &expected, NOW).is_err());
        }
    }
}
