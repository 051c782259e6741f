//! The environment the process finds itself in: a `.env` in the working directory, the process's own variables above it.
//! The only place that reads them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;

use super::dotenv;
use super::error::InvalidSetting;

/// Settings by name, wherever they came from, and what of them could not be read.
#[derive(Clone, Default)]
pub struct Environment {
    settings: BTreeMap<String, String>,
    faults: Vec<InvalidSetting>,
}

impl Environment {
    /// Reads `.env` in the working directory, if there is one, and the process environment, which wins.
    ///
    /// What cannot be read (a file, a line of it, a setting that is not Unicode) becomes a fault
    /// that `Config::from` reports with the others.
    pub fn read() -> Self {
        let mut faults = Vec::new();
        let text = std::fs::read_to_string(".env").unwrap_or_else(|error| {
            faults.extend(unreadable(&error));
            String::new()
        });
        let mut environment = Self::new(&text, std::env::vars_os());
        environment.faults.splice(0..0, faults);
        environment
    }

    fn new(dotenv: &str, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let (entries, mut faults) = dotenv::parse(dotenv);
        let mut settings: BTreeMap<_, _> = entries.into_iter().collect();
        for (name, value) in variables {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => drop(settings.insert(name, value)),
                Err(_) => faults.extend(not_unicode(name)),
            }
        }
        Self { settings, faults }
    }

    /// The same with these settings put over it: what the development provider, once it runs, has to say.
    #[must_use]
    pub fn with<N: Into<String>, V: Into<String>>(
        mut self,
        settings: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let settings = settings.into_iter().map(|(n, v)| (n.into(), v.into()));
        self.settings.extend(settings);
        self
    }

    /// The value of one setting.
    pub fn get(&self, name: &str) -> Option<String> {
        self.settings.get(name).cloned()
    }

    /// What could not be read.
    pub(super) fn faults(&self) -> Vec<InvalidSetting> {
        self.faults.clone()
    }

    /// A fault for each file that a setting names and that cannot be used.
    pub(super) fn unreadable_files(&self) -> Vec<InvalidSetting> {
        let files = self.settings.iter().filter(|(name, path)| {
            let is_file = name.starts_with("OIDC_") && name.ends_with("_CA_FILE");
            is_file && !path.trim().is_empty()
        });
        files
            .filter_map(|(name, path)| {
                let sentence = certificates(path.trim()).err()?;
                let name = name.clone();
                Some(InvalidSetting { name, sentence })
            })
            .collect()
    }

    /// The names that are given, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.settings.keys().map(String::as_str)
    }
}

/// # Errors
/// A sentence, where the file of certificate authorities is of no use.
fn certificates(path: &str) -> Result<(), String> {
    let text = std::fs::read(path).map_err(|error| format!("names a file that cannot be read: {error}"))?;
    match String::from_utf8_lossy(&text).contains("-----BEGIN CERTIFICATE-----") {
        true => Ok(()),
        false => Err("names a file without a certificate in PEM".to_owned()),
    }
}

fn unreadable(error: &std::io::Error) -> Option<InvalidSetting> {
    let sentence = match error.kind() {
        ErrorKind::NotFound => return None,
        ErrorKind::InvalidData => "is not a text in UTF-8".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    let name = ".env".to_owned();
    Some(InvalidSetting { name, sentence })
}

/// Variables of others may hold what they like.
fn not_unicode(name: String) -> Option<InvalidSetting> {
    let ours = super::settings::SETTINGS.contains(&name.as_str()) || name.starts_with("OIDC_");
    ours.then(|| InvalidSetting { name, sentence: "is not Unicode".to_owned() })
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    fn of(dotenv: &str, variables: &[(&str, &[u8])]) -> Environment {
        let variables =
            variables.iter().map(|(name, value)| (OsString::from(name), OsString::from_vec(value.to_vec())));
        Environment::new(dotenv, variables)
    }

    #[test]
    fn the_process_environment_wins_over_the_file() {
        let read = of("A=file\nB=file\n", &[("A", b"process"), ("C", b"process")]);
        let values = ["A", "B", "C", "D"].map(|name| read.get(name));
        let expected = ["process", "file", "process"].map(|value| Some(value.to_owned()));
        assert_eq!(values[..3], expected);
        assert_eq!(values[3], None);
        assert!(read.faults.is_empty());
    }

    #[test]
    fn a_setting_that_is_not_unicode_is_a_fault_and_a_variable_of_others_is_none() {
        let read = of("", &[("SITE_URL", b"\xff"), ("LS_COLORS", b"\xff")]);
        let faults: Vec<String> = read.faults.iter().map(InvalidSetting::to_string).collect();
        assert_eq!(faults, ["SITE_URL is not Unicode"]);
    }
}
