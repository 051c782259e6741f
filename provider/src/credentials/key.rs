//! The private key of `private_key_jwt` (RFC 7523): read from PEM, signed with by ring.
//!
//! The algorithm follows from the key; what a key cannot be used for is said in a sentence of its own.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};

use super::der::{Key, Unusable, key_of_pkcs8, parts_of_sec1};

/// An assertion is used at once; this many seconds allow for the clocks.
const LIFETIME: i64 = 60;

/// A key that we sign with.
pub(super) struct SigningKey {
    id: Option<String>,
    pair: Pair,
    random: SystemRandom,
}

enum Pair {
    /// The key itself says that it is for PSS only (RFC 4055 1.2), or does not.
    Rsa {
        pair: Box<RsaKeyPair>,
        pss_only: bool,
    },
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Reads PKCS#8, PKCS#1 and SEC1, as `openssl` writes them.
    pub(super) fn parse(pem: &str, id: Option<String>) -> Result<Self, Unusable> {
        let random = SystemRandom::new();
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| Unusable::Unreadable)?;
        let pair = match &der {
            PrivateKeyDer::Pkcs1(der) => rsa(der.secret_pkcs1_der(), false)?,
            PrivateKeyDer::Sec1(der) => elliptic(der.secret_sec1_der(), None, &random)?,
            PrivateKeyDer::Pkcs8(der) => {
                let whole = der.secret_pkcs8_der();
                match key_of_pkcs8(whole)? {
                    Key::Rsa(inner) => rsa(inner, false)?,
                    Key::RsaPss(inner) => rsa(inner, true)?,
                    Key::Elliptic { curve, inner } => elliptic(inner, Some(curve), &random)?,
                    Key::Ed25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(whole)
                        .map(Pair::Ed25519)
                        .map_err(|_| Unusable::Damaged)?,
                }
            }
            _ => return Err(Unusable::Kind),
        };
        Ok(Self { id, pair, random })
    }

    /// RFC 7523 3 and OpenID Connect Core 9: `aud` is the issuer, which every provider accepts and which
    /// cannot be confused with another provider's endpoint. `now` in seconds; `id` is fresh each time.
    /// `listed` are the algorithms that the provider lists for it.
    pub(super) fn assertion(
        &self,
        client_id: &str,
        issuer: &str,
        now: i64,
        id: &str,
        listed: Option<&[String]>,
    ) -> Option<String> {
        let algorithm = self.algorithm(listed);
        let mut header = json!({ "typ": "JWT", "alg": algorithm });
        if let Some(id) = &self.id {
            header["kid"] = Value::from(id.as_str());
        }
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": issuer,
            "iat": now, "exp": now + LIFETIME, "jti": id,
        });
        let message = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
        let signature = self.sign(algorithm, message.as_bytes())?;
        Some(format!("{message}.{}", BASE64.encode(signature)))
    }

    /// RS256 for RSA, unless the key is for PSS only or the provider lists PS256 and not RS256.
    fn algorithm(&self, listed: Option<&[String]>) -> &'static str {
        let lists = |name: &str| listed.is_some_and(|listed| listed.iter().any(|one| one == name));
        match &self.pair {
            Pair::Rsa { pss_only, .. } if *pss_only || (lists("PS256") && !lists("RS256")) => "PS256",
            Pair::Rsa { .. } => "RS256",
            Pair::P256(_) => "ES256",
            Pair::P384(_) => "ES384",
            Pair::Ed25519(_) => "EdDSA",
        }
    }

    fn sign(&self, algorithm: &str, message: &[u8]) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Rsa { pair, .. } => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let padding: &dyn ring::signature::RsaEncoding =
                    if algorithm == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                pair.sign(padding, &self.random, message, &mut signature).ok()?;
                Some(signature)
            }
            Pair::P256(pair) | Pair::P384(pair) => {
                pair.sign(&self.random, message).ok().map(|signature| signature.as_ref().to_vec())
            }
            Pair::Ed25519(pair) => Some(pair.sign(message).as_ref().to_vec()),
        }
    }
}

fn rsa(pkcs1: &[u8], pss_only: bool) -> Result<Pair, Unusable> {
    let pair = RsaKeyPair::from_der(pkcs1).map_err(|rejected| match rejected.to_string().as_str() {
        "InvalidEncoding" | "InconsistentComponents" => Unusable::Damaged,
        _ => Unusable::Rsa,
    })?;
    Ok(Pair::Rsa { pair: Box::new(pair), pss_only })
}

/// A key of RFC 5915; `curve` where PKCS#8 names it outside of it.
fn elliptic(sec1: &[u8], curve: Option<&[u8]>, random: &SystemRandom) -> Result<Pair, Unusable> {
    const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    let parts = parts_of_sec1(sec1)?;
    let (algorithm, wrap): (_, fn(EcdsaKeyPair) -> Pair) = match curve.or(parts.curve) {
        Some(P256) => (&ECDSA_P256_SHA256_FIXED_SIGNING, Pair::P256),
        Some(P384) => (&ECDSA_P384_SHA384_FIXED_SIGNING, Pair::P384),
        _ => return Err(Unusable::Kind),
    };
    let public = parts.public.ok_or(Unusable::NoPublicKey)?;
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, parts.private, public, random)
        .map(wrap)
        .map_err(|_| Unusable::Damaged)
}
