//! `sparekey restore FILE`: an empty database of any kind, filled out of a backup.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use formats::rfc3339;
use identity::World;
use store::{OpenError, Store};

use super::development;
use super::operator::{actor, progress_of};
use super::terminal::tell;
use crate::backups::{self, Keys, Restored, Source, counted};
use crate::config::{CopyConfig, Environment};
use crate::erased_file::{ErasedFile, known_for};
use crate::{System, seal, telemetry};

/// Fill an empty database of any kind out of a backup.
#[derive(Args)]
pub(super) struct Arguments {
    /// The backup.
    #[arg(required_unless_present = "drop")]
    file: Option<PathBuf>,
    /// The key that opens it: an age identity file, or its text.
    #[arg(long, value_name = "KEY")]
    identity: Option<String>,
    /// Take a backup that nobody vouches for: there is no BACKUP_VERIFY_KEY.
    #[arg(long)]
    unsigned: bool,
    /// Who was erased since, where that is neither in erased.jsonl beside the backup nor in that of BACKUP_TO.
    #[arg(long, value_name = "FILE")]
    erased: Option<PathBuf>,
    /// Take away what a restore that was broken off has left.
    #[arg(long, conflicts_with_all = ["file", "identity", "unsigned", "erased"])]
    drop: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let config = CopyConfig::from(&development::with_secret(Environment::read()))?;
    telemetry::start(&config.database.logging);
    match &arguments.file {
        Some(file) => restore(&config, &arguments, file).await,
        None => drop_unfinished(&config).await,
    }
}

async fn restore(config: &CopyConfig, arguments: &Arguments, file: &Path) -> anyhow::Result<()> {
    let keys = Keys::of(&config.backup)?;
    if keys.verifying.is_none() && !arguments.unsigned {
        bail!(
            "nobody vouches for this backup: set BACKUP_VERIFY_KEY to the key that signs yours, or say --unsigned if you \
             know where it comes from"
        );
    }
    let identities = arguments.identity.as_deref().map(backups::identities).transpose()?;
    let identities = identities.as_ref();
    let vouched = backups::vouched_for(file, identities, keys.verifying.as_ref()).await?;
    let messages = vouched.counts.get("message").copied().unwrap_or_default();
    if messages > 0 && config.session_secrets.is_empty() {
        bail!("the backup has {messages} messages, which are kept encrypted: SESSION_SECRET is missing");
    }
    tell(&format!("a backup of {}: {}", rfc3339(vouched.header.made_at), counted(&vouched.counts)));
    let erased = known_for(file, arguments.erased.as_deref(), config.backup.to.as_deref())?;
    let source = Source { file, identities, erased };
    let store = opened(config).await?;
    let progress = progress_of("records");
    let told = |so_far| progress.set_position(so_far);
    let restored = backups::restore(&store, &source, vouched, actor(), &told).await;
    progress.finish_and_clear();
    if let (Ok(_), Some(folder)) = (&restored, &config.backup.to) {
        note_erased(&store, folder).await?;
    }
    store.close().await;
    say(&restored?);
    Ok(())
}

/// A database that is there, or a new one.
async fn opened(config: &CopyConfig) -> anyhow::Result<Store> {
    let url = config.database.database_url.expose();
    match store::open(url, seal(&config.session_secrets)).await {
        Err(OpenError::Missing) => Ok(store::migrate(url, seal(&config.session_secrets)).await?.0),
        store => Ok(store?),
    }
}

fn say(restored: &Restored) {
    tell(&format!("restored: {}", counted(&restored.counts)));
    match restored.left_out {
        (0, 0) => {}
        (users, identities) => tell(&format!(
            "left out, because they were erased: {users} users, and {identities} identities of others"
        )),
    }
    match restored.newest_erasure {
        Some(at) => {
            let days = (System.now() - at).num_days();
            tell(&format!("the last erasure that is known here was at {}, {days} days ago", rfc3339(at)));
        }
        None => tell("no erasure is known here: whoever was erased since the backup is back"),
    }
    if restored.unknown_erasures > 0 {
        let some = restored.unknown_erasures;
        tell(&format!(
            "{some} erasures were noted under a key that this backup does not have: whose, nobody can tell"
        ));
    }
}

async fn drop_unfinished(config: &CopyConfig) -> anyhow::Result<()> {
    let store = store::open(config.database.database_url.expose(), seal(&[])).await?;
    let dropped = backups::drop_unfinished(&store).await;
    store.close().await;
    dropped?;
    tell("what the restore had left is gone; who was erased is still known");
    Ok(())
}

/// Brings `erased.jsonl` up to date.
pub(super) async fn note_erased(store: &Store, folder: &Path) -> anyhow::Result<()> {
    if !folder.is_dir() {
        bail!("{} is no folder", folder.display());
    }
    Ok(ErasedFile::within(folder).add_all_of(&*store.ports().erasures).await?)
}
