//! The settings as a whole. What single values look like is tested beside their parsers.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use ::provider::{ClientAuth, ResponseMode};
use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;

const SECRET: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const PROVIDER: &[(&str, &str)] = &[
    ("OIDC_ISSUER_URL", "https://id.example.com"),
    ("OIDC_CLIENT_ID", "app"),
    ("OIDC_CLIENT_SECRET", "hunter2"),
];
const KEY: &str = "-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----";

fn parse(settings: &[(&str, &str)], release: bool) -> Result<Config, SettingsError> {
    let lookup = |asked: &str| {
        let (_, value) = settings.iter().rev().find(|(name, _)| *name == asked)?;
        Some((*value).to_owned())
    };
    Config::parse(lookup, release)
}

fn with_provider(settings: &[(&str, &str)]) -> Result<Config, SettingsError> {
    parse(&[PROVIDER, settings].concat(), false)
}

fn main_provider(settings: &[(&str, &str)]) -> ProviderSettings {
    with_provider(settings).unwrap().providers.remove(0)
}

/// The names at fault, in order.
fn faulty(read: Result<Config, SettingsError>) -> Vec<String> {
    let faults = read.expect_err("there is a fault").faults;
    faults.into_iter().map(|fault| fault.name).collect()
}

#[test]
fn a_debug_build_needs_no_settings_at_all() {
    let config = parse(&[], false).unwrap();
    assert_eq!(config.site_url.origin(), "http://localhost:3000");
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.database_url.expose(), "sqlite://sparekey.db?mode=rwc");
    assert!(config.session_secrets.is_empty());
    assert!(config.providers.is_empty());
    assert_eq!(config.session_idle.as_secs(), 86_400);
    assert_eq!(config.session_absolute.as_secs(), 604_800);
    assert_eq!(config.login_ttl.as_secs(), 1800);
    assert!(config.rate_limit);
    assert_eq!(config.post_login_redirect.path, "/dashboard");
    assert_eq!(config.post_logout_redirect.path, "/");
    assert_eq!(config.logging.filter, "info");
    assert_eq!(config.logging.format, LogFormat::Text);
    assert!(!config.kinde_names);
}

#[test]
fn a_release_build_refuses_to_start_without_a_secret_and_a_provider() {
    let demanded = ["SESSION_SECRET", "OIDC_ISSUER_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"];
    assert_eq!(faulty(parse(&[], true)), demanded);
    let config = parse(&[PROVIDER, &[("SESSION_SECRET", SECRET)]].concat(), true).unwrap();
    assert_eq!(config.providers.len(), 1);
    assert_eq!(config.session_secrets[0].expose_secret()[31], 0x1f);
}

#[test]
fn a_release_build_is_content_with_a_public_client_or_a_named_provider() {
    let secret = ("SESSION_SECRET", SECRET);
    assert!(parse(&[PROVIDER[0], PROVIDER[1], secret], true).is_ok());
    let named = [
        secret,
        ("OIDC_PROVIDERS", "acme"),
        ("OIDC_ACME_ISSUER_URL", "https://acme.kinde.com"),
        ("OIDC_ACME_CLIENT_ID", "app"),
    ];
    assert_eq!(parse(&named, true).unwrap().providers[0].name, "acme");
}

#[test]
fn half_a_provider_is_a_fault_that_names_the_other_half() {
    assert_eq!(faulty(parse(&PROVIDER[..1], false)), ["OIDC_CLIENT_ID"]);
    assert_eq!(faulty(parse(&PROVIDER[2..], false)), ["OIDC_ISSUER_URL", "OIDC_CLIENT_ID"]);
    let kinde = [("KINDE_CLIENT_ID", "app"), ("KINDE_CLIENT_SECRET", "x")];
    assert_eq!(faulty(parse(&kinde, false)), ["KINDE_ISSUER_URL"]);
    let named = [("OIDC_PROVIDERS", "acme,other")];
    assert_eq!(
        faulty(parse(&named, false)),
        ["OIDC_ACME_ISSUER_URL", "OIDC_ACME_CLIENT_ID", "OIDC_OTHER_ISSUER_URL", "OIDC_OTHER_CLIENT_ID"]
    );
}

#[test]
fn all_faults_are_reported_at_once_and_none_repeats_a_value() {
    let wrong: BTreeMap<&str, &str> = SETTINGS
        .iter()
        .filter(|name| !name.starts_with("KINDE_"))
        // Any text will do for these; what is wrong with a file shows when it is opened.
        .filter(|name| {
            ![
                "OIDC_CLIENT_SECRET",
                "OIDC_CLIENT_KEY_ID",
                "OIDC_AUDIENCE",
                "OIDC_TRUSTED_AUDIENCES",
                "OIDC_CA_FILE",
                "NO_PROXY",
                "OIDC_LABEL",
                "OIDC_ADMIN_CLIENT_SECRET",
                "OIDC_REFERENCE",
                "BACKUP_TO",
                "BACKUP_SIGN_KEY",
                "BACKUP_VERIFY_KEY",
            ]
            .contains(name)
        })
        .map(|name| (*name, "hunter2=\u{e9}"))
        .collect();
    let lookup = |name: &str| wrong.get(name).map(|value| (*value).to_owned());
    let faults = Config::parse(lookup, true).unwrap_err();
    let names: BTreeSet<&str> = faults.faults.iter().map(|f| f.name.as_str()).collect();
    let expected: BTreeSet<&str> = wrong.keys().copied().collect();
    assert_eq!(names, expected);
    assert_eq!(faults.to_string().lines().count(), faults.faults.len());
    assert!(!faults.to_string().contains("hunter2"), "{faults}");
}

#[test]
fn a_provider_is_called_by_its_label_its_own_name_or_its_host() {
    let called = |settings: &[(&str, &str)]| main_provider(settings).label;
    assert_eq!(called(&[]), "id.example.com");
    assert_eq!(called(&[("OIDC_PRESET", "kinde")]), "Kinde");
    assert_eq!(called(&[("OIDC_LABEL", " Acme & Söhne ")]), "Acme & Söhne");
    assert_eq!(called(&[("OIDC_ISSUER_URL", "https://id.example:8443/a")]), "id.example:8443");
    for odd in ["two\nlines", &"x".repeat(41)] {
        assert_eq!(faulty(with_provider(&[("OIDC_LABEL", odd)])), ["OIDC_LABEL"]);
    }
}

#[test]
fn claims_that_rights_or_a_reference_follow_from_are_read_with_care() {
    let careful = |settings: &[(&str, &str)]| main_provider(settings).careful_claims;
    assert_eq!(careful(&[]), ["permissions", "roles", "sub"]);
    let operators = ("OPERATORS", "email:ada@example.com,claim:admin=yes,claim:team=it");
    let entra = ("OIDC_PRESET", "entra");
    assert_eq!(careful(&[operators, entra]), ["admin", "team", "permissions", "roles", "oid"]);
    let viewers = ("VIEWERS", "main/claim:desk=1");
    assert_eq!(careful(&[operators, viewers]), ["admin", "team", "desk", "permissions", "roles", "sub"]);
}

#[test]
fn a_scim_client_has_a_token_and_a_reference() {
    let scim = |settings: &[(&str, &str)]| main_provider(settings).scim;
    assert!(scim(&[]).is_none());
    let token = ("OIDC_SCIM_TOKEN", "s3cret");
    let named = |settings: &[(&str, &str)]| {
        let scim = scim(settings).unwrap();
        assert!(!format!("{scim:?}").contains("s3cret"));
        scim.reference.attribute()
    };
    assert_eq!(named(&[token]), "externalId");
    assert_eq!(named(&[token, ("OIDC_SCIM_SUBJECT", "userName")]), "userName");
    assert_eq!(faulty(with_provider(&[token, ("OIDC_SCIM_SUBJECT", "id")])), ["OIDC_SCIM_SUBJECT"]);
    assert_eq!(faulty(with_provider(&[("OIDC_SCIM_SUBJECT", "userName")])), ["OIDC_SCIM_SUBJECT"]);
    assert_eq!(faulty(with_provider(&[("OIDC_SCIM_TOKEN", "two words")])), ["OIDC_SCIM_TOKEN"]);
}

#[test]
fn the_reference_is_the_presets_claim_or_the_one_that_is_named() {
    let reference = |settings: &[(&str, &str)]| main_provider(settings).reference;
    assert_eq!(reference(&[]), "sub");
    assert_eq!(reference(&[("OIDC_PRESET", "entra")]), "oid");
    let named = [("OIDC_PRESET", "entra"), ("OIDC_REFERENCE", "employee_id")];
    assert_eq!(reference(&named), "employee_id");
    assert!(main_provider(&named).careful_claims.contains(&"employee_id".to_owned()));
    assert_eq!(faulty(with_provider(&[("OIDC_REFERENCE", "two words")])), ["OIDC_REFERENCE"]);
}

#[test]
fn the_proxy_is_given_by_the_names_that_other_programs_read() {
    let host = |settings: &[(&str, &str)]| main_provider(settings).proxy.map(|proxy| proxy.host());
    assert_eq!(host(&[]), None);
    let large = ("HTTPS_PROXY", "http://ada:pw@one.example:3128");
    assert_eq!(host(&[large]).as_deref(), Some("one.example:3128"));
    assert_eq!(host(&[large, ("https_proxy", "two.example:8080")]).as_deref(), Some("two.example:8080"));
    assert_eq!(faulty(with_provider(&[("https_proxy", "socks5://one.example")])), ["https_proxy"]);
}

#[test]
fn no_secret_shows_in_the_debug_form() {
    let settings = [
        PROVIDER,
        &[
            ("SESSION_SECRET", SECRET),
            ("DATABASE_URL", "postgres://u:hunter2@localhost/db"),
            ("OIDC_CLIENT_KEY", KEY),
        ],
    ];
    let shown = format!("{:?}", parse(&settings.concat(), true).unwrap());
    for secret in ["hunter2", "AAAA", "[0, 1, 2"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn the_articles_env_works_unchanged_with_kindes_habits() {
    let settings = [
        ("KINDE_CLIENT_ID", "abc"),
        ("KINDE_CLIENT_SECRET", "hunter2"),
        ("KINDE_ISSUER_URL", "https://acme.kinde.com"),
        ("KINDE_SITE_URL", "http://localhost:3000"),
        ("KINDE_POST_LOGOUT_REDIRECT_URL", "http://localhost:3000"),
        ("KINDE_POST_LOGIN_REDIRECT_URL", "http://localhost:3000/dashboard"),
        ("DATABASE_URL", "file:./dev.db"),
    ];
    let config = parse(&settings, false).unwrap();
    assert!(config.kinde_names);
    assert_eq!(config.post_login_redirect.path, "/dashboard");
    assert_eq!(config.post_logout_redirect.path, "/");
    let kinde = &config.providers[0];
    assert_eq!(kinde.name, app::MAIN);
    assert_eq!(kinde.redirect_uri, "http://localhost:3000/api/auth/kinde_callback");
    assert_eq!(kinde.post_logout_redirect_uri, "http://localhost:3000");
    assert_eq!(kinde.scopes, ["openid", "profile", "email", "offline"]);
    assert_eq!(kinde.preset.name, "kinde");
}

#[test]
fn kindes_names_bring_its_habits_to_a_domain_of_ones_own() {
    let settings = [
        ("KINDE_CLIENT_ID", "abc"),
        ("KINDE_ISSUER_URL", "https://id.example.com"),
        ("KINDE_SCOPE", "openid email offline_access"),
        ("KINDE_AUDIENCE", "https://one.example https://two.example"),
    ];
    let kinde = parse(&settings, false).unwrap().providers.remove(0);
    assert_eq!(kinde.preset.name, "kinde");
    assert_eq!(kinde.scopes, ["openid", "email", "offline"]);
    assert_eq!(kinde.audience, ["https://one.example", "https://two.example"]);
    let plain = [settings.as_slice(), &[("OIDC_PRESET", "plain")]].concat();
    assert_eq!(parse(&plain, false).unwrap().providers[0].preset.name, "plain");
}

#[test]
fn both_names_of_a_setting_may_agree_but_not_differ() {
    let both = |kinde| parse(&[PROVIDER, &[("KINDE_ISSUER_URL", kinde)]].concat(), false);
    assert!(both("https://id.example.com").unwrap().kinde_names);
    assert_eq!(faulty(both("https://id.example.com/")), ["OIDC_ISSUER_URL"]);
}

#[test]
fn the_plain_provider_has_these_defaults() {
    let main = main_provider(&[]);
    assert_eq!(main.name, "main");
    assert_eq!(main.issuer, "https://id.example.com");
    assert_eq!(main.redirect_uri, "http://localhost:3000/auth/callback");
    assert_eq!(main.post_logout_redirect_uri, "http://localhost:3000/");
    assert_eq!(main.scopes, ["openid", "profile", "email"]);
    assert!(main.audience.is_empty() && main.trusted_audiences.is_empty());
    assert_eq!(main.preset.name, "plain");
    assert_eq!(main.client_auth, None);
    assert_eq!(main.response_mode, ResponseMode::Query);
    assert_eq!(main.id_token_alg, "RS256");
    let seconds = [main.metadata_ttl, main.jwks_cooldown, main.http_timeout, main.clock_skew];
    assert_eq!(seconds.map(|duration| duration.as_secs()), [3600, 5, 10, 60]);
    assert_eq!(main.ca_file, None);
}

#[test]
fn a_redirect_after_log_out_is_resolved_unless_the_provider_wants_it_as_written() {
    let written = [("POST_LOGOUT_REDIRECT_URL", "http://localhost:3000")];
    let uri = |settings: &[(&str, &str)]| {
        main_provider(&[written.as_slice(), settings].concat()).post_logout_redirect_uri
    };
    assert_eq!(uri(&[]), "http://localhost:3000/");
    assert_eq!(uri(&[("OIDC_PRESET", "kinde")]), "http://localhost:3000");
}

#[test]
fn redirects_stay_on_the_own_origin() {
    let settings = [
        ("POST_LOGIN_REDIRECT_URL", "https://evil.example/"),
        ("POST_LOGOUT_REDIRECT_URL", "//evil.example/"),
    ];
    assert_eq!(faulty(parse(&settings, false)), ["POST_LOGIN_REDIRECT_URL", "POST_LOGOUT_REDIRECT_URL"]);
}

#[test]
fn a_wrong_site_hides_no_other_fault_and_brings_none_along() {
    let settings = [("SITE_URL", "http://app.example.com"), ("OIDC_RESPONSE_MODE", "fragment")];
    assert_eq!(faulty(with_provider(&settings)), ["SITE_URL", "OIDC_RESPONSE_MODE"]);
    let settings = [("SITE_URL", "x"), ("POST_LOGIN_REDIRECT_URL", "/there")];
    assert_eq!(faulty(with_provider(&settings)), ["SITE_URL"]);
}

#[test]
fn a_named_provider_has_settings_of_its_own_and_shares_the_limits() {
    let settings = [
        ("OIDC_PROVIDERS", "google, work"),
        ("OIDC_SCOPES", "openid"),
        ("OIDC_RESPONSE_MODE", "form_post"),
        ("OIDC_CLOCK_SKEW_SECONDS", "30"),
        ("OIDC_HTTP_TIMEOUT_SECONDS", "3"),
        ("OIDC_GOOGLE_ISSUER_URL", "https://accounts.google.com"),
        ("OIDC_GOOGLE_CLIENT_ID", "g"),
        ("OIDC_GOOGLE_SCOPES", "openid offline_access"),
        ("OIDC_GOOGLE_CLOCK_SKEW_SECONDS", "90"),
        ("OIDC_WORK_ISSUER_URL", "https://id.example.com/realms/work"),
        ("OIDC_WORK_CLIENT_ID", "w"),
    ];
    let providers = with_provider(&settings).unwrap().providers;
    let names: Vec<&str> = providers.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["main", "google", "work"]);
    let [main, google, work] = &providers[..] else {
        panic!("three providers");
    };
    assert_eq!(main.scopes, ["openid"]);
    assert_eq!(google.scopes, ["openid"]);
    assert_eq!(google.parameters, [("access_type".to_owned(), "offline".to_owned())]);
    assert_eq!(google.redirect_uri, "http://localhost:3000/auth/callback/google");
    assert_eq!(google.clock_skew.as_secs(), 90);
    assert_eq!(google.http_timeout.as_secs(), 3);
    assert_eq!(work.preset.name, "keycloak");
    assert_eq!(work.scopes, ["openid", "profile", "email"]);
    assert_eq!(work.response_mode, ResponseMode::Query);
    assert_eq!(work.clock_skew.as_secs(), 30);
    assert!(work.client_secret.is_none());
}

#[test]
fn names_of_providers_are_told_apart_from_settings() {
    for bad in ["main", "client", "issuer", "id", "http", "Kinde", "1st", "a-b", "a,a", "a,,b", "é"] {
        let read = with_provider(&[("OIDC_PROVIDERS", bad)]);
        assert_eq!(faulty(read), ["OIDC_PROVIDERS"], "{bad}");
    }
}

#[test]
fn the_client_proves_itself_with_what_it_has() {
    let auth = |settings: &[(&str, &str)]| main_provider(settings).client_auth;
    let key = ("OIDC_CLIENT_KEY", KEY);
    let none = ("OIDC_CLIENT_SECRET", "");
    assert_eq!(auth(&[]), None);
    assert_eq!(auth(&[none]), Some(ClientAuth::Public));
    assert_eq!(auth(&[none, key]), Some(ClientAuth::PrivateKeyJwt));
    assert_eq!(auth(&[key]), Some(ClientAuth::PrivateKeyJwt));
    let asked = |method| ("OIDC_CLIENT_AUTH", method);
    assert_eq!(auth(&[asked("client_secret_post")]), Some(ClientAuth::Post));
    assert_eq!(auth(&[key, asked("client_secret_basic")]), Some(ClientAuth::Basic));
    assert_eq!(auth(&[none, asked("none")]), Some(ClientAuth::Public));
    assert_eq!(auth(&[key, asked("private_key_jwt")]), Some(ClientAuth::PrivateKeyJwt));
}

#[test]
fn a_method_without_its_means_is_a_contradiction() {
    let key = ("OIDC_CLIENT_KEY", KEY);
    let none = ("OIDC_CLIENT_SECRET", "");
    let asked = |method| ("OIDC_CLIENT_AUTH", method);
    for settings in [
        &[asked("private_key_jwt")][..],
        &[none, asked("client_secret_basic")],
        &[none, key, asked("client_secret_post")],
        &[asked("none")],
        &[none, key, asked("none")],
        &[asked("tls_client_auth")],
    ] {
        assert_eq!(faulty(with_provider(settings)), ["OIDC_CLIENT_AUTH"]);
    }
    let id_alone = [("OIDC_CLIENT_KEY_ID", "k1")];
    assert_eq!(faulty(with_provider(&id_alone)), ["OIDC_CLIENT_KEY_ID"]);
    assert_eq!(main_provider(&[key, id_alone[0]]).client_key_id.as_deref(), Some("k1"));
}

#[test]
fn a_broken_key_is_one_fault_and_not_two() {
    let settings = [("OIDC_CLIENT_KEY", "AAAA"), ("OIDC_CLIENT_AUTH", "private_key_jwt")];
    assert_eq!(faulty(with_provider(&settings)), ["OIDC_CLIENT_KEY"]);
}

#[test]
fn an_id_token_is_signed_with_one_algorithm_and_never_with_none() {
    let alg = |word| main_provider(&[("OIDC_ID_TOKEN_ALG", word)]).id_token_alg;
    for good in ["RS256", "PS512", "ES384", "EdDSA", "HS256"] {
        assert_eq!(alg(good), good);
    }
    for bad in ["none", "rs256", "ES256K", "RS256 ES256"] {
        let read = with_provider(&[("OIDC_ID_TOKEN_ALG", bad)]);
        assert_eq!(faulty(read), ["OIDC_ID_TOKEN_ALG"], "{bad}");
    }
    let public = [("OIDC_ID_TOKEN_ALG", "HS256"), ("OIDC_CLIENT_SECRET", "")];
    assert_eq!(faulty(with_provider(&public)), ["OIDC_ID_TOKEN_ALG"]);
}

#[test]
fn leeway_has_a_limit() {
    let skew = |seconds| with_provider(&[("OIDC_CLOCK_SKEW_SECONDS", seconds)]);
    assert_eq!(skew("300").unwrap().providers[0].clock_skew.as_secs(), 300);
    assert_eq!(faulty(skew("301")), ["OIDC_CLOCK_SKEW_SECONDS"]);
    assert_eq!(faulty(skew("0")), ["OIDC_CLOCK_SKEW_SECONDS"]);
}

#[test]
fn a_secret_keeps_its_blanks_but_not_the_line_end_of_its_file() {
    let main = main_provider(&[("OIDC_CLIENT_SECRET", " hunter2 \r\n")]);
    assert_eq!(main.client_secret.unwrap().expose_secret(), " hunter2 ");
}

#[test]
fn the_commands_of_the_database_need_nothing_else() {
    let with = |settings: BTreeMap<&'static str, &'static str>| {
        DatabaseConfig::parse(move |name| settings.get(name).map(|value| (*value).to_owned()))
    };
    let wrong_elsewhere = BTreeMap::from([("DATABASE_URL", "file:a.db"), ("SITE_URL", "x")]);
    let config = with(wrong_elsewhere).unwrap();
    assert_eq!(config.database_url.scheme(), "sqlite");
    let faults = with(BTreeMap::from([("DATABASE_URL", "a.db")])).unwrap_err();
    assert!(faults.blame("DATABASE_URL"));
}

#[test]
fn misspelt_names_are_hints_of_a_fault_and_warnings_without_one() {
    let slip = Environment::default().with([("OIDC_ISUER_URL", "https://id.example.com")]);
    let remark = "OIDC_ISUER_URL is not a setting; did you mean OIDC_ISSUER_URL?";
    assert_eq!(Config::from(&slip, false).unwrap().warnings, [remark]);
    let faults = Config::from(&slip, true).unwrap_err();
    assert!(faults.to_string().ends_with(&format!("hint: {remark}")));
}

#[test]
fn a_file_of_authorities_must_hold_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let read = || {
        let path = path.to_str().unwrap();
        let file = [("OIDC_CA_FILE", path)];
        Config::from(&Environment::default().with(file), false)
    };
    assert_eq!(faulty(read()), ["OIDC_CA_FILE"]);
    std::fs::write(&path, "hello").unwrap();
    assert_eq!(faulty(read()), ["OIDC_CA_FILE"]);
    std::fs::write(&path, "-----BEGIN CERTIFICATE-----").unwrap();
    assert!(read().is_ok());
}

#[test]
fn the_list_of_settings_is_what_is_asked_for() {
    let asked = RefCell::new(BTreeSet::new());
    let lookup = |name: &str| {
        // The proxy's settings have a second name, of small letters.
        asked.borrow_mut().insert(name.to_ascii_uppercase());
        None
    };
    Config::parse(lookup, true).unwrap_err();
    let listed: BTreeSet<String> = SETTINGS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(listed.len(), SETTINGS.len());
    assert_eq!(asked.into_inner(), listed);
}

mod example {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../.env.example");

    /// The text with its settings no longer commented out, where `wanted` says so.
    fn enabled(wanted: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
        let lines = EXAMPLE.lines().map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') && wanted(setting) => setting,
            _ => line,
        });
        let text: Vec<&str> = lines.collect();
        let (entries, faults) = dotenv::parse(&text.join("\n"));
        assert_eq!(faults, []);
        entries.into_iter().collect()
    }

    fn parse(settings: &BTreeMap<String, String>, over: &[(&str, &str)]) -> Config {
        let lookup = |asked: &str| {
            let over = over.iter().find(|(name, _)| *name == asked);
            over.map(|(_, value)| (*value).to_owned()).or_else(|| settings.get(asked).cloned())
        };
        Config::parse(lookup, true).unwrap()
    }

    /// The settings of a provider that the example names as an example.
    fn is_named(setting: &str) -> bool {
        setting.starts_with("OIDC_KEYCLOAK_")
    }

    #[test]
    fn it_lists_every_setting_once_with_a_sentence() {
        let lines: Vec<&str> = EXAMPLE.lines().collect();
        let mut names = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let setting = line.strip_prefix('#').unwrap_or(line);
            if setting.is_empty() || setting.starts_with(' ') {
                continue;
            }
            let (name, _) = setting.split_once('=').expect("a setting");
            if is_named(name) {
                continue;
            }
            let sentence = at.checked_sub(1).map_or("", |before| lines[before]);
            assert!(sentence.starts_with("# ") && sentence.ends_with('.'), "{name}");
            names.push(name);
        }
        let (mut sorted, mut listed) = (names, SETTINGS.to_vec());
        sorted.sort_unstable();
        listed.sort_unstable();
        assert_eq!(sorted, listed);
    }

    #[test]
    fn copied_as_it_is_it_changes_nothing() {
        let settings = enabled(|_| false);
        assert!(settings.values().all(String::is_empty), "{settings:?}");
    }

    #[test]
    fn its_values_are_ones_the_parser_takes() {
        let secret = ("SESSION_SECRET", SECRET);
        let plain = enabled(|setting| !setting.starts_with("KINDE_"));
        let config = parse(&plain, &[PROVIDER, &[secret]].concat());
        let names: Vec<&str> = config.providers.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["main", "keycloak"]);
        let kinde = enabled(|setting| setting.starts_with("KINDE_"));
        assert!(parse(&kinde, &[secret]).kinde_names);
    }
}

/// Texts that come close to what settings look like.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "(https?://)?[a-z.:@/#?\\[\\]0-9é]{0,20}",
        "[a-z:|=,@ ]{0,20}",
        "-----BEGIN [A-Z ]{0,12}-----[A-Za-z/+= \\\\n]{0,12}-----END [A-Z ]{0,12}-----",
        "[0-9a-fA-F,]{60,66}",
    ]
}

proptest! {
    #[test]
    fn no_settings_are_too_odd(
        settings in proptest::collection::btree_map(
            proptest::sample::select(SETTINGS), value(), 0..12
        ),
        release in any::<bool>(),
    ) {
        let lookup = |name: &str| settings.get(name).cloned();
        if let Err(faults) = Config::parse(lookup, release) {
            prop_assert!(!faults.faults.is_empty());
            for fault in faults.faults {
                let known = SETTINGS.contains(&fault.name.as_str())
                    || fault.name.starts_with("OIDC_");
                prop_assert!(known, "{}", fault);
            }
        }
    }

    #[test]
    fn a_site_that_is_accepted_is_an_origin_again(value in value()) {
        if let Ok(site) = SiteUrl::parse(&value) {
            let again = SiteUrl::parse(site.origin()).unwrap();
            prop_assert_eq!(again.origin(), site.origin());
        }
    }

    #[test]
    fn a_place_that_is_accepted_is_on_the_own_origin(value in "[/\\\\a-z.:@?#%\t\n é]{0,16}") {
        let site = SiteUrl::parse("https://app.example.com").unwrap();
        if let Ok(own) = site.own_url(&value) {
            prop_assert!(own.path.starts_with('/'));
            let whole = url::Url::parse("https://app.example.com").unwrap().join(&own.path).unwrap();
            prop_assert_eq!(whole.host_str(), Some("app.example.com"));
        }
    }
}

#[test]
fn each_provider_has_its_own_limit_of_people_who_may_go_away() {
    use identity::MissingLimit;
    assert_eq!(main_provider(&[]).missing_limit, MissingLimit::default());
    let off = main_provider(&[("OIDC_MISSING_LIMIT", "off")]);
    assert_eq!(off.missing_limit, MissingLimit::Off);
    let acme = [
        ("OIDC_MISSING_LIMIT", "off"),
        ("OIDC_PROVIDERS", "acme"),
        ("OIDC_ACME_ISSUER_URL", "https://acme.example.com"),
        ("OIDC_ACME_CLIENT_ID", "app"),
    ];
    let acme = with_provider(&acme).unwrap().providers.remove(1);
    assert_eq!(
        acme.missing_limit,
        MissingLimit::default(),
        "who switches one guard off switches off that one"
    );
    assert_eq!(faulty(with_provider(&[("OIDC_MISSING_LIMIT", "ten")])), ["OIDC_MISSING_LIMIT"]);
}

#[test]
fn an_admin_interface_is_there_where_somebody_lets_us_in() {
    use ::provider::admin::AdminCredentials;
    assert!(main_provider(&[]).admin.is_none());
    let client = [("OIDC_ADMIN_CLIENT_ID", "scan"), ("OIDC_ADMIN_CLIENT_SECRET", "hunter3")];
    let keycloak = ("OIDC_ISSUER_URL", "https://id.example.com/realms/acme");
    let provider = main_provider(&[&[keycloak], &client[..]].concat());
    let admin = provider.admin.unwrap();
    assert_eq!(admin.url.as_str(), "https://id.example.com/admin/realms/acme");
    assert_eq!(provider.scan_every, Some(Duration::from_secs(86_400)));
    assert!(matches!(admin.credentials, AdminCredentials::Client { id, .. } if id == "scan"));
    let token =
        [keycloak, ("OIDC_ADMIN_TOKEN", "t"), ("OIDC_ADMIN_URL", "https://scim.example.com/scim/v2/")];
    let provider = main_provider(&token);
    assert_eq!(provider.admin.unwrap().url.as_str(), "https://scim.example.com/scim/v2");
    let never = main_provider(&[&[keycloak, ("OIDC_SCAN_SECONDS", "0")], &client[..]].concat());
    assert!(never.admin.is_some() && never.scan_every.is_none());
}

#[test]
fn an_admin_interface_that_is_half_set_is_a_fault() {
    let half = ("OIDC_ADMIN_CLIENT_ID", "scan");
    assert_eq!(faulty(with_provider(&[half])), ["OIDC_ADMIN_CLIENT_SECRET"]);
    let nowhere = [half, ("OIDC_ADMIN_CLIENT_SECRET", "hunter3")];
    assert_eq!(faulty(with_provider(&nowhere)), ["OIDC_ADMIN_URL"], "of a plain issuer nothing follows");
    assert_eq!(faulty(with_provider(&[("OIDC_SCAN_SECONDS", "60")])), ["OIDC_SCAN_SECONDS"]);
    assert!(with_provider(&[("OIDC_SCAN_SECONDS", "0")]).is_ok());
    for url in ["http://id.example.com/admin", "ftp://id.example.com", "id.example.com"] {
        let odd = [("OIDC_ADMIN_TOKEN", "t"), ("OIDC_ADMIN_URL", url)];
        assert_eq!(faulty(with_provider(&odd)), ["OIDC_ADMIN_URL"], "{url}");
    }
}

#[test]
fn each_provider_has_its_own_webhooks_in_its_preset_s_format() {
    use formats::webhook::Format;
    let of = |pairs: &[(&str, &str)]| {
        let all = with_provider(pairs).unwrap().webhooks;
        all.into_iter().map(|one| (one.provider, one.format, one.secrets.len())).collect::<Vec<_>>()
    };
    let main = |format, secrets| vec![("main".to_owned(), format, secrets)];
    const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_eq!(of(&[]), [], "without a secret there are none");
    assert_eq!(of(&[("OIDC_WEBHOOK_SECRET", WHSEC)]), main(Format::Standard, 1));
    let two = format!("{WHSEC}, whsec_b3RoZXI=");
    assert_eq!(of(&[("OIDC_WEBHOOK_SECRET", &two)]), main(Format::Standard, 2));
    for (preset, format) in [
        ("keycloak", Format::Keycloak),
        ("auth0", Format::Auth0),
        ("okta", Format::Okta),
        ("zitadel", Format::Zitadel),
    ] {
        assert_eq!(of(&[("OIDC_PRESET", preset), ("OIDC_WEBHOOK_SECRET", "x")]), main(format, 1), "{preset}");
    }
    // The provider's keys prove it.
    assert_eq!(of(&[("OIDC_PRESET", "kinde")]), main(Format::Kinde, 0));
    assert_eq!(of(&[("OIDC_WEBHOOK_FORMAT", "set")]), main(Format::Set, 0));
    for (pairs, name) in [
        (&[("OIDC_WEBHOOK_FORMAT", "logto")][..], "OIDC_WEBHOOK_SECRET"),
        (&[("OIDC_WEBHOOK_FORMAT", "svix")], "OIDC_WEBHOOK_FORMAT"),
        (&[("OIDC_WEBHOOK_SECRET", "not base64")], "OIDC_WEBHOOK_SECRET"),
        (&[("OIDC_WEBHOOK_FORMAT", "logto"), ("OIDC_WEBHOOK_SECRET", "a,b,c")], "OIDC_WEBHOOK_SECRET"),
        (&[("OIDC_WEBHOOK_FORMAT", "logto"), ("OIDC_WEBHOOK_SECRET", "a,,b")], "OIDC_WEBHOOK_SECRET"),
        // It would come in a header, and never be what is compared.
        (&[("OIDC_PRESET", "auth0"), ("OIDC_WEBHOOK_SECRET", "schlüssel")], "OIDC_WEBHOOK_SECRET"),
        (&[("OIDC_PRESET", "okta"), ("OIDC_WEBHOOK_SECRET", "a\u{7f}")], "OIDC_WEBHOOK_SECRET"),
    ] {
        assert_eq!(faulty(with_provider(pairs)), [name], "{pairs:?}");
    }
}
