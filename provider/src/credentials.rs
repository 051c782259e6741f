//! How we prove to a provider that we are its client (OpenID Connect Core 9): Basic, post, a signed
//! assertion, or not at all.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use relying_party::Metadata;
use secrecy::{ExposeSecret, SecretString};

use crate::settings::{ClientAuth, ProviderSettings};

/// An assertion is used at once; this many seconds allow for the clocks.
const ASSERTION_LIFETIME: i64 = 60;
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What we have to prove ourselves with.
pub(super) struct Credentials {
    client_id: String,
    secret: Option<SecretString>,
    key: Option<Key>,
    auth: Option<ClientAuth>,
}

struct Key {
    algorithm: Algorithm,
    id: Option<String>,
    key: EncodingKey,
}

/// What a request to the provider carries for it.
#[derive(Default)]
pub(super) struct Proof {
    /// Further parameters of the form.
    pub(super) form: Vec<(&'static str, String)>,
    /// The `Authorization` header.
    pub(super) authorization: Option<String>,
}

/// The private key is none that we can sign with.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0} must be an RSA key, a P-256 or P-384 key or an Ed25519 key; the last three in PKCS#8, \
     which `openssl pkcs8 -topk8 -nocrypt` makes of any"
)]
pub struct KeyError(String);

impl Credentials {
    pub(super) fn new(settings: &ProviderSettings) -> Result<Self, KeyError> {
        let key = settings.client_key.as_ref().map(|pem| {
            Key::parse(pem, settings.client_key_id.clone())
                .ok_or_else(|| KeyError(settings.names.client_key.clone()))
        });
        Ok(Self {
            client_id: settings.client_id.clone(),
            secret: settings.client_secret.clone(),
            key: key.transpose()?,
            auth: settings.client_auth,
        })
    }

    /// The secret as the key of an ID token signed with HMAC.
    pub(super) fn secret(&self) -> Option<&str> {
        self.secret.as_ref().map(SecretString::expose_secret)
    }

    /// The proof for one request: as set, else Basic where metadata lists it or lists nothing, else post.
    /// `now` in seconds; `id` is fresh for each assertion.
    pub(super) fn proof(&self, metadata: &Metadata, issuer: &str, now: i64, id: &str) -> Proof {
        let listed = metadata.token_endpoint_auth_methods_supported.as_deref();
        let basic = listed.is_none_or(|listed| listed.iter().any(|one| one == "client_secret_basic"));
        let auth = self.auth.unwrap_or(if basic { ClientAuth::Basic } else { ClientAuth::Post });
        let id_parameter = ("client_id", self.client_id.clone());
        match (auth, self.secret(), &self.key) {
            (ClientAuth::Basic, Some(secret), _) => {
                Proof { form: Vec::new(), authorization: Some(self.basic(secret)) }
            }
            (ClientAuth::Post, Some(secret), _) => {
                Proof { form: vec![id_parameter, ("client_secret", secret.to_owned())], authorization: None }
            }
            (ClientAuth::PrivateKeyJwt, _, Some(key)) => {
                let mut form = vec![id_parameter, ("client_assertion_type", ASSERTION_TYPE.to_owned())];
                form.extend(
                    key.assertion(&self.client_id, issuer, now, id).map(|jwt| ("client_assertion", jwt)),
                );
                Proof { form, authorization: None }
            }
            _ => Proof { form: vec![id_parameter], authorization: None },
        }
    }

    /// RFC 6749 2.3.1: both parts are form-encoded before they are joined.
    fn basic(&self, secret: &str) -> String {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&self.client_id), encode(secret));
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }
}

impl Key {
    fn parse(pem: &SecretString, id: Option<String>) -> Option<Self> {
        let pem = pem.expose_secret();
        let algorithm = algorithm(pem)?;
        let key = match algorithm {
            Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_pem(pem.as_bytes()),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(pem.as_bytes()),
            _ => EncodingKey::from_rsa_pem(pem.as_bytes()),
        };
        let key = Self { algorithm, id, key: key.ok()? };
        key.assertion("probe", "probe", 0, "probe").map(|_| key)
    }

    /// RFC 7523 3 and OpenID Connect Core 9: `aud` is the issuer, which every provider accepts and which
    /// cannot be confused with another provider's endpoint.
    fn assertion(&self, client_id: &str, issuer: &str, now: i64, id: &str) -> Option<String> {
        let header = Header { kid: self.id.clone(), ..Header::new(self.algorithm) };
        let claims = serde_json::json!({
            "iss": client_id, "sub": client_id, "aud": issuer,
            "iat": now, "exp": now + ASSERTION_LIFETIME, "jti": id,
        });
        jsonwebtoken::encode(&header, &claims, &self.key).ok()
    }
}

/// The algorithm that fits the key, by the object identifiers in it (RFC 8017, 5480, 8410).
fn algorithm(pem: &str) -> Option<Algorithm> {
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    if pem.contains("BEGIN RSA PRIVATE KEY") {
        return Some(Algorithm::RS256);
    }
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    let der = BASE64_STANDARD.decode(&body).or_else(|_| BASE64_URL_SAFE_NO_PAD.decode(&body)).ok()?;
    // The algorithm stands at the head of PKCS#8, before the key itself.
    let head = &der[..der.len().min(40)];
    let has = |oid: &[u8]| head.windows(oid.len()).any(|window| window == oid);
    [(RSA, Algorithm::RS256), (P256, Algorithm::ES256), (P384, Algorithm::ES384), (ED25519, Algorithm::EdDSA)]
        .into_iter()
        .find_map(|(oid, algorithm)| has(oid).then_some(algorithm))
}
