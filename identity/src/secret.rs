//! Random values that must not be seen, and what we keep of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Digest as _;
use subtle::ConstantTimeEq;

/// 256 random bits as 43 characters of base64url: a session id, a browser's value, `state`, `nonce`, a PKCE
/// verifier. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// What we keep of a secret: its SHA-256. It finds a row and opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Secret {
    /// A secret of 32 random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// A secret as a browser or a database hands it back; none unless it has our shape, so that nothing
    /// odd is looked up.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The secret itself, for a cookie or a provider.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What may be stored of it.
    pub fn digest(&self) -> Digest {
        Digest(sha2::Sha256::digest(self.0.as_bytes()).into())
    }
}

impl Digest {
    /// The digest of an issuer and one of its names (a subject, a `sid`, a `jti`). Databases compare text in ways of
    /// their own (case, accents, trailing blanks, lengths of index entries); a digest is compared byte for byte on all
    /// of them. The length in front keeps two pairs apart whose parts only join to the same text.
    pub fn of_pair(issuer: &str, name: &str) -> Self {
        let digest = sha2::Sha256::new()
            .chain_update((issuer.len() as u64).to_be_bytes())
            .chain_update(issuer)
            .chain_update(name);
        Self(digest.finalize().into())
    }

    /// As text, for a form on a page: it names a session and does not open it.
    pub fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The inverse of [`Digest::to_text`].
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Equal, in constant time.
    pub fn matches(&self, other: &Digest) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a digest is 43 letters of base64url"))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_survives_the_way_through_a_cookie_and_never_shows_in_debug() {
        let secret = Secret::new([7; 32]);
        let back = Secret::parse(secret.expose()).unwrap();
        assert!(back.digest().matches(&secret.digest()));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(Digest::parse(&secret.digest().to_text()), Some(secret.digest()));
    }

    #[test]
    fn what_has_not_our_shape_is_no_secret() {
        for odd in ["", "a", "=", &"A".repeat(44), &"A".repeat(42), "é"] {
            assert!(Secret::parse(odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn only_the_same_pair_has_the_same_digest() {
        let ada = Digest::of_pair("https://a", "ada");
        assert_eq!(ada, Digest::of_pair("https://a", "ada"));
        for (issuer, name) in
            [("https://a", "Ada"), ("https://a", "ada "), ("https://aa", "da"), ("https://a/", "ada")]
        {
            assert_ne!(ada, Digest::of_pair(issuer, name), "{issuer} {name}");
        }
    }

    #[test]
    fn two_digests_match_only_when_equal() {
        assert!(!Secret::new([1; 32]).digest().matches(&Secret::new([2; 32]).digest()));
    }
}
