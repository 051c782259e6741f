//! How long what a provider says is kept, and how long it is waited for.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::Reader;
use super::values::seconds;

/// More leeway than this would make expiry meaningless.
const MOST_CLOCK_SKEW: Duration = Duration::from_secs(300);

/// What one application asks of every provider, unless the provider's own settings differ.
#[derive(Clone)]
pub(super) struct Timeouts {
    pub(super) metadata_ttl: Duration,
    pub(super) jwks_cooldown: Duration,
    pub(super) http_timeout: Duration,
    pub(super) clock_skew: Duration,
    pub(super) ca_file: Option<PathBuf>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            metadata_ttl: Duration::from_secs(3600),
            jwks_cooldown: Duration::from_secs(5),
            http_timeout: Duration::from_secs(10),
            clock_skew: Duration::from_secs(60),
            ca_file: None,
        }
    }
}

impl Timeouts {
    /// What is set under this prefix, over `self`.
    pub(super) fn read(&self, reader: &Reader<'_>, prefix: &str) -> Self {
        let duration = |setting: &str, parse: fn(&str) -> Result<Duration, String>, otherwise: Duration| {
            reader.parsed(&format!("{prefix}{setting}"), parse).unwrap_or(otherwise)
        };
        Self {
            metadata_ttl: duration("METADATA_TTL_SECONDS", seconds, self.metadata_ttl),
            jwks_cooldown: duration("JWKS_COOLDOWN_SECONDS", seconds, self.jwks_cooldown),
            http_timeout: duration("HTTP_TIMEOUT_SECONDS", seconds, self.http_timeout),
            clock_skew: duration("CLOCK_SKEW_SECONDS", clock_skew, self.clock_skew),
            ca_file: reader
                .parsed(&format!("{prefix}CA_FILE"), |path| Ok(path.into()))
                .or_else(|| self.ca_file.clone()),
        }
    }
}

fn clock_skew(value: &str) -> Result<Duration, String> {
    let skew = seconds(value)?;
    match skew <= MOST_CLOCK_SKEW {
        true => Ok(skew),
        false => Err(format!("must be at most {}", MOST_CLOCK_SKEW.as_secs())),
    }
}
