//! What the provider is told at its start: where to listen, who may log in through it.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::Value;

/// Where the provider listens, what it calls itself and which clients it knows.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Loopback only, in earnest; port 0 takes a free one.
    pub address: SocketAddr,
    pub clients: Vec<Client>,
    /// `http://ADDRESS` where nothing else is said. Endpoints live below it.
    pub issuer: Option<String>,
    /// Answer each authorization request as this subject at once, without a page.
    pub log_in_as: Option<String>,
    /// How it tells an application who changed, and lets it read who is there.
    pub provisioning: Option<Provisioning>,
}

impl Settings {
    /// One client, `sparekey` with the secret `dev-secret`, whose addresses are those of an
    /// application at `site`, an origin such as `http://localhost:3000`; on a free port.
    pub fn for_site(site: &str) -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            clients: vec![Client::for_site("sparekey", Some("dev-secret"), site)],
            issuer: None,
            log_in_as: None,
            provisioning: None,
        }
    }

    /// The same at another address.
    pub fn at(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }
}

/// How the provider tells an application who changed, and lets it read who is there.
#[derive(Clone, Debug)]
pub struct Provisioning {
    /// Where its webhooks go (Standard Webhooks).
    pub webhook_url: String,
    /// What signs them: `whsec_` and base64.
    pub webhook_secret: String,
    /// The base of the application's SCIM server.
    pub scim_url: String,
    /// The bearer token there.
    pub scim_token: String,
    /// The bearer token by which the application reads the provider's own SCIM server, at `/scim/v2`.
    pub admin_token: String,
}

impl Provisioning {
    /// Of the application at `site`, an origin, as its provider `name`; with secrets that are no secret.
    pub fn for_named(site: &str, name: &str) -> Self {
        Self {
            webhook_url: format!("{site}/hooks/{name}"),
            webhook_secret: "whsec_ZGV2ZWxvcG1lbnQtd2ViaG9vay1zZWNyZXQ=".to_owned(),
            scim_url: format!("{site}/scim/v2/{name}"),
            scim_token: "development-scim-token".to_owned(),
            admin_token: "development-admin-token".to_owned(),
        }
    }
}

/// A registered application. Its addresses are compared byte for byte.
#[derive(Clone, Debug, Default)]
pub struct Client {
    pub id: String,
    /// `None` together with `public_key: None` is a public client.
    pub secret: Option<String>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub backchannel_logout_uri: Option<String>,
    /// A JWK of any kind that RS256, PS256, ES256 or EdDSA can use, for `private_key_jwt`.
    pub public_key: Option<Value>,
    /// The one method accepted at the token endpoint, such as `client_secret_post`;
    /// `None` takes each that fits what is registered above.
    pub auth_method: Option<String>,
}

impl Client {
    /// A client with both kinds of addresses: plain, and of Kinde's starter.
    pub fn for_site(id: &str, secret: Option<&str>, site: &str) -> Self {
        let below = |path: &str| format!("{site}{path}");
        Self {
            id: id.to_owned(),
            secret: secret.map(str::to_owned),
            redirect_uris: vec![below("/auth/callback"), below("/api/auth/kinde_callback")],
            post_logout_redirect_uris: vec![below("/"), site.to_owned()],
            backchannel_logout_uri: Some(below("/auth/backchannel-logout")),
            public_key: None,
            auth_method: None,
        }
    }

    /// The same client as the named provider `name` of that site.
    pub fn for_named(id: &str, secret: Option<&str>, site: &str, name: &str) -> Self {
        Self {
            redirect_uris: vec![format!("{site}/auth/callback/{name}")],
            backchannel_logout_uri: Some(format!("{site}/auth/backchannel-logout/{name}")),
            ..Self::for_site(id, secret, site)
        }
    }
}
