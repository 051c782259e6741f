//! Signed tokens for the tests: keys are made once, `set` changes the claims of a good token.

use crate::{Algorithm, Keys};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use openidconnect::PrivateSigningKey;
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey};
use p256::ecdsa::signature::Signer;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::rand_core::OsRng;
use serde_json::{Value, json};
use std::sync::OnceLock;

pub(crate) const NOW: i64 = 1_700_000_000;
pub(crate) const ISSUER: &str = "https://op.example";
pub(crate) const CLIENT: &str = "me";

/// The algorithm as `openidconnect` names it, which signs here and shares no line with what verifies.
pub(crate) fn to_core(algorithm: Algorithm) -> CoreJwsSigningAlgorithm {
    use Algorithm::*;
    match algorithm {
        RS256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        RS384 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
        RS512 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
        PS256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        PS384 => CoreJwsSigningAlgorithm::RsaSsaPssSha384,
        PS512 => CoreJwsSigningAlgorithm::RsaSsaPssSha512,
        ES256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        ES384 => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
        EdDSA => CoreJwsSigningAlgorithm::EdDsa,
        HS256 => CoreJwsSigningAlgorithm::HmacSha256,
        HS384 => CoreJwsSigningAlgorithm::HmacSha384,
        HS512 => CoreJwsSigningAlgorithm::HmacSha512,
    }
}

/// The key set of the provider: key 0 under the id `k1`.
pub(crate) fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| set_of(rsa_jwk(0, "k1")))
}

/// A key set that holds another key under the same id.
pub(crate) fn other_keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| set_of(rsa_jwk(1, "k1")))
}

/// A token of key 0 by RS256, whatever its header says.
pub(crate) fn jws(header: &Value, claims: &Value) -> String {
    sign_parts(header.to_string().as_bytes(), claims.to_string().as_bytes())
}

pub(crate) fn sign_parts(header: &[u8], payload: &[u8]) -> String {
    signed_by(header, payload, |message| rsa_signature(0, Algorithm::RS256, message))
}

pub(crate) fn signed_by(header: &[u8], payload: &[u8], sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let message = format!("{}.{}", text(header), text(payload));
    format!("{message}.{}", text(&sign(message.as_bytes())))
}

/// The claims with some of them replaced; null takes one away.
pub(crate) fn set(mut claims: Value, changes: Value) -> Value {
    let object = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => object.remove(name),
            value => object.insert(name.clone(), value.clone()),
        };
    }
    claims
}

/// Two RSA keys of 2048 bits.
fn rsa_key(which: usize) -> &'static CoreRsaPrivateSigningKey {
    static KEYS: OnceLock<[CoreRsaPrivateSigningKey; 2]> = OnceLock::new();
    &KEYS.get_or_init(|| [new_rsa(2048), new_rsa(2048)])[which]
}

fn new_rsa(bits: usize) -> CoreRsaPrivateSigningKey {
    let key = rsa::RsaPrivateKey::new(&mut OsRng, bits).unwrap();
    let pem = key.to_pkcs1_pem(rsa::pkcs8::LineEnding::LF).unwrap();
    CoreRsaPrivateSigningKey::from_pem(&pem, None).unwrap()
}

pub(crate) fn rsa_signature(which: usize, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
    rsa_key(which).sign(&to_core(algorithm), message).unwrap()
}

pub(crate) fn rsa_jwk(which: usize, kid: &str) -> Value {
    jwk_of(rsa_key(which), kid)
}

pub(crate) fn short_rsa_jwk(kid: &str) -> Value {
    static KEY: OnceLock<CoreRsaPrivateSigningKey> = OnceLock::new();
    jwk_of(KEY.get_or_init(|| new_rsa(1024)), kid)
}

fn jwk_of(key: &CoreRsaPrivateSigningKey, kid: &str) -> Value {
    let mut jwk = serde_json::to_value(key.as_verification_key()).unwrap();
    jwk["kid"] = kid.into();
    jwk
}

fn set_of(jwk: Value) -> Keys {
    Keys::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap()
}

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// A key of another kind, of a fixed seed.
pub(crate) struct TestKey {
    pub(crate) jwk: Value,
    sign: Sign,
}

impl TestKey {
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        (self.sign)(message)
    }
}

pub(crate) fn p256() -> TestKey {
    p256_of([7; 32])
}

pub(crate) fn p256_of(seed: [u8; 32]) -> TestKey {
    let key = p256::ecdsa::SigningKey::from_slice(&seed).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let sign = move |m: &[u8]| {
        let signature: p256::ecdsa::Signature = key.sign(m);
        signature.to_bytes().to_vec()
    };
    TestKey { jwk: ec_jwk("P-256", point.as_bytes()), sign: Box::new(sign) }
}

pub(crate) fn p384() -> TestKey {
    let key = p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let sign = move |m: &[u8]| {
        let signature: p384::ecdsa::Signature = key.sign(m);
        signature.to_bytes().to_vec()
    };
    TestKey { jwk: ec_jwk("P-384", point.as_bytes()), sign: Box::new(sign) }
}

/// The uncompressed point is 4, x, y.
fn ec_jwk(curve: &str, point: &[u8]) -> Value {
    let (x, y) = point[1..].split_at((point.len() - 1) / 2);
    let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    json!({"kty": "EC", "crv": curve, "x": text(x), "y": text(y)})
}

pub(crate) fn ed25519() -> TestKey {
    // RFC 8410 7: the fixed beginning of a PKCS #8 key, then the seed.
    let der = [&b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"[..], &[7; 32]];
    let label = "PRIVATE KEY";
    let text = BASE64_STANDARD.encode(der.concat());
    let pem = format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n");
    let key = CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, None).unwrap();
    let jwk = serde_json::to_value(key.as_verification_key()).unwrap();
    TestKey { jwk, sign: Box::new(move |m| key.sign(&to_core(Algorithm::EdDSA), m).unwrap()) }
}
