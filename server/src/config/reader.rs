//! Reads one setting after the other from a lookup and collects what is wrong instead of stopping.

use std::cell::RefCell;

use secrecy::SecretString;

use super::error::{InvalidSetting, SettingsError};
use super::settings::kinde_name;

/// A value as it was given.
pub(super) struct Given {
    /// The name under which it was given, for the words of a fault.
    pub(super) name: String,
    pub(super) value: String,
}

/// A lookup of settings, and the faults found so far.
pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    faults: RefCell<Vec<InvalidSetting>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, faults: RefCell::default() }
    }

    /// Puts a fault on the list, once. The sentence continues one that begins with the name.
    pub(super) fn invalid(&self, name: impl Into<String>, sentence: impl Into<String>) {
        let fault = InvalidSetting { name: name.into(), sentence: sentence.into() };
        let mut faults = self.faults.borrow_mut();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }

    /// The value under this very name; a blank one counts as not given.
    pub(super) fn exactly(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.trim().is_empty())
    }

    /// The value under the setting's own name or Kinde's. Two that differ are a fault.
    pub(super) fn given(&self, name: &str) -> Option<Given> {
        let under = |name: &str| {
            let value = self.exactly(name)?;
            let name = name.to_owned();
            Some(Given { name, value })
        };
        match (under(name), kinde_name(name).and_then(under)) {
            (Some(own), Some(kinde)) if own.value.trim() != kinde.value.trim() => {
                self.invalid(name, format!("and {} have different values", kinde.name));
                Some(own)
            }
            (own, kinde) => own.or(kinde),
        }
    }

    /// What `parse` makes of the trimmed value; `None` where there is none or it is at fault.
    pub(super) fn parsed<T>(&self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let given = self.given(name)?;
        match parse(given.value.trim()) {
            Ok(value) => Some(value),
            Err(sentence) => {
                self.invalid(given.name, sentence);
                None
            }
        }
    }

    /// As `parsed`, of `default` where there is none; `None` only where it is at fault.
    pub(super) fn or<T>(
        &self,
        name: &str,
        default: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        match self.given(name) {
            Some(_) => self.parsed(name, parse),
            None => parse(default).ok(),
        }
    }

    /// A secret, byte for byte but for the line end that files of secrets tend to have.
    pub(super) fn secret(&self, name: &str) -> Option<SecretString> {
        let given = self.given(name)?;
        Some(given.value.trim_end_matches(['\r', '\n']).into())
    }

    /// What was read, or all faults if there are any.
    pub(super) fn into_result<T>(self, read: Option<T>) -> Result<T, SettingsError> {
        let faults = self.faults.into_inner();
        match read {
            Some(read) if faults.is_empty() => Ok(read),
            _ => Err(faults.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)], name: &str) -> (Option<String>, Vec<InvalidSetting>) {
        let lookup = |asked: &str| {
            let (_, value) = pairs.iter().find(|(name, _)| *name == asked)?;
            Some((*value).to_owned())
        };
        let reader = Reader::new(&lookup);
        let value = reader.given(name).map(|given| given.value);
        (value, reader.faults.into_inner())
    }

    #[test]
    fn a_blank_value_counts_as_not_given() {
        assert_eq!(read(&[("SITE_URL", " \t")], "SITE_URL"), (None, vec![]));
        let (value, faults) = read(&[("SITE_URL", ""), ("KINDE_SITE_URL", "http://localhost")], "SITE_URL");
        assert_eq!(value.as_deref(), Some("http://localhost"));
        assert!(faults.is_empty());
    }

    #[test]
    fn two_names_with_one_value_are_fine_and_with_two_a_fault() {
        let (_, faults) = read(&[("OIDC_CLIENT_ID", "a"), ("KINDE_CLIENT_ID", "a")], "OIDC_CLIENT_ID");
        assert!(faults.is_empty());
        let (_, faults) = read(&[("OIDC_CLIENT_ID", "a"), ("KINDE_CLIENT_ID", "b")], "OIDC_CLIENT_ID");
        assert_eq!(faults[0].to_string(), "OIDC_CLIENT_ID and KINDE_CLIENT_ID have different values");
    }
}
