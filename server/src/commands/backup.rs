//! `sparekey backup [FILE]` and `sparekey backup verify FILE`: everything as one file, and the proof that it restores.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand};
use formats::rfc3339;
use identity::World;

use super::operator::progress_of;
use super::terminal::{print, tell};
use super::{development, restore};
use crate::backups::{self, Keys, Made, counted};
use crate::config::{BackupConfig, CopyConfig, Environment};
use crate::database::open;
use crate::{System, telemetry};

/// Everything as one file: users, identities, history, runs, entries, log, open messages, who was erased.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verify: Option<Command>,
    /// The file; without it, one in BACKUP_TO under a name of its own.
    file: Option<PathBuf>,
    /// Do not encrypt it: whoever gets the file gets everybody's data.
    #[arg(long)]
    plain: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Prove a backup: signature, counts and digests, and that a restore gives every line back.
    Verify(Verify),
}

#[derive(Args)]
struct Verify {
    /// The backup.
    file: PathBuf,
    /// The key that opens it: an age identity file, or its text.
    #[arg(long, value_name = "KEY")]
    identity: Option<String>,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.verify {
        Some(Command::Verify(verify)) => prove(&verify).await,
        None => make(arguments.file.as_deref(), arguments.plain).await,
    }
}

async fn make(file: Option<&Path>, plain: bool) -> anyhow::Result<()> {
    let config = CopyConfig::from(&development::with_secret(Environment::read()))?;
    telemetry::start(&config.database.logging);
    let mut keys = Keys::of(&config.backup)?;
    if plain {
        keys.recipients = None;
        tell("NOT ENCRYPTED: whoever gets the file gets everybody's data");
    } else if keys.recipients.is_none() {
        bail!(
            "BACKUP_RECIPIENTS names nobody whom the backup is encrypted to (age-keygen makes a key); --plain makes one \
             that anybody can read"
        );
    }
    let (url, database) = (config.database.database_url.expose(), config.database.database_url.scheme());
    let store = open(url, &config.session_secrets).await?;
    let progress = progress_of("records");
    let told = |so_far| progress.set_position(so_far);
    let made = match file {
        Some(file) => backups::make(&store, database, file, &keys, &told).await,
        None => backups::into_folder(&store, database, &config.backup, &keys, &told).await,
    };
    if let (Ok(_), Some(folder)) = (&made, &config.backup.to) {
        restore::note_erased(&store, folder).await?;
    }
    progress.finish_and_clear();
    store.close().await;
    say(&made?, &config.backup, &keys)
}

fn say(made: &Made, config: &BackupConfig, keys: &Keys) -> anyhow::Result<()> {
    tell(&format!("{}; {} bytes", counted(&made.written.counts), made.written.bytes));
    if !made.is_of_one_moment {
        tell(
            "the database has no moment that could be read: whoever moved meanwhile was read again at the end",
        );
    }
    if made.unreadable_messages > 0 {
        let messages = made.unreadable_messages;
        tell(&format!("{messages} messages are left out: SESSION_SECRET does not open them"));
    }
    if keys.signing.is_none() {
        tell("not signed: without BACKUP_SIGN_KEY (minisign -G -W) nobody vouches for it");
    }
    if config.to.is_none() {
        tell(
            "keep erased.jsonl up to date by BACKUP_TO, or whoever is erased from now on comes back with a restore",
        );
    }
    print(&made.file.display().to_string())?;
    Ok(())
}

async fn prove(verify: &Verify) -> anyhow::Result<()> {
    let config = BackupConfig::from(&Environment::read())?;
    let keys = Keys::of(&config)?;
    let identities = verify.identity.as_deref().map(backups::identities).transpose()?;
    let (file, identities) = (&verify.file, identities.as_ref());
    let vouched = backups::vouched_for(file, identities, keys.verifying.as_ref()).await?;
    let progress = progress_of("records");
    let lines = backups::prove(file, identities, &|so_far| progress.set_position(so_far)).await;
    progress.finish_and_clear();
    let lines = lines?;
    if let Err(error) = backups::note_proof(file, System.now()) {
        tell(&format!("that it was proved could not be noted beside it: {error}"));
    }
    let signed = match vouched.is_signed {
        true => "signed by BACKUP_VERIFY_KEY",
        false => "its signature not looked at (BACKUP_VERIFY_KEY is not set)",
    };
    print(&format!(
        "proved: of {}, {signed}; counts and SHA-256 are right; {lines} lines were restored into an empty database and \
         came out as they went in: {}",
        rfc3339(vouched.header.made_at),
        counted(&vouched.counts)
    ))?;
    Ok(())
}
