//! Ring against `openidconnect`: whatever the key, the message and the signature, both say the same.

use super::*;
use crate::test_tokens::{ed25519, p256, p384, rsa_jwk, rsa_signature, to_core};
use openidconnect::JsonWebKey;
use openidconnect::core::CoreJsonWebKey;
use proptest::prelude::*;
use serde_json::json;

const ASYMMETRIC: [Algorithm; 9] = {
    use Algorithm::*;
    [RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA]
};

fn signed(algorithm: Algorithm, message: &[u8]) -> (Value, Vec<u8>) {
    let by = |key: crate::test_tokens::TestKey| (key.jwk.clone(), key.sign(message));
    match algorithm {
        Algorithm::ES256 => by(p256()),
        Algorithm::ES384 => by(p384()),
        Algorithm::EdDSA => by(ed25519()),
        algorithm => (rsa_jwk(0, "k"), rsa_signature(0, algorithm, message)),
    }
}

fn ours(jwk: &Value, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
    let keys = Keys::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
    keys.verify(algorithm, None, message, signature).is_ok()
}

fn theirs(jwk: &Value, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
    let key: CoreJsonWebKey = serde_json::from_value(jwk.clone()).unwrap();
    key.verify_signature(&to_core(algorithm), message, signature).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_signature_is_good_for_both_or_for_neither(
        which in 0..ASYMMETRIC.len(),
        message in proptest::collection::vec(any::<u8>(), 0..80),
        flipped in proptest::option::of((any::<prop::sample::Index>(), 0..8_u8)),
        cut in 0..3_usize,
    ) {
        let algorithm = ASYMMETRIC[which];
        let (jwk, mut signature) = signed(algorithm, &message);
        if let Some((at, bit)) = flipped {
            let at = at.index(signature.len());
            signature[at] ^= 1 << bit;
        }
        signature.truncate(signature.len() - cut);
        let good = flipped.is_none() && cut == 0;
        prop_assert_eq!(ours(&jwk, algorithm, &message, &signature), good);
        prop_assert_eq!(theirs(&jwk, algorithm, &message, &signature), good);
    }

    #[test]
    fn a_signature_of_another_algorithm_is_good_for_neither(
        made in 0..ASYMMETRIC.len(),
        read in 0..ASYMMETRIC.len(),
    ) {
        let (made, read) = (ASYMMETRIC[made], ASYMMETRIC[read]);
        let (jwk, signature) = signed(made, b"message");
        prop_assert_eq!(ours(&jwk, read, b"message", &signature), made == read);
        prop_assert_eq!(theirs(&jwk, read, b"message", &signature), made == read);
    }

    #[test]
    fn the_half_of_a_hash_is_the_same(which in 0..ASYMMETRIC.len(), token in any::<String>()) {
        let algorithm = ASYMMETRIC[which];
        let key: CoreJsonWebKey = serde_json::from_value(signed(algorithm, b"").0).unwrap();
        let whole = key.hash_bytes(token.as_bytes(), &to_core(algorithm)).unwrap();
        prop_assert_eq!(algorithm.half_hash(token.as_bytes()), whole[..whole.len() / 2].to_vec());
    }
}
