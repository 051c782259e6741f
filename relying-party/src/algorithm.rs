//! The signature algorithms of RFC 7518 and RFC 8037 that a client can be pinned to.
//!
//! `none` is not among them, so no setting and no token can name it.

use ring::digest;
use strum::{AsRefStr, Display, EnumString};

/// A JWS algorithm. Parses from and displays as its exact JOSE name.
#[derive(AsRefStr, Clone, Copy, Debug, Default, Display, EnumString, Eq, Hash, PartialEq)]
#[cfg_attr(test, derive(strum::EnumIter))]
#[strum(parse_err_ty = UnknownAlgorithm, parse_err_fn = unknown)]
#[allow(missing_docs, reason = "the names are those of the specification")]
pub enum Algorithm {
    #[default]
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
    HS256,
    HS384,
    HS512,
}

/// The name is not one of the supported algorithms.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a supported signature algorithm")]
pub struct UnknownAlgorithm;

fn unknown(_: &str) -> UnknownAlgorithm {
    UnknownAlgorithm
}

impl Algorithm {
    /// Whether the key is the client's secret ([`crate::Keys::from_secret`]).
    pub fn is_symmetric(self) -> bool {
        matches!(self, Self::HS256 | Self::HS384 | Self::HS512)
    }

    /// The left half of the hash that goes with the algorithm, for `at_hash` (OpenID Connect Core 3.1.3.6).
    /// Ed25519 hashes with SHA-512 (RFC 8032 5.1).
    pub(crate) fn half_hash(self, bytes: &[u8]) -> Vec<u8> {
        let hash = match self {
            Self::RS256 | Self::PS256 | Self::ES256 | Self::HS256 => &digest::SHA256,
            Self::RS384 | Self::PS384 | Self::ES384 | Self::HS384 => &digest::SHA384,
            Self::RS512 | Self::PS512 | Self::HS512 | Self::EdDSA => &digest::SHA512,
        };
        let hash = digest::digest(hash, bytes);
        hash.as_ref()[..hash.as_ref().len() / 2].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_tokens::to_core;
    use strum::IntoEnumIterator;

    #[test]
    fn every_algorithm_has_its_jose_name() {
        for algorithm in Algorithm::iter() {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
            assert_eq!(serde_json::to_value(to_core(algorithm)).unwrap(), algorithm.as_ref());
        }
    }

    #[test]
    fn none_and_other_spellings_are_no_algorithm() {
        for name in ["none", "None", "NONE", "", "rs256", "RS256 ", "ES512", "ES256K", "HS1"] {
            assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name}");
        }
    }

    #[test]
    fn only_hmac_is_symmetric() {
        let symmetric: Vec<_> = Algorithm::iter().filter(|a| a.is_symmetric()).collect();
        assert_eq!(symmetric, [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512]);
    }
}
