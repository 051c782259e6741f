//! The file of an SQLite database: its name in a URL, and who may read it.

use std::fmt::Write;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sea_orm::sqlx::sqlite::SqliteConnectOptions;

use crate::OpenError;

/// The URL with the file's name as URLs write it. SeaORM reads it as a URL and sqlx as a name with `%XX` in it, and
/// neither takes what the other does: a blank, a colon, `#`, two slashes.
pub(super) fn url(url: &str) -> String {
    let (path, query) = parts(url);
    let mut encoded = "sqlite:".to_owned();
    // sqlx takes any number of slashes in pairs for the beginning of a URL.
    let path = match path.trim_start_matches('/') {
        relative if path.starts_with('/') => format!("/{relative}"),
        relative => relative.to_owned(),
    };
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => encoded.push(byte.into()),
            b'/' | b'.' | b'-' | b'_' | b'~' | b':' | b'%' => encoded.push(byte.into()),
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    match query {
        "" => encoded,
        query => format!("{encoded}?{query}"),
    }
}

pub(super) fn is_in_memory(url: &str) -> bool {
    let (path, query) = parts(url);
    path == ":memory:" || query.split('&').any(|pair| pair == "mode=memory")
}

/// The database, and what SQLite keeps beside it while it is open.
pub(crate) fn files(url: &str) -> Vec<PathBuf> {
    let Some(file) = file(url) else { return Vec::new() };
    let beside = ["-wal", "-shm"].map(|ending| {
        let mut name = file.clone().into_os_string();
        name.push(ending);
        name.into()
    });
    [file].into_iter().chain(beside).collect()
}

/// Makes the file where the URL says so and it is not there, for its owner alone; SQLite gives what it keeps beside it
/// the same permissions. One that is there stays as it is.
pub(super) fn create(url: &str) -> Result<(), OpenError> {
    let (_, query) = parts(url);
    let Some(file) = file(url).filter(|_| query.split('&').any(|pair| pair == "mode=rwc")) else {
        return Ok(());
    };
    if file.exists() {
        return Ok(());
    }
    match private().open(&file) {
        Ok(_) => Ok(()),
        Err(source) => Err(OpenError::File { file, source }),
    }
}

/// Not `create_new`: another process may be as far, and a link may lead to where the file shall be.
fn private() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn file(raw: &str) -> Option<PathBuf> {
    let options = SqliteConnectOptions::from_str(&url(raw)).ok().filter(|_| !is_in_memory(raw))?;
    let file: &Path = options.get_filename();
    Some(file.to_owned())
}

fn parts(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("sqlite:").unwrap_or(url);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    (path.strip_prefix("//").unwrap_or(path), query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_to_all_who_read_the_url() {
        for (written, name) in [
            ("sqlite://my users.db?mode=rwc", "my users.db"),
            ("sqlite:my%20users.db", "my users.db"),
            ("sqlite://a:b.db", "a:b.db"),
            ("sqlite://a#1.db?mode=rwc", "a#1.db"),
            ("sqlite://what%3F.db", "what?.db"),
            ("sqlite://./dev.db", "./dev.db"),
            ("sqlite:///data/[50%] é.db?mode=ro", "/data/[50%] é.db"),
            ("sqlite:////data/x.db", "/data/x.db"),
        ] {
            assert_eq!(file(written), Some(name.into()), "{written}");
            assert!(url::Url::parse(&url(written)).is_ok(), "{written}");
        }
        assert_eq!(files("sqlite:x.db")[1..], ["x.db-wal", "x.db-shm"].map(PathBuf::from));
    }

    #[test]
    fn memory_is_no_file() {
        for memory in ["sqlite::memory:", "sqlite://:memory:", "sqlite://x?mode=memory"] {
            assert!(is_in_memory(memory) && is_in_memory(&url(memory)) && files(memory).is_empty());
        }
        assert!(!is_in_memory("sqlite://a:memory:.db?mode=rwc"));
    }
}
