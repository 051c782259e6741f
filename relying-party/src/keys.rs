//! The provider's public keys (RFC 7517), or the client's secret for HMAC.
//!
//! A key that cannot be read or is for something else costs nothing but itself.

use crate::json::{present, text};
use crate::{Algorithm, Code, json};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonCurveType as Curve, CoreJsonWebKey};
use openidconnect::{JsonWebKey, JsonWebKeyId};
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents};
use serde_json::{Map, Value};
use std::fmt;

/// RFC 7518 3.3: at least 2048 bits. Ring reads no more than 8192.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A token without a key id is tried against every fitting key, so their number is bounded.
const MOST: usize = 64;

/// The keys against which signatures are verified. `Debug` shows key ids only.
#[derive(Clone, Default)]
pub struct Keys(Vec<Key>);

#[derive(Clone)]
pub(crate) struct Key {
    kind: Kind,
    /// Its `alg`, if it is for one algorithm only.
    only: Option<String>,
    too_short: bool,
    core: CoreJsonWebKey,
    /// An RSA key as ring takes it, which verifies with a fifth of the instructions of the library.
    rsa: Option<RsaPublicKeyComponents<Vec<u8>>>,
}

/// A kind, whether the key is too short, and the library's form of it.
type Material = (Kind, bool, CoreJsonWebKey);

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
    Secret,
}

impl Keys {
    /// Reads a JSON Web Key Set. Keys for encryption, of unknown kinds, symmetric ones and
    /// unreadable ones are left out.
    ///
    /// # Errors
    /// [`Code::KeysMalformed`] if it is no object with a list `keys`.
    pub fn parse(jwks: &[u8]) -> Result<Keys, Code> {
        let set = json::tolerant(jwks, Code::KeysMalformed)?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or(Code::KeysMalformed)?;
        Ok(Keys(keys.iter().filter_map(Key::parse).take(MOST).collect()))
    }

    /// The key of a client that is set to one of the HMAC algorithms: its own secret
    /// (OpenID Connect Core 10.1). An empty one verifies nothing.
    pub fn from_secret(client_secret: &[u8]) -> Keys {
        Keys(vec![Key {
            kind: Kind::Secret,
            only: None,
            too_short: client_secret.is_empty(),
            core: CoreJsonWebKey::new_symmetric(client_secret.to_vec()),
            rsa: None,
        }])
    }

    /// The key ids, in the order of the set; keys without one are left out.
    pub fn kids(&self) -> Vec<String> {
        self.0.iter().filter_map(Key::kid).map(str::to_owned).collect()
    }

    /// Finds the key that made the signature.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<&Key, Code> {
        let mut candidates = self.candidates(algorithm, kid);
        if candidates.is_empty() {
            return Err(Code::KeyUnknown);
        }
        candidates.retain(|key| !key.too_short);
        if candidates.is_empty() {
            return Err(Code::KeyTooShort);
        }
        let made_it = |key: &&Key| key.verifies(algorithm, message, signature);
        candidates.into_iter().find(made_it).ok_or(Code::SignatureInvalid)
    }

    /// The keys with the token's key id (a set may hold an id twice); else those without any id.
    /// A token without one may be from every key (OpenID Connect Core 10.1).
    fn candidates(&self, algorithm: Algorithm, kid: Option<&str>) -> Vec<&Key> {
        let fitting = || self.0.iter().filter(|key| key.fits(algorithm));
        let Some(kid) = kid else { return fitting().collect() };
        let named: Vec<&Key> = fitting().filter(|key| key.kid() == Some(kid)).collect();
        if named.is_empty() { fitting().filter(|key| key.kid().is_none()).collect() } else { named }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.kids()).finish()
    }
}

impl Key {
    fn parse(jwk: &Value) -> Option<Key> {
        let jwk = jwk.as_object().filter(|jwk| is_for_signatures(jwk))?;
        let kid = text(jwk, "kid").map(|kid| JsonWebKeyId::new(kid.to_owned()));
        let (kind, too_short, core) = match text(jwk, "kty")? {
            "RSA" => rsa(jwk, kid)?,
            "EC" => elliptic(jwk, kid)?,
            "OKP" => edwards(jwk, kid)?,
            _ => return None,
        };
        let only = present(jwk, "alg").map(|alg| alg.as_str().unwrap_or_default().to_owned());
        let rsa = (kind == Kind::Rsa).then(|| components(jwk)).flatten();
        Some(Key { kind, only, too_short, core, rsa })
    }

    fn kid(&self) -> Option<&str> {
        self.core.key_id().map(|kid| kid.as_str())
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        self.kind == Kind::of(algorithm) && self.only.as_deref().is_none_or(|only| only == algorithm.as_ref())
    }

    fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        // The library panics on an HMAC of another length.
        if mac_bytes(algorithm).is_some_and(|bytes| bytes != signature.len()) {
            return false;
        }
        // One verifier for each algorithm: what one refuses, the other is not asked.
        match (&self.rsa, rsa_scheme(algorithm)) {
            (Some(rsa), Some(scheme)) => rsa.verify(scheme, message, signature).is_ok(),
            (None, None) => self.core.verify_signature(&algorithm.to_core(), message, signature).is_ok(),
            _ => false,
        }
    }

    /// The left half of the hash that goes with the algorithm, for `at_hash`
    /// (OpenID Connect Core 3.1.3.6).
    pub(crate) fn half_hash(&self, algorithm: Algorithm, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut hash = self.core.hash_bytes(bytes, &algorithm.to_core()).ok()?;
        hash.truncate(hash.len() / 2);
        Some(hash)
    }
}

impl Kind {
    fn of(algorithm: Algorithm) -> Kind {
        use Algorithm::*;
        match algorithm {
            RS256 | RS384 | RS512 | PS256 | PS384 | PS512 => Kind::Rsa,
            ES256 => Kind::P256,
            ES384 => Kind::P384,
            EdDSA => Kind::Ed25519,
            HS256 | HS384 | HS512 => Kind::Secret,
        }
    }
}

fn rsa(jwk: &Map<String, Value>, kid: Option<JsonWebKeyId>) -> Option<Material> {
    let (n, e) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    let size = bits(&n);
    let key = (Kind::Rsa, size < *RSA_BITS.start(), CoreJsonWebKey::new_rsa(n, e, kid));
    (size <= *RSA_BITS.end()).then_some(key)
}

fn elliptic(jwk: &Map<String, Value>, kid: Option<JsonWebKeyId>) -> Option<Material> {
    let (kind, curve) = match text(jwk, "crv")? {
        "P-256" => (Kind::P256, Curve::P256),
        "P-384" => (Kind::P384, Curve::P384),
        _ => return None,
    };
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    Some((kind, false, CoreJsonWebKey::new_ec(x, y, curve, kid)))
}

fn edwards(jwk: &Map<String, Value>, kid: Option<JsonWebKeyId>) -> Option<Material> {
    let x = bytes(jwk, "x").filter(|_| text(jwk, "crv") == Some("Ed25519"))?;
    Some((Kind::Ed25519, false, CoreJsonWebKey::new_okp(x, Curve::Ed25519, kid)))
}

/// Modulus and exponent, without the zeros in front that some providers write.
fn components(jwk: &Map<String, Value>) -> Option<RsaPublicKeyComponents<Vec<u8>>> {
    let number =
        |name| bytes(jwk, name).map(|bytes| bytes.into_iter().skip_while(|byte| *byte == 0).collect());
    Some(RsaPublicKeyComponents { n: number("n")?, e: number("e")? })
}

/// RFC 7518 3.3 and 3.5; the salt of PSS is as long as the hash.
fn rsa_scheme(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::RS256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

/// The length of an HMAC.
fn mac_bytes(algorithm: Algorithm) -> Option<usize> {
    match algorithm {
        Algorithm::HS256 => Some(32),
        Algorithm::HS384 => Some(48),
        Algorithm::HS512 => Some(64),
        _ => None,
    }
}

/// RFC 7517 4.2 and 4.3: `use` and `key_ops`, where they are there, allow verifying.
fn is_for_signatures(jwk: &Map<String, Value>) -> bool {
    let used = present(jwk, "use").is_none_or(|used| used == "sig");
    let ops = present(jwk, "key_ops").and_then(Value::as_array);
    used && ops.is_none_or(|ops| ops.iter().any(|op| op == "verify"))
}

fn bytes(jwk: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text(jwk, name)?).ok()
}

/// The length of a big-endian number without its leading zeros.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
    (number.len() - zeros) * 8 - first
}

#[cfg(test)]
mod tests;
