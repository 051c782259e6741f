//! Keys of what a provider names. Databases compare text in ways of their own (case, accents, trailing
//! blanks, lengths of index entries); a digest is compared byte for byte on all of them.

use identity::{Observation, StoreError};
use sha2::{Digest, Sha256};

/// The SHA-256 of an issuer and one of its names (a subject, a `sid`, a `jti`). The length in front keeps
/// two pairs apart whose parts only join to the same text.
pub(super) fn key(issuer: &str, name: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update((issuer.len() as u64).to_be_bytes())
        .chain_update(issuer)
        .chain_update(name)
        .finalize()
        .into()
}

/// The key of the observed identity.
///
/// # Errors
/// A NUL in one of its texts: PostgreSQL keeps none, so no store does.
pub(super) fn of(observation: &Observation) -> Result<[u8; 32], StoreError> {
    let Observation { provider, issuer, subject, .. } = observation;
    if [provider, issuer, subject].iter().any(|text| text.contains('\0')) {
        return Err(StoreError::unreadable("a NUL in the name of an identity"));
    }
    Ok(key(issuer, subject))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_bytes_have_the_same_key() {
        let ada = key("https://a", "ada");
        assert_eq!(ada, key("https://a", "ada"));
        for (issuer, name) in
            [("https://a", "Ada"), ("https://a", "ada "), ("https://aa", "da"), ("https://a/", "ada")]
        {
            assert_ne!(ada, key(issuer, name), "{issuer} {name}");
        }
    }
}
