//! The settings of a provider's webhooks: how they look, and what proves them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use formats::webhook::Format;
use provider::ProviderSettings;
use provider::presets::Preset;
use secrecy::{ExposeSecret, SecretString};

use super::provider::prefix;
use super::reader::Reader;

/// One that is used, and one that was or will be.
const MOST_SECRETS: usize = 2;

/// A provider's webhooks.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The provider's name in the settings.
    pub provider: String,
    /// How they look.
    pub format: Format,
    /// Each of them proves a message; none where the provider's keys do.
    pub secrets: Vec<SecretString>,
}

/// Reads the webhooks of all providers; also of `main` where a development build will make that one.
pub(super) fn read_all(reader: &Reader<'_>, providers: &[ProviderSettings]) -> Vec<Webhook> {
    let of_settings = providers.iter().map(|one| (one.name.as_str(), one.preset));
    let plain = Preset::named("plain").filter(|_| providers.iter().all(|one| one.name != app::MAIN));
    let all = of_settings.chain(plain.map(|preset| (app::MAIN, preset)));
    all.filter_map(|(name, preset)| read(reader, name, preset)).collect()
}

fn read(reader: &Reader<'_>, provider: &str, preset: &Preset) -> Option<Webhook> {
    let named = |setting: &str| format!("{}WEBHOOK_{setting}", prefix(provider));
    let given = reader.parsed(&named("FORMAT"), format);
    let format = given.or_else(|| preset.webhook.parse().ok())?;
    let secrets = reader.parsed(&named("SECRET"), |value| secrets(value, format)).unwrap_or_default();
    // ZITADEL's where the payload is a JWT.
    let is_by_keys = matches!(format, Format::Kinde | Format::Set | Format::Zitadel);
    if secrets.is_empty() && !is_by_keys {
        if given.is_some() && reader.given(&named("SECRET")).is_none() {
            reader.invalid(
                named("SECRET"),
                format!("is missing; webhooks in the format {format} are proved by it"),
            );
        }
        return None;
    }
    Some(Webhook { provider: provider.to_owned(), format, secrets })
}

fn format(word: &str) -> Result<Format, String> {
    word.parse().map_err(|_| {
        let all: Vec<&str> = Format::ALL.iter().map(Into::into).collect();
        format!("must be one of {}", all.join(", "))
    })
}

/// One or two, separated by a comma.
fn secrets(value: &str, format: Format) -> Result<Vec<SecretString>, String> {
    let secrets: Vec<&str> = value.split(',').map(str::trim).collect();
    if secrets.len() > MOST_SECRETS || secrets.iter().any(|secret| secret.is_empty()) {
        return Err("must be one secret, or two separated by a comma while they change".to_owned());
    }
    let is_key = |secret: &&str| {
        let decoded = STANDARD.decode(secret.trim_start_matches("whsec_"));
        decoded.is_ok_and(|key| !key.is_empty())
    };
    if format == Format::Standard && !secrets.iter().all(is_key) {
        return Err("must be `whsec_` and base64, as the sender shows it".to_owned());
    }
    let is_header = |secret: &&str| secret.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if matches!(format, Format::Auth0 | Format::Okta) && !secrets.iter().all(is_header) {
        return Err("must be letters, digits and signs of ASCII: it comes in a header".to_owned());
    }
    Ok(secrets.into_iter().map(SecretString::from).collect())
}

impl Webhook {
    /// The secrets, to verify with.
    pub fn secrets(&self) -> Vec<&str> {
        self.secrets.iter().map(ExposeSecret::expose_secret).collect()
    }
}
