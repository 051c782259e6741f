//! The environment the process finds itself in: a `.env` in the working directory, the process's own variables above it.
//! The only place that reads them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;

use super::dotenv;
use super::fault::{Fault, Faults};

/// Settings by name, wherever they came from.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Reads `.env` in the working directory, if there is one, and the process environment, which wins.
    ///
    /// # Errors
    /// One fault for each line of `.env` that cannot be read, or one if the file cannot;
    /// one for each setting whose value is not Unicode.
    pub fn read() -> Result<Self, Faults> {
        let (text, mut faults) = match std::fs::read_to_string(".env") {
            Ok(text) => (text, Vec::new()),
            Err(error) if error.kind() == ErrorKind::NotFound => Default::default(),
            Err(error) => (String::new(), vec![unreadable(&error)]),
        };
        let (entries, more) = dotenv::parse(&text);
        faults.extend(more);
        let mut settings: BTreeMap<_, _> = entries.into_iter().collect();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else {
                continue;
            };
            match value.into_string() {
                Ok(value) => drop(settings.insert(name, value)),
                Err(value) => faults.extend(not_unicode(name, &value)),
            }
        }
        Faults::check(faults)?;
        Ok(Self(settings))
    }

    /// The same with these settings put over it: what the development provider, once it runs, has to say.
    #[must_use]
    pub fn with<N: Into<String>, V: Into<String>>(
        mut self,
        settings: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let settings = settings.into_iter().map(|(n, v)| (n.into(), v.into()));
        self.0.extend(settings);
        self
    }

    /// The value of one setting.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// The names that are given, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn unreadable(error: &std::io::Error) -> Fault {
    let sentence = match error.kind() {
        ErrorKind::InvalidData => "is not a text in UTF-8".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    Fault {
        name: ".env".to_owned(),
        sentence,
    }
}

/// Variables of others may hold what they like.
fn not_unicode(name: String, _: &OsString) -> Option<Fault> {
    let ours = super::settings::SETTINGS.contains(&name.as_str()) || name.starts_with("OIDC_");
    ours.then(|| Fault {
        name,
        sentence: "is not Unicode".to_owned(),
    })
}
