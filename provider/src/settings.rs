//! What the settings say of one provider, as values: how they are written and read is the server's.

use std::path::PathBuf;
use std::time::Duration;

use identity::MissingLimit;
use secrecy::SecretString;

use crate::admin::AdminSettings;
use crate::presets::Preset;
use crate::proxy::Proxy;

/// How the provider sends the browser back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In the body of a POST (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

/// A method of client authentication (OpenID Connect Core 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
    /// `private_key_jwt`
    PrivateKeyJwt,
    /// `none`: a public client, which has PKCE alone.
    Public,
}

/// Whether the authorization request is pushed (RFC 9126).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PushedRequests {
    /// Where metadata names an endpoint for it; not where it need not be and the endpoint refuses this client.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// A SCIM client that keeps users here.
#[derive(Clone, Debug)]
pub struct ScimSettings {
    /// Its bearer token.
    pub token: SecretString,
    /// The attribute that is the reference.
    pub reference: formats::scim::Reference,
}

/// What the operator calls the settings that a sentence of ours may ask to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingNames {
    /// The setting of the issuer.
    pub issuer_url: String,
    /// The setting of the client id.
    pub client_id: String,
    /// The setting of the client secret.
    pub client_secret: String,
    /// The setting of the client's private key.
    pub client_key: String,
    /// The setting of the method of client authentication.
    pub client_auth: String,
    /// The setting of the ID token's algorithm.
    pub id_token_alg: String,
    /// The setting of pushed authorization requests.
    pub par: String,
    /// The setting of the further certificate authorities.
    pub ca_file: String,
}

/// All that the settings say of one provider.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// `main`, or a name of `OIDC_PROVIDERS`.
    pub name: String,
    /// What people call it, as in "Log in with Acme".
    pub label: String,
    /// Whether nobody logs in there any more: its people are known, and it is asked nothing.
    pub is_retired: bool,
    /// As configured, to the byte: metadata must name the very same.
    pub issuer: String,
    /// As registered at the provider.
    pub client_id: String,
    /// Also the key of an ID token signed with HMAC.
    pub client_secret: Option<SecretString>,
    /// `None` where there is but a secret: Basic where metadata lists it or lists nothing, else post.
    pub client_auth: Option<ClientAuth>,
    /// The private key in PEM, unencrypted.
    pub client_key: Option<SecretString>,
    /// The `kid` of that key at the provider.
    pub client_key_id: Option<String>,
    /// As the provider spells them; `openid` among them.
    pub scopes: Vec<String>,
    /// The `audience` parameters of the authorization request.
    pub audience: Vec<String>,
    /// Further parameters of the authorization request, such as Google's `access_type`.
    pub parameters: Vec<(String, String)>,
    /// The provider's habits.
    pub preset: &'static Preset,
    /// The claim that equals an account's id in its admin interface and its messages.
    pub reference: String,
    /// Its SCIM client; none where it has none.
    pub scim: Option<ScimSettings>,
    /// How it is asked to send the browser back.
    pub response_mode: ResponseMode,
    /// Whether the authorization request is pushed.
    pub par: PushedRequests,
    /// The one algorithm its ID tokens may be signed with.
    pub id_token_alg: String,
    /// Audiences that an ID token may name beside the client.
    pub trusted_audiences: Vec<String>,
    /// Claims from which rights or a reference follow: one that a token states twice, with different values, counts
    /// as absent.
    pub careful_claims: Vec<String>,
    /// To be registered at the provider.
    pub redirect_uri: String,
    /// To be registered at the provider.
    pub post_logout_redirect_uri: String,
    /// How long metadata and keys are kept.
    pub metadata_ttl: Duration,
    /// The least time between two fetches that unknown keys force.
    pub jwks_cooldown: Duration,
    /// The provider's time to answer.
    pub http_timeout: Duration,
    /// How far apart the two clocks may be.
    pub clock_skew: Duration,
    /// Its admin interface; none where nobody lets us in.
    pub admin: Option<AdminSettings>,
    /// How often `serve` scans by itself; never where there is none.
    pub scan_every: Option<Duration>,
    /// How many people may go away there at once before somebody is asked.
    pub missing_limit: MissingLimit,
    /// A PEM file of certificate authorities beside the system's.
    pub ca_file: Option<PathBuf>,
    /// The proxy by which calls leave.
    pub proxy: Option<Proxy>,
    /// For sentences that say what to look at.
    pub names: SettingNames,
}

impl ProviderSettings {
    /// The same, by way of this proxy.
    #[must_use]
    pub fn by_way_of(self, proxy: Option<Proxy>) -> Self {
        Self { proxy, ..self }
    }
}
