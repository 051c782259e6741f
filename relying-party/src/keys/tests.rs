//! Which keys are kept, which one a token is verified with, and that every algorithm works.

use super::*;
use crate::test_tokens::{ed25519, p256, p256_of, p384, rsa_jwk, rsa_signature, short_rsa_jwk, to_core};
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;

fn set(keys: Value) -> Keys {
    Keys::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn rsa(changes: Value) -> Value {
    let mut jwk = rsa_jwk(0, "k1");
    jwk.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    jwk
}

/// Verifies a signature that key 0 made with RS256.
fn verdict(keys: &Keys, kid: Option<&str>) -> Result<(), Code> {
    let signature = rsa_signature(0, Algorithm::RS256, b"message");
    keys.verify(Algorithm::RS256, kid, b"message", &signature).map(drop)
}

#[test]
fn a_set_is_an_object_with_a_list_of_keys() {
    for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":null}"#, "<html>"] {
        assert_eq!(Keys::parse(text.as_bytes()).map(drop), Err(Code::KeysMalformed), "{text}");
    }
    assert!(set(json!([])).kids().is_empty());
}

#[test]
fn odd_keys_cost_nothing_but_themselves() {
    let text = format!(
        r#"{{"keys":[null,5,{{}},{{"kty":"RSA"}},{{"kty":5}},{{"kty":"oct","k":"AAAA"}},
        {{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}},{{"kty":"OKP","crv":"X25519","x":"AA"}},
        {{"kty":"RSA","kid":"twice","kid":"again","n":"AQ","e":"AQAB"}},
        {{"kty":"RSA","kid":"n","n":"!","e":"AQAB"}},{}]}}"#,
        rsa_jwk(0, "k1")
    );
    let keys = Keys::parse(text.as_bytes()).unwrap();
    assert_eq!(keys.kids(), ["k1"]);
    assert_eq!(verdict(&keys, Some("k1")), Ok(()));
}

#[test]
fn a_key_is_read_however_its_base64_is_written() {
    use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE};
    for (alg, jwk, signature) in one_of_each_kind() {
        for write in [BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE]
            .map(|engine| move |b: &[u8]| engine.encode(b))
        {
            let keys = set(json!([rewritten(&jwk, write)]));
            assert_eq!(keys.verify(alg, None, b"message", &signature), Ok(()), "{alg}");
            assert_eq!(keys.verify(alg, None, b"massage", &signature), Err(Code::SignatureInvalid), "{alg}");
        }
    }
    for odd in ["AQ AB", "AQ!B", "AQAB=A", "\u{e9}"] {
        assert_eq!(verdict(&set(json!([rsa(json!({"e": odd}))])), None), Err(Code::KeyUnknown), "{odd}");
    }
}

#[test]
fn zeros_in_front_of_a_number_change_nothing() {
    let numbers = |alg| alg != Algorithm::EdDSA;
    for (alg, jwk, signature) in one_of_each_kind().into_iter().filter(|(alg, ..)| numbers(*alg)) {
        let padded = rewritten(&jwk, |plain| BASE64_URL_SAFE_NO_PAD.encode([&[0; 3], plain].concat()));
        let keys = set(json!([padded]));
        assert_eq!(keys.verify(alg, None, b"message", &signature), Ok(()), "{alg}");
        assert_eq!(keys.verify(alg, None, b"massage", &signature), Err(Code::SignatureInvalid), "{alg}");
    }
}

#[test]
fn a_coordinate_without_its_zeros_in_front_is_the_same() {
    // The first multiple of the base point whose x begins with a zero byte.
    let mut seed = [0; 32];
    seed[30..].copy_from_slice(&379_u16.to_be_bytes());
    let key = p256_of(seed);
    let x = BASE64_URL_SAFE_NO_PAD.decode(key.jwk["x"].as_str().unwrap()).unwrap();
    assert_eq!(x[0], 0, "{x:?}");
    let short =
        crate::test_tokens::set(key.jwk.clone(), json!({"x": BASE64_URL_SAFE_NO_PAD.encode(&x[1..])}));
    let verify = |jwk: &Value, message: &[u8]| {
        set(json!([jwk])).verify(Algorithm::ES256, None, message, &key.sign(b"message"))
    };
    assert_eq!([verify(&key.jwk, b"message"), verify(&short, b"message")], [Ok(()); 2]);
    assert_eq!(verify(&short, b"massage"), Err(Code::SignatureInvalid));
    let long = BASE64_URL_SAFE_NO_PAD.encode([&[1][..], &x].concat());
    let long = crate::test_tokens::set(key.jwk.clone(), json!({ "x": long }));
    assert_eq!(verify(&long, b"message"), Err(Code::KeyUnknown));
}

/// A key of each kind with a signature over `message`.
fn one_of_each_kind() -> Vec<(Algorithm, Value, Vec<u8>)> {
    use Algorithm::*;
    let mut made = vec![(RS256, rsa_jwk(0, "k1"), rsa_signature(0, RS256, b"message"))];
    for (alg, key) in [(ES256, p256()), (ES384, p384()), (EdDSA, ed25519())] {
        made.push((alg, key.jwk.clone(), key.sign(b"message")));
    }
    made
}

/// The key with its numbers and points written in another way.
fn rewritten(jwk: &Value, write: impl Fn(&[u8]) -> String) -> Value {
    let mut jwk = jwk.clone();
    for name in ["n", "e", "x", "y"] {
        if let Some(text) = jwk[name].as_str() {
            jwk[name] = write(&BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()).into();
        } else {
            jwk.as_object_mut().unwrap().remove(name);
        }
    }
    jwk
}

#[test]
fn only_keys_for_signatures_are_kept() {
    for good in [
        json!({}),
        json!({"use":"sig"}),
        json!({"use":null}),
        json!({"key_ops":["sign","verify"]}),
        json!({"key_ops":"x"}),
    ] {
        assert_eq!(verdict(&set(json!([rsa(good)])), None), Ok(()));
    }
    for bad in [
        json!({"use":"enc"}),
        json!({"use":"SIG"}),
        json!({"use":5}),
        json!({"key_ops":["encrypt"]}),
        json!({"key_ops":[]}),
    ] {
        assert_eq!(verdict(&set(json!([rsa(bad)])), None), Err(Code::KeyUnknown));
    }
}

#[test]
fn a_key_for_one_algorithm_is_for_no_other() {
    for good in [json!({"alg":"RS256"}), json!({"alg":null})] {
        assert_eq!(verdict(&set(json!([rsa(good)])), None), Ok(()));
    }
    for bad in ["RS512", "PS256", "RSA-OAEP", ""] {
        assert_eq!(verdict(&set(json!([rsa(json!({"alg":bad}))])), None), Err(Code::KeyUnknown));
    }
    assert_eq!(verdict(&set(json!([rsa(json!({"alg":5}))])), None), Err(Code::KeyUnknown));
}

#[test]
fn the_key_id_picks_the_key() {
    let keys = set(json!([rsa_jwk(1, "k0"), rsa_jwk(0, "k1")]));
    assert_eq!(keys.kids(), ["k0", "k1"]);
    assert_eq!(verdict(&keys, Some("k1")), Ok(()));
    assert_eq!(verdict(&keys, Some("k0")), Err(Code::SignatureInvalid));
    assert_eq!(verdict(&keys, Some("K1")), Err(Code::KeyUnknown));
    assert_eq!(verdict(&keys, Some("")), Err(Code::KeyUnknown));
}

#[test]
fn without_a_key_id_every_fitting_key_is_tried() {
    assert_eq!(verdict(&set(json!([rsa_jwk(1, "k0"), rsa_jwk(0, "k1")])), None), Ok(()));
    assert_eq!(verdict(&set(json!([rsa_jwk(1, "k0")])), None), Err(Code::SignatureInvalid));
    assert_eq!(verdict(&set(json!([p256().jwk])), None), Err(Code::KeyUnknown));
}

#[test]
fn a_key_id_twice_means_both_keys() {
    assert_eq!(verdict(&set(json!([rsa_jwk(1, "k"), rsa_jwk(0, "k")])), Some("k")), Ok(()));
    assert_eq!(verdict(&set(json!([rsa_jwk(0, "k"), rsa_jwk(1, "k")])), Some("k")), Ok(()));
}

#[test]
fn keys_without_an_id_are_tried_for_any_id() {
    let bare = rsa(json!({"kid":null}));
    assert_eq!(verdict(&set(json!([bare])), Some("anything")), Ok(()));
    assert_eq!(verdict(&set(json!([rsa(json!({"kid":5}))])), Some("anything")), Ok(()));
    // The id is somebody else's: only that key counts.
    let keys = set(json!([bare, rsa_jwk(1, "k0")]));
    assert_eq!(verdict(&keys, Some("k0")), Err(Code::SignatureInvalid));
}

#[test]
fn an_rsa_key_has_2048_to_8192_bits() {
    assert_eq!(verdict(&set(json!([short_rsa_jwk("k1")])), None), Err(Code::KeyTooShort));
    // A longer one beside it is still used.
    assert_eq!(verdict(&set(json!([short_rsa_jwk("k"), rsa_jwk(0, "k")])), Some("k")), Ok(()));
    let sized = |bytes: &[u8]| {
        let n = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        verdict(&set(json!([rsa(json!({ "n": n }))])), None)
    };
    let with_first = |first: u8, len: usize| [vec![0, first], vec![0xff; len - 1]].concat();
    assert_eq!(sized(&with_first(0x80, 256)), Err(Code::SignatureInvalid));
    assert_eq!(sized(&with_first(0x7f, 256)), Err(Code::KeyTooShort));
    assert_eq!(sized(&with_first(0xff, 1024)), Err(Code::SignatureInvalid));
    assert_eq!(sized(&with_first(0x01, 1025)), Err(Code::KeyUnknown));
    assert_eq!(sized(&[]), Err(Code::KeyTooShort));
}

#[test]
fn bits_are_counted_from_the_first_that_is_set() {
    assert_eq!(bits(&[]), 0);
    assert_eq!(bits(&[1]), 1);
    assert_eq!(bits(&[0x80]), 8);
    assert_eq!(bits(&[0x40, 0, 0]), 23);
}

#[test]
fn every_asymmetric_algorithm_verifies_and_notices_a_change() {
    use Algorithm::*;
    let mut made: Vec<(Algorithm, Value, Vec<u8>)> = [RS384, RS512, PS256, PS384, PS512]
        .map(|alg| (alg, rsa_jwk(0, "k"), rsa_signature(0, alg, b"message")))
        .into();
    made.extend(one_of_each_kind());
    for (alg, jwk, mut signature) in made {
        let keys = set(json!([jwk]));
        assert!(keys.verify(alg, None, b"message", &signature).is_ok(), "{alg}");
        assert!(keys.verify(alg, None, b"massage", &signature).is_err(), "{alg}");
        assert!(keys.verify(alg, None, b"message", &[]).is_err(), "{alg}");
        signature[9] ^= 1;
        let refused = keys.verify(alg, None, b"message", &signature).map(drop);
        assert_eq!(refused, Err(Code::SignatureInvalid), "{alg}");
    }
}

#[test]
fn a_key_of_another_kind_never_fits() {
    let keys = set(json!([p256().jwk, p384().jwk, ed25519().jwk]));
    for alg in [Algorithm::RS256, Algorithm::PS256, Algorithm::HS256] {
        assert_eq!(keys.verify(alg, None, b"m", &[0; 64]).map(drop), Err(Code::KeyUnknown));
    }
    let secret = Keys::from_secret(b"secret");
    assert_eq!(secret.verify(Algorithm::RS256, None, b"m", b"").map(drop), Err(Code::KeyUnknown));
    for (alg, tried) in [(Algorithm::ES256, 1), (Algorithm::ES384, 1), (Algorithm::EdDSA, 1)] {
        assert_eq!(keys.candidates(alg, None).len(), tried);
    }
}

#[test]
fn a_key_of_another_curve_is_left_out() {
    for (curve, jwk, alg) in [
        ("X25519", ed25519().jwk, Algorithm::EdDSA),
        ("P-521", p256().jwk, Algorithm::ES256),
        ("P-384", p256().jwk, Algorithm::ES256),
    ] {
        let keys = set(json!([crate::test_tokens::set(jwk, json!({"crv": curve}))]));
        assert_eq!(keys.verify(alg, None, b"m", &[1; 64]).map(drop), Err(Code::KeyUnknown), "{curve}");
    }
}

#[test]
fn a_secret_verifies_hmac_and_never_panics_on_a_length() {
    use openidconnect::PrivateSigningKey;
    use openidconnect::core::CoreHmacKey;
    for (alg, length) in [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)] {
        let mac = CoreHmacKey::new(*b"secret").sign(&to_core(alg), b"m").unwrap();
        assert_eq!(mac.len(), length);
        let keys = Keys::from_secret(b"secret");
        assert!(keys.verify(alg, Some("any"), b"m", &mac).is_ok());
        assert!(Keys::from_secret(b"Secret").verify(alg, None, b"m", &mac).is_err());
        for wrong in [&mac[1..], &[], &[0; 100]] {
            assert_eq!(keys.verify(alg, None, b"m", wrong).map(drop), Err(Code::SignatureInvalid));
        }
    }
    let empty = CoreHmacKey::new(*b"").sign(&to_core(Algorithm::HS256), b"m").unwrap();
    let refused = Keys::from_secret(b"").verify(Algorithm::HS256, None, b"m", &empty).map(drop);
    assert_eq!(refused, Err(Code::KeyTooShort));
}

#[test]
fn a_key_set_holds_at_most_64_usable_keys() {
    let mut keys: Vec<Value> = (0..64).map(|n| rsa_jwk(1, &n.to_string())).collect();
    keys.insert(0, json!({"kty":"oct"}));
    keys.push(rsa_jwk(0, "last"));
    assert_eq!(set(json!(keys)).kids().len(), 64);
}

#[test]
fn debug_shows_key_ids_only() {
    assert_eq!(format!("{:?}", Keys::from_secret(b"secret")), "Keys([])");
    assert_eq!(format!("{:?}", set(json!([rsa_jwk(0, "k1")]))), r#"Keys(["k1"])"#);
}

proptest! {
    #[test]
    fn arbitrary_key_sets_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let _ = Keys::parse(&bytes);
    }

    #[test]
    fn arbitrary_numbers_in_keys_never_panic(
        n in proptest::collection::vec(any::<u8>(), 250..260),
        e in proptest::collection::vec(any::<u8>(), 0..5),
        x in proptest::collection::vec(any::<u8>(), 31..34),
        signature in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let keys = set(json!([
            {"kty":"RSA","n":text(&n),"e":text(&e)},
            {"kty":"EC","crv":"P-256","x":text(&x),"y":text(&x)},
            {"kty":"EC","crv":"P-384","x":text(&x),"y":text(&x)},
            {"kty":"OKP","crv":"Ed25519","x":text(&x)},
        ]));
        for alg in [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA] {
            prop_assert!(keys.verify(alg, None, b"message", &signature).is_err());
        }
    }
}
