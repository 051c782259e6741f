//! What is a yes or no about the sources: who knows whom, and what stands nowhere.

mod circles;

use std::path::{Path, PathBuf};
use std::process::Command;

/// Our crates, in the workspace and beside it.
const OURS: &[&str] = &[
    "app",
    "backup",
    "bench",
    "dev-provider",
    "formats",
    "frontend",
    "identity",
    "migration",
    "provider",
    "refusal",
    "relying-party",
    "server",
    "store",
    "xtask",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files that git tracks or would.
fn files() -> Vec<PathBuf> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").current_dir(root()).args(arguments).output().unwrap();
    assert!(output.status.success(), "this test reads a git repository");
    let names = String::from_utf8(output.stdout).unwrap();
    names.lines().map(|name| root().join(name)).filter(|path| path.is_file()).collect()
}

fn sources(of: &[&str]) -> Vec<(String, String)> {
    let ours = |path: &Path| {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        let wanted = of.iter().any(|start| name.starts_with(start)) && name.ends_with(".rs");
        wanted.then_some(name)
    };
    let named = files().into_iter().filter_map(|path| Some((ours(&path)?, path)));
    named.map(|(name, path)| (name, std::fs::read_to_string(path).unwrap())).collect()
}

/// The dependencies of a crate, without those of its tests.
fn dependencies(of: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(of).join("Cargo.toml")).unwrap();
    let section = text.split("\n[dependencies]").nth(1).unwrap_or_default().split("\n[").next().unwrap();
    let names = section.lines().filter_map(|line| line.split(['=', '.', ' ']).next());
    names.filter(|name| !name.is_empty() && !name.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn every_crate_knows_only_whom_it_may() {
    let may: &[(&str, &[&str])] = &[
        ("refusal", &[]),
        ("identity", &["refusal"]),
        ("relying-party", &["refusal"]),
        ("migration", &[]),
        ("dev-provider", &[]),
        ("app", &["identity"]),
        ("frontend", &["app"]),
        ("formats", &["identity"]),
        ("backup", &["identity"]),
        ("store", &["identity", "migration"]),
        ("provider", &["identity", "relying-party", "formats"]),
        ("server", &["app", "backup", "dev-provider", "formats", "identity", "provider", "store"]),
    ];
    for (name, allowed) in may {
        for dependency in dependencies(name) {
            let ours = OURS.contains(&dependency.as_str());
            assert!(!ours || allowed.contains(&dependency.as_str()), "{name} must not know {dependency}");
        }
    }
}

#[test]
fn the_inner_crates_know_nothing_of_the_world() {
    let bans: &[(&str, &[&str])] = &[
        (
            "identity",
            &["leptos", "axum", "tokio", "sea-orm", "mongodb", "http", "reqwest", "rand", "getrandom"],
        ),
        ("backup", &["leptos", "axum", "tokio", "sea-orm", "mongodb", "http", "reqwest", "store"]),
        ("refusal", &["http", "leptos", "tokio"]),
        ("relying-party", &["tokio", "reqwest", "leptos", "axum", "sea-orm", "mongodb", "rand", "getrandom"]),
        ("app", &["leptos_axum", "axum", "sea-orm", "mongodb", "openidconnect", "reqwest", "tokio"]),
        ("dev-provider", &["leptos", "sea-orm", "mongodb"]),
        ("migration", &["leptos", "axum", "openidconnect", "mongodb"]),
        ("formats", &["leptos", "axum", "tokio", "sea-orm", "mongodb", "http", "reqwest"]),
        ("store", &["leptos", "axum", "openidconnect", "http", "reqwest"]),
        ("provider", &["leptos", "axum", "sea-orm", "mongodb"]),
        ("server", &["sea-orm", "mongodb", "openidconnect", "reqwest"]),
    ];
    for (name, banned) in bans {
        let known = dependencies(name);
        for ban in *banned {
            assert!(!known.iter().any(|dependency| dependency == ban), "{name} must not know {ban}");
        }
    }
    for (name, text) in sources(&["formats/src", "identity/src", "refusal/src", "relying-party/src"]) {
        for ban in ["Utc::now", "SystemTime::now", "Instant::now", "std::env", "std::fs"] {
            assert!(!text.contains(ban), "{name} must not know {ban}");
        }
    }
}

#[test]
fn what_is_for_the_server_alone_is_not_told_by_features_in_app() {
    for (name, text) in sources(&["app/src"]) {
        assert!(!text.contains("cfg(feature"), "{name}");
        assert!(!text.contains("cfg_attr(feature"), "{name}");
    }
}

#[test]
fn the_development_provider_stands_behind_its_feature_and_debug_builds() {
    for (name, text) in sources(&["server/src"]).iter().filter(|(_, text)| text.contains("dev_provider")) {
        assert!(text.contains("cfg(all(debug_assertions, feature = \"dev-provider\"))"), "{name}");
    }
}

#[test]
fn every_file_says_first_what_lives_in_it() {
    let ours: Vec<String> = OURS.iter().map(|name| format!("{name}/")).collect();
    let files = sources(&ours.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(files.len() > 100);
    for (name, text) in files {
        assert!(text.starts_with("//! "), "{name} has no header");
    }
}

#[test]
fn nothing_names_a_machine_or_a_registry() {
    // In parts, so that this file is none that does.
    let homes = [
        "/wor|k/",
        "/roo|t/",
        "/hom|e/",
        "/User|s/",
        "index.crat|es.io",
        "registry.npm|js.org",
        "127.0.0.1:48|73",
    ];
    let banned = homes.map(|word| word.replace('|', ""));
    for path in files() {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        // A lock file names the registry that everybody has.
        if name.ends_with(".lock") || name.ends_with("package-lock.json") {
            continue;
        }
        for word in &banned {
            // A path begins with it; `https://…/scim/v2/main/Users/…` does not.
            let begins = |at: usize| !text[..at].ends_with(|before: char| before.is_alphanumeric());
            let is_there = text.match_indices(word).any(|(at, _)| begins(at));
            assert!(!is_there, "{name} names {word}");
        }
    }
}

#[test]
fn nobody_but_the_settings_reads_the_environment() {
    let mut readers: Vec<String> = sources(&[
        "app/src",
        "formats/src",
        "identity/src",
        "provider/src",
        "refusal/src",
        "relying-party/src",
        "server/src",
        "store/src",
    ])
    .into_iter()
    .filter(|(_, text)| text.contains("env::var"))
    .map(|(name, _)| name)
    .collect();
    readers.sort();
    // cargo-leptos' own settings are no settings of ours.
    assert_eq!(readers, ["server/src/config/environment.rs", "server/src/web/files.rs"]);
}
