//! Every block of settings in the documents, through the real parser.

use server::Config;
use server::config::Environment;
use store::{self, OpenError, Seal};

use super::{blocks, read, section};

/// What a section of the README promises of its provider.
struct Promise {
    section: &'static str,
    preset: &'static str,
    redirect_uri: &'static str,
    /// None where nobody is logged out there.
    post_logout: Option<&'static str>,
}

const CALLBACK: &str = "http://localhost:3000/auth/callback";
const AFTER_LOG_OUT: Option<&str> = Some("http://localhost:3000/");

const PROVIDERS: [Promise; 8] = [
    Promise {
        section: "### Kinde",
        preset: "kinde",
        redirect_uri: "http://localhost:3000/api/auth/kinde_callback",
        post_logout: Some("http://localhost:3000"),
    },
    plain("### Keycloak", "keycloak"),
    plain("### Auth0", "auth0"),
    Promise { post_logout: None, ..plain("### Google", "google") },
    plain("### Okta", "okta"),
    plain("### Entra", "entra"),
    plain("### ZITADEL", "zitadel"),
    plain("### authentik", "authentik"),
];

const fn plain(section: &'static str, preset: &'static str) -> Promise {
    Promise { section, preset, redirect_uri: CALLBACK, post_logout: AFTER_LOG_OUT }
}

/// The settings of a block: `NAME=value`, the value perhaps in quotes.
fn settings(block: &str) -> Vec<(String, String)> {
    let pair = |line: &str| {
        let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("{line:?} is no setting"));
        (name.to_owned(), value.trim_matches(['"', '\'']).to_owned())
    };
    block.lines().filter(|line| !line.is_empty()).map(pair).collect()
}

fn config(block: &str) -> Config {
    let config = Config::from(&Environment::default().with(settings(block)), false);
    let config = config.unwrap_or_else(|faults| panic!("{block}{faults}"));
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    config
}

#[test]
fn each_providers_settings_are_recognised_and_its_addresses_are_the_ones_to_register() {
    let readme = read("README.md");
    for promise in PROVIDERS {
        let text = section(&readme, promise.section);
        let [block] = blocks(text, "env")[..] else { panic!("{} has one block", promise.section) };
        let provider = config(block).providers.remove(0);
        assert_eq!(provider.preset.name, promise.preset);
        assert_eq!(provider.redirect_uri, promise.redirect_uri);
        assert!(text.contains(&format!("`{}`", promise.redirect_uri)), "{}", promise.section);
        if let Some(there) = promise.post_logout {
            assert_eq!(provider.post_logout_redirect_uri, there);
            assert!(text.contains(&format!("`{there}`")), "{}", promise.section);
        }
    }
}

#[test]
fn every_block_of_settings_is_one_that_the_program_takes() {
    for file in ["README.md", "docs/running.md"] {
        let text = read(file);
        let all = blocks(&text, "env");
        assert!(!all.is_empty(), "{file}");
        all.into_iter().for_each(|block| drop(config(block)));
    }
}

#[test]
fn the_settings_of_a_release_are_complete() {
    let text = read("docs/running.md");
    let settings = settings(blocks(&text, "env")[0]);
    assert!(Config::from(&Environment::default().with(settings.clone()), true).is_ok());
    let without = settings.into_iter().filter(|(name, _)| name != "SESSION_SECRET");
    assert!(Config::from(&Environment::default().with(without), true).is_err());
}

/// A database that can be opened is shown in the README, and no other.
#[tokio::test]
async fn the_databases_shown_are_the_ones_that_can_be_opened() {
    let readme = read("README.md");
    let text = section(&readme, "## Databases");
    let shown: Vec<String> =
        blocks(text, "env").into_iter().map(|block| config(block).database_url.scheme().to_owned()).collect();
    for (url, schemes) in [
        ("sqlite::memory:", &["sqlite"][..]),
        ("postgres://127.0.0.1:1/none", &["postgres", "postgresql"]),
        ("mysql://127.0.0.1:1/none", &["mysql", "mariadb"]),
        ("mongodb://127.0.0.1:1/none", &["mongodb", "mongodb+srv"]),
    ] {
        let opened = store::open(url, Seal::new(&[])).await;
        let can_be_opened = !matches!(opened, Err(OpenError::Unknown(_)));
        let is_shown = shown.iter().any(|scheme| schemes.contains(&scheme.as_str()));
        assert_eq!(is_shown, can_be_opened, "`## Databases` of the README and {}", schemes[0]);
    }
}

#[test]
fn every_preset_and_its_form_of_webhooks_are_named_where_they_are_set() {
    let example = read(".env.example");
    let said = |setting: &str| {
        let (before, _) = example.split_once(&format!("\n#{setting}=")).unwrap();
        before.lines().next_back().unwrap().to_owned()
    };
    let (presets, webhooks) = (said("OIDC_PRESET"), said("OIDC_WEBHOOK_FORMAT"));
    for preset in provider::presets::PRESETS {
        assert!(presets.contains(preset.name), "{}: {presets}", preset.name);
    }
    for format in formats::webhook::Format::ALL {
        assert!(webhooks.contains(&format.to_string()), "{format}: {webhooks}");
    }
}
