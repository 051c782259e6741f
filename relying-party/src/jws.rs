//! A compact JWS (RFC 7515) taken apart. Nothing in it is believed before `verify`.
//!
//! `jku`, `jwk`, `x5u` and `x5c` are never looked at: the keys are the provider's (RFC 8725 3.10).

use crate::json::Rule;
use crate::text::Text;
use crate::{Algorithm, Code, Keys, claims, json};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// A token is no larger, in bytes. A signed userinfo answer may be: it is all that is known of a person.
const LARGEST: usize = 1024 * 1024;

pub(crate) struct Jws<'a> {
    header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// A token, as [`Jws::of_any_size`] reads it.
    pub(crate) fn parse(jws: &'a str, typ: &str, careful: &[String]) -> Result<Self, Code> {
        if jws.len() > LARGEST {
            return Err(Code::TokenTooLarge);
        }
        Self::of_any_size(jws, typ, careful)
    }

    /// Strict: three parts, base64url without padding or stray bits, a header without repeated members or
    /// `crit`, and a `typ` that is absent, `JWT` or the one named here. Claims are read by [`claims::read`].
    pub(crate) fn of_any_size(jws: &'a str, typ: &str, careful: &[String]) -> Result<Self, Code> {
        let (header, payload, signature) = parts(jws)?;
        let malformed = Code::TokenMalformed;
        let (head, body) = (decoded(header)?, decoded(payload)?);
        let parsed = Self {
            header: json::object(&Text::strict(&head, malformed)?, malformed, |_| Rule::Refuse)?,
            claims: claims::read(&Text::tolerant(&body, None), malformed, careful)?,
            signed: &jws[..header.len() + 1 + payload.len()],
            signature: decoded(signature)?,
        };
        parsed.check_header(typ)?;
        Ok(parsed)
    }

    /// The algorithm is the client's own, never the token's choice (RFC 8725 3.1).
    pub(crate) fn verify(&self, keys: &Keys, algorithm: Algorithm) -> Result<(), Code> {
        if json::text(&self.header, "alg") != Some(algorithm.as_ref()) {
            return Err(Code::AlgorithmMismatch);
        }
        let kid = json::text(&self.header, "kid");
        keys.verify(algorithm, kid, self.signed.as_bytes(), &self.signature)
    }

    /// RFC 7515 4.1.9 and 4.1.11: `typ` is a media type, `application/` may be left out, case
    /// does not count; an extension that we do not know must not be ignored, and we know none.
    fn check_header(&self, typ: &str) -> Result<(), Code> {
        let fits = match self.header.get("typ") {
            None => true,
            Some(stated) => {
                let stated = stated.as_str().unwrap_or_default().to_ascii_lowercase();
                let short = stated.strip_prefix("application/").unwrap_or(&stated);
                short == "jwt" || short == typ
            }
        };
        if !fits {
            return Err(Code::TypWrong);
        }
        match self.header.get("crit") {
            None => Ok(()),
            Some(_) => Err(Code::CritUnsupported),
        }
    }
}

fn parts(jws: &str) -> Result<(&str, &str, &str), Code> {
    let mut parts = jws.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.count()) {
        (Some(header), Some(payload), Some(signature), 0) => Ok((header, payload, signature)),
        (.., 2) => Err(Code::TokenEncrypted),
        _ => Err(Code::TokenMalformed),
    }
}

fn decoded(part: &str) -> Result<Vec<u8>, Code> {
    BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| Code::TokenMalformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_tokens::{NOW, jws, keys, sign_parts};
    use proptest::prelude::*;
    use serde_json::json;

    fn with_header(header: Value) -> Result<(), Code> {
        let token = jws(&header, &json!({"sub": "a"}));
        Jws::parse(&token, "logout+jwt", &[])?.verify(keys(), Algorithm::RS256).map(drop)
    }

    fn raw(header: &str, payload: &str) -> Result<(), Code> {
        let token = sign_parts(header.as_bytes(), payload.as_bytes());
        Jws::parse(&token, "jwt", &[])?.verify(keys(), Algorithm::RS256).map(drop)
    }

    #[test]
    fn a_well_formed_token_is_read_and_verified() {
        let token = jws(&json!({"alg":"RS256","kid":"k1"}), &json!({"sub":"a","n":NOW}));
        let parsed = Jws::parse(&token, "jwt", &[]).unwrap();
        assert_eq!(parsed.claims["n"], NOW);
        assert_eq!(parsed.verify(keys(), Algorithm::RS256).map(drop), Ok(()));
    }

    #[test]
    fn typ_is_absent_jwt_or_the_kind_that_is_read_here() {
        for typ in
            ["JWT", "jwt", "application/jwt", "Application/JWT", "logout+jwt", "application/logout+jwt"]
        {
            assert_eq!(with_header(json!({"alg":"RS256","typ":typ})), Ok(()), "{typ}");
        }
        for typ in [
            json!("at+jwt"),
            json!("application/at+jwt"),
            json!("secevent+jwt"),
            json!(""),
            json!(null),
            json!(5),
            json!("text/jwt"),
        ] {
            assert_eq!(with_header(json!({"alg":"RS256","typ":typ})), Err(Code::TypWrong), "{typ}");
        }
    }

    #[test]
    fn a_crit_of_any_kind_is_refused() {
        for crit in [json!(["exp"]), json!(["b64"]), json!([]), json!(null)] {
            assert_eq!(with_header(json!({"alg":"RS256","crit":crit})), Err(Code::CritUnsupported));
        }
    }

    #[test]
    fn only_the_pinned_algorithm_is_taken() {
        for alg in [
            json!("none"),
            json!("None"),
            json!(""),
            json!("rs256"),
            json!("RS512"),
            json!("HS256"),
            json!(null),
            json!(["RS256"]),
        ] {
            assert_eq!(with_header(json!({"alg":alg})), Err(Code::AlgorithmMismatch), "{alg}");
        }
        assert_eq!(with_header(json!({})), Err(Code::AlgorithmMismatch));
    }

    #[test]
    fn keys_in_the_header_are_ignored() {
        let foreign = json!({"kty":"oct","k":"AAAA"});
        let header = json!({"alg":"RS256","jwk":foreign,"jku":"https://evil.example","x5u":"https://evil.example","x5c":["AA"]});
        assert_eq!(with_header(header), Ok(()));
    }

    #[test]
    fn a_kid_that_is_no_text_counts_as_absent() {
        assert_eq!(with_header(json!({"alg":"RS256","kid":5})), Ok(()));
    }

    #[test]
    fn a_member_twice_in_header_or_claims_is_refused() {
        assert_eq!(raw(r#"{"alg":"RS256"}"#, r#"{"sub":"a"}"#), Ok(()));
        assert_eq!(raw(r#"{"alg":"none","alg":"RS256"}"#, "{}"), Err(Code::DuplicateMember));
        assert_eq!(raw(r#"{"alg":"RS256"}"#, r#"{"sub":"a","sub":"b"}"#), Err(Code::DuplicateMember));
        assert_eq!(raw(r#"{"alg":"RS256"}"#, r#"{"events":{"b":1,"b":2}}"#), Err(Code::DuplicateMember));
        assert_eq!(raw(r#"{"alg":"RS256","alg":"RS256"}"#, r#"{"sub":"a","sub":"a"}"#), Ok(()));
        assert_eq!(raw(r#"{"alg":"RS256","x":{"a":1,"a":2}}"#, "{}"), Err(Code::DuplicateMember));
    }

    #[test]
    fn what_is_no_jws_is_malformed() {
        let good = jws(&json!({"alg":"RS256"}), &json!({}));
        let (head, signature) = good.rsplit_once('.').unwrap();
        let cases = [
            String::new(),
            ".".into(),
            "..".into(),
            "a.b.c".into(),
            head.into(),
            format!("{good}="),
            format!("{good}\n"),
            format!(" {good}"),
            format!("{head}.{}+", &signature[1..]),
            format!("{good}."),
            format!("{good}.a.b.c"),
            format!("{good}é"),
        ];
        for case in cases {
            assert_eq!(Jws::parse(&case, "jwt", &[]).map(drop), Err(Code::TokenMalformed), "{case}");
        }
        assert_eq!(raw("[]", "{}"), Err(Code::TokenMalformed));
        assert_eq!(raw(r#"{"alg":"RS256"}"#, "[]"), Err(Code::TokenMalformed));
        assert_eq!(raw(r#"{"alg":"RS256"}"#, "\u{feff}{}"), Err(Code::TokenMalformed));
        assert_eq!(raw(r#"{"alg":"RS256"}"#, "{}{}"), Err(Code::TokenMalformed));
        assert_eq!(raw(r#"{"alg":"RS256"}"#, ""), Err(Code::TokenMalformed));
    }

    #[test]
    fn stray_bits_at_the_end_of_the_signature_are_refused() {
        let good = jws(&json!({"alg":"RS256"}), &json!({}));
        // 256 bytes leave four unused bits in the last character, all zero.
        let last = good.chars().last().unwrap();
        assert!("AQgw".contains(last), "{last}");
        let next = char::from(last as u8 + 1);
        let stray = format!("{}{next}", &good[..good.len() - 1]);
        assert_eq!(Jws::parse(&stray, "jwt", &[]).map(drop), Err(Code::TokenMalformed));
    }

    #[test]
    fn five_parts_are_an_encrypted_token() {
        assert_eq!(Jws::parse("a.b.c.d.e", "jwt", &[]).map(drop), Err(Code::TokenEncrypted));
        assert_eq!(Jws::parse("a.b.c.d", "jwt", &[]).map(drop), Err(Code::TokenMalformed));
    }

    #[test]
    fn a_token_is_at_most_1_mib() {
        let sized = |size: usize| Jws::parse(&"a".repeat(size), "jwt", &[]).map(drop);
        assert_eq!(sized(1_048_576), Err(Code::TokenMalformed));
        assert_eq!(sized(1_048_577), Err(Code::TokenTooLarge));
    }

    #[test]
    fn claims_or_headers_of_another_token_do_not_verify() {
        let one = jws(&json!({"alg":"RS256"}), &json!({"sub":"a"}));
        let two = jws(&json!({"alg":"RS256"}), &json!({"sub":"b"}));
        let (head, _) = one.rsplit_once('.').unwrap();
        let (_, signature) = two.rsplit_once('.').unwrap();
        let mixed = format!("{head}.{signature}");
        let parsed = Jws::parse(&mixed, "jwt", &[]).unwrap();
        assert_eq!(parsed.verify(keys(), Algorithm::RS256).map(drop), Err(Code::SignatureInvalid));
        let bare = format!("{head}.");
        let parsed = Jws::parse(&bare, "jwt", &[]).unwrap();
        assert_eq!(parsed.verify(keys(), Algorithm::RS256).map(drop), Err(Code::SignatureInvalid));
    }

    proptest! {
        #[test]
        fn arbitrary_texts_never_panic(text in any::<String>()) {
            let _ = Jws::parse(&text, "jwt", &[]);
        }

        #[test]
        fn arbitrary_headers_and_claims_never_panic(header in any::<String>(), payload in any::<String>()) {
            let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
            let _ = Jws::parse(&format!("{}.{}.", encode(&header), encode(&payload)), "jwt", &[]);
        }
    }
}
