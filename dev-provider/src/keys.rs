//! The provider's keys and its signatures.
//!
//! An RSA key takes a noticeable time to make, so all providers of a process begin with the
//! same one; `rotate` makes new ones. A second, foreign set signs what must not be believed.

use std::sync::{Arc, OnceLock};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::JsonWebKey;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};

/// The signature algorithms that the provider masters (RFC 7518 3.1, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Es256,
    EdDsa,
}

impl Algorithm {
    /// Its name in headers and metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// One key of each kind under one key id.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) kid: String,
    pairs: Arc<Pairs>,
}

struct Pairs {
    rsa: RsaKeyPair,
    /// ring tells no numbers of an RSA key, and makes none.
    rsa_public: rsa::RsaPublicKey,
    p256: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
}

impl Pairs {
    fn new() -> Option<Self> {
        let random = SystemRandom::new();
        let rsa = RsaPrivateKey::new(&mut OsRng, 2048).ok()?;
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let p256 = EcdsaKeyPair::generate_pkcs8(kind, &random).ok()?;
        let ed25519 = Ed25519KeyPair::generate_pkcs8(&random).ok()?;
        Some(Self {
            rsa: RsaKeyPair::from_pkcs8(rsa.to_pkcs8_der().ok()?.as_bytes()).ok()?,
            rsa_public: rsa.to_public_key(),
            p256: EcdsaKeyPair::from_pkcs8(kind, p256.as_ref(), &random).ok()?,
            ed25519: Ed25519KeyPair::from_pkcs8(ed25519.as_ref()).ok()?,
        })
    }
}

impl Keys {
    /// The first keys, `dev-1`, the same for all providers of this process.
    pub(crate) fn first() -> Self {
        static FIRST: OnceLock<Keys> = OnceLock::new();
        FIRST.get_or_init(|| Self::new("dev-1")).clone()
    }

    /// Somebody else's keys, never published unless a fault says so.
    pub(crate) fn foreign() -> &'static Self {
        static FOREIGN: OnceLock<Keys> = OnceLock::new();
        FOREIGN.get_or_init(|| Self::new("foreign-1"))
    }

    /// Makes new keys. Ends the process's thread where the system has no randomness.
    #[allow(clippy::expect_used)] // start-up: without randomness or keys there is no provider
    pub(crate) fn new(kid: &str) -> Self {
        Self { kid: kid.to_owned(), pairs: Arc::new(Pairs::new().expect("one key of each kind")) }
    }

    /// The signature over `input`; empty where the key cannot make it, which a 2048-bit key can.
    pub(crate) fn sign(&self, algorithm: Algorithm, input: &[u8]) -> Vec<u8> {
        let Pairs { p256, ed25519, .. } = &*self.pairs;
        let signature = match algorithm {
            Algorithm::Rs256 => self.rsa(&RSA_PKCS1_SHA256, input),
            Algorithm::Rs384 => self.rsa(&RSA_PKCS1_SHA384, input),
            Algorithm::Rs512 => self.rsa(&RSA_PKCS1_SHA512, input),
            Algorithm::Ps256 => self.rsa(&RSA_PSS_SHA256, input),
            Algorithm::Es256 => {
                p256.sign(&SystemRandom::new(), input).map(|signature| signature.as_ref().to_vec())
            }
            Algorithm::EdDsa => Ok(ed25519.sign(input).as_ref().to_vec()),
        };
        signature.unwrap_or_default()
    }

    fn rsa(&self, encoding: &'static dyn RsaEncoding, input: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut signature = vec![0; self.pairs.rsa.public().modulus_len()];
        self.pairs.rsa.sign(encoding, &SystemRandom::new(), input, &mut signature)?;
        Ok(signature)
    }

    /// The public key that goes with `algorithm`, as a JWK (RFC 7517, 7518 6, 8037 2).
    pub(crate) fn public_jwk(&self, algorithm: Algorithm) -> Value {
        let Pairs { rsa_public, p256, ed25519, .. } = &*self.pairs;
        let mut jwk = match algorithm {
            Algorithm::Es256 => {
                // A byte that says "not compressed", then both coordinates.
                let point = p256.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": b64(&point[1..33]), "y": b64(&point[33..])})
            }
            Algorithm::EdDsa => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": b64(ed25519.public_key().as_ref())})
            }
            _ => {
                let (n, e) = (rsa_public.n().to_bytes_be(), rsa_public.e().to_bytes_be());
                json!({"kty": "RSA", "n": b64(n), "e": b64(e)})
            }
        };
        jwk["kid"] = json!(self.kid);
        jwk["alg"] = json!(algorithm.name());
        jwk["use"] = json!("sig");
        jwk
    }

    /// The RSA public key as PEM: what an attacker keys an HMAC with (RFC 8725 2.1).
    pub(crate) fn public_pem(&self) -> String {
        self.pairs.rsa_public.to_public_key_pem(LineEnding::LF).unwrap_or_default()
    }
}

/// Whether `signature` over `signed` was made by the key of this JWK. An algorithm that the
/// key cannot be for counts as a wrong signature.
pub(crate) fn verifies(jwk: &Value, algorithm: &Value, signed: &str, signature: &[u8]) -> bool {
    let key: Option<CoreJsonWebKey> = serde_json::from_value(jwk.clone()).ok();
    let algorithm: Option<CoreJwsSigningAlgorithm> = serde_json::from_value(algorithm.clone()).ok();
    match (key, algorithm) {
        (Some(key), Some(algorithm)) => {
            key.verify_signature(&algorithm, signed.as_bytes(), signature).is_ok()
        }
        _ => false,
    }
}

/// Base64url without padding (RFC 7515 2).
pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of such a text, none where it is not one.
pub(crate) fn unb64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
}

/// 256 random bits as text, after a prefix by which a leak can be found. Ends the process's thread where the
/// system has no randomness.
#[allow(clippy::expect_used)] // there is nothing that could be answered instead
pub(crate) fn random(prefix: &str) -> String {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).expect("the system has randomness");
    format!("{prefix}{}", b64(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_algorithm_verifies_with_its_published_key_and_with_no_other() {
        for algorithm in [
            Algorithm::Rs256,
            Algorithm::Rs384,
            Algorithm::Rs512,
            Algorithm::Ps256,
            Algorithm::Es256,
            Algorithm::EdDsa,
        ] {
            let signature = Keys::first().sign(algorithm, b"text");
            let name = json!(algorithm.name());
            let by = |keys: &Keys| verifies(&keys.public_jwk(algorithm), &name, "text", &signature);
            assert!(by(&Keys::first()));
            assert!(!by(Keys::foreign()));
        }
    }
}
