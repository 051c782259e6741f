//! Backups that `serve` makes by itself: of several processes at a folder, one does.

use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use identity::{Digest, Tickets, World};
use store::Store;

use super::{Keys, folder, into_folder};
use crate::config::{BackupConfig, Config, SettingsError};
use crate::{System, seconds};

/// After a start, before the first backup that may be due.
const FIRST: Duration = Duration::from_secs(5);
/// Between two looks at whether one is due.
const LOOK: Duration = Duration::from_secs(30);
/// How long the turn lasts of whoever makes one, and how often it is renewed.
const LEASE: TimeDelta = TimeDelta::seconds(60);
const ALIVE: Duration = Duration::from_secs(20);

/// Backups that are made by themselves.
pub(crate) struct Scheduled {
    /// The kind of database.
    database: String,
    config: BackupConfig,
    folder: PathBuf,
    keys: Keys,
    job: Digest,
    /// This process.
    holder: Digest,
}

impl Scheduled {
    /// None where the settings name no folder.
    ///
    /// # Errors
    /// A key that cannot be used.
    pub(crate) fn of(config: &Config) -> Result<Option<Self>, SettingsError> {
        let Some(folder) = config.backup.to.clone() else { return Ok(None) };
        let keys = Keys::of(&config.backup)?;
        let (job, holder) = (Digest::of_pair("backup", ""), System.secret().digest());
        let database = config.database_url.scheme().to_owned();
        Ok(Some(Self { database, config: config.backup.clone(), folder, keys, job, holder }))
    }

    /// Makes a backup whenever one is due, for as long as the process runs.
    pub(crate) async fn whenever_due(self, store: Store) {
        let every = self.config.every;
        tracing::info!(seconds = every.as_secs(), "backups go to {}", self.folder.display());
        if self.keys.recipients.is_none() {
            tracing::warn!("BACKUPS ARE NOT ENCRYPTED: whoever gets one gets everybody's data");
        }
        tokio::time::sleep(FIRST.min(every)).await;
        let tickets = store.ports().tickets;
        loop {
            if self.is_due() && self.takes_its_turn(&*tickets).await {
                // Whoever had it before may have made one.
                if self.is_due() {
                    self.in_turn(&store, &*tickets).await;
                }
                if let Err(error) = tickets.release(&self.job, &self.holder).await {
                    tracing::warn!(
                        code = error.code().as_str(),
                        "the backup's lease could not be given back"
                    );
                }
            }
            tokio::time::sleep(LOOK.min(every)).await;
        }
    }

    /// Whether the newest backup of the folder is old enough.
    fn is_due(&self) -> bool {
        let every = seconds(self.config.every);
        match folder::newest(&self.folder) {
            Ok(newest) => newest.is_none_or(|(at, _)| at + every <= System.now()),
            Err(error) => {
                tracing::error!(%error, "whether a backup is due cannot be seen");
                false
            }
        }
    }

    async fn takes_its_turn(&self, tickets: &dyn Tickets) -> bool {
        let now = System.now();
        match tickets.lease(&self.job, &self.holder, now, now + LEASE).await {
            Ok(is_ours) => is_ours,
            Err(error) => {
                tracing::warn!(code = error.code().as_str(), "the backup's lease could not be had");
                false
            }
        }
    }

    /// Makes one, and says meanwhile that we are alive.
    async fn in_turn(&self, store: &Store, tickets: &dyn Tickets) {
        let alive = async {
            loop {
                tokio::time::sleep(ALIVE).await;
                if let Err(error) = tickets.renew(&self.job, &self.holder, System.now() + LEASE).await {
                    tracing::warn!(code = error.code().as_str(), "the backup's lease could not be renewed");
                }
            }
        };
        let made = tokio::select! {
            made = into_folder(store, &self.database, &self.config, &self.keys, &|_| {}) => made,
            () = alive => unreachable!("whoever is alive says so for good"),
        };
        match made {
            Ok(made) => tracing::info!(
                bytes = made.written.bytes,
                users = made.written.counts.get("user").copied().unwrap_or_default(),
                "backup made: {}",
                made.file.display()
            ),
            Err(error) => {
                let error = crate::telemetry::with_causes(error.as_ref());
                tracing::error!(error, "backup failed");
            }
        }
    }
}
