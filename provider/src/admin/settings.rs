//! What the settings say of a provider's admin interface, and what follows from the issuer where they say nothing.

use formats::accounts::Interface;
use secrecy::SecretString;
use url::Url;

use crate::presets::Preset;

/// A provider's admin interface, and how we may use it.
#[derive(Clone, Debug)]
pub struct AdminSettings {
    /// Whose habits it has.
    pub interface: Interface,
    /// The base of its addresses, without a slash at its end.
    pub url: Url,
    /// What lets us in.
    pub credentials: AdminCredentials,
    /// The attribute of a SCIM resource that names the account, where it is not its `id`.
    pub scim_subject: Option<String>,
    /// Whether accounts are to be made there too.
    pub is_for_writing: bool,
    /// The settings' names, for sentences that ask to look at them.
    pub names: AdminNames,
}

/// What lets us in.
#[derive(Clone, Debug)]
pub enum AdminCredentials {
    /// A token as it is.
    Token(SecretString),
    /// A service account, for which the issuer's token endpoint gives tokens (RFC 6749 4.4).
    Client {
        /// Its client id.
        id: String,
        /// Its client secret.
        secret: SecretString,
    },
    /// The same, where it proves itself by the provider's client key (RFC 7523 2.2): the one way that Okta takes.
    Key {
        /// Its client id.
        id: String,
    },
}

/// What the operator calls these settings.
#[derive(Clone, Debug)]
pub struct AdminNames {
    /// The setting of the base address.
    pub url: String,
    /// The setting of the service account's secret, or of its key.
    pub client_secret: String,
    /// The setting of the token.
    pub token: String,
}

/// The interface at an address, by the provider's habits: any SCIM server is one, whoever's it is.
pub fn interface_at(preset: &Preset, url: &Url) -> Interface {
    let has =
        |word: &str| url.path_segments().into_iter().flatten().any(|part| part.eq_ignore_ascii_case(word));
    let is_at = |host: &str| url.host_str().is_some_and(|at| at.ends_with(host));
    match preset.name {
        _ if has("scim") => Interface::Scim,
        // They are no providers with habits of their own, but have interfaces.
        _ if is_at("api.clerk.com") || has("clerk") => Interface::Clerk,
        _ if has("user_management") => Interface::WorkOs,
        "keycloak" => Interface::Keycloak,
        "auth0" => Interface::Auth0,
        "kinde" => Interface::Kinde,
        "okta" => Interface::Okta,
        "entra" => Interface::Entra,
        "zitadel" => Interface::Zitadel,
        "authentik" => Interface::Authentik,
        _ => Interface::Scim,
    }
}

/// Where the admin interface of this issuer is; none where that does not follow from it.
pub fn derived_url(preset: &Preset, issuer: &Url) -> Option<Url> {
    let at = |path: &str| issuer.join(path).ok();
    match preset.name {
        "keycloak" => {
            let (before, realm) = issuer.path().rsplit_once("/realms/")?;
            at(&format!("{before}/admin/realms/{}", realm.trim_end_matches('/')))
        }
        "auth0" => at("/api/v2"),
        "kinde" | "okta" => at("/api/v1"),
        "authentik" => at("/api/v3"),
        "zitadel" => at("/v2"),
        "entra" => Url::parse(match issuer.host_str()? {
            "login.microsoftonline.us" => "https://graph.microsoft.us/v1.0",
            "login.partner.microsoftonline.cn" => "https://microsoftgraph.chinacloudapi.cn/v1.0",
            _ => "https://graph.microsoft.com/v1.0",
        })
        .ok(),
        _ => None,
    }
}

impl AdminSettings {
    /// The parameters of a token request beside the grant: what each provider wants to hear.
    pub(super) fn token_parameters(&self) -> Vec<(&'static str, String)> {
        let (origin, base) = (self.url.origin().ascii_serialization(), self.url.as_str());
        match self.interface {
            Interface::Auth0 => vec![("audience", format!("{}/", base.trim_end_matches('/')))],
            Interface::Kinde => vec![("audience", format!("{origin}/api"))],
            Interface::Entra => vec![("scope", format!("{origin}/.default"))],
            Interface::Okta if self.is_for_writing => vec![("scope", "okta.users.manage".to_owned())],
            Interface::Okta => vec![("scope", "okta.users.read".to_owned())],
            Interface::Zitadel => {
                vec![("scope", "openid urn:zitadel:iam:org:project:id:zitadel:aud".to_owned())]
            }
            Interface::Authentik => vec![("scope", "goauthentik.io/api".to_owned())],
            Interface::Keycloak | Interface::Clerk | Interface::WorkOs | Interface::Scim => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(issuer: &str) -> Option<(String, Interface)> {
        let issuer = Url::parse(issuer).unwrap();
        let preset = Preset::of_issuer(&issuer);
        let url = derived_url(preset, &issuer)?;
        Some((url.to_string(), interface_at(preset, &url)))
    }

    #[test]
    fn the_base_follows_from_the_issuer_where_it_can() {
        for (issuer, base, interface) in [
            ("https://id.example/realms/acme", "https://id.example/admin/realms/acme", Interface::Keycloak),
            (
                "https://id.example/auth/realms/a/",
                "https://id.example/auth/admin/realms/a",
                Interface::Keycloak,
            ),
            ("https://acme.eu.auth0.com/", "https://acme.eu.auth0.com/api/v2", Interface::Auth0),
            ("https://acme.kinde.com", "https://acme.kinde.com/api/v1", Interface::Kinde),
            ("https://acme.okta.com/oauth2/default", "https://acme.okta.com/api/v1", Interface::Okta),
            (
                "https://login.microsoftonline.com/t/v2.0",
                "https://graph.microsoft.com/v1.0",
                Interface::Entra,
            ),
            ("https://login.microsoftonline.us/t/v2.0", "https://graph.microsoft.us/v1.0", Interface::Entra),
            ("https://acme.zitadel.cloud", "https://acme.zitadel.cloud/v2", Interface::Zitadel),
            ("https://id.example/application/o/app/", "https://id.example/api/v3", Interface::Authentik),
        ] {
            assert_eq!(derived(issuer), Some((base.to_owned(), interface)), "{issuer}");
        }
        assert_eq!(derived("https://id.example"), None, "whose it is cannot be told");
    }

    #[test]
    fn a_scim_server_is_one_whoever_runs_it() {
        let okta = Preset::named("okta").unwrap();
        for (url, interface) in [
            ("https://acme.okta.com/scim/v2", Interface::Scim),
            ("https://acme.okta.com/api/v1", Interface::Okta),
        ] {
            assert_eq!(interface_at(okta, &Url::parse(url).unwrap()), interface);
        }
        let plain = Preset::named("plain").unwrap();
        assert_eq!(interface_at(plain, &Url::parse("https://id.example/v2").unwrap()), Interface::Scim);
    }
}
