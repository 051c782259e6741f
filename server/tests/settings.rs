//! What the binary says about settings that are at fault, before it does anything else.

use std::process::Output;

use server::Config;

use crate::support::process::run;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn faults(settings: &[(&str, &str)], dotenv: &str) -> (tempfile::TempDir, Output) {
    let folder = tempfile::tempdir().unwrap();
    if !dotenv.is_empty() {
        std::fs::write(folder.path().join(".env"), dotenv).unwrap();
    }
    let output = run(folder.path(), settings, &["serve"]);
    (folder, output)
}

#[test]
fn all_faults_are_named_at_once_and_nothing_secret_is_repeated() {
    let settings = [
        ("SITE_URL", "http://app.example"),
        ("LEPTOS_SITE_ADDR", "nowhere"),
        ("DATABASE_URL", "oracle://scott:tiger-secret@db/x"),
        ("SESSION_SECRET", "too-short-a-secret"),
        ("OIDC_ISSUER_URL", "http://op.example"),
        ("OIDC_CLIENT_SECRET", "the-client-secret"),
        ("OIDC_CLIENT_KEY", "not-a-private-key"),
        ("OIDC_ID_TOKEN_ALG", "none"),
        ("OIDC_HTTP_TIMEOUT_SECONDS", "0"),
        ("OIDC_CA_FILE", "no-such-file.pem"),
        ("SESSION_IDLE_SECONDS", "-1"),
        ("LOGIN_TTL_SECONDS", "soon"),
        ("TRUSTED_PROXIES", "everybody"),
        ("PROXY_HEADER", "x-real-ip"),
        ("OPERATORS", "ada"),
        ("VIEWERS", "grace"),
        ("RATE_LIMIT", "maybe"),
        ("LOG_FORMAT", "xml"),
        ("POST_LOGIN_REDIRECT_URL", "nowhere"),
    ];
    let (folder, output) = faults(&settings, "");
    assert_eq!(output.status.code(), Some(78));
    assert_eq!(text(&output.stdout), "");
    let said = text(&output.stderr);
    for (name, _) in settings.iter().filter(|(name, _)| *name != "OIDC_CLIENT_SECRET") {
        assert!(said.contains(name), "{name} is not in\n{said}");
    }
    assert!(said.contains("OIDC_CLIENT_ID"), "{said}");
    for secret in ["tiger-secret", "too-short-a-secret", "the-client-secret", "not-a-private-key"] {
        assert!(!said.contains(secret), "{secret} is in\n{said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn a_dotenv_is_read_and_the_process_environment_wins() {
    let (_folder, output) = faults(&[("LOG_FORMAT", "text")], "LOG_FORMAT=xml\nRATE_LIMIT=maybe\n");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(78));
    assert!(said.contains("RATE_LIMIT") && !said.contains("LOG_FORMAT"), "{said}");
}

#[test]
fn a_broken_dotenv_is_a_fault_of_its_own() {
    for broken in ["no equals sign here\n", "SITE_URL='never closed\n", "\u{0}=\n"] {
        let (_folder, output) = faults(&[], broken);
        assert_eq!(output.status.code(), Some(78), "{broken:?} {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(".env"), "{broken:?}");
    }
}

#[test]
fn both_names_of_a_setting_must_agree() {
    let two = [
        ("OIDC_ISSUER_URL", "https://one.example"),
        ("KINDE_ISSUER_URL", "https://two.example"),
        ("OIDC_CLIENT_ID", "x"),
    ];
    let (_folder, output) = faults(&two, "");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(said.contains("OIDC_ISSUER_URL") && said.contains("KINDE_ISSUER_URL"), "{said}");
}

#[test]
fn a_command_that_needs_the_database_alone_does_not_ask_for_more() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("SITE_URL", "nonsense"), ("DATABASE_URL", "sqlite://x.db?mode=rwc")];
    let migrated = run(folder.path(), &settings, &["migrate"]);
    assert!(migrated.status.success(), "{}", text(&migrated.stderr));
    let exported = run(folder.path(), &settings, &["users", "export"]);
    assert!(exported.status.success() && exported.stdout.is_empty());
    let bad = [("DATABASE_URL", "oracle://x")];
    let refused = run(folder.path(), &bad, &["users", "list"]);
    assert_eq!(refused.status.code(), Some(78));
}

#[test]
fn a_release_demands_what_a_debug_build_makes_for_itself() {
    let site = |name: &str| (name == "SITE_URL").then(|| "https://app.example".to_owned());
    let said = Config::parse(site, true).unwrap_err().to_string();
    for name in ["SESSION_SECRET", "OIDC_ISSUER_URL"] {
        assert!(said.contains(name), "{said}");
    }
    assert!(Config::parse(site, false).is_ok());
    let all = |name: &str| match name {
        "SESSION_SECRET" => Some("07".repeat(32)),
        "OIDC_ISSUER_URL" => Some("https://op.example".to_owned()),
        "OIDC_CLIENT_ID" => Some("x".to_owned()),
        "OIDC_CLIENT_SECRET" => Some("y".to_owned()),
        name => site(name),
    };
    assert!(Config::parse(all, true).is_ok());
}
