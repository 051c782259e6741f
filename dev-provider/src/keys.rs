//! The provider's keys and its signatures.
//!
//! An RSA key takes a noticeable time to make, so all providers of a process begin with the
//! same one; `rotate` makes new ones. A second, foreign set signs what must not be believed.

use std::sync::{Arc, OnceLock};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::Signer as _;
use openidconnect::JsonWebKey;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::pkcs8::{EncodePublicKey, LineEnding};
use rsa::pss::Pss;
use rsa::rand_core::{OsRng, RngCore};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha384, Sha512};

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
    rsa: Arc<RsaPrivateKey>,
    p256: p256::ecdsa::SigningKey,
    ed25519: ed25519_dalek::SigningKey,
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
        let p256 = loop {
            if let Ok(key) = p256::ecdsa::SigningKey::from_slice(&random_bytes()) {
                break key;
            }
        };
        Self {
            kid: kid.to_owned(),
            rsa: Arc::new(RsaPrivateKey::new(&mut OsRng, 2048).expect("an RSA key of 2048 bits")),
            p256,
            ed25519: ed25519_dalek::SigningKey::from_bytes(&random_bytes()),
        }
    }

    /// The signature over `input`; empty where the key cannot make it, which a 2048-bit key can.
    pub(crate) fn sign(&self, algorithm: Algorithm, input: &[u8]) -> Vec<u8> {
        match algorithm {
            Algorithm::Rs256 => self.pkcs1::<Sha256>(Pkcs1v15Sign::new::<Sha256>(), input),
            Algorithm::Rs384 => self.pkcs1::<Sha384>(Pkcs1v15Sign::new::<Sha384>(), input),
            Algorithm::Rs512 => self.pkcs1::<Sha512>(Pkcs1v15Sign::new::<Sha512>(), input),
            Algorithm::Ps256 => self
                .rsa
                .sign_with_rng(&mut OsRng, Pss::new::<Sha256>(), &Sha256::digest(input))
                .unwrap_or_default(),
            Algorithm::Es256 => {
                let signature: p256::ecdsa::Signature = self.p256.sign(input);
                signature.to_bytes().to_vec()
            }
            Algorithm::EdDsa => self.ed25519.sign(input).to_bytes().to_vec(),
        }
    }

    fn pkcs1<D: Digest>(&self, scheme: Pkcs1v15Sign, input: &[u8]) -> Vec<u8> {
        self.rsa.sign(scheme, &D::digest(input)).unwrap_or_default()
    }

    /// The public key that goes with `algorithm`, as a JWK (RFC 7517, 7518 6, 8037 2).
    pub(crate) fn public_jwk(&self, algorithm: Algorithm) -> Value {
        let mut jwk = match algorithm {
            Algorithm::Es256 => {
                let point = self.p256.verifying_key().to_sec1_point(false);
                let bytes = point.as_bytes();
                json!({"kty": "EC", "crv": "P-256", "x": b64(&bytes[1..33]), "y": b64(&bytes[33..])})
            }
            Algorithm::EdDsa => {
                let public = self.ed25519.verifying_key();
                json!({"kty": "OKP", "crv": "Ed25519", "x": b64(public.as_bytes())})
            }
            _ => {
                let public = self.public_rsa();
                json!({"kty": "RSA", "n": b64(public.n().to_bytes_be()), "e": b64(public.e().to_bytes_be())})
            }
        };
        jwk["kid"] = json!(self.kid);
        jwk["alg"] = json!(algorithm.name());
        jwk["use"] = json!("sig");
        jwk
    }

    /// The RSA public key as PEM: what an attacker keys an HMAC with (RFC 8725 2.1).
    pub(crate) fn public_pem(&self) -> String {
        let pem = self.public_rsa().to_public_key_pem(LineEnding::LF);
        pem.unwrap_or_default()
    }

    fn public_rsa(&self) -> RsaPublicKey {
        self.rsa.to_public_key()
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

/// 256 random bits as text, after a prefix by which a leak can be found.
pub(crate) fn random(prefix: &str) -> String {
    format!("{prefix}{}", b64(random_bytes()))
}

fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    bytes
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
