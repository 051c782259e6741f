//! The folder of the backups: what they are called, which of them stay, and when one was last proved.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use backup::signature_of;
use chrono::NaiveDateTime;
use identity::Timestamp;
use serde_json::{Value as Json, json};

const PREFIX: &str = "sparekey-";
const TIME: &str = "%Y%m%dT%H%M%SZ";
const ENCRYPTED: &str = ".jsonl.zst.age";
const PLAIN: &str = ".jsonl.zst";
/// What was last proved.
const PROOF: &str = "verified.json";

/// The name of a backup that is made now. Names sort by age, and end in what opens them, outermost last.
pub(crate) fn name_of(now: Timestamp, is_encrypted: bool) -> String {
    format!("{PREFIX}{}{}", now.format(TIME), if is_encrypted { ENCRYPTED } else { PLAIN })
}

/// When a backup of this name was made; none where it is no such name.
fn made_at(name: &str) -> Option<Timestamp> {
    let rest = name.strip_prefix(PREFIX)?;
    let time = rest.strip_suffix(ENCRYPTED).or_else(|| rest.strip_suffix(PLAIN))?;
    NaiveDateTime::parse_from_str(time, TIME).ok().map(|time| time.and_utc())
}

/// The backups of a folder that were made by themselves, the newest first; none where there is no folder yet.
pub(super) fn backups(folder: &Path) -> io::Result<Vec<(Timestamp, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry?;
        if let Some(at) = entry.file_name().to_str().and_then(made_at) {
            all.push((at, entry.path()));
        }
    }
    all.sort_unstable();
    all.reverse();
    Ok(all)
}

/// The newest of them.
pub(crate) fn newest(folder: &Path) -> io::Result<Option<(Timestamp, PathBuf)>> {
    Ok(backups(folder)?.into_iter().next())
}

/// Takes away all but the newest, with their signatures.
pub(super) fn keep_newest(folder: &Path, keep: u32) -> anyhow::Result<()> {
    for (_, file) in backups(folder)?.into_iter().skip(keep as usize) {
        fs::remove_file(&file).with_context(|| format!("{} cannot be taken away", file.display()))?;
        drop(fs::remove_file(signature_of(&file)));
    }
    Ok(())
}

/// That a backup was proved.
#[derive(Debug)]
pub(crate) struct Proof {
    /// The name of the file.
    pub(crate) file: String,
    /// When.
    pub(crate) at: Timestamp,
}

/// Notes beside a backup that it was proved.
pub(crate) fn note_proof(file: &Path, at: Timestamp) -> io::Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let note = json!({ "file": name, "at": at }).to_string() + "\n";
    let beside = file.with_file_name(PROOF);
    let partial = file.with_file_name(format!("{PROOF}.partial"));
    fs::write(&partial, note)?;
    fs::rename(partial, beside)
}

/// What was last proved in a folder.
pub(crate) fn last_proof(folder: &Path) -> Option<Proof> {
    let note: Json = serde_json::from_str(&fs::read_to_string(folder.join(PROOF)).ok()?).ok()?;
    Some(Proof { file: note["file"].as_str()?.to_owned(), at: note["at"].as_str()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when_and_what_is_no_such_name_is_left_alone() {
        let at: Timestamp = "2026-11-30T10:15:09Z".parse().unwrap();
        for is_encrypted in [true, false] {
            assert_eq!(made_at(&name_of(at, is_encrypted)), Some(at));
        }
        assert_eq!(name_of(at, true), "sparekey-20261130T101509Z.jsonl.zst.age");
        for other in
            ["sparekey-20261130T101509Z.jsonl.zst.age.minisig", "erased.jsonl", "sparekey-x.jsonl.zst"]
        {
            assert_eq!(made_at(other), None, "{other}");
        }
    }

    #[test]
    fn the_newest_stay_with_their_signatures_and_nothing_else_goes() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let names: Vec<String> =
            (1..=4).map(|day| name_of(format!("2026-11-0{day}T00:00:00Z").parse().unwrap(), true)).collect();
        for name in names.iter().chain(&["mine.age".to_owned(), "erased.jsonl".to_owned()]) {
            fs::write(file(name), "").unwrap();
            fs::write(file(&format!("{name}.minisig")), "").unwrap();
        }
        keep_newest(folder.path(), 2).unwrap();
        let is_there = |name: &String| file(name).exists() && file(&format!("{name}.minisig")).exists();
        let is_gone = |name: &String| !file(name).exists() && !file(&format!("{name}.minisig")).exists();
        assert!(names[..2].iter().all(is_gone) && names[2..].iter().all(is_there));
        assert!(file("mine.age").exists() && file("erased.jsonl").exists());
    }
}
