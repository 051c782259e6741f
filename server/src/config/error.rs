//! What is wrong with the settings: every fault by name, all of them at once, never a value.

use std::fmt;

/// One thing wrong with one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSetting {
    /// The setting, as the operator wrote it.
    pub name: String,
    /// What is wrong, continuing a sentence that begins with the name. Holds no value, so no secret.
    pub sentence: String,
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.sentence)
    }
}

/// All that is wrong with the settings; one line each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError {
    /// Never empty.
    pub faults: Vec<InvalidSetting>,
    /// Remarks that may explain a fault, such as a misspelt name.
    pub hints: Vec<String>,
}

impl From<Vec<InvalidSetting>> for SettingsError {
    fn from(faults: Vec<InvalidSetting>) -> Self {
        let hints = Vec::new();
        Self { faults, hints }
    }
}

impl SettingsError {
    /// Whether this setting is at fault.
    pub fn blame(&self, setting: &str) -> bool {
        self.faults.iter().any(|fault| fault.name == setting)
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = self.faults.iter().map(InvalidSetting::to_string);
        let hints = self.hints.iter().map(|hint| format!("hint: {hint}"));
        f.write_str(&faults.chain(hints).collect::<Vec<_>>().join("\n"))
    }
}
