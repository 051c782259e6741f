//! What `sparekey check` says of backups: where they go, by which keys, the newest, and the last that was proved.

use std::io;

use formats::rfc3339;
use identity::World;

use super::Verdicts;
use crate::System;
use crate::backups::{Keys, last_proof, newest};
use crate::config::BackupConfig;

pub(super) fn of_backups(verdicts: &mut Verdicts, config: &BackupConfig) -> io::Result<()> {
    let keys = match Keys::of(config) {
        Ok(keys) => keys,
        Err(faults) => return faults.faults.iter().try_for_each(|fault| verdicts.bad(&fault.to_string())),
    };
    let Some(folder) = &config.to else {
        return verdicts.note("none are made by themselves: BACKUP_TO is not set");
    };
    let every = config.every.as_secs();
    verdicts.good(&format!(
        "to {} every {every} seconds, the newest {} stay",
        folder.display(),
        config.keep
    ))?;
    if keys.signing.is_none() {
        verdicts.note("not signed: without BACKUP_SIGN_KEY nobody vouches for them")?;
    }
    match newest(folder) {
        Ok(Some((at, file))) => {
            let (name, age) = (file.file_name().unwrap_or_default(), (System.now() - at).num_seconds());
            let line = format!("the newest is {}, made at {}", name.display(), rfc3339(at));
            // One that failed is tried again within seconds.
            match age.unsigned_abs() > every.saturating_mul(2) {
                true => verdicts.bad(&format!("{line}: too long ago; the log of `serve` says why"))?,
                false => verdicts.good(&line)?,
            }
        }
        Ok(None) => verdicts.note("none is there yet: `serve` makes the first one soon after its start")?,
        Err(error) => verdicts.bad(&format!("{} cannot be read: {error}", folder.display()))?,
    }
    match last_proof(folder) {
        Some(proof) => verdicts.good(&format!("{} was proved at {}", proof.file, rfc3339(proof.at))),
        None => verdicts.note("none of them was proved yet: `sparekey backup verify` restores one to try it"),
    }
}
