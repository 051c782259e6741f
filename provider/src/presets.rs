//! The habits of the providers we know by name, as data: whoever reads a preset asks for a field, never for a name.
//! A provider that nobody listed is `plain`: OpenID Connect by the book.
//! What a preset says is only a default; the settings and the provider's metadata stand above it.

use relying_party::AudienceRule;
use url::{Host, Url};

/// What is particular about one provider.
#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    /// The word for `OIDC_PRESET`.
    pub name: &'static str,
    /// What people call it; none where it is nobody in particular.
    pub label: Option<&'static str>,
    /// The hosts it is recognised by; one that begins with a dot stands for every host below it.
    pub hosts: &'static [&'static str],
    /// A part of the issuer's path that gives away a provider which runs on anybody's host.
    pub path: Option<&'static str>,
    /// The scopes asked for when the settings name none.
    pub scopes: &'static [&'static str],
    /// How it is asked for a refresh token when the scopes hold `offline_access`.
    pub offline: Offline,
    /// Parameters of the authorization request that lead to sign-up instead of log-in.
    pub sign_up: &'static [(&'static str, &'static str)],
    /// The `prompt` by which it lets a person show again who they are.
    pub log_in_again: &'static str,
    /// What an ID token's `aud` must hold.
    pub audience: AudienceRule,
    /// The claim that equals the identity's id in its admin interface and its messages.
    pub reference: &'static str,
    /// How its webhooks look, where the settings do not say: a word of `OIDC_WEBHOOK_FORMAT`.
    pub webhook: &'static str,
    /// How it is told that somebody logs out.
    pub log_out: LogOut,
    /// Whether redirect URLs are allow-listed byte for byte, so that `http://localhost:3000` must not gain a slash.
    pub redirects_as_written: bool,
    /// The first path segments of issuers that mean "any tenant" (Entra): the metadata of such an issuer names
    /// a template, and the issuer of a token is that template with the token's own tenant put in.
    pub any_tenant: &'static [&'static str],
    /// Parameters of its own that `/auth/login` passes on to the authorization request.
    pub passed_on: &'static [&'static str],
}

/// How a provider is asked for a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offline {
    /// A scope of this name.
    Scope(&'static str),
    /// A parameter of the authorization request; the scope `offline_access` would be refused.
    Parameter(&'static str, &'static str),
}

/// How a provider is told that somebody logs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogOut {
    /// RP-Initiated Logout at the metadata's `end_session_endpoint`; where there is none, not at all.
    RpInitiated,
    /// As `RpInitiated` where metadata names an `end_session_endpoint`, else this form.
    RpInitiatedOr(LogOutForm),
    /// Always this form.
    Own(LogOutForm),
    /// It has no log-out for others; only our own session ends.
    None,
}

/// A log-out address of the provider's own invention, asked for with GET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOutForm {
    /// The path on the issuer's origin.
    pub path: &'static str,
    /// The parameter that says where to send the browser afterwards.
    pub return_to: &'static str,
    /// The parameter that carries the client id, where one is expected.
    pub client_id: Option<&'static str>,
}

const STANDARD: &[&str] = &["openid", "profile", "email"];
const CREATE: &[(&str, &str)] = &[("prompt", "create")];

/// OpenID Connect by the book, and the base of all others.
const PLAIN: Preset = Preset {
    name: "plain",
    label: None,
    hosts: &[],
    path: None,
    scopes: STANDARD,
    offline: Offline::Scope("offline_access"),
    sign_up: CREATE,
    log_in_again: "login",
    audience: AudienceRule::Client,
    reference: "sub",
    webhook: "standard",
    log_out: LogOut::RpInitiated,
    redirects_as_written: false,
    any_tenant: &[],
    passed_on: &["ui_locales"],
};

/// Every preset; the last one fits where none before it does.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "kinde",
        label: Some("Kinde"),
        hosts: &[".kinde.com"],
        // `offline_access` silently yields no refresh token at Kinde.
        scopes: &["openid", "profile", "email", "offline"],
        offline: Offline::Scope("offline"),
        // Its documentation shows both forms of `aud`.
        audience: AudienceRule::ClientOrIssuer,
        webhook: "kinde",
        log_out: LogOut::Own(LogOutForm { path: "/logout", return_to: "redirect", client_id: None }),
        redirects_as_written: true,
        passed_on: &[
            "org_code",
            "is_create_org",
            "org_name",
            "connection_id",
            "lang",
            "invitation_code",
            "is_invitation",
            "plan_interest",
            "pricing_table_key",
            "workflow_deployment_id",
        ],
        ..PLAIN
    },
    Preset {
        name: "keycloak",
        label: Some("Keycloak"),
        path: Some("/realms/"),
        webhook: "keycloak",
        passed_on: &["ui_locales", "kc_idp_hint"],
        ..PLAIN
    },
    Preset {
        name: "auth0",
        label: Some("Auth0"),
        hosts: &[".auth0.com"],
        sign_up: &[("screen_hint", "signup")],
        webhook: "auth0",
        log_out: LogOut::RpInitiatedOr(LogOutForm {
            path: "/v2/logout",
            return_to: "returnTo",
            client_id: Some("client_id"),
        }),
        passed_on: &["ui_locales", "connection", "organization", "invitation"],
        ..PLAIN
    },
    Preset {
        name: "google",
        label: Some("Google"),
        hosts: &["accounts.google.com"],
        offline: Offline::Parameter("access_type", "offline"),
        // Accounts are made elsewhere; an unknown `prompt` is refused.
        sign_up: &[("prompt", "select_account")],
        // It knows `none`, `consent` and `select_account`, and refuses `login` and `max_age`.
        log_in_again: "select_account",
        log_out: LogOut::None,
        passed_on: &["hd", "hl"],
        ..PLAIN
    },
    Preset {
        name: "okta",
        label: Some("Okta"),
        hosts: &[".okta.com", ".oktapreview.com", ".okta-emea.com"],
        // Its sign-in page has the link to sign-up; `prompt=create` is no value it knows.
        sign_up: &[("prompt", "login")],
        webhook: "okta",
        passed_on: &["ui_locales", "idp"],
        ..PLAIN
    },
    Preset {
        name: "entra",
        label: Some("Microsoft"),
        hosts: &[
            "login.microsoftonline.com",
            "login.microsoftonline.us",
            "login.partner.microsoftonline.cn",
            ".ciamlogin.com",
            ".b2clogin.com",
        ],
        reference: "oid",
        any_tenant: &["common", "organizations"],
        passed_on: &["ui_locales", "domain_hint"],
        ..PLAIN
    },
    Preset { name: "authentik", label: Some("authentik"), path: Some("/application/o/"), ..PLAIN },
    Preset {
        name: "zitadel",
        label: Some("ZITADEL"),
        hosts: &[".zitadel.cloud"],
        // It names its project and every client of it.
        audience: AudienceRule::ClientAmongOthers,
        webhook: "zitadel",
        ..PLAIN
    },
    PLAIN,
];

impl Preset {
    /// The preset of this name, as `OIDC_PRESET` spells it.
    pub fn named(name: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// The preset of whoever runs this issuer: `plain` where nobody is recognised.
    pub fn of_issuer(issuer: &Url) -> &'static Preset {
        PRESETS.iter().find(|preset| preset.is_at(issuer)).unwrap_or(&PLAIN)
    }

    /// The template that metadata must name as issuer, where `issuer` is shared by tenants.
    pub fn issuer_template(&self, issuer: &str) -> Option<String> {
        let url = Url::parse(issuer).ok()?;
        let first = url.path_segments()?.next()?;
        let is_shared = self.any_tenant.contains(&first);
        is_shared.then(|| issuer.replacen(&format!("/{first}"), "/{tenantid}", 1))
    }

    /// The scopes as this provider spells them, and the parameters that go with them.
    pub fn spell_scopes(&self, scopes: Vec<String>) -> (Vec<String>, Vec<(String, String)>) {
        let mut spelt: Vec<String> = Vec::new();
        let mut parameters = Vec::new();
        for scope in scopes {
            let scope = match self.offline {
                Offline::Scope(name) if scope == "offline_access" => name.to_owned(),
                Offline::Parameter(name, value) if scope == "offline_access" => {
                    parameters.push((name.to_owned(), value.to_owned()));
                    continue;
                }
                _ => scope,
            };
            if !spelt.contains(&scope) {
                spelt.push(scope);
            }
        }
        parameters.dedup();
        (spelt, parameters)
    }

    fn is_at(&self, issuer: &Url) -> bool {
        let below = |host: &str, of: &str| host.ends_with(of) && host.len() > of.len();
        let by_host = match issuer.host() {
            Some(Host::Domain(host)) => self
                .hosts
                .iter()
                .any(|known| *known == host || (known.starts_with('.') && below(host, known))),
            _ => false,
        };
        by_host || self.path.is_some_and(|path| issuer.path().contains(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(issuer: &str) -> &'static str {
        Preset::of_issuer(&Url::parse(issuer).unwrap()).name
    }

    fn scopes(words: &str) -> Vec<String> {
        words.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn providers_are_recognised_by_host_and_only_by_the_whole_of_it() {
        assert_eq!(of("https://acme.kinde.com"), "kinde");
        assert_eq!(of("https://acme.eu.auth0.com/"), "auth0");
        assert_eq!(of("https://accounts.google.com"), "google");
        assert_eq!(of("https://acme.okta.com/oauth2/default"), "okta");
        assert_eq!(of("https://login.microsoftonline.com/common/v2.0"), "entra");
        assert_eq!(of("https://acme-ab12cd.zitadel.cloud"), "zitadel");
        assert_eq!(of("https://kinde.com.example"), "plain");
        assert_eq!(of("https://notkinde.com"), "plain");
        assert_eq!(of("https://evilaccounts.google.com"), "plain");
        assert_eq!(of("https://203.0.113.7"), "plain");
    }

    #[test]
    fn providers_that_run_anywhere_are_recognised_by_path() {
        assert_eq!(of("https://id.example.com/realms/acme"), "keycloak");
        assert_eq!(of("https://id.example.com/application/o/app/"), "authentik");
        assert_eq!(of("https://id.example.com/realmsX"), "plain");
    }

    #[test]
    fn each_name_is_there_once_and_finds_itself() {
        let names =
            ["kinde", "keycloak", "auth0", "google", "okta", "entra", "authentik", "zitadel", "plain"];
        assert_eq!(PRESETS.iter().map(|p| p.name).collect::<Vec<_>>(), names);
        for name in names {
            assert_eq!(Preset::named(name).unwrap().name, name);
        }
        assert_eq!(Preset::named("Kinde"), None);
    }

    #[test]
    fn a_shared_entra_issuer_has_a_template_and_a_tenant_has_none() {
        let entra = Preset::named("entra").unwrap();
        let template = entra.issuer_template("https://login.microsoftonline.com/common/v2.0").unwrap();
        assert_eq!(template, "https://login.microsoftonline.com/{tenantid}/v2.0");
        let tenant = "https://login.microsoftonline.com/3f0c1f9e-0000-4000-8000-000000000000/v2.0";
        assert_eq!(entra.issuer_template(tenant), None);
        let plain = Preset::named("plain").unwrap();
        assert_eq!(plain.issuer_template("https://id.example/common"), None);
    }

    #[test]
    fn offline_access_is_spelt_as_the_provider_knows_it() {
        let spell = |preset: &str, words| Preset::named(preset).unwrap().spell_scopes(scopes(words));
        assert_eq!(spell("kinde", "openid offline_access offline"), (scopes("openid offline"), vec![]));
        assert_eq!(spell("keycloak", "openid offline_access"), (scopes("openid offline_access"), vec![]));
        assert_eq!(
            spell("google", "openid offline_access"),
            (scopes("openid"), vec![("access_type".to_owned(), "offline".to_owned())])
        );
    }
}
