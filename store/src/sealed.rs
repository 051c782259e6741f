//! Encryption at rest: what the database keeps of tokens and of secrets within log-in attempts.
//!
//! XChaCha20-Poly1305 under keys from `SESSION_SECRET`. A sealed value is bound to its purpose and its row:
//! moved elsewhere it does not open.

use std::sync::Arc;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

const KEY_ID: usize = 4;
const NONCE: usize = 24;

/// The keys: the first seals, all open. Cheap to clone.
#[derive(Clone)]
pub struct Seal(Arc<[Key]>);

struct Key {
    /// The beginning of the SHA-256 of the key: names it and tells nothing.
    id: [u8; KEY_ID],
    cipher: XChaCha20Poly1305,
}

/// What a sealed value is bound to (its associated data): it opens in no other context.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What it is.
    pub purpose: &'static str,
    /// The key of the row.
    pub row: &'a [u8],
}

/// There is no secret, or the system gave no random bytes: nothing was sealed.
#[derive(Debug, thiserror::Error)]
#[error("nothing could be encrypted")]
pub struct NotSealed;

impl Seal {
    /// A seal with these secrets. Without any, nothing is sealed and nothing opens: enough for commands that
    /// have to do with users alone.
    pub fn new(secrets: &[[u8; 32]]) -> Self {
        Self(secrets.iter().map(Key::new).collect())
    }

    /// The sealed value: key id, nonce, ciphertext.
    ///
    /// # Errors
    /// There is no secret, or the system's generator failed.
    pub fn close(&self, context: Context<'_>, plain: &[u8]) -> Result<Vec<u8>, NotSealed> {
        let key = self.0.first().ok_or(NotSealed)?;
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| NotSealed)?;
        let payload = Payload { msg: plain, aad: &context.associated_data() };
        let sealed = key.cipher.encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| NotSealed)?;
        Ok([key.id.as_slice(), &nonce, &sealed].concat())
    }

    /// The plain value; none where it was sealed elsewhere, under a key that we do not have, or not by us.
    pub fn open(&self, context: Context<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
        let (id, rest) = sealed.split_first_chunk::<KEY_ID>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        let aad = context.associated_data();
        let payload = || Payload { msg: sealed, aad: &aad };
        let mut keys = self.0.iter().filter(|key| key.id == *id);
        keys.find_map(|key| key.cipher.decrypt(XNonce::from_slice(nonce), payload()).ok())
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seal({} keys)", self.0.len())
    }
}

impl Key {
    /// The secret signs nothing and encrypts nothing by itself: each use has a key of its own.
    fn new(secret: &[u8; 32]) -> Self {
        let key = Sha256::new().chain_update(b"sparekey at rest\0").chain_update(secret).finalize();
        let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(key).into();
        Self { id: [a, b, c, d], cipher: XChaCha20Poly1305::new(&key) }
    }
}

impl Context<'_> {
    fn associated_data(&self) -> Vec<u8> {
        [self.purpose.as_bytes(), b"\0", self.row].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Context<'static> = Context { purpose: "tokens", row: b"one" };

    fn seal(secrets: &[u8]) -> Seal {
        let secrets: Vec<[u8; 32]> = secrets.iter().map(|byte| [*byte; 32]).collect();
        Seal::new(&secrets)
    }

    #[test]
    fn what_was_sealed_opens_and_does_not_show() {
        let sealed = seal(&[1]).close(HERE, b"a refresh token").unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"refresh"));
        assert_eq!(seal(&[1]).open(HERE, &sealed).unwrap(), b"a refresh token");
    }

    #[test]
    fn the_same_value_never_looks_the_same() {
        let one = seal(&[1]);
        assert_ne!(one.close(HERE, b"x").unwrap(), one.close(HERE, b"x").unwrap());
    }

    #[test]
    fn an_older_secret_still_opens_and_a_lost_one_does_not() {
        let sealed = seal(&[1]).close(HERE, b"x").unwrap();
        assert!(seal(&[2, 1]).open(HERE, &sealed).is_some());
        assert!(seal(&[2, 3]).open(HERE, &sealed).is_none());
        let by_the_new = seal(&[2, 1]).close(HERE, b"x").unwrap();
        assert!(seal(&[1]).open(HERE, &by_the_new).is_none());
    }

    #[test]
    fn without_a_secret_nothing_is_sealed_and_nothing_opens() {
        assert!(seal(&[]).close(HERE, b"x").is_err());
        assert!(seal(&[]).open(HERE, &seal(&[1]).close(HERE, b"x").unwrap()).is_none());
    }

    #[test]
    fn a_value_opens_only_in_its_row_and_for_its_purpose() {
        let seal = seal(&[1]);
        let sealed = seal.close(HERE, b"x").unwrap();
        assert!(seal.open(Context { row: b"two", ..HERE }, &sealed).is_none());
        assert!(seal.open(Context { purpose: "attempt", ..HERE }, &sealed).is_none());
        assert!(seal.open(HERE, &sealed).is_some());
    }

    #[test]
    fn a_changed_or_cut_value_does_not_open() {
        let seal = seal(&[1]);
        let sealed = seal.close(HERE, b"x").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(seal.open(HERE, &changed).is_none(), "{at}");
            assert!(seal.open(HERE, &sealed[..at]).is_none(), "{at}");
        }
    }
}
