//! Backups as commands and `serve` make, prove and restore them: what a database has on one side, a file on the other.

mod folder;
mod make;
mod prove;
mod restore;
mod schedule;
mod vouched;

use std::path::Path;

use anyhow::Context;
use backup::{BadKey, Identities, Recipients, SigningKey, VerifyingKey};
use identity::BackupState;
use secrecy::ExposeSecret;

use crate::config::{BackupConfig, InvalidSetting, SettingsError};

pub(crate) use folder::{last_proof, newest, note_proof};
pub(crate) use make::{Made, into_folder, make};
pub(crate) use prove::prove;
pub(crate) use restore::{Restored, Source, drop_unfinished, restore};
pub(crate) use schedule::Scheduled;
pub(crate) use vouched::{Vouched, vouched_for};

/// What the state of the copy says of the backups in this folder.
pub(crate) fn state(folder: &Path) -> BackupState {
    BackupState { proved: last_proof(folder).map(|proof| (proof.file, proof.at)) }
}

/// The keys of the settings, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    pub(crate) recipients: Option<Recipients>,
    pub(crate) signing: Option<SigningKey>,
    pub(crate) verifying: Option<VerifyingKey>,
}

impl Keys {
    /// # Errors
    /// All of them that cannot be used.
    pub(crate) fn of(config: &BackupConfig) -> Result<Self, SettingsError> {
        let mut faults = Vec::new();
        let recipients = config.recipients.as_deref().map(Recipients::parse);
        let signing = config.sign_key.as_ref().map(|key| SigningKey::parse(&text_of(key.expose_secret())));
        let verifying = config.verify_key.as_deref().map(|key| VerifyingKey::parse(&text_of(key)));
        let keys = Self {
            recipients: usable("BACKUP_RECIPIENTS", recipients, &mut faults),
            signing: usable("BACKUP_SIGN_KEY", signing, &mut faults),
            verifying: usable("BACKUP_VERIFY_KEY", verifying, &mut faults),
        };
        if faults.is_empty() { Ok(keys) } else { Err(faults.into()) }
    }
}

fn usable<T>(name: &str, key: Option<Result<T, BadKey>>, faults: &mut Vec<InvalidSetting>) -> Option<T> {
    key?.map_err(|error| faults.push(InvalidSetting { name: name.to_owned(), sentence: error.to_string() }))
        .ok()
}

/// A key may be given by the path of its file or as its text.
fn text_of(given: &str) -> String {
    std::fs::read_to_string(given).unwrap_or_else(|_| given.replace("\\n", "\n"))
}

/// The key that opens a backup, by the path of an identity file or as its text.
pub(crate) fn identities(given: &str) -> anyhow::Result<Identities> {
    Identities::parse(&text_of(given)).context("--identity")
}

/// What is said of people and times in sentences.
pub(crate) fn counted(counts: &backup::Counts) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("user", "users"),
        ("changes", "changes"),
        ("run", "runs"),
        ("entry", "provider entries"),
        ("log", "lines of the operators' log"),
        ("link_rule", "issuer aliases and sign-offs"),
        ("message", "messages"),
        ("erasure", "erasures"),
    ];
    let some = WORDS.iter().map(|(kind, word)| format!("{} {word}", counts.get(*kind).copied().unwrap_or(0)));
    some.collect::<Vec<_>>().join(", ")
}
