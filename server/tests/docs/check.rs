//! What docs/copy.md says that `sparekey check` says of each provider, it says, where their interfaces are scripted.

use super::verdicts::check;
use super::{read, section};
use crate::support::admin::Admin;

/// The provider, its preset, its settings besides, where the scripted interface is, and where the provider's own.
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    Option<(&'static str, &'static str)>,
);

const SECRET: (&str, &str) = ("OIDC_WEBHOOK_SECRET", "not-a-real-secret");
const WHSEC: (&str, &str) = ("OIDC_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
const SCIM: (&str, &str) = ("OIDC_SCIM_TOKEN", "not-a-real-token");

const CASES: [Case; 12] = [
    (
        "Keycloak",
        "keycloak",
        &[SECRET, SCIM],
        Some(("/admin/realms/acme", "https://id.example.com/admin/realms/acme")),
    ),
    ("Auth0", "auth0", &[SECRET, SCIM], Some(("/auth0/api/v2", "https://acme.eu.auth0.com/api/v2"))),
    ("Kinde", "kinde", &[], Some(("/kinde/api/v1", "https://acme.kinde.com/api/v1"))),
    ("Okta", "okta", &[SECRET, SCIM], Some(("/okta/api/v1", "https://acme.okta.com/api/v1"))),
    ("Entra", "entra", &[SCIM], Some(("/graph/v1.0", "https://graph.microsoft.com/v1.0"))),
    ("ZITADEL", "zitadel", &[SECRET], Some(("/zitadel/v2", "https://acme.zitadel.cloud/v2"))),
    ("authentik", "authentik", &[SCIM], Some(("/api/v3", "https://id.example.com/api/v3"))),
    (
        "Clerk",
        "plain",
        &[("OIDC_WEBHOOK_FORMAT", "standard"), WHSEC],
        Some(("/clerk/v1", "https://api.clerk.com/v1")),
    ),
    (
        "WorkOS",
        "plain",
        &[("OIDC_WEBHOOK_FORMAT", "workos"), SECRET],
        Some(("/workos/user_management", "https://api.workos.com/user_management")),
    ),
    ("Logto", "plain", &[("OIDC_WEBHOOK_FORMAT", "logto"), SECRET], None),
    (
        "Canaille, or any other SCIM client and server",
        "plain",
        &[SCIM, ("OIDC_SCIM_SUBJECT", "userName")],
        Some(("/scim/v2", "https://id.example.com/scim/v2")),
    ),
    ("Google RISC, Apple, Shared Signals", "plain", &[("OIDC_WEBHOOK_FORMAT", "set")], None),
];

/// The lines of webhooks, admin interface and SCIM.
async fn said(case: &Case) -> String {
    let admin = Admin::start(1204).await;
    let (_, preset, more, interface) = case;
    let mut settings = admin.settings(preset, interface.map_or("", |(path, _)| path));
    if interface.is_none() {
        settings.retain(|name, _| !name.starts_with("OIDC_ADMIN_"));
    }
    settings.insert("SITE_URL".to_owned(), "https://app.example.com".to_owned());
    settings.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let settings: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (_, said) = check(&settings).await;
    let about = ["it may push", "no webhooks", "admin interface", "scans:", "no scans", "its SCIM", "  map "];
    let lines: Vec<&str> = said.lines().filter(|line| about.iter().any(|word| line.contains(word))).collect();
    assert!(!lines.iter().any(|line| line.contains("BAD")), "{said}");
    let lines = lines.join("\n") + "\n";
    match interface {
        Some((path, documented)) => lines.replace(&format!("{}{path}", admin.origin), documented),
        None => lines,
    }
}

#[tokio::test]
async fn what_check_says_of_each_provider_stands_in_the_document() {
    let mut due = String::new();
    for case in &CASES {
        due.push_str(&format!("{}:\n\n```text\n{}```\n\n", case.0, said(case).await));
    }
    let document = read("docs/copy.md");
    let part = section(&document, "### What `check` says of each");
    assert!(part.contains(due.trim_end()), "there must stand\n\n{due}");
}
