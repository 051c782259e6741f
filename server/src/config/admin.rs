//! The admin interface of one provider: where it is, what lets us in, how often it is scanned.

use std::time::Duration;

use provider::admin::{AdminCredentials, AdminNames, AdminSettings, derived_url, interface_at};
use provider::presets::Preset;
use secrecy::ExposeSecret;
use url::Url;

use super::reader::Reader;
use super::{site, values};

/// How often whoever says nothing else is scanned.
const DAILY: Duration = Duration::from_secs(86_400);

/// What is read of one provider.
pub(super) struct Admin {
    pub(super) settings: Option<AdminSettings>,
    pub(super) scan_every: Option<Duration>,
}

/// Reads the settings of one provider; `prefix` is `OIDC_`, or `OIDC_ACME_` for the provider `acme`. What does not
/// follow from `known`, its issuer and habits, must be set.
pub(super) fn read(reader: &Reader<'_>, prefix: &str, known: Option<(&Url, &Preset)>) -> Admin {
    let named = |setting: &str| format!("{prefix}{setting}");
    let url = reader.parsed(&named("ADMIN_URL"), base);
    let id = reader.parsed(&named("ADMIN_CLIENT_ID"), values::client_id);
    let secret = reader.secret(&named("ADMIN_CLIENT_SECRET"));
    let token = reader.secret(&named("ADMIN_TOKEN"));
    // It travels in a header.
    if token.as_ref().is_some_and(|token| !token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()))
    {
        reader.invalid(named("ADMIN_TOKEN"), "has a character that no token may have");
    }
    let every = reader.parsed(&named("SCAN_SECONDS"), values::seconds_or_never);
    let scim_subject = None;
    let is_given = |setting: &str| reader.given(&named(setting)).is_some();
    // A service account without a secret proves itself by the client's key.
    let by_key = is_given("CLIENT_KEY") && !is_given("ADMIN_CLIENT_SECRET");
    let names = AdminNames {
        url: named("ADMIN_URL"),
        client_secret: named(if by_key { "CLIENT_KEY" } else { "ADMIN_CLIENT_SECRET" }),
        token: named("ADMIN_TOKEN"),
    };
    for (one, other) in
        [("ADMIN_CLIENT_ID", "ADMIN_CLIENT_SECRET"), ("ADMIN_CLIENT_SECRET", "ADMIN_CLIENT_ID")]
    {
        let is_proved = is_given("ADMIN_TOKEN") || (by_key && one == "ADMIN_CLIENT_ID");
        if is_given(one) && !is_given(other) && !is_proved {
            reader.invalid(named(other), format!("is missing, and {} is set", named(one)));
        }
    }
    let credentials = match (token, id, secret) {
        (Some(token), ..) => Some(AdminCredentials::Token(token)),
        (None, Some(id), Some(secret)) => Some(AdminCredentials::Client { id, secret }),
        (None, Some(id), None) if by_key => Some(AdminCredentials::Key { id }),
        _ => None,
    };
    let has_credentials = credentials.is_some();
    let settings = known.zip(credentials).and_then(|((issuer, preset), credentials)| {
        let derived = || derived_url(preset, issuer);
        let url = match is_given("ADMIN_URL") {
            true => url?,
            false => match derived() {
                Some(url) => url,
                None => {
                    let sentence = "is missing: where the admin interface is does not follow from the issuer";
                    reader.invalid(names.url.clone(), sentence);
                    return None;
                }
            },
        };
        let interface = interface_at(preset, &url);
        Some(AdminSettings { interface, url, credentials, scim_subject, is_for_writing: false, names })
    });
    if every.flatten().is_some() && !has_credentials {
        let sentence = format!(
            "asks for scans, which need {} or {}",
            named("ADMIN_CLIENT_SECRET"),
            named("ADMIN_TOKEN")
        );
        reader.invalid(named("SCAN_SECONDS"), sentence);
    }
    let every = every.unwrap_or(Some(DAILY));
    Admin { scan_every: every.filter(|_| settings.is_some()), settings }
}

/// https, or plain http on loopback; a query would be lost.
fn base(value: &str) -> Result<Url, String> {
    let mut url = site::issuer(value)?;
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}
