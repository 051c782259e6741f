//! The keys and HMACs of the ledger of erasures, the same for every kind of database.

use std::collections::BTreeMap;

use chrono::SubsecRound;
use identity::{Digest, Erase, ErasedName, Erasure, ErasureKey, StoreError, Timestamp};
use ring::hmac::{HMAC_SHA256, Key, sign};
use sha2::{Digest as _, Sha256};

/// What several ledgers of erasures know together, at hand.
#[derive(Default)]
pub struct Ledger {
    keys: BTreeMap<String, ErasureKey>,
    entries: BTreeMap<Digest, Erasure>,
}

impl Ledger {
    /// Adds a key.
    pub fn add_key(&mut self, key: ErasureKey) {
        self.keys.insert(key.name.clone(), key);
    }

    /// Adds an entry; of one HMAC the later time stays.
    pub fn add(&mut self, entry: Erasure) {
        let known = self.entries.entry(entry.hmac).or_insert_with(|| entry.clone());
        if known.at < entry.at {
            *known = entry;
        }
    }

    /// When somebody of one of these names was erased, the last time.
    pub fn erased_at(&self, names: &[ErasedName]) -> Option<Timestamp> {
        if self.entries.is_empty() {
            return None;
        }
        let of_key = |key| names.iter().filter_map(move |name| self.entries.get(&hmac(key, name)));
        self.keys.values().flat_map(of_key).map(|entry| entry.at).max()
    }

    /// All keys.
    pub fn keys(&self) -> Vec<ErasureKey> {
        self.keys.values().cloned().collect()
    }

    /// All entries, in the order of their HMACs.
    pub fn entries(&self) -> impl Iterator<Item = &Erasure> {
        self.entries.values()
    }

    /// When the last erasure was of those that are known.
    pub fn newest(&self) -> Option<Timestamp> {
        self.entries.values().map(|entry| entry.at).max()
    }

    /// Whether it knows this, or that they were erased later.
    pub fn knows(&self, entry: &Erasure) -> bool {
        self.entries.get(&entry.hmac).is_some_and(|known| known.at >= entry.at)
    }

    /// How many entries were made by a key that is not known: whom they mean, nobody can tell.
    pub fn without_key(&self) -> usize {
        self.entries.values().filter(|entry| !self.keys.contains_key(&entry.key)).count()
    }
}

/// A fresh key of a ledger.
///
/// # Errors
/// The system has no randomness.
pub fn new_key(now: Timestamp) -> Result<ErasureKey, StoreError> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(StoreError::unavailable)?;
    let name: String = Sha256::digest(key).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(ErasureKey { name, key: Digest(key), created_at: now.trunc_subsecs(6) })
}

/// The entries of somebody who is erased.
pub(crate) fn entries(key: &ErasureKey, erase: &Erase) -> Vec<Erasure> {
    let at = erase.at.trunc_subsecs(6);
    let hmacs: std::collections::BTreeSet<Digest> = erase.names.iter().map(|name| hmac(key, name)).collect();
    hmacs.into_iter().map(|hmac| Erasure { hmac, key: key.name.clone(), at }).collect()
}

/// What these names are in the ledger, under each of the keys.
pub(crate) fn hmacs(keys: &[ErasureKey], names: &[ErasedName]) -> Vec<Digest> {
    keys.iter().flat_map(|key| names.iter().map(move |name| hmac(key, name))).collect()
}

fn hmac(key: &ErasureKey, name: &ErasedName) -> Digest {
    let tag = sign(&Key::new(HMAC_SHA256, &key.key.0), &name.bytes());
    let mut digest = [0; 32];
    digest.copy_from_slice(tag.as_ref());
    Digest(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> ErasureKey {
        ErasureKey { name: "k".into(), key: Digest([byte; 32]), created_at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn an_entry_is_found_again_under_its_key_and_under_no_other() {
        let name = ErasedName::identity("https://a", "ada");
        let erase =
            Erase { names: vec![name, name], entries: Vec::new(), at: Timestamp::UNIX_EPOCH, log: None };
        let [entry] = &entries(&key(1), &erase)[..] else { panic!("one name, one entry") };
        assert_eq!(hmacs(&[key(2), key(1)], &[name])[1], entry.hmac);
        assert!(!hmacs(&[key(2)], &[name]).contains(&entry.hmac));
        // What looks the same is another name where it is of another kind.
        assert!(!hmacs(&[key(1)], &[ErasedName::reference("https://a", "ada")]).contains(&entry.hmac));
    }

    #[test]
    fn no_key_is_made_twice_and_its_name_tells_nothing() {
        let (one, two) = (new_key(Timestamp::UNIX_EPOCH).unwrap(), new_key(Timestamp::UNIX_EPOCH).unwrap());
        assert!(one != two && one.name != two.name && one.name.len() == 16);
        assert_eq!(format!("{one:?}"), format!("ErasureKey({})", one.name));
    }

    #[test]
    fn the_hmac_is_the_one_of_rfc_2104() {
        let name = ErasedName::User(identity::UserId(uuid::Uuid::nil()));
        let pad = |byte: u8| [7 ^ byte; 32].into_iter().chain([byte; 32]).collect::<Vec<u8>>();
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(name.bytes()).finalize();
        let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
        assert_eq!(hmac(&key(7), &name).0, <[u8; 32]>::from(outer));
    }
}
