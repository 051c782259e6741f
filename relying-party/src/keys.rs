//! The provider's public keys (RFC 7517), or the client's secret for HMAC.
//!
//! A key that cannot be read or is for something else costs nothing but itself.

use crate::json::{present, text};
use crate::text::Text;
use crate::{Algorithm, Code, json};
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::signature::{RsaPublicKeyComponents, UnparsedPublicKey};
use ring::{hmac, signature};
use serde_json::{Map, Value};
use std::fmt;

/// RFC 7518 3.3: at least 2048 bits. Ring reads no more than 8192.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A token without a key id is tried against every fitting key, so their number is bounded.
const MOST: usize = 64;

/// Base64 as keys are found to be written: padded or not. What it decodes to is what counts.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The keys against which signatures are verified. `Debug` shows key ids only.
#[derive(Clone, Default)]
pub struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    id: Option<String>,
    /// Its `alg`, if it is for one algorithm only.
    only: Option<String>,
    too_short: bool,
    material: Material,
}

/// A key as ring takes it.
#[derive(Clone)]
enum Material {
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
    /// The uncompressed point: 4, x, y.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
    Secret(Vec<u8>),
}

impl Keys {
    /// Reads a JSON Web Key Set. Keys for encryption, of unknown kinds, symmetric ones and
    /// unreadable ones are left out.
    ///
    /// # Errors
    /// [`Code::KeysMalformed`] if it is no object with a list `keys`.
    pub fn parse(jwks: &[u8]) -> Result<Keys, Code> {
        let malformed = Code::KeysMalformed;
        let keys = json::list(&Text::strict(jwks, malformed)?, "keys", malformed)?;
        Ok(Keys(keys.iter().filter_map(Key::parse).take(MOST).collect()))
    }

    /// The key of a client that is set to one of the HMAC algorithms: its own secret
    /// (OpenID Connect Core 10.1). An empty one verifies nothing.
    pub fn from_secret(client_secret: &[u8]) -> Keys {
        Keys(vec![Key {
            id: None,
            only: None,
            too_short: client_secret.is_empty(),
            material: Material::Secret(client_secret.to_vec()),
        }])
    }

    /// Whether there is no key at all that could be read and is for signatures.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many of them can verify a signature of this algorithm.
    pub fn fitting(&self, algorithm: Algorithm) -> usize {
        self.0.iter().filter(|key| key.fits(algorithm) && !key.too_short).count()
    }

    /// The key ids, in the order of the set; keys without one are left out.
    pub fn kids(&self) -> Vec<String> {
        self.0.iter().filter_map(|key| key.id.clone()).collect()
    }

    /// Whether one of the keys made the signature.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Code> {
        let mut candidates = self.candidates(algorithm, kid);
        if candidates.is_empty() {
            return Err(Code::KeyUnknown);
        }
        candidates.retain(|key| !key.too_short);
        if candidates.is_empty() {
            return Err(Code::KeyTooShort);
        }
        let made = candidates.iter().any(|key| key.material.verifies(algorithm, message, signature));
        if made { Ok(()) } else { Err(Code::SignatureInvalid) }
    }

    /// The keys with the token's key id (a set may hold an id twice); else those without any id.
    /// A token without one may be from every key (OpenID Connect Core 10.1).
    fn candidates(&self, algorithm: Algorithm, kid: Option<&str>) -> Vec<&Key> {
        let fitting = || self.0.iter().filter(|key| key.fits(algorithm));
        let Some(kid) = kid else { return fitting().collect() };
        let named: Vec<&Key> = fitting().filter(|key| key.id.as_deref() == Some(kid)).collect();
        if named.is_empty() { fitting().filter(|key| key.id.is_none()).collect() } else { named }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.kids()).finish()
    }
}

impl Key {
    fn parse(jwk: &Map<String, Value>) -> Option<Key> {
        let jwk = Some(jwk).filter(|jwk| is_for_signatures(jwk))?;
        let (too_short, material) = match text(jwk, "kty")? {
            "RSA" => rsa(jwk)?,
            "EC" => (false, elliptic(jwk)?),
            "OKP" => (false, edwards(jwk)?),
            _ => return None,
        };
        let only = present(jwk, "alg").map(|alg| alg.as_str().unwrap_or_default().to_owned());
        Some(Key { id: text(jwk, "kid").map(str::to_owned), only, too_short, material })
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        self.material.fits(algorithm) && self.only.as_deref().is_none_or(|only| only == algorithm.as_ref())
    }
}

impl Material {
    fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm::*;
        match self {
            Self::Rsa(_) => matches!(algorithm, RS256 | RS384 | RS512 | PS256 | PS384 | PS512),
            Self::P256(_) => algorithm == ES256,
            Self::P384(_) => algorithm == ES384,
            Self::Ed25519(_) => algorithm == EdDSA,
            Self::Secret(_) => algorithm.is_symmetric(),
        }
    }

    /// RFC 7518 3.2 to 3.5 and RFC 8037 3.1; the salt of PSS is as long as the hash.
    fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        use Algorithm::*;
        let by_rsa = |scheme| match self {
            Self::Rsa(key) => key.verify(scheme, message, signature).is_ok(),
            _ => false,
        };
        let by_curve = |scheme: &'static dyn signature::VerificationAlgorithm| match self {
            Self::P256(key) | Self::P384(key) | Self::Ed25519(key) => {
                UnparsedPublicKey::new(scheme, key).verify(message, signature).is_ok()
            }
            _ => false,
        };
        let by_hmac = |hash| match self {
            Self::Secret(secret) => hmac::verify(&hmac::Key::new(hash, secret), message, signature).is_ok(),
            _ => false,
        };
        match algorithm {
            RS256 => by_rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            RS384 => by_rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
            RS512 => by_rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
            PS256 => by_rsa(&signature::RSA_PSS_2048_8192_SHA256),
            PS384 => by_rsa(&signature::RSA_PSS_2048_8192_SHA384),
            PS512 => by_rsa(&signature::RSA_PSS_2048_8192_SHA512),
            ES256 => by_curve(&signature::ECDSA_P256_SHA256_FIXED),
            ES384 => by_curve(&signature::ECDSA_P384_SHA384_FIXED),
            EdDSA => by_curve(&signature::ED25519),
            HS256 => by_hmac(hmac::HMAC_SHA256),
            HS384 => by_hmac(hmac::HMAC_SHA384),
            HS512 => by_hmac(hmac::HMAC_SHA512),
        }
    }
}

/// An RSA key, and whether it is too short.
fn rsa(jwk: &Map<String, Value>) -> Option<(bool, Material)> {
    let (n, e) = (number(jwk, "n")?, number(jwk, "e")?);
    let size = bits(&n);
    let key = Material::Rsa(RsaPublicKeyComponents { n, e });
    (size <= *RSA_BITS.end()).then_some((size < *RSA_BITS.start(), key))
}

fn elliptic(jwk: &Map<String, Value>) -> Option<Material> {
    match text(jwk, "crv")? {
        "P-256" => Some(Material::P256(point(jwk, 32)?)),
        "P-384" => Some(Material::P384(point(jwk, 48)?)),
        _ => None,
    }
}

fn edwards(jwk: &Map<String, Value>) -> Option<Material> {
    let x = bytes(jwk, "x").filter(|_| text(jwk, "crv") == Some("Ed25519"))?;
    Some(Material::Ed25519(x))
}

/// The point of a curve, uncompressed (SEC 1 2.3.3). Each coordinate has the curve's `size` in bytes, whatever
/// zeros its writer left out or put in front.
fn point(jwk: &Map<String, Value>, size: usize) -> Option<Vec<u8>> {
    let mut point = vec![4];
    for name in ["x", "y"] {
        let coordinate = number(jwk, name)?;
        point.resize(point.len() + size.checked_sub(coordinate.len())?, 0);
        point.extend(coordinate);
    }
    Some(point)
}

/// RFC 7517 4.2 and 4.3: `use` and `key_ops`, where they are there, allow verifying.
fn is_for_signatures(jwk: &Map<String, Value>) -> bool {
    let used = present(jwk, "use").is_none_or(|used| used == "sig");
    let ops = present(jwk, "key_ops").and_then(Value::as_array);
    used && ops.is_none_or(|ops| ops.iter().any(|op| op == "verify"))
}

/// A big-endian number without zeros in front.
fn number(jwk: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    Some(bytes(jwk, name)?.into_iter().skip_while(|byte| *byte == 0).collect())
}

/// Bytes in base64url, or in plain base64 as some providers write their keys.
fn bytes(jwk: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    BASE64.decode(text(jwk, name)?.replace('+', "-").replace('/', "_")).ok()
}

/// The length of a number that has no zeros in front.
fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod differential;
#[cfg(test)]
mod tests;
