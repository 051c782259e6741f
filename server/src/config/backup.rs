//! `BACKUP_…`: where backups go, how often, how many stay, and the keys. A key may be given as a file's path.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::reader::Reader;
use super::values;

/// Where backups go, how often, how many stay, and the keys as they were given.
#[derive(Clone, Debug)]
pub struct BackupConfig {
    /// The folder; none where none are made by themselves.
    pub to: Option<PathBuf>,
    /// How often.
    pub every: Duration,
    /// How many stay in the folder.
    pub keep: u32,
    /// Whom they are encrypted to.
    pub recipients: Option<String>,
    /// What signs them.
    pub sign_key: Option<SecretString>,
    /// Whose signature is believed.
    pub verify_key: Option<String>,
}

impl BackupConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Option<Self> {
        let to = reader.parsed("BACKUP_TO", |value| Ok(PathBuf::from(value)));
        let every = reader.or("BACKUP_SECONDS", "86400", values::seconds);
        let keep = reader.or("BACKUP_KEEP", "30", values::count);
        let recipients = reader.parsed("BACKUP_RECIPIENTS", recipients);
        let sign_key = reader.secret("BACKUP_SIGN_KEY");
        let verify_key = reader.parsed("BACKUP_VERIFY_KEY", |value| Ok(value.to_owned()));
        if to.is_some() && reader.given("BACKUP_RECIPIENTS").is_none() {
            let sentence = "is missing: what is written to BACKUP_TO is encrypted (age-keygen makes a key)";
            reader.invalid("BACKUP_RECIPIENTS", sentence);
        }
        Some(Self { to, every: every?, keep: keep?, recipients, sign_key, verify_key })
    }
}

fn recipients(value: &str) -> Result<String, String> {
    backup::Recipients::parse(value).map_err(|error| error.to_string())?;
    Ok(value.to_owned())
}
