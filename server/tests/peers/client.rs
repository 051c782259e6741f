//! What a provider is told about our application, and what our settings then say.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The application at one site, as a provider knows it.
pub(crate) struct Client {
    pub(crate) site: String,
    pub(crate) redirect_uri: String,
    /// As OpenID Connect Core 9 names it.
    pub(crate) auth: &'static str,
    /// How long its access tokens live.
    pub(crate) access_seconds: u32,
}

/// What the provider gave it.
pub(crate) struct Registered {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Client {
    pub(crate) fn of(site: &str) -> Self {
        Self {
            site: site.to_owned(),
            redirect_uri: format!("{site}/auth/callback"),
            auth: "client_secret_basic",
            access_seconds: 3600,
        }
    }

    pub(crate) fn after_log_out(&self) -> String {
        format!("{}/", self.site)
    }

    pub(crate) fn backchannel(&self) -> String {
        format!("{}/auth/backchannel-logout", self.site)
    }
}

impl Registered {
    pub(crate) fn settings(&self, client: &Client) -> Vec<(&'static str, String)> {
        let id = ("OIDC_CLIENT_ID", self.id.clone());
        match client.auth {
            "private_key_jwt" => vec![
                id,
                ("OIDC_CLIENT_SECRET", String::new()),
                ("OIDC_CLIENT_KEY", private_key()),
                ("OIDC_CLIENT_KEY_ID", KEY_ID.to_owned()),
            ],
            auth => {
                vec![id, ("OIDC_CLIENT_SECRET", self.secret.clone()), ("OIDC_CLIENT_AUTH", auth.to_owned())]
            }
        }
    }
}

const KEY_ID: &str = "rfc8037";
/// The key of RFC 8037, appendix A: known to the whole world, so good for nothing but tests.
const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

/// The public half, as a set of one.
pub(crate) fn public_keys() -> Value {
    json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": PUBLIC, "kid": KEY_ID, "use": "sig", "alg": "EdDSA" }] })
}

/// The private half as PKCS#8 (RFC 8410 7).
pub(crate) fn private_key() -> String {
    const HEAD: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let der = [HEAD.as_slice(), &BASE64_URL_SAFE_NO_PAD.decode(SEED).unwrap()].concat();
    let label = "PRIVATE KEY";
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64_STANDARD.encode(der))
}
