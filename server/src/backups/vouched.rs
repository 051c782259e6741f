//! Who vouches for a backup, and that all of it is there.

use std::path::Path;

use backup::{BackupError, Counts, Header, Identities, Reader, VerifyingKey};
use identity::{IssuerAlias, LinkRule, Record};
use store::Ledger;

/// A backup that was read to its end, with what has to be known before the first record is written.
pub(crate) struct Vouched {
    pub(crate) header: Header,
    pub(crate) counts: Counts,
    pub(crate) ledger: Ledger,
    pub(crate) aliases: Vec<IssuerAlias>,
    /// Of all its lines: what is written is held against it.
    pub(crate) sha256: String,
    pub(crate) is_signed: bool,
}

/// Reads all of a backup and believes nothing: the signature, where there is a key for it, then every line and the
/// trailer.
pub(crate) async fn vouched_for(
    file: &Path,
    identities: Option<&Identities>,
    key: Option<&VerifyingKey>,
) -> Result<Vouched, BackupError> {
    let (file, identities, key) = (file.to_owned(), identities.cloned(), key.cloned());
    let work = move || {
        if let Some(key) = &key {
            key.verify(&file)?;
        }
        let mut reader = Reader::open(&file, identities.as_ref())?;
        let (mut ledger, mut aliases) = (Ledger::default(), Vec::new());
        while let Some(record) = reader.next()? {
            match record {
                Record::ErasureKey(key) => ledger.add_key(key),
                Record::Erasure(entry) => ledger.add(entry),
                Record::LinkRule(LinkRule::Alias(alias)) => aliases.push(alias),
                _ => {}
            }
        }
        let (header, counts) = (reader.header().clone(), reader.counts().clone());
        let sha256 = reader.sha256().to_owned();
        Ok(Vouched { header, counts, ledger, aliases, sha256, is_signed: key.is_some() })
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(vouched) => vouched,
        Err(panicked) => Err(BackupError::Damaged(std::io::Error::other(panicked))),
    }
}
