//! The names of all settings, and what can be said of a name alone.
//! A test holds this list, `.env.example` and what `Config::parse` asks for to be the same.

/// Every setting that is read, under its own name.
pub const SETTINGS: &[&str] = &[
    "SITE_URL",
    "LEPTOS_SITE_ADDR",
    "DATABASE_URL",
    "SESSION_SECRET",
    "OIDC_ISSUER_URL",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_SCOPES",
    "OIDC_AUDIENCE",
    "OIDC_PRESET",
    "OIDC_LABEL",
    "OIDC_REFERENCE",
    "OIDC_RETIRED",
    "OIDC_PROVIDERS",
    "OIDC_CLIENT_AUTH",
    "OIDC_CLIENT_KEY",
    "OIDC_CLIENT_KEY_ID",
    "OIDC_RESPONSE_MODE",
    "OIDC_PAR",
    "OIDC_ID_TOKEN_ALG",
    "OIDC_TRUSTED_AUDIENCES",
    "OIDC_SCIM_TOKEN",
    "OIDC_SCIM_SUBJECT",
    "OIDC_METADATA_TTL_SECONDS",
    "OIDC_JWKS_COOLDOWN_SECONDS",
    "OIDC_HTTP_TIMEOUT_SECONDS",
    "OIDC_CLOCK_SKEW_SECONDS",
    "OIDC_ADMIN_URL",
    "OIDC_ADMIN_CLIENT_ID",
    "OIDC_ADMIN_CLIENT_SECRET",
    "OIDC_ADMIN_TOKEN",
    "OIDC_SCAN_SECONDS",
    "OIDC_MISSING_LIMIT",
    "OIDC_WEBHOOK_FORMAT",
    "OIDC_WEBHOOK_SECRET",
    "OIDC_CA_FILE",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SESSION_IDLE_SECONDS",
    "SESSION_ABSOLUTE_SECONDS",
    "LOGIN_TTL_SECONDS",
    "SESSIONS_PER_USER",
    "RATE_LIMIT",
    "TRUSTED_PROXIES",
    "PROXY_HEADER",
    "OPERATORS",
    "VIEWERS",
    "POST_LOGIN_REDIRECT_URL",
    "POST_LOGOUT_REDIRECT_URL",
    "BACKUP_TO",
    "BACKUP_SECONDS",
    "BACKUP_KEEP",
    "BACKUP_RECIPIENTS",
    "BACKUP_SIGN_KEY",
    "BACKUP_VERIFY_KEY",
    "METRICS_ADDR",
    "RUST_LOG",
    "LOG_FORMAT",
    "KINDE_ISSUER_URL",
    "KINDE_CLIENT_ID",
    "KINDE_CLIENT_SECRET",
    "KINDE_SITE_URL",
    "KINDE_POST_LOGIN_REDIRECT_URL",
    "KINDE_POST_LOGOUT_REDIRECT_URL",
    "KINDE_SCOPE",
    "KINDE_AUDIENCE",
];

/// Settings with a second name, the one that Kinde's Next.js starter gave them.
const KINDE_NAMES: &[(&str, &str)] = &[
    ("OIDC_ISSUER_URL", "KINDE_ISSUER_URL"),
    ("OIDC_CLIENT_ID", "KINDE_CLIENT_ID"),
    ("OIDC_CLIENT_SECRET", "KINDE_CLIENT_SECRET"),
    ("OIDC_SCOPES", "KINDE_SCOPE"),
    ("OIDC_AUDIENCE", "KINDE_AUDIENCE"),
    ("SITE_URL", "KINDE_SITE_URL"),
    ("POST_LOGIN_REDIRECT_URL", "KINDE_POST_LOGIN_REDIRECT_URL"),
    ("POST_LOGOUT_REDIRECT_URL", "KINDE_POST_LOGOUT_REDIRECT_URL"),
];

/// The prefixes that only our own settings begin with, so that an unknown one is a slip.
const OURS: &[&str] = &["BACKUP_", "OIDC_", "KINDE_", "POST_LOG"];

/// Below this Jaro-Winkler similarity two names are not a slip of the pen apart.
const ALIKE: f64 = 0.9;

/// Kinde's name for a setting.
pub(super) fn kinde_name(setting: &str) -> Option<&'static str> {
    let (_, kinde) = KINDE_NAMES.iter().find(|(own, _)| *own == setting)?;
    Some(kinde)
}

/// The settings that a named provider has of its own, without `OIDC_`.
fn provider_settings() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().filter_map(|name| name.strip_prefix("OIDC_")).filter(|name| *name != "PROVIDERS")
}

/// Whether a plain setting begins with this word, so that a provider of that name would be ambiguous.
pub(super) fn begins_a_setting(word: &str) -> bool {
    SETTINGS
        .iter()
        .filter_map(|name| name.strip_prefix("OIDC_"))
        .filter_map(|name| name.split('_').next())
        .any(|first| first.eq_ignore_ascii_case(word))
}

/// One sentence for each name that looks like a setting of ours and is none.
///
/// `names` are the names that are given, `providers` those that `OIDC_PROVIDERS` lists.
pub(super) fn unknown<'a>(names: impl IntoIterator<Item = &'a str>, providers: &[String]) -> Vec<String> {
    let known: Vec<String> = providers
        .iter()
        .flat_map(|provider| {
            let prefix = format!("OIDC_{}_", provider.to_ascii_uppercase());
            provider_settings().map(move |name| format!("{prefix}{name}"))
        })
        .chain(SETTINGS.iter().map(|name| (*name).to_owned()))
        .collect();
    let mut sentences: Vec<String> = names
        .into_iter()
        .filter(|name| OURS.iter().any(|prefix| name.starts_with(prefix)))
        .filter(|name| !known.iter().any(|setting| setting == name))
        .map(|name| remark(name, &known))
        .collect();
    sentences.sort();
    sentences
}

fn remark(name: &str, known: &[String]) -> String {
    if let Some(provider) = provider_in(name) {
        return format!("{name} has no effect: OIDC_PROVIDERS does not name a provider `{provider}`");
    }
    let nearest = known
        .iter()
        .map(|setting| (strsim::jaro_winkler(name, setting), setting))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match nearest {
        Some((_, setting)) => format!("{name} is not a setting; did you mean {setting}?"),
        None => format!("{name} is not a setting and has no effect"),
    }
}

/// The provider that a name such as `OIDC_ACME_ISSUER_URL` belongs to.
fn provider_in(name: &str) -> Option<String> {
    let rest = name.strip_prefix("OIDC_")?;
    let provider = provider_settings()
        .find_map(|setting| rest.strip_suffix(setting).and_then(|rest| rest.strip_suffix('_')))?;
    let is_name = provider.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_name && !begins_a_setting(provider)).then(|| provider.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_told_what_was_meant() {
        assert_eq!(
            unknown(["OIDC_ISUER_URL", "OIDC_ISSUER_URL"], &[]),
            ["OIDC_ISUER_URL is not a setting; did you mean OIDC_ISSUER_URL?"]
        );
        assert_eq!(
            unknown(["KINDE_SCOPES"], &[]),
            ["KINDE_SCOPES is not a setting; did you mean KINDE_SCOPE?"]
        );
    }

    #[test]
    fn a_name_of_no_kin_is_said_to_have_no_effect() {
        assert_eq!(
            unknown(["KINDE_DEBUG_MODE"], &[]),
            ["KINDE_DEBUG_MODE is not a setting and has no effect"]
        );
        assert!(unknown(["PATH", "SESSION_MANAGER", "LEPTOS_OUTPUT_NAME"], &[]).is_empty());
    }

    #[test]
    fn settings_of_a_provider_that_is_not_listed_are_remarked_on() {
        let names = ["OIDC_ACME_ISSUER_URL"];
        assert_eq!(
            unknown(names, &[]),
            ["OIDC_ACME_ISSUER_URL has no effect: OIDC_PROVIDERS does not name a provider `acme`"]
        );
        assert!(unknown(names, &["acme".to_owned()]).is_empty());
    }

    #[test]
    fn a_word_that_a_setting_begins_with_is_known() {
        for word in ["client", "issuer", "providers", "id", "http", "ca"] {
            assert!(begins_a_setting(word), "{word}");
        }
        assert!(!begins_a_setting("kinde"));
    }
}
